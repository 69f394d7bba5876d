"""Comparison of the built-in styles with other methods to draw a photo, in one run on this machine.

    python -m benchmarks.comparison [--side 512] [--rounds 5] [--plot out.webp] [--json]

Seconds are medians after one warmup. The methods run in turns, so that other load on the machine slows all alike.
Neural Style Transfer and PhotoWCT are slow: they run in processes of their own, ``--slow-rounds`` times, and warm up on
a corner of the photo only. Memory is the peak of a process that runs one method, minus its memory with the libraries
loaded; GPU memory is not included. Chroma is the mean distance between drawing and photo in a and b of Lab: lower
keeps more of the colours; it needs real weights. Only the whole pipeline finds faces and draws them separately; it is
timed with faces and without repair. The other rows are one pass of the network.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import torch
import typer

from animegan.images.resize import Picture
from animegan.networks.engine import choose_engine
from benchmarks.generators import in_turns
from benchmarks.methods import REFERENCE, Method, Setting, methods, nst_name
from benchmarks.process import memory as memory_of

FULL_NST = 300
"""Steps of Neural Style Transfer for which its time is estimated."""
WARM_SIDE = 64
"""Pixels along a side of the corner that slow methods warm up on."""
COLOURS = {"ours": "#b93a62", "AnimeGANv2": "#6a8caf", "other": "#e8894f"}


@dataclass(frozen=True)
class Row:
    """The results of a method; None: not measured, or not applicable."""

    method: str
    group: str
    weights_mb: float | None
    seconds: float
    rounds: int
    ratio: float
    """Its seconds over those of AnimeGANv2's generator in PyTorch eager mode."""
    memory_mb: float | None
    chroma: float | None
    faces: bool
    estimated: bool = False


def chroma_distance(picture: Picture, photo: Picture) -> float:
    """Mean distance of two pictures, ``(H, W, 3) uint8``, in the plane of a and b of Lab (D65, units of L = 100)."""
    one, other = (cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 1:] for p in (picture, photo))
    return float(np.linalg.norm(one - other, axis=2).mean())


def run_alone(method: Method, setting: Setting, rounds: int) -> dict[str, float | int | None]:
    """Run one method in this process: median seconds, bytes of its weights, and its peak memory in bytes."""
    _ = setting.photo, setting.style  # loaded before the memory is read
    before, seconds = memory_of("VmRSS"), []
    ready = method.make(setting)
    with torch.inference_mode():
        if method.slow:
            ready.run(ready.photo[..., :WARM_SIDE, :WARM_SIDE])
        for _ in range(rounds):
            start = time.perf_counter()
            ready.run(ready.photo)
            seconds.append(time.perf_counter() - start)
    peak = memory_of("VmHWM")
    taken = None if before is None or peak is None else max(0, peak - before)
    return {"seconds": statistics.median(seconds), "bytes": ready.bytes, "memory": taken}


def run_in_child(method: Method, setting: Setting, rounds: int) -> dict[str, Any]:
    """`run_alone` in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.comparison", "--child", method.name, "--folder", str(setting.folder)]
    command += ["--side", str(setting.side), "--nst-steps", str(setting.nst_steps), "--rounds", str(rounds)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()[-1])


def measure(chosen: list[Method], setting: Setting, rounds: int, slow_rounds: int, memory: bool) -> list[Row]:
    """The rows of these methods, which must include `REFERENCE`."""
    ready = {method.name: method.make(setting) for method in chosen if not method.slow}
    seconds = in_turns({name: (each.run, each.photo) for name, each in ready.items()}, rounds)
    chroma = {
        name: chroma_distance(each.paint(setting.photo), setting.photo) for name, each in ready.items() if each.paint
    }
    size = {name: each.bytes for name, each in ready.items()}
    del ready  # frees memory for the child processes
    rows = []
    for method in chosen:
        child = run_in_child(method, setting, slow_rounds if method.slow else 2) if method.slow or memory else {}
        taken = child["seconds"] if method.slow else seconds[method.name]
        peak = child.get("memory") if memory else None
        rows.append(
            Row(
                method.name,
                method.group,
                in_mb(size.get(method.name, child.get("bytes"))),
                round(taken, 4),
                slow_rounds if method.slow else rounds,
                round(taken / seconds[REFERENCE], 3),
                in_mb(peak),
                round(chroma[method.name], 2) if method.name in chroma else None,
                method.faces,
            )
        )
    return [
        *rows,
        *(estimated_nst(row, setting.nst_steps) for row in rows if row.method == nst_name(setting.nst_steps)),
    ]


def in_mb(size: int | None) -> float | None:
    """Bytes to megabytes (10⁶)."""
    return None if size is None else round(size / 1e6, 2)


def estimated_nst(row: Row, steps: int) -> Row:
    """Scale the row of Neural Style Transfer to `FULL_NST` steps, as all steps cost the same. The setup is scaled as
    well, which adds a few percent too much at 20 steps.
    """
    name = f"Neural Style Transfer, {FULL_NST} steps (estimate: per step × {FULL_NST})"
    scaled = {key: round(getattr(row, key) / steps * FULL_NST, 3) for key in ("seconds", "ratio")}
    return Row(**{**asdict(row), **scaled, "method": name, "rounds": 0, "memory_mb": None, "estimated": True})


def table(rows: list[Row]) -> str:
    """Format the rows as a text table."""
    lines = [f"{'':62} {'weights':>9} {'seconds':>9} {'rounds':>6} {'ratio':>8} {'memory':>9} {'chroma':>6}  faces"]
    for row in rows:
        weights = "–" if row.weights_mb is None else f"{row.weights_mb:.1f} MB"
        memory = "–" if row.memory_mb is None else f"{row.memory_mb:.0f} MB"
        chroma = "–" if row.chroma is None else f"{row.chroma:.1f}"
        rounds = "–" if row.estimated else row.rounds
        lines.append(
            f"{row.method:62} {weights:>9} {row.seconds:9.3f} {rounds:>6} {row.ratio:8.2f} {memory:>9} "
            f"{chroma:>6}  {'yes' if row.faces else 'no'}"
        )
    return "\n".join(lines)


def plot(rows: list[Row], side: int, path: Path) -> None:
    """Plot seconds and megabytes on logarithmic axes."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    shown: dict[str, str] = {"seconds": f"seconds, {side}×{side}", "memory_mb": "peak memory, MB"}
    if all(row.memory_mb is None for row in rows):
        del shown["memory_mb"]
    size = 4 + 3.5 * len(shown), 0.9 + 0.29 * len(rows)
    figure, panels = pyplot.subplots(1, len(shown), figsize=size, sharey=True, squeeze=False, facecolor="#fffdf8")
    places, names = range(len(rows), 0, -1), [row.method for row in rows]
    for axes, (key, title) in zip(panels[0], shown.items(), strict=True):
        values = [getattr(row, key) or 0 for row in rows]
        bars = axes.barh(places, values, color=[COLOURS[row.group] for row in rows])
        for bar, row in zip(bars, rows, strict=True):
            bar.set_alpha(0.5 if row.estimated else 1)
        axes.bar_label(bars, [f"{value:.3g}" if value else "" for value in values], padding=3, fontsize=8)
        axes.set(xlabel=title, xscale="log", facecolor="#fffdf8")
        axes.margins(x=0.15, y=0.01)
        axes.grid(axis="x", alpha=0.25)
    panels[0, 0].set_yticks(places, names, fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=100)


def main(
    side: Annotated[int, typer.Option(help="Side of the photo in pixels, a multiple of 32.")] = 512,
    rounds: Annotated[int, typer.Option(min=1, help="Measured passes of each, after one warmup.")] = 5,
    slow_rounds: Annotated[int, typer.Option(min=1, help="Passes of the slow methods, without warmup.")] = 1,
    nst_steps: Annotated[int, typer.Option(min=1, help="Steps of Neural Style Transfer.")] = 20,
    only: Annotated[
        list[str] | None, typer.Option(help="Only methods with this in their name; may be repeated.")
    ] = None,
    memory: Annotated[bool, typer.Option(help="Measure memory, in a process per method.")] = True,
    picture: Annotated[Path | None, typer.Option("--plot", help="File for the plot.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
    child: Annotated[str | None, typer.Option(hidden=True)] = None,
    folder: Annotated[Path | None, typer.Option(hidden=True)] = None,
) -> None:
    """Print weights, seconds, memory, chroma and faces of each method."""
    if side < 32 or side % 32:
        raise typer.BadParameter(f"The side must be a multiple of 32, not {side}.")
    torch.manual_seed(0)
    every = methods(nst_steps)
    if child and folder:
        method = next(method for method in every if method.name == child)
        typer.echo(json.dumps(run_alone(method, Setting(side, nst_steps, folder), rounds)))
        return
    chosen = [method for method in every if not only or method.name == REFERENCE or any(o in method.name for o in only)]
    with tempfile.TemporaryDirectory() as place:
        rows = measure(chosen, Setting(side, nst_steps, Path(place)), rounds, slow_rounds, memory)
    if picture:
        plot(rows, side, picture)
    if as_json:
        head = {
            "side": side,
            "threads": torch.get_num_threads(),
            "engine": choose_engine().name,
            "reference": REFERENCE,
        }
        typer.echo(json.dumps({**head, "rows": [asdict(row) for row in rows]}))
        return
    typer.echo(table(rows))
    typer.echo(f"{side}×{side}, {torch.get_num_threads()} threads; ratio: to {REFERENCE}.")


if __name__ == "__main__":
    typer.run(main)
