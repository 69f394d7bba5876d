"""How fast a built-in generator is, against AnimeGANv2's, in one run on this machine.

    python benchmarks/generators.py [--style hayao] [--rounds 7] [--json]

Both paint 512×512 in fp32 in turns, so that a busy machine slows both; medians are compared.
AnimeGANv2's generator is plain PyTorch eager (its weights do not matter for time); ours runs as the
package runs it, eager and channels last.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Annotated

import torch
import typer

sys.path.insert(0, str(Path(__file__).parent.parent))

from animegan import weights
from animegan.generator import load
from animegan.networks import AnimeGANv2Generator, parameter_count
from animegan.styles import find


@torch.inference_mode()
def in_turns(runners: dict[str, tuple[torch.nn.Module, torch.Tensor]], rounds: int) -> dict[str, float]:
    """Median seconds of a forward pass of each (network, photo), in turns, after one pass to warm up."""
    taken: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds + 1):
        for name, (network, photo) in runners.items():
            start = time.perf_counter()
            network(photo)
            if number:
                taken[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in taken.items()}


def main(
    style: Annotated[str, typer.Option(help="A built-in style.")] = "hayao",
    rounds: Annotated[int, typer.Option(min=5, help="Counted passes of each, after one to warm up.")] = 7,
    side: Annotated[int, typer.Option(help="Pixels along a side.")] = 512,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print seconds, parameters and the ratio."""
    torch.manual_seed(0)
    photo = torch.rand(1, 3, side, side) * 2 - 1
    runners = {
        "AnimeGANv2": (AnimeGANv2Generator().eval(), photo),
        style: (
            load(weights.locate(find(style))).network,
            photo.to(memory_format=torch.channels_last),
        ),
    }
    medians = in_turns(runners, rounds)
    report = {
        "side": side,
        "threads": torch.get_num_threads(),
        "rounds": rounds,
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "parameters": {name: parameter_count(network) for name, (network, _) in runners.items()},
        "times_faster": round(medians["AnimeGANv2"] / medians[style], 1),
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    for name, value in medians.items():
        typer.echo(f"{name:12} {value:8.4f} s   {report['parameters'][name]:>9,} parameters")
    typer.echo(f"{style} is {report['times_faster']} times faster at {side}×{side} on {report['threads']} threads.")


if __name__ == "__main__":
    typer.run(main)
