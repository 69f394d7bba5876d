"""The page under load: many programs send photos through its queue at once, on loopback.

    python benchmarks/load.py [--clients 1,4,16,64] [--each 24] [--requests 500] [--json]

A server of its own is started and stopped. For each number of clients: pictures per second, errors, who was turned
away and in what words, and whether everybody got the drawing of their own photo. Then requests one after the other,
and the server's memory after the 50th and after the last. At the end the clients go, and what they sent and got must
go with them.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import cv2
import httpx
import numpy as np
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

import animegan

ROOT = Path(__file__).parent.parent
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

SIDE = 256
BEFORE = 50
"""Requests after which the memory is read for the first time."""


class Server:
    """``python app.py`` on a free port, with a folder of its own for temporary files."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self._folder = f"http://127.0.0.1:{self.port}/", folder
        environment = {**os.environ, "TMPDIR": str(folder)}
        environment.pop("GRADIO_TEMP_DIR", None)
        command = [sys.executable, "app.py", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Until it answers, and has been its own first visitor."""
        while True:
            try:
                httpx.get(self.url)
                break
            except httpx.TransportError:
                time.sleep(0.3)
        time.sleep(10)  # its first visit is its own

    def files(self) -> list[Path]:
        """What lies in its folder."""
        return [path for path in self._folder.rglob("*") if path.is_file()]

    def memory(self) -> int:
        """Bytes that are resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


class Visitor:
    """A program with a photo of its own."""

    def __init__(self, server: Server, number: int, folder: Path):
        from gradio_client import Client

        self.photo = photo_of(number)
        self.path = animegan.save(self.photo, folder / f"photo-{number}.png")
        self._client = Client(server.url, verbose=False, download_files=str(folder / f"got-{number}"))

    def ask(self) -> np.ndarray:
        """Send the photo; the drawing of it."""
        from gradio_client import handle_file

        picture, _ = self._client.predict(handle_file(str(self.path)), api_name="/stylize")
        return animegan.load(picture)

    def go(self) -> None:
        self._client.close()


def photo_of(number: int) -> np.ndarray:
    """A photo like no other visitor's: a part of the example, turned, in colours of its own."""
    example = animegan.load(ROOT / "examples" / "1-astronaut.jpg")
    rng = np.random.default_rng(number)
    top, left = rng.integers(0, 512 - SIDE, 2)
    hsv = cv2.cvtColor(example[top : top + SIDE, left : left + SIDE], cv2.COLOR_RGB2HSV)
    hsv[:, :, 0] = (hsv[:, :, 0].astype(int) + rng.integers(0, 180)) % 180
    return np.ascontiguousarray(np.rot90(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), rng.integers(4)))


@contextmanager
def visitors(server: Server, count: int, folder: Path) -> Iterator[list[Visitor]]:
    """So many of them; they go at the end."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(8) as pool:
            come = list(pool.map(lambda number: Visitor(server, number, folder), range(count)))
        for visitor in come:
            stack.callback(visitor.go)
        yield come


def is_own(drawing: np.ndarray, number: int, photos: list[np.ndarray]) -> bool:
    """Whether the drawing is nearer to this visitor's photo than to anybody else's."""
    distances = [np.abs(drawing.astype(int) - photo).mean() for photo in photos]
    return int(np.argmin(distances)) == number


def storm(server: Server, count: int, each: int, folder: Path) -> dict:
    """All of them ask at once, ``each`` times in all or once apiece, whichever is more."""
    busy, wrong, errors, done = [], 0, [], 0
    lock = threading.Lock()
    rounds = max(1, each // count)
    with visitors(server, count, folder) as come:
        photos = [visitor.photo for visitor in come]

        def turn(number: int) -> None:
            nonlocal wrong, done
            for _ in range(rounds):
                try:
                    drawing = come[number].ask()
                except Exception as error:  # whatever it is, it is counted
                    with lock:
                        (busy if "Queue is full" in str(error) else errors).append(str(error))
                else:
                    with lock:
                        done += 1
                        wrong += not is_own(drawing, number, photos)

        start = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            words = pool.submit(busy_words, server) if count > 32 else None
            list(pool.map(turn, range(count)))
        seconds = time.perf_counter() - start
    return {
        "clients": count,
        "drawn": done,
        "busy": len(busy),
        "busy_words": words.result() if words else None,
        "errors": errors[:3],
        "mixed_up": wrong,
        "per_second": round(done / seconds, 3),
    }


def busy_words(server: Server) -> str | None:
    """What a program is told while the queue is full."""
    for _ in range(200):
        answer = httpx.post(f"{server.url}gradio_api/call/crop", json={"data": [None]}, timeout=60)
        if answer.status_code == 503:
            return answer.json()["detail"]
        time.sleep(0.05)
    return None


def endurance(server: Server, requests: int, folder: Path) -> dict:
    """One visitor after the other; the server's memory early and late."""
    early = 0
    for first in range(0, requests, 10):
        with visitors(server, 1, folder) as (visitor,):
            for _ in range(10):
                visitor.ask()
        if first + 10 == BEFORE:
            early = server.memory()
    late = server.memory()
    return {"requests": requests, "early": early, "late": late, "growth": round(late / early - 1, 4)}


def main(
    clients: Annotated[str, typer.Option(help="Numbers of clients.")] = "1,4,16,64",
    each: Annotated[int, typer.Option(min=1, help="Requests for each number of clients.")] = 48,
    requests: Annotated[int, typer.Option(min=60, help="Requests one after the other.")] = 500,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print what the page does under load."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server").mkdir()
        server = Server(folder / "server")
        try:
            server.wait()
            storms = [storm(server, int(count), each, folder) for count in clients.split(",")]
            long = endurance(server, requests, folder)
            deadline = time.monotonic() + 60
            while server.files() and time.monotonic() < deadline:
                time.sleep(0.5)
            left = [path.name for path in server.files()]
        finally:
            server.stop()
        stopped = [path.name for path in server.files()]
    report = {"storms": storms, "endurance": long, "files_left": left, "files_after_stop": stopped}
    if as_json:
        typer.echo(json.dumps(report))
        return
    for one in storms:
        typer.echo(
            f"{one['clients']:3} clients: {one['per_second']:.2f} pictures/s, {one['drawn']} drawn, "
            f"{one['mixed_up']} mixed up, {one['busy']} turned away, errors: {one['errors'] or 'none'}"
        )
        if one["busy_words"]:
            typer.echo(f"    turned away with: {one['busy_words']}")
    typer.echo(
        f"memory {long['early'] / 1e6:.0f} MB after {BEFORE} requests, {long['late'] / 1e6:.0f} MB after "
        f"{long['requests']}: {long['growth']:+.1%}"
    )
    typer.echo(f"files left once all have gone: {left or 'none'}; after the stop: {stopped or 'none'}")


if __name__ == "__main__":
    typer.run(main)
