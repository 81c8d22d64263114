#!/usr/bin/env python3
"""Speaks a tone into a room with FFmpeg's WHIP muxer, through PyAV, which brings FFmpeg along.

    ffmpeg_talk.py http://localhost:8080 general --hz 440 --seconds 5

FFmpeg offers to be the server of DTLS alone. It gets a certificate for P-256: built with GnuTLS it
makes one for P-224 itself, which no browser takes either. Exit code 0 if it could write all the
time.
"""

import argparse
import fractions
import datetime
import sys
import tempfile
import time
import urllib.parse

import av
import numpy
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

RATE = 48_000
FRAME = RATE // 50


def certificate(folder):
    """The files of a new certificate and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "talker")])
    now = datetime.datetime.now(datetime.timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
    pem = serialization.Encoding.PEM
    shape = serialization.PrivateFormat.PKCS8
    files = {
        "cert_file": builder.sign(key, hashes.SHA256()).public_bytes(pem),
        "key_file": key.private_bytes(pem, shape, serialization.NoEncryption()),
    }
    for file, content in files.items():
        with open(f"{folder}/{file}", "wb") as out:
            out.write(content)
    return {file: f"{folder}/{file}" for file in files}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("server")
    parser.add_argument("room")
    parser.add_argument("--name", default="ffmpeg-talker")
    parser.add_argument("--hz", type=float, default=440.0)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    if "whip" not in av.formats_available:
        sys.exit(f"this FFmpeg ({av.ffmpeg_version_info}) has no WHIP muxer")

    room, name = urllib.parse.quote(arguments.room), urllib.parse.quote(arguments.name)
    url = f"{arguments.server}/whip/{room}?name={name}"
    with (
        tempfile.TemporaryDirectory() as folder,
        av.open(url, "w", format="whip", options=certificate(folder)) as whip,
    ):
        voice = whip.add_stream("libopus", rate=RATE, layout="stereo")
        began = time.monotonic()
        for number in range(round(arguments.seconds * RATE / FRAME)):
            at = (numpy.arange(FRAME) + number * FRAME) / RATE
            tone = (0.5 * 32767 * numpy.sin(2 * numpy.pi * arguments.hz * at)).astype(numpy.int16)
            frame = av.AudioFrame.from_ndarray(tone.repeat(2).reshape(1, -1), "s16", "stereo")
            frame.sample_rate, frame.pts = RATE, number * FRAME
            frame.time_base = fractions.Fraction(1, RATE)
            for packet in voice.encode(frame):
                whip.mux(packet)
            wait = began + (number + 1) * FRAME / RATE - time.monotonic()
            if wait > 0:
                time.sleep(wait)
    print(f"FFmpeg {av.ffmpeg_version_info} sent {arguments.seconds} s", flush=True)


if __name__ == "__main__":
    main()
