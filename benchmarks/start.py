"""Startup time: the import of the package, compared with that of numpy, and the shortest command.

    python -m benchmarks.start [--rounds 11] [--json]

Each import runs in its own process, in turns, so that other load on the machine slows both alike; the medians are
compared. The time is taken inside the process, without the start of Python itself, which is the same for both.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer

IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds_to_import(module: str) -> float:
    """Seconds to import a module in a new process."""
    done = subprocess.run([sys.executable, "-c", IMPORT.format(module)], check=True, capture_output=True, text=True)
    return float(done.stdout)


def seconds_to_list_styles() -> float:
    """Seconds to run ``python -m animegan styles``, including the start of Python."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "animegan", "styles"], check=True, capture_output=True)
    return time.perf_counter() - start


def main(
    rounds: Annotated[int, typer.Option(min=5, help="Measured rounds, after one warmup.")] = 11,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print seconds, and the import time as a multiple of numpy's."""
    runners: dict[str, Callable[[], float]] = {
        "numpy": lambda: seconds_to_import("numpy"),
        "animegan": lambda: seconds_to_import("animegan"),
        "styles": seconds_to_list_styles,
    }
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds + 1):
        for name, run in runners.items():
            taken = run()
            if number:
                seconds[name].append(taken)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    report = {
        "rounds": rounds,
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "times_numpy": round(medians["animegan"] / medians["numpy"], 2),
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    typer.echo(
        f"import animegan: {medians['animegan']:.3f} s, {report['times_numpy']:g} times import numpy "
        f"({medians['numpy']:.3f} s); python -m animegan styles: {medians['styles']:.2f} s"
    )


if __name__ == "__main__":
    typer.run(main)
