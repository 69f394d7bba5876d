"""Speed of a built-in generator against AnimeGANv2's, in one run on this machine.

    python -m benchmarks.generators [--style hayao] [--rounds 7] [--json]

Both draw 512×512 in fp32, in turns, so that other load on the machine slows both alike; the medians are compared.
AnimeGANv2's generator runs in plain PyTorch eager mode with random weights, which do not affect the time. Ours runs as
in the package: eager mode, channels last.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import torch
import typer

from animegan.networks.engine import Engine
from animegan.networks.modules import AnimeGANv2Generator, parameter_count
from animegan.networks.painters import TorchGenerator, load
from animegan.styles import weights
from animegan.styles.lookup import find_style


def load_torch(path: Path, engine: Engine | None = None) -> TorchGenerator:
    """Load one of our own weights files; None: on the default engine."""
    generator = load(path, engine)
    assert isinstance(generator, TorchGenerator)
    return generator


@torch.inference_mode()
def in_turns(runners: Mapping[str, tuple[Callable[[Any], Any], Any]], rounds: int) -> dict[str, float]:
    """Median seconds of each (function, argument). They run in turns, after one warmup each."""
    seconds: dict[str, list[float]] = {name: [] for name in runners}
    for number in range(rounds + 1):
        for name, (run, argument) in runners.items():
            start = time.perf_counter()
            run(argument)
            if number:
                seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main(
    style: Annotated[str, typer.Option(help="A built-in style.")] = "hayao",
    rounds: Annotated[int, typer.Option(min=5, help="Measured passes of each, after one warmup.")] = 7,
    side: Annotated[int, typer.Option(help="Side of the input in pixels.")] = 512,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print seconds, parameters and the ratio."""
    torch.manual_seed(0)
    photo = torch.rand(1, 3, side, side) * 2 - 1
    networks: dict[str, torch.nn.Module] = {
        "AnimeGANv2": AnimeGANv2Generator().eval(),
        style: load_torch(weights.locate(find_style(style))).network,
    }
    photos = {"AnimeGANv2": photo, style: photo.to(memory_format=torch.channels_last)}
    medians = in_turns({name: (network, photos[name]) for name, network in networks.items()}, rounds)
    report: dict[str, Any] = {
        "side": side,
        "threads": torch.get_num_threads(),
        "rounds": rounds,
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "parameters": {name: parameter_count(network) for name, network in networks.items()},
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
