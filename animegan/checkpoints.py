"""Reads weights files into the networks of `animegan.networks`."""

from __future__ import annotations

import json
from pathlib import Path

import torch

from animegan.errors import NotAModelError
from animegan.networks import AnimeGANv2Generator, CompactConfig, CompactGenerator


def not_a_model(path: Path, error: Exception | None = None) -> NotAModelError:
    """The error to raise for a file that holds no known network."""
    cause = f" ({type(error).__name__})" if error else ""
    return NotAModelError(f"'{path.name}' holds no network that is known here{cause}: choose another file or style.")


def read_compact(path: Path) -> CompactGenerator:
    """Read one of our own networks; the file's metadata give its shape.

    Raises:
        NotAModelError: the file is not one of ours, or its weights do not fit the shape.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            network = CompactGenerator(CompactConfig.from_dict(json.loads(file.metadata()["config"])))
            network.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise not_a_model(path, error) from error
    return network


def metadata(path: Path) -> dict[str, str]:
    """The metadata of a safetensors file; empty for other files.

    Raises:
        NotAModelError: the file cannot be read.
    """
    from safetensors import SafetensorError, safe_open

    if path.suffix != ".safetensors":
        return {}
    try:
        with safe_open(path, framework="pt") as file:
            return file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise not_a_model(path, error) from error


def read_animegan_v2(path: Path) -> AnimeGANv2Generator:
    """Read a PyTorch checkpoint with the parameter names of bryandlee/animegan2-pytorch. Code in the file does not run.

    Raises:
        NotAModelError: the file is not such a checkpoint.
    """
    network = AnimeGANv2Generator()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # a broken pickle can raise almost any exception
        raise not_a_model(path, error) from error
    return network
