"""The page as its users start it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import httpx

from tests.conftest import ROOT


@contextmanager
def served(tmp_path, env=(), arguments=()):
    """`python app.py` as a process of its own; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "GRADIO_SERVER_PORT": str(port), "TMPDIR": str(tmp_path), **dict(env)}
    environment.pop("GRADIO_TEMP_DIR", None)
    process = subprocess.Popen([sys.executable, "app.py", *arguments], cwd=ROOT, env=environment)
    url = f"{'https' if '--certfile' in arguments else 'http'}://127.0.0.1:{port}/"
    try:
        deadline = time.time() + 300  # a busy machine is slow
        while time.time() < deadline:
            try:
                httpx.get(url, verify=False)
                break
            except httpx.TransportError:
                time.sleep(0.5)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
