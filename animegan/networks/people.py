"""Finds the people in a photo, as a matte that follows their hair (`animegan.training.built_in.people`)."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import numpy as np
import numpy.typing as npt
import torch

from animegan.images.mattes import Matte, guided, stretched
from animegan.images.resize import Picture, like, resize
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.modules import CompactGenerator
from animegan.styles import weights
from animegan.styles.sources import BuiltIn

SOURCE = BuiltIn("people.safetensors")
SIDES = 192, 128
"""Pixels: the long sides at which people are looked for. The smaller copy shows the whole of a person who fills the
photo; the network sees a part of a photo at a time."""
PLAIN = 10
"""Levels: a photo whose channels differ less than this from place to place shows nobody. The network might take one
colour for clothes."""
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
        copies = [self._small(photo, side) for side in SIDES]
        if np.ptp(copies[0], axis=(0, 1)).max() < PLAIN:
            return np.zeros(photo.shape[:2], np.float32)
        near, far = (self._logits(copy) for copy in copies)
        certainty = cast(Matte, 1 / (1 + np.exp(-(near + like(far, near)) / 2)))
        return stretched(guided(stretched(certainty, *CERTAIN), photo, *FOLLOW), *CLEAR)

    def _small(self, photo: Picture, side: int) -> Picture:
        """The photo with a long side of ``side`` pixels, its sides multiples of what the network needs."""
        scale, stride = side / max(photo.shape[:2]), self._network.stride
        tall, wide = (max(stride, stride * round(scale * length / stride)) for length in photo.shape[:2])
        return cast(Picture, resize(photo, wide, tall))

    @torch.inference_mode()
    def _logits(self, small: Picture) -> npt.NDArray[np.float32]:
        """What the network says of ``(H, W, 3)``, ``(H, W)``: the mean of the photo and its mirror image."""
        levels = self._engine.to_tensor(small).div_(127.5).sub_(1)
        straight, mirrored = self._network(torch.cat([levels, levels.flip(3)])).float()[:, 0].cpu().numpy()
        return np.asarray((straight + mirrored[:, ::-1]) / 2, np.float32)
