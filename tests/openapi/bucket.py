"""Keeps sounds in a bucket: the program against the S3 server of moto, with a real upload.

What is uploaded is in the bucket under the prefix and is read back whole and in part; it outlives a
restart; what no message uses goes; and while the bucket is away, uploads are refused and the chat
goes on. Ends with "N checks passed" or with the check that failed.
"""

import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import boto3
from program import ROOT, Guest, start

SOUND = (ROOT / "signaling/tests/sounds/firefox.ogg").read_bytes()
BUCKET = "sounds"
KEYS = {"AWS_ACCESS_KEY_ID": "hearth", "AWS_SECRET_ACCESS_KEY": "hearth", "AWS_REGION": "eu-west-1"}
PATIENCE = 30.0  # seconds

checks = 0


def check(what, passed):
    global checks
    if not passed:
        sys.exit(f"FAILED: {what}")
    print(f"ok: {what}", flush=True)
    checks += 1


def until(what, true):
    end = time.monotonic() + PATIENCE
    while not true() and time.monotonic() < end:
        time.sleep(0.1)
    check(what, true())


def http(port, guest, path, body=None, **headers):
    """Status and bytes of an answer."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body)
    for name, value in {"authorization": f"Bearer {guest.token}", **headers}.items():
        request.add_header(name, value)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return reply.status, reply.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def upload(port, guest):
    status, body = http(port, guest, "/api/blobs", SOUND, **{"content-type": "audio/ogg"})
    return json.loads(body)["blob"] if status == 201 else sys.exit(f"upload: {status} {body}")


@contextlib.contextmanager
def s3():
    """An S3 server with a bucket; its endpoint and a client of it."""
    program = pathlib.Path(sys.executable).with_name("moto_server")
    process = subprocess.Popen(
        [program, "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        for line in process.stdout:
            if "Running on http://" in line:
                endpoint = line.split("Running on ")[1].strip()
                break
        else:
            sys.exit("the S3 server does not run")
        client = boto3.client(
            "s3", endpoint_url=endpoint, region_name=KEYS["AWS_REGION"],
            aws_access_key_id="hearth", aws_secret_access_key="hearth",
        )
        where = {"LocationConstraint": KEYS["AWS_REGION"]}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)
        yield endpoint, client, process
    finally:
        process.kill()
        process.wait()


def main():
    with s3() as (endpoint, client, server), tempfile.TemporaryDirectory() as folder:
        settings = KEYS | {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ALLOW_HTTP": "true",
            "HEARTH_BLOBS__URL": f"s3://{BUCKET}/hearth",
            "HEARTH_BLOBS__UNUSED_MS": "3000",
        }

        def kept():
            found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
            return {item["Key"].rsplit("/")[-1] for item in found}

        process, port = start(folder, **settings)
        try:
            ana = Guest(port, "Ana")
            sent, unsent = upload(port, ana), upload(port, ana)
            room = ana.ask({"type": "room:list"})["result"]["rooms"][0]["id"]
            check("one walks in", ana.ask({"type": "room:join", "room": room})["type"] == "ack")
            message = {
                "type": "chat:voice", "conversation": {"room": room}, "message": "0" * 31 + "1",
                "blob": sent, "duration_ms": 1500, "peaks": [1, 2, 3],
            }
            answer = ana.ask(message)
            check("the sound is sent", answer["type"] == "ack")
            listed = client.list_objects_v2(Bucket=BUCKET)["Contents"]
            check("it is in the bucket, under the prefix", any(
                item["Key"].startswith("hearth/") and item["Key"].endswith(sent) for item in listed
            ))
            path = f"/api/blobs/{sent}"
            check("it is heard whole", http(port, ana, path) == (200, SOUND))
            part = http(port, ana, path, range="bytes=100-299")
            check("it is heard in part", part == (206, SOUND[100:300]))
            until("what no message uses goes", lambda: unsent not in kept())
            check("what one uses stays", sent in kept())

            ana.close()
            process.terminate()
            process.wait(timeout=15)
            process, port = start(folder, **settings)
            ana = Guest(port, "Ana")
            check("one walks in again", ana.ask({"type": "room:join", "room": room})["type"] == "ack")
            check("it outlives a restart", http(port, ana, path) == (200, SOUND))

            server.kill()
            server.wait()
            status, body = http(port, ana, "/api/blobs", SOUND, **{"content-type": "audio/ogg"})
            check(f"no bucket, no upload: {status} {body[:80]}", status == 503)
            text = {
                "type": "chat:send", "conversation": {"room": room}, "message": "0" * 31 + "2",
                "text": "still here",
            }
            check("the chat goes on without it", ana.ask(text)["type"] == "ack")
        finally:
            process.terminate()
            process.wait(timeout=15)
    print(f"{checks} checks passed")


if __name__ == "__main__":
    main()
