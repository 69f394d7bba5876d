"""Averages networks of one shape: the mean often has the strengths of each."""

from pathlib import Path

import torch

from animegan.errors import NotAModelError
from animegan.networks.checkpoints import read_compact
from animegan.training.trainer import write_weights


def average_files(paths: list[Path], out: Path, about: dict[str, str]) -> None:
    """Write the mean of the weights of several of our own networks (Wortsman et al. 2022, "Model soups"). They must
    have been trained from the same start. ``about`` is metadata besides the shape and the names of the files.

    Raises:
        NotAModelError: one is not one of our own networks, or has another shape.
    """
    networks = [read_compact(path) for path in paths]
    first = networks[0]
    for path, network in zip(paths, networks, strict=True):
        if network.config != first.config:
            raise NotAModelError(
                "'{name}' has another shape than '{first}': average networks of one shape.",
                name=path.name,
                first=paths[0].name,
            )
    states = [network.state_dict() for network in networks]
    with torch.no_grad():
        for name, value in first.state_dict().items():
            value.copy_(torch.stack([state[name].float() for state in states]).mean(0))
    write_weights(first, out, {**about, "average_of": ",".join(path.name for path in paths)})
