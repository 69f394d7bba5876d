"""Reads weights files into the networks of `animegan.networks`."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from animegan.errors import NotAModelError, WeightsUnavailableError, shown
from animegan.networks.adapters import merge
from animegan.networks.modules import AnimeGANv2Generator, CompactConfig, CompactGenerator
from animegan.styles.metadata import FACES

N = TypeVar("N", bound=nn.Module)
ADAPTERS = "compact-adapters"
"""The architecture, in the metadata, of a file that holds adapters alone."""


def not_a_model(path: Path, error: Exception | None = None) -> NotAModelError:
    """The error to raise for a file that holds no known network."""
    cause = f" ({type(error).__name__})" if error else ""
    return NotAModelError(
        "'{name}' holds no network that is known here{cause}: choose another file or style.",
        name=path.name,
        cause=cause,
    )


def read_compact(path: Path, part: str = "", mask: bool = False) -> CompactGenerator:
    """Read one of our own networks; the file's metadata give its shape. Adapters are merged with their base.

    ``part`` chooses among the networks of a style file: empty for the scene,
    `animegan.styles.metadata.FACES` for faces. ``mask``: whether it is to make masks, not pictures.

    Raises:
        NotAModelError: the file is not one of ours or of the other kind, or its weights do not fit the shape.
        WeightsUnavailableError: adapters whose base is not built in here.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            prefix = f"{part}." if part else ""
            names = [name for name in file.keys() if _belongs(name, part)]  # noqa: SIM118
            if about.get("architecture") == ADAPTERS:
                network = _base_of(path, about, part)
                adapters = {name.removeprefix(prefix): file.get_tensor(name) for name in names}
                return _of_numbers(merge(network, adapters), path)
            config = CompactConfig.from_dict(json.loads(about[f"{part}_config" if part else "config"]))
            if config.mask != mask:
                raise ValueError("it makes masks, or it makes none")
            with torch.device("meta"):  # shapes alone: memory is taken only if the file has as much
                network = CompactGenerator(config)
            shapes = {name.removeprefix(prefix): file.get_slice(name).get_shape() for name in names}
            if shapes != {name: list(value.shape) for name, value in network.state_dict().items()}:
                raise ValueError("its weights do not fit its shape")
            weights = {name.removeprefix(prefix): file.get_tensor(name).float() for name in names}
            network.load_state_dict(weights, assign=True)
    except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise not_a_model(path, error) from error
    return _of_numbers(network, path)


def _of_numbers(network: N, path: Path) -> N:
    """Check that all weights are numbers.

    Raises:
        NotAModelError: some are NaN or infinite.
    """
    if not all(bool(weight.isfinite().all()) for weight in network.state_dict().values()):
        raise NotAModelError(
            "'{name}' holds weights that are no numbers, as a training that failed leaves them: choose another file.",
            name=shown(path.name),
        )
    return network


def _belongs(tensor: str, part: str) -> bool:
    """Whether a tensor is one of a part's network."""
    return tensor.startswith(f"{part}.") if part else not tensor.startswith(f"{FACES}.")


def _base_of(path: Path, about: dict[str, str], part: str) -> CompactGenerator:
    """The network that the adapters of a style file belong to. Only built-in networks can be named, no other files."""
    from animegan.styles.sources import BuiltIn
    from animegan.styles.table import STYLES
    from animegan.styles.weights import locate, sha256

    name, expected = (about.get(f"{part}_{key}" if part else key, "") for key in ("base", "base_sha256"))
    style = STYLES.get(name)
    if style is None or not isinstance(style.source, BuiltIn):
        raise KeyError("base")
    base = locate(style)
    if sha256(base) != expected:
        raise WeightsUnavailableError(
            "'{name}' adapts another version of the style '{id}' than is built in here: use the version of "
            "animegan that it was made with, or train it again.",
            name=path.name,
            id=style.id,
        )
    return read_compact(base)


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
    if _is_torchscript(path):
        raise NotAModelError(
            "'{name}' is TorchScript, a program for other software: as a style use its safetensors or ONNX file.",
            name=shown(path.name),
        )
    network = AnimeGANv2Generator()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # a broken pickle can raise almost any exception
        raise not_a_model(path, error) from error
    return _of_numbers(network, path)


def _is_torchscript(path: Path) -> bool:
    """Whether a file holds code, as ``torch.jit.save`` writes it. The code is not run."""
    try:
        with zipfile.ZipFile(path) as file:
            return any("/code/" in name for name in file.namelist())
    except (OSError, zipfile.BadZipFile):
        return False
