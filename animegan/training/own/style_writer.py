"""Writes style files."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

from torch import Tensor

from animegan.errors import AnimeganError
from animegan.examples import FOLDER
from animegan.images import files, sheets
from animegan.images.resize import shrink
from animegan.networks.checkpoints import ADAPTERS
from animegan.networks.engine import Engine
from animegan.networks.modules import CompactGenerator
from animegan.networks.painters import TorchGenerator
from animegan.storage import written_whole
from animegan.styles.metadata import MAX_PREVIEW, StyleInfo
from animegan.training.own.lora import adapters

PREVIEW_PHOTO = "1-astronaut.jpg"
"""The example photo that a preview shows, so that no photo of the user gets into the file."""
PREVIEW_SIDE = 128


def write_style(
    path: Path, trained: dict[str, tuple[CompactGenerator, CompactGenerator]], info: StyleInfo
) -> StyleInfo:
    """Write a style file, whole or not at all: the networks ``scene`` and perhaps ``faces``, each with the one that its
    training began with, and ``info`` with a preview. Returns ``info`` as it was written.

    Raises:
        OSError: the folder or the disk does not allow it.
    """
    from safetensors.torch import save

    info = replace(info, preview=_preview(trained["scene"][0]))
    tensors: dict[str, Tensor] = {}
    metadata = {"architecture": ADAPTERS if info.adapter_rank else "compact", **info.to_metadata()}
    for kind, (network, start) in trained.items():
        prefix, key = ("", "config") if kind == "scene" else (f"{kind}.", f"{kind}_config")
        state = adapters(network, start) if info.adapter_rank else network.state_dict()
        tensors |= {f"{prefix}{name}": value.detach().half().cpu().contiguous() for name, value in state.items()}
        metadata[key] = json.dumps(network.config.to_dict())
    with written_whole(path, mode=0o666) as file:
        file.write(save(tensors, metadata))
    return info


def _preview(network: CompactGenerator) -> bytes:
    """An example photo and its drawing side by side, as JPEG; empty if the examples are not there."""
    try:
        photo = shrink(files.load(FOLDER / PREVIEW_PHOTO), 512)
    except AnimeganError:
        return b""
    device = next(network.parameters()).device
    painter = TorchGenerator(deepcopy(network), Engine(device, half=False))
    both = sheets.side_by_side(*(shrink(picture, PREVIEW_SIDE) for picture in (photo, painter.paint(photo))))
    encoded = bytes(files.encode(both, Path("preview.jpg")))
    return encoded if len(encoded) <= MAX_PREVIEW else b""
