#!/usr/bin/env python3
"""Listens to a room by WHEP, with aiortc, and checks which tones are heard.

    whep_listen.py http://localhost:8080 general --hz 440 --seconds 5 [--slots 1] [--not-hz 880]
        [--profile SRTP_AES128_CM_SHA1_80]

Every --hz must be heard as the loudest tone of some slot, and no --not-hz may be. Without --hz
nothing may be heard at all. --profile offers this SRTP profile alone. Prints the negotiated DTLS version and SRTP profile and what was
heard. Exit code 0 if it is as it should be.
"""

import argparse
import asyncio
import sys

import numpy
from aiortc import RTCPeerConnection
from aiortc.mediastreams import MediaStreamError

from whip_resource import Resource, connected, negotiated, offer_profile

RATE = 48_000
# A tone is heard if it stands out of this much sound (root mean square, full scale is 1).
LOUD = 0.02
TOLERANCE_HZ = 12


async def collect(track, samples):
    """Gathers the track's sound as one channel between -1 and 1 until the track ends."""
    while True:
        try:
            frame = await track.recv()
        except MediaStreamError:
            return
        sound = frame.to_ndarray().reshape(-1, len(frame.layout.channels)).mean(axis=1) / 32768
        samples.append(sound)


def tone(samples):
    """The loudest frequency of the last second, and how loud it all is."""
    sound = numpy.concatenate(samples)[-RATE:] if samples else numpy.zeros(0)
    if len(sound) < RATE // 2:
        return 0.0, 0.0
    spectrum = numpy.abs(numpy.fft.rfft(sound * numpy.hanning(len(sound))))
    return numpy.argmax(spectrum) * RATE / len(sound), numpy.sqrt(numpy.mean(sound**2))


async def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("room")
    parser.add_argument("--name", default="aiortc-listener")
    parser.add_argument("--token")
    parser.add_argument("--hz", type=float, action="append", default=[])
    parser.add_argument("--not-hz", type=float, action="append", default=[])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--slots", type=int, default=1)
    parser.add_argument("--profile")
    arguments = parser.parse_args()
    if arguments.profile:
        offer_profile(arguments.profile)

    peer = RTCPeerConnection()
    slots, tasks = [], []

    @peer.on("track")
    def arrived(track):
        samples = []
        slots.append(samples)
        tasks.append(asyncio.ensure_future(collect(track, samples)))

    for _ in range(arguments.slots):
        peer.addTransceiver("audio", direction="recvonly")
    resource = await Resource.open(
        peer, arguments.server, "whep", arguments.room, arguments.name, arguments.token
    )
    await connected(peer)
    print(f"connected: {negotiated(peer)}", flush=True)
    await asyncio.sleep(arguments.seconds)
    heard = [hz for hz, loud in map(tone, slots) if loud >= LOUD]
    print("heard:", ", ".join(f"{hz:.0f} Hz" for hz in heard) or "nothing", flush=True)
    await resource.close()
    await peer.close()
    for task in tasks:
        task.cancel()

    def is_heard(wanted):
        return any(abs(hz - wanted) <= TOLERANCE_HZ for hz in heard)

    missing = [hz for hz in arguments.hz if not is_heard(hz)]
    unwanted = [hz for hz in arguments.not_hz if is_heard(hz)]
    if missing or unwanted or (not arguments.hz and heard):
        sys.exit(f"missing {missing}, unwanted {unwanted}, heard {heard}")


if __name__ == "__main__":
    asyncio.run(main())
