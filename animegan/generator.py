"""A generator at work: its weights read from a file, a whole picture of any size painted."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from animegan.errors import WeightsCorruptError
from animegan.networks import CompactConfig, CompactGenerator

MARGIN = 32
"""Pixels of mirrored picture around what is painted, so that the border is painted like the rest."""


class Generator:
    """Paints pictures, ``(H, W, 3) uint8`` sRGB to the same shape, in fp32, channels last in memory."""

    def __init__(self, network: CompactGenerator):
        self.network = network.eval().to(memory_format=torch.channels_last)

    @classmethod
    def load(cls, path: str | Path) -> Generator:
        """Read weights that ``animegan.training`` wrote.

        Raises:
            WeightsCorruptError: the file is no safetensors file, or not one of a generator of ours.
        """
        from safetensors import SafetensorError, safe_open

        path = Path(path)
        try:
            with safe_open(path, framework="pt") as file:
                config = CompactConfig.from_dict(json.loads(file.metadata()["config"]))
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
            network = CompactGenerator(config)
            network.load_state_dict(tensors)
        except (SafetensorError, OSError, KeyError, TypeError, ValueError, RuntimeError) as error:
            raise WeightsCorruptError(
                f"'{path.name}' holds no generator of ours: install the package again."
            ) from error
        return cls(network)

    @torch.inference_mode()
    def paint(self, picture: np.ndarray) -> np.ndarray:
        """Paint a whole picture at the size that it has."""
        height, width = picture.shape[:2]
        stride = self.network.stride
        padded = cv2.copyMakeBorder(
            picture,
            MARGIN,
            MARGIN + -height % stride,
            MARGIN,
            MARGIN + -width % stride,
            cv2.BORDER_REFLECT_101,
        )
        x: Tensor = torch.from_numpy(padded).permute(2, 0, 1)[None]  # (1, 3, H, W), channels last already
        x = x.to(torch.float32, memory_format=torch.channels_last).div_(127.5).sub_(1)
        y = self.network(x).add_(1).mul_(127.5).round_().clamp_(0, 255).to(torch.uint8)
        painted = y[0].permute(1, 2, 0)[MARGIN : MARGIN + height, MARGIN : MARGIN + width]
        return painted.contiguous().numpy()
