"""Small style files and small pairs for the tests of styles of one's own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file

from animegan.images.resize import Picture
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.styles.metadata import StyleInfo
from animegan.styles.sources import FREE
from tests.support.models import SMALL, shaken

INFO = StyleInfo(name="Warm ink", base="cel", base_sha256="0" * 64, licence=FREE, caption="warm and flat", pairs=60)


def write_style(path: Path, info: StyleInfo = INFO, faces: bool = False, config: CompactConfig = SMALL) -> Path:
    """A style file with random weights; its face network, if there is one, paints everything black."""
    tensors = dict(shaken(CompactGenerator(config)).state_dict())
    metadata = {"architecture": "compact", "config": json.dumps(config.to_dict())}
    if faces:
        info = replace(info, faces_base="cel", faces_base_sha256="0" * 64)
        black = CompactGenerator(config)
        torch.nn.init.constant_(torch.as_tensor(black.tail.bias), -2.0)
        tensors |= {f"faces.{name}": value.detach() for name, value in black.state_dict().items()}
        metadata["faces_config"] = metadata["config"]
    save_file({name: value.contiguous() for name, value in tensors.items()}, path, {**metadata, **info.to_metadata()})
    return path


def with_metadata(path: Path, **changes: Any) -> Path:
    """Write a style file whose metadata say something else; None leaves a field out."""
    tensors = {name: value.contiguous() for name, value in shaken(CompactGenerator(SMALL)).state_dict().items()}
    metadata = {"architecture": "compact", "config": json.dumps(SMALL.to_dict()), **INFO.to_metadata(), **changes}
    save_file(tensors, path, {name: value for name, value in metadata.items() if value is not None})
    return path


def look(photo: Picture) -> Picture:
    """A warm, posterised drawing of a photo, which a network can learn."""
    flat = (np.asarray(photo, np.float32) // 64) * 64 + 32
    return np.clip(flat * np.array([1.1, 0.95, 0.7]) + np.array([20.0, 5.0, 0.0]), 0, 255).astype(np.uint8)


def write_pairs(folder: Path, photos: list[Picture], count: int = 8, side: tuple[int, int] = (120, 160)) -> Path:
    """A folder of pairs, cut from photographs."""
    for kind in ("photo", "drawn"):
        (folder / kind).mkdir(parents=True, exist_ok=True)
    for number in range(count):
        photo = photos[number % len(photos)]
        top, left = (23 * number) % (len(photo) - side[0]), (37 * number) % (photo.shape[1] - side[1])
        crop = np.ascontiguousarray(photo[top : top + side[0], left : left + side[1]])
        Image.fromarray(crop).save(folder / "photo" / f"{number:02}.png")
        Image.fromarray(look(crop)).save(folder / "drawn" / f"{number:02}.png")
    return folder
