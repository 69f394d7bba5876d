"""Finds the people in a photo, as a matte that follows their hair (`animegan.training.built_in.people`)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch

from animegan.images.mattes import Matte, guided, stretched
from animegan.images.resize import Picture, resize
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.modules import CompactGenerator
from animegan.styles import weights
from animegan.styles.sources import BuiltIn

SOURCE = BuiltIn("people.safetensors")
SIDE = 192
"""Pixels: the long side at which people are looked for."""
CERTAIN = (0.25, 0.75)
"""Below and above these, the network's doubt is taken for none."""
CLEAR = (0.05, 0.95)
"""The same of the finished matte: the guided filter leaves traces."""
FOLLOW = (4, 1e-4)
"""Radius and eps of the guided filter that brings the matte to the photo's size."""


class PersonMask:
    """Our network for people."""

    def __init__(self, path: Path | None = None, engine: Engine | None = None):
        """``path`` is a file of weights; None: those that are built in. ``engine`` runs them; None: the fastest that
        the machine has.

        Raises:
            NotAModelError: the file holds no such network.
        """
        self._engine = engine or choose_engine()
        self._network = self._engine.ready(read_compact(path or weights.fetch(SOURCE), mask=True))

    @classmethod
    def of(cls, network: CompactGenerator) -> PersonMask:
        """The same with a network in memory, which is not moved."""
        mask = cls.__new__(cls)
        mask._engine, mask._network = Engine(next(network.parameters()).device, False), network
        return mask

    def find(self, photo: Picture) -> Matte:
        """How much of each pixel of ``(H, W, 3)`` belongs to people, ``(H, W)``."""
        height, width = photo.shape[:2]
        scale, stride = SIDE / max(height, width), self._network.stride
        tall, wide = (max(stride, stride * round(scale * length / stride)) for length in (height, width))
        certainty = self._looked(cast(Picture, resize(photo, wide, tall)))
        return stretched(guided(stretched(certainty, *CERTAIN), photo, *FOLLOW), *CLEAR)

    @torch.inference_mode()
    def _looked(self, small: Picture) -> Matte:
        levels = self._engine.to_tensor(small).div_(127.5).sub_(1)
        return cast(Matte, self._network(levels).float().sigmoid()[0, 0].cpu().numpy())
