"""An emulated AWS on a free loopback port, stopped by its process id."""

import contextlib
import os
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

from project import TOOLS

READY_WITHIN = 60.0


@contextlib.contextmanager
def ministack(folder: Path):
    """Starts one; gives its endpoint."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "TMPDIR": str(folder),
    }
    log = folder / "emulator.log"
    with log.open("wb") as output:
        child = subprocess.Popen([TOOLS / "venv/bin/ministack"], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
    try:
        _wait(child, port, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        child.terminate()
        child.wait(timeout=30)


def _wait(child: subprocess.Popen, port: int, log: Path) -> None:
    begun = time.monotonic()
    while child.poll() is None and time.monotonic() - begun < READY_WITHIN:
        with contextlib.suppress(OSError):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.05)
    raise RuntimeError(f"the emulator does not answer; it said:\n{log.read_text(errors='replace')}")
