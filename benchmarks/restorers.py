"""Speed of the built-in restorer against RRDBNet ×2 (64 features, 23 blocks), in one run on this machine.

    python -m benchmarks.restorers [--rounds 3] [--side 512] [--json]

Both double the same photo, in turns, so that other load on the machine slows both alike; the medians are compared.
RRDBNet has random weights, which do not affect the time.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import torch
import typer

from animegan.networks import restorers
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import choose_engine
from animegan.networks.modules import parameter_count
from benchmarks.generators import in_turns


def rrdbnet() -> torch.nn.Module:
    """Real-ESRGAN's RRDBNet ×2, from spandrel."""
    from spandrel.architectures.ESRGAN import ESRGAN

    return ESRGAN(in_nc=12, num_filters=64, num_blocks=23, scale=2).eval()


def main(
    rounds: Annotated[int, typer.Option(min=1, help="Measured passes of each, after one warmup.")] = 3,
    side: Annotated[int, typer.Option(help="Side of the input in pixels, a multiple of 8.")] = 512,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print seconds, parameters and the ratio of the times."""
    torch.manual_seed(0)
    photo = torch.rand(1, 3, side, side).to(memory_format=torch.channels_last)
    light = choose_engine("cpu").ready(read_compact(restorers.locate("light")))
    runners: dict[str, tuple[torch.nn.Module, torch.Tensor]] = {
        # Its input is unshuffled by 2.
        "RRDBNet": (rrdbnet(), torch.nn.functional.pixel_unshuffle(photo, 2)),
        "light": (light, photo * 2 - 1),
    }
    medians = in_turns(runners, rounds)
    report: dict[str, Any] = {
        "side": side,
        "threads": torch.get_num_threads(),
        "seconds": {name: round(value, 4) for name, value in medians.items()},
        "parameters": {name: parameter_count(network) for name, (network, _) in runners.items()},
        "part": round(medians["light"] / medians["RRDBNet"], 4),
    }
    if as_json:
        typer.echo(json.dumps(report))
        return
    for name, value in medians.items():
        typer.echo(f"{name:8} {value:8.3f} s   {report['parameters'][name]:>10,} parameters")
    typer.echo(f"The built-in restorer takes {report['part']:.2%} of RRDBNet's time at {side}×{side}.")


if __name__ == "__main__":
    typer.run(main)
