"""What starting costs: the import of the package, against that of numpy, and the shortest command.

    python benchmarks/start.py [--rounds 11] [--json]

Each import is a process of its own, in turns, so that a busy machine slows both; medians are compared. The time
of the import is taken inside of the process: the start of Python itself is the same for both.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

ROOT = Path(__file__).parent.parent
IMPORT = "import time; start = time.perf_counter(); import {}; print(time.perf_counter() - start)"


def seconds_to_import(module: str) -> float:
    """Seconds of an import in a new process."""
    done = subprocess.run(
        [sys.executable, "-c", IMPORT.format(module)], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def seconds_to_list_styles() -> float:
    """Seconds of ``python -m animegan styles``, from its start to its end."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "animegan", "styles"], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main(
    rounds: Annotated[int, typer.Option(min=5, help="Counted turns, after one to warm up.")] = 11,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print seconds, and the import as a multiple of numpy's."""
    runners = {
        "numpy": lambda: seconds_to_import("numpy"),
        "animegan": lambda: seconds_to_import("animegan"),
        "styles": seconds_to_list_styles,
    }
    taken: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds + 1):
        for name, run in runners.items():
            seconds = run()
            if number:
                taken[name].append(seconds)
    medians = {name: statistics.median(values) for name, values in taken.items()}
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
