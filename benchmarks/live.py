"""The tab Live: pictures a second and latency over loopback, beside those of an echo.

    python -m benchmarks.live [--style anime] [--size 384x288] [--seconds 10] [--engine cpu] [--json]

It serves the route of the page with uvicorn, and sends JPEGs as the page's script does: two under way at most, each new
one as soon as an answer comes. The echo decodes and encodes each frame but draws nothing, so the difference is what
the drawing costs. With ``--visitors 2`` it also says how evenly two cameras share. Latency is from handing a frame to
the client until its drawing has come; the camera and the screen are not in it.

Targets on two idle cores in fp32, with a small network: 15 pictures a second at 384×288, 120 ms.
"""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Annotated, Any

import cv2
import httpx
import numpy as np
import typer
import uvicorn
from starlette.applications import Starlette

import animegan
from animegan.images.resize import Picture
from animegan.page.serving.cameras import FRAME_PATH, TICKET_HEADER, Cameras, Draw, encode
from animegan.page.serving.turns import Client, Turns
from animegan.styles.lookup import live_style
from benchmarks import public_photos

UNDER_WAY = 2
"""Frames that a camera has under way, as in ``animegan/page/live.js``."""
CAMERA_RATE = 30.0
"""Frames a second that a camera gives."""
PATTERNS = 8
"""Different frames, so that nothing is drawn twice in a row."""


@contextmanager
def served(draw: Draw, style: str) -> Iterator[tuple[str, Cameras]]:
    """Serve the route on a free port of loopback."""
    live = Cameras(draw, Turns(), frozenset({style}))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(Starlette(routes=[live.route]), log_level="error")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}{FRAME_PATH}?style={style}", live
        server.should_exit = True
        thread.join()


def frames(width: int, height: int) -> list[bytes]:
    """JPEGs of a photograph under a pan, as a browser sends them."""
    photo = public_photos.load("astronaut")
    pictures: list[Picture] = [
        np.asarray(cv2.resize(photo[4 * n : 400 + 4 * n, 4 * n : 480 + 4 * n], (width, height)), np.uint8)
        for n in range(PATTERNS)
    ]
    return [encode(picture) for picture in pictures]


def film(url: str, ticket: str, pictures: list[bytes], until: float) -> list[float]:
    """Send frames as a camera does until a moment of `time.perf_counter`; return the latency of each drawing."""
    latencies: list[float] = []
    with httpx.Client(trust_env=False, timeout=60) as client, ThreadPoolExecutor(UNDER_WAY) as pool:
        given = 0.0
        lock = threading.Lock()

        def send(number: int) -> None:
            nonlocal given
            with lock:  # the camera gives one frame at a time
                wait = given + 1 / CAMERA_RATE - time.perf_counter()
                if wait > 0:
                    time.sleep(wait)
                given = time.perf_counter()
            start = time.perf_counter()
            answer = client.post(url, content=pictures[number % len(pictures)], headers={TICKET_HEADER: ticket})
            if answer.status_code == 200:
                latencies.append(time.perf_counter() - start)

        def repeat(first: int) -> None:
            number = first
            while time.perf_counter() < until:
                send(number)
                number += UNDER_WAY

        list(pool.map(repeat, range(UNDER_WAY)))
    return latencies


def measure(draw: Draw, style: str, size: tuple[int, int], seconds: float, visitors: int) -> dict[str, Any]:
    """Pictures a second of all visitors and of each, and the latency in milliseconds."""
    pictures = frames(*size)
    with served(draw, style) as (url, live):
        tickets = [live.open(Client(f"{number}", None), f"{number}") for number in range(visitors)]
        film(url, tickets[0], pictures, time.perf_counter() + 1)  # warm
        until = time.perf_counter() + seconds
        with ThreadPoolExecutor(visitors) as pool:
            each = list(pool.map(lambda ticket: film(url, ticket, pictures, until), tickets))
    latencies = sorted(latency for one in each for latency in one)
    return {
        "per_second": round(len(latencies) / seconds, 1),
        "each_per_second": [round(len(one) / seconds, 1) for one in each],
        "latency_ms": round(1000 * statistics.median(latencies), 1) if latencies else None,
        "latency_ms_95": round(1000 * latencies[int(0.95 * (len(latencies) - 1))], 1) if latencies else None,
    }


def main(
    style: Annotated[str, typer.Option(help="The style; its small network draws if there is one.")] = "anime",
    size: Annotated[str, typer.Option(help="Width and height of a frame in pixels.")] = "384x288",
    seconds: Annotated[float, typer.Option(min=1, help="Of each measurement.")] = 10,
    engine: Annotated[str, typer.Option(help="One of the engines; cpu is fp32.")] = "cpu",
    visitors: Annotated[int, typer.Option(min=1, max=8, help="Cameras at once.")] = 1,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print how quickly the camera is drawn."""
    width, height = (int(side) for side in size.lower().split("x"))
    pipeline = animegan.Pipeline(engine)
    pipeline.draw_frame(np.zeros((height, width, 3), np.uint8), style)  # loads the network
    arguments = (style, (width, height), seconds, visitors)
    report = {
        "network": live_style(style).id,
        "size": size,
        "engine": engine,
        "echo": measure(lambda frame, _: frame, *arguments),
        "drawn": measure(pipeline.draw_frame, *arguments),
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(f"{report['network']} at {size}, {engine}, {visitors} visitors, {seconds:g} s each")
    for name in ("echo", "drawn"):
        one: Any = report[name]
        typer.echo(
            f"{name:6} {one['per_second']:6.1f} pictures/s, latency {one['latency_ms']} ms, 95 % within "
            f"{one['latency_ms_95']} ms; each visitor: {one['each_per_second']}"
        )


if __name__ == "__main__":
    typer.run(main)
