"""The page under load: many clients send photos at once, on loopback.

    python -m benchmarks.load [--clients 1,4,16,64] [--each 48] [--requests 500] [--greedy 200] [--json]

It starts and stops a server of its own and measures:

- ``--clients``: for each number of clients, pictures per second, errors, refused calls, and whether all clients got the
  drawing of their own photo.
- ``--greedy``: one client sends this many calls as fast as it can; another client draws one photo at a time. The report
  gives the other client's time over its time without the greedy one.
- ``--requests``: calls one after the other, and the server's memory after the 50th and after the last.

At the end the clients disconnect, and the server must delete all of their files.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated, Any

import cv2
import httpx
import numpy as np
import typer

import animegan
from animegan.images.resize import Picture
from benchmarks import public_photos
from benchmarks.process import memory

os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

SIDE = 256
EARLY = 50
"""Requests after which the memory is read for the first time."""
REFUSALS = ("Queue is full", "Busy:", "waiting already")
"""Parts of the messages with which the server refuses a call because too many wait."""
GREEDY_THREADS = 16
"""Calls that the greedy client has under way at once."""
QUIET_CALLS = 5
"""Calls of the other client, after one warmup, before the greedy one starts; the median counts."""
FAIR_RATIO = 3.0
"""Target: the other client waits at most this many times as long as without the greedy one."""


class Server:
    """``animegan page`` on a free port, with its own folder for temporary files."""

    def __init__(self, folder: Path):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url, self._folder = f"http://127.0.0.1:{self.port}/", folder
        environment = {**os.environ, "TMPDIR": str(folder)}
        environment.pop("GRADIO_TEMP_DIR", None)
        command = [sys.executable, "-m", "animegan", "page", "--host", "127.0.0.1", "--port", str(self.port)]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)

    def wait(self) -> None:
        """Wait until it answers and has finished its own first drawing."""
        while True:
            try:
                httpx.get(self.url)
                break
            except httpx.TransportError:
                time.sleep(0.3)
        time.sleep(10)  # it draws an example first, to load its models

    def files(self) -> list[Path]:
        """The files in its folder."""
        return [path for path in self._folder.rglob("*") if path.is_file()]

    def memory(self) -> int:
        """Bytes of resident memory."""
        return memory("VmRSS", self.process.pid) or 0

    def stop(self) -> None:
        """End the process as a container would."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


class PageClient:
    """A client of the page, with a session and a photo of its own."""

    def __init__(self, url: str, number: int, folder: Path):
        from gradio_client import Client

        self.photo = photo_of(number)
        self.path = animegan.save(self.photo, folder / f"photo-{number}.png")
        self._client = Client(url, verbose=False, download_files=str(folder / f"results-{number}"))

    def draw(self) -> Picture:
        """Send the photo and return the drawing."""
        from gradio_client import handle_file

        picture, _ = self._client.predict(handle_file(str(self.path)), api_name="/stylize")
        return animegan.load(picture)

    def close(self) -> None:
        """Disconnect from the page."""
        self._client.close()


def photo_of(number: int) -> Picture:
    """A unique photo per client: a part of a portrait, rotated, with shifted hue."""
    example = public_photos.load("astronaut")
    rng = np.random.default_rng(number)
    top, left = rng.integers(0, 512 - SIDE, 2)
    hsv = cv2.cvtColor(example[top : top + SIDE, left : left + SIDE], cv2.COLOR_RGB2HSV)
    hsv[:, :, 0] = (hsv[:, :, 0].astype(int) + rng.integers(0, 180)) % 180
    photo: Picture = np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
    return np.ascontiguousarray(np.rot90(photo, int(rng.integers(4))))


@contextmanager
def clients_of(server: Server, count: int, folder: Path) -> Iterator[list[PageClient]]:
    """Connect ``count`` clients; they disconnect at the end."""
    with ExitStack() as stack:
        with ThreadPoolExecutor(8) as pool:
            connected = list(pool.map(lambda number: PageClient(server.url, number, folder), range(count)))
        for client in connected:
            stack.callback(client.close)
        yield connected


def is_own(drawing: Picture, number: int, photos: list[Picture]) -> bool:
    """Whether the drawing is closer to the photo of this client than to all others."""
    distances = [np.abs(drawing.astype(int) - photo).mean() for photo in photos]
    return int(np.argmin(distances)) == number


class Answers:
    """The answers to many calls, collected from several threads: drawn, refused, failed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.counts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.errors: list[str] = []

    def call(self, draw: Callable[[], Picture]) -> Picture | None:
        """Draw once and count the answer; None if there is no drawing."""
        try:
            drawing = draw()
        except Exception as error:  # all kinds of errors are counted
            text = str(error)
            with self._lock:
                if any(part in text for part in REFUSALS):
                    self.counts["refused"] += 1
                    self.refusals[text] += 1
                else:
                    self.errors.append(text)
            return None
        with self._lock:
            self.counts["drawn"] += 1
        return drawing


def storm(server: Server, count: int, each: int, folder: Path) -> dict[str, Any]:
    """``count`` clients call at once, ``each`` times in all or once per client, whichever is more."""
    answers, mixed_up = Answers(), Counter[int]()
    rounds = max(1, each // count)
    with clients_of(server, count, folder) as clients:
        photos = [client.photo for client in clients]

        def run(number: int) -> None:
            for _ in range(rounds):
                drawing = answers.call(clients[number].draw)
                if drawing is not None and not is_own(drawing, number, photos):
                    mixed_up[number] += 1  # each thread has its own key

        start = time.perf_counter()
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(run, range(count)))
        seconds = time.perf_counter() - start
    return {
        "clients": count,
        "drawn": answers.counts["drawn"],
        "busy": answers.counts["refused"],
        "busy_words": next(iter(answers.refusals), None),
        "errors": answers.errors[:3],
        "mixed_up": mixed_up.total(),
        "per_second": round(answers.counts["drawn"] / seconds, 3),
    }


def greed(server: Server, calls: int, folder: Path) -> dict[str, Any]:
    """One client sends ``calls`` calls as fast as it can while another draws one photo at a time: the same photo, each
    client in a process of its own.
    """
    own = folder / "greedy"
    own.mkdir()
    with clients_of(server, 1, folder) as (other,), ProcessPoolExecutor(1, get_context("spawn")) as pool:
        pool.submit(len, "").result()  # the process is there
        return compete(lambda: pool.submit(be_greedy, server.url, calls, own), other.draw)


def be_greedy(url: str, calls: int, folder: Path) -> dict[str, Any]:
    """Send ``calls`` calls, `GREEDY_THREADS` at once; how many were drawn and refused."""
    client, answers = PageClient(url, 0, folder), Answers()
    with ThreadPoolExecutor(GREEDY_THREADS) as pool:
        for _ in range(calls):
            pool.submit(answers.call, client.draw)
    client.close()
    return {
        "calls": calls,
        "drawn": answers.counts["drawn"],
        "refused": answers.counts["refused"],
        "refusals": sorted(answers.refusals),
        "errors": answers.errors,
    }


def compete(start_greedy: Callable[[], Future[dict[str, Any]]], other: Callable[[], Picture]) -> dict[str, Any]:
    """Median seconds of ``other`` alone, and while the greedy client is at work."""
    others = Answers()

    def timed() -> float:
        start = time.perf_counter()
        others.call(other)
        return time.perf_counter() - start

    timed()
    quiet = statistics.median(timed() for _ in range(QUIET_CALLS))
    greedy = start_greedy()
    loaded = [timed()]
    while not greedy.done():
        loaded.append(timed())
    figures = greedy.result()
    return {
        **figures,
        "errors": [*figures["errors"], *others.errors, *others.refusals][:3],
        "others_calls": len(loaded),
        "others_quiet_seconds": round(quiet, 3),
        "others_seconds": round(statistics.median(loaded), 3),
        "others_slowest_seconds": round(max(loaded), 3),
        "ratio": round(statistics.median(loaded) / quiet, 2),
        "target": FAIR_RATIO,
    }


def endurance(server: Server, requests: int, folder: Path) -> dict[str, Any]:
    """One call after the other; the memory of the server early and late."""
    early = 0
    for first in range(0, requests, 10):
        with clients_of(server, 1, folder) as (client,):
            for _ in range(10):
                client.draw()
        if first + 10 == EARLY:
            early = server.memory()
    late = server.memory()
    return {"requests": requests, "early": early, "late": late, "growth": round(late / early - 1, 4)}


def left_files(server: Server) -> list[str]:
    """Names of the files that are left a minute after all clients have disconnected."""
    deadline = time.monotonic() + 60
    while server.files() and time.monotonic() < deadline:
        time.sleep(0.5)
    return [path.name for path in server.files()]


def show(report: dict[str, Any]) -> None:
    """Print a report as text."""
    for one in report["storms"]:
        typer.echo(
            f"{one['clients']:3} clients: {one['per_second']:.2f} pictures/s, {one['drawn']} drawn, "
            f"{one['mixed_up']} mixed up, {one['busy']} refused, errors: {one['errors'] or 'none'}"
        )
        if one["busy_words"]:
            typer.echo(f"    refused with: {one['busy_words']}")
    if greedy := report["greedy"]:
        typer.echo(
            f"greedy client: {greedy['calls']} calls, {greedy['drawn']} drawn, {greedy['refused']} refused; the other "
            f"took {greedy['others_seconds']:.2f} s instead of {greedy['others_quiet_seconds']:.2f} s, at most "
            f"{greedy['others_slowest_seconds']:.2f} s ({greedy['others_calls']} calls): {greedy['ratio']:.1f} times, "
            f"target {greedy['target']:g}; errors: {greedy['errors'] or 'none'}"
        )
    if long := report["endurance"]:
        typer.echo(
            f"memory {long['early'] / 1e6:.0f} MB after {EARLY} requests, {long['late'] / 1e6:.0f} MB after "
            f"{long['requests']}: {long['growth']:+.1%}"
        )
    typer.echo(
        f"files left after all clients disconnected: {report['files_left'] or 'none'}; "
        f"after the stop: {report['files_after_stop'] or 'none'}"
    )


def main(
    clients: Annotated[str, typer.Option(help="Numbers of clients, separated by commas; empty: skip.")] = "1,4,16,64",
    each: Annotated[int, typer.Option(min=1, help="Requests for each number of clients.")] = 48,
    requests: Annotated[int, typer.Option(min=0, help="Requests one after the other, at least 60; 0: skip.")] = 500,
    greedy: Annotated[int, typer.Option(min=0, help="Calls of the greedy client; 0: skip.")] = 200,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print how the page behaves under load."""
    if 0 < requests <= EARLY:
        raise typer.BadParameter(f"Give at least {EARLY + 10} requests, or 0 to skip them.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server").mkdir()
        server = Server(folder / "server")
        try:
            server.wait()
            report: dict[str, Any] = {
                "storms": [storm(server, int(count), each, folder) for count in clients.split(",") if count.strip()],
                "greedy": greed(server, greedy, folder) if greedy else None,
                "endurance": endurance(server, requests, folder) if requests else None,
                "files_left": left_files(server),
            }
        finally:
            server.stop()
        report["files_after_stop"] = [path.name for path in server.files()]
    if as_json:
        typer.echo(json.dumps(report))
    else:
        show(report)


if __name__ == "__main__":
    typer.run(main)
