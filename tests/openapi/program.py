"""The program under test, on a free port, and somebody who talks to it over the WebSocket."""

import base64
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("HEARTH_BIN", ROOT / "target/debug/hearth")


def start(folder, **more):
    """The process and its port, without rate limits; `more` is added to its environment."""
    environment = dict(os.environ, HEARTH_SERVER__LISTEN="127.0.0.1:0", NO_COLOR="1")
    environment["HEARTH_LIMITS__ENABLED"] = "false"
    for name in ("PORT", "CLIENT_URL", "REDIS_URL", "RUST_LOG", "HEARTH_BIN"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [PROGRAM], cwd=folder, env=environment | more, stdout=subprocess.PIPE, text=True
    )
    for line in process.stdout:
        if found := re.search(r"listening on http://localhost:(\d+)", line):
            return process, int(found[1])
    sys.exit("hearth does not listen")


class Guest:
    """A session: masked text frames out, text frames in (RFC 6455)."""

    def __init__(self, port, name):
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=10)
        host = f"127.0.0.1:{port}"
        key = base64.b64encode(bytes(16)).decode()
        self.wire.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
            .encode()
        )
        self.reader = self.wire.makefile("rb")
        while self.reader.readline().strip():
            pass
        self.asked = 0
        self.token = self.ask({"type": "hello", "protocol": 1, "name": name})["token"]

    def ask(self, message):
        """Sends a request; what answers it."""
        self.asked += 1
        body = json.dumps({"id": self.asked, **message}).encode()
        size = bytes([0x80 | len(body)])
        if len(body) > 125:
            size = bytes([0x80 | 126]) + struct.pack("!H", len(body))
        self.wire.sendall(bytes([0x81]) + size + bytes(4) + body)
        while True:
            size = self.reader.read(2)[1]
            if size == 126:
                (size,) = struct.unpack("!H", self.reader.read(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", self.reader.read(8))
            answer = json.loads(self.reader.read(size))
            if answer.get("id") == self.asked:
                return answer

    def close(self):
        self.reader.close()
        self.wire.close()
