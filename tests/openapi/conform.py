"""Asks a running server whether it does what its OpenAPI description says, with schemathesis.

Starts `target/debug/hearth` on a free port, comes in as a guest over the WebSocket for a token, and
lets schemathesis try every operation with it. Ends with the exit code of schemathesis, or with 1 if
a route that is served is not described.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

from program import Guest, start

HERE = pathlib.Path(__file__).resolve().parent

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
            guest = Guest(port, "Schema")
            command = [
                sys.executable, "-m", "schemathesis.cli", "run", f"{base}/api/openapi.json",
                "--header", f"Authorization: Bearer {guest.token}",
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
