#!/usr/bin/env python3
"""Speaks a tone into a room by WHIP, with aiortc: an independent WebRTC implementation.

    whip_talk.py http://localhost:8080 general --hz 440 --seconds 5 [--passive] [--no-delete]
        [--profile SRTP_AES128_CM_SHA1_80]

--passive waits for the server's ClientHello. --no-delete leaves by DTLS close_notify alone.
--profile offers this SRTP profile alone.
Prints the negotiated DTLS version and SRTP profile, and how many packets went out. Exit code 0
if media was sent for the whole time.
"""

import argparse
import asyncio
import fractions
import sys
import time

import av
import numpy
from aiortc import RTCPeerConnection
from aiortc.mediastreams import AudioStreamTrack

from whip_resource import Resource, connected, negotiated, offer_profile

RATE = 48_000
FRAME = RATE // 50


class Tone(AudioStreamTrack):
    """A sine at half scale, 20 ms at a time."""

    def __init__(self, hz):
        super().__init__()
        self.hz = hz
        self.position = 0
        self.began = None

    async def recv(self):
        if self.began is None:
            self.began = time.monotonic()
        wait = self.began + self.position / RATE - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        at = (numpy.arange(FRAME) + self.position) / RATE
        samples = (0.5 * 32767 * numpy.sin(2 * numpy.pi * self.hz * at)).astype(numpy.int16)
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = RATE
        frame.pts = self.position
        frame.time_base = fractions.Fraction(1, RATE)
        self.position += FRAME
        return frame


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("room")
    parser.add_argument("--name", default="aiortc-talker")
    parser.add_argument("--token")
    parser.add_argument("--hz", type=float, default=440.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--passive", action="store_true")
    parser.add_argument("--no-delete", action="store_true")
    parser.add_argument("--profile")
    arguments = parser.parse_args()
    if arguments.profile:
        offer_profile(arguments.profile)

    peer = RTCPeerConnection()
    sender = peer.addTransceiver(Tone(arguments.hz), direction="sendonly").sender
    resource = await Resource.open(
        peer,
        arguments.server,
        "whip",
        arguments.room,
        arguments.name,
        arguments.token,
        arguments.passive,
    )
    await connected(peer)
    print(f"connected: {negotiated(peer)}", flush=True)
    await asyncio.sleep(arguments.seconds)
    still = peer.connectionState
    stats = await sender.getStats()
    sent = sum(one.packetsSent for one in stats.values() if one.type == "outbound-rtp")
    print(f"sent: {sent} packets", flush=True)
    if not arguments.no_delete:
        await resource.close()
    await peer.close()
    if still != "connected" or sent < 40 * arguments.seconds:
        sys.exit(f"{still}, {sent} packets in {arguments.seconds} s")


if __name__ == "__main__":
    asyncio.run(main())
