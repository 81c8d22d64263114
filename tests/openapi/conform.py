"""Asks a running server whether it does what its OpenAPI description says, with schemathesis.

Starts `target/debug/hearth` on a free port, comes in as a guest over the WebSocket for a token, and
lets schemathesis try every operation with it. Ends with the exit code of schemathesis, or with 1 if
a route that is served is not described.
"""

import base64
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PROGRAM = os.environ.get("HEARTH_BIN", ROOT / "target/debug/hearth")

# Every operation that is served; whoever adds a route describes it.
SERVED = {
    "/api/blobs": {"post"},
    "/api/blobs/cookie": {"put", "delete"},
    "/api/blobs/{id}": {"get", "head"},
    "/api/health": {"get"},
    "/api/ready": {"get"},
    "/api/rooms": {"get"},
    "/api/stats": {"get"},
    "/metrics": {"get"},
    "/whep/{room}": {"post"},
    "/whep/{room}/{id}": {"patch", "delete"},
    "/whip/{room}": {"post"},
    "/whip/{room}/{id}": {"patch", "delete"},
}


def start(folder):
    environment = dict(os.environ, HEARTH_SERVER__LISTEN="127.0.0.1:0", NO_COLOR="1")
    environment["HEARTH_LIMITS__ENABLED"] = "false"
    for name in ("PORT", "CLIENT_URL", "REDIS_URL", "RUST_LOG"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [PROGRAM], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if found := re.search(r"listening on http://localhost:(\d+)", line):
            return process, int(found[1])
    sys.exit("hearth does not listen")


def token(port):
    """Says hello as a guest: one masked frame out, one frame in (RFC 6455)."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as wire:
        host = f"127.0.0.1:{port}"
        key = base64.b64encode(bytes(16)).decode()
        wire.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            .encode()
        )
        reader = wire.makefile("rb")
        while reader.readline().strip():
            pass
        hello = {"id": 1, "type": "hello", "protocol": 1, "name": "Schema"}
        body = json.dumps(hello).encode()
        wire.sendall(bytes([0x81, 0x80 | len(body)]) + bytes(4) + body)
        size = reader.read(2)[1]
        if size == 126:
            (size,) = struct.unpack("!H", reader.read(2))
        return json.loads(reader.read(size))["token"]


def undescribed(base):
    with urllib.request.urlopen(f"{base}/api/openapi.json", timeout=10) as reply:
        described = {path: set(item) for path, item in json.load(reply)["paths"].items()}
    return {path for path in SERVED.keys() | described if SERVED.get(path) != described.get(path)}


def main():
    with tempfile.TemporaryDirectory(prefix="hearth-openapi-") as folder:
        process, port = start(folder)
        try:
            base = f"http://127.0.0.1:{port}"
            if other := undescribed(base):
                print(f"described otherwise than served: {sorted(other)}")
                return 1
            command = [
                sys.executable, "-m", "schemathesis.cli", "run", f"{base}/api/openapi.json",
                "--header", f"Authorization: Bearer {token(port)}",
                "--checks", "all",
                # No schema can say which bytes are a sound or an offer.
                "--exclude-checks", "positive_data_acceptance",
                "--max-examples", os.environ.get("EXAMPLES", "25"),
                "--request-timeout", "20",
                "--seed", "1",
                "--suppress-health-check", "all",
            ]
            hooks = dict(os.environ, SCHEMATHESIS_HOOKS="serializers", PYTHONPATH=str(HERE))
            return subprocess.run(command, cwd=folder, env=hooks, check=False).returncode
        finally:
            process.terminate()
            process.wait(timeout=15)


if __name__ == "__main__":
    sys.exit(main())
