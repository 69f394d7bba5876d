"""How fast a clip is drawn from end to end, and whether memory stays flat.

    python -m benchmarks.video [--style anime] [--live] [--faces off] [--frames 100] [--engine cpu] [--json]
    python -m benchmarks.video --frames 10000 --side 64     # memory

The clip is made from a photograph: 640×360, a camera in the hand, H.264. Frames a second are
those from the first drawn frame to the last, so that loading the models does not count; CPU seconds a frame count all
threads, and tell more on a busy machine. Memory is what the process holds after a tenth of the frames and at the end.
"""

import json
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

import animegan
from animegan.images.resize import resize
from animegan.video.kinds import kind_of
from animegan.video.writing import Writer
from animegan.words.messages import Message
from benchmarks import public_photos
from benchmarks.process import memory
from benchmarks.steadiness import HEIGHT, WIDTH, clip_of


def main(
    style: str = "anime",
    live: Annotated[bool, typer.Option("--live")] = False,
    steady: bool = True,
    faces: str = "off",
    frames: int = 100,
    side: Annotated[int, typer.Option(help="Pixels: long side of the clip.")] = WIDTH,
    engine: str = "cpu",
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print frames a second, CPU seconds a frame, and memory."""
    marks: list[tuple[float, float, float]] = []

    def on_progress(fraction: float, message: Message) -> None:
        if message.code == "paint-frame":
            marks.append((time.perf_counter(), time.process_time(), (memory("VmRSS") or 0) / 1e6))

    with tempfile.TemporaryDirectory() as folder:
        clip = _clip(Path(folder) / "clip.mp4", frames, side)
        result = animegan.stylize_video(
            clip,
            Path(folder) / "anime.mp4",
            style=style,
            side=side,
            faces=faces,
            steady=steady,
            live=live,
            pipeline=animegan.Pipeline(engine),
            on_progress=on_progress,
        )
    first, last, tenth = marks[0], marks[-1], marks[len(marks) // 10]
    report = {
        "style": style,
        "live": live,
        "engine": engine,
        "frames": result.frames,
        "fps": round((len(marks) - 1) / (last[0] - first[0]), 2),
        "cpu_seconds_a_frame": round((last[1] - first[1]) / (len(marks) - 1), 4),
        "megabytes": [round(tenth[2]), round(last[2])],
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(
        f"{style}{' live' if live else ''}, {engine}: {report['fps']} frames a second, "
        f"{report['cpu_seconds_a_frame']} CPU seconds a frame; "
        f"memory {tenth[2]:.0f} MB after {len(marks) // 10} frames, {last[2]:.0f} MB after {len(marks)}"
    )


def _clip(path: Path, frames: int, side: int) -> Path:
    width, height = side // 2 * 2, round(side * HEIGHT / WIDTH) // 2 * 2
    writer = Writer(path, kind_of(path), width, height, Fraction(1, 25), Fraction(25))
    for number, shot in enumerate(clip_of(public_photos.load("china"), "shake", frames)):
        writer.add(resize(shot.picture, width, height), Fraction(number, 25), Fraction(1, 25))
    writer.finish()
    return path


if __name__ == "__main__":
    typer.run(main)
