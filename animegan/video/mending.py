"""Decides once for a clip what its frames need, and repairs them all alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from statistics import median

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture, like
from animegan.repair import plan as planning
from animegan.repair import tones
from animegan.repair.plan import Quality, Step

SAMPLES = 5
"""Frames of a clip on which its quality is measured."""


@dataclass(frozen=True)
class Mending:
    """What is done to every frame of a clip."""

    steps: list[Step] = field(default_factory=list)
    """The steps and their reasons, as for a photo."""
    curve: npt.NDArray[np.uint8] | None = None
    """The levels that a dark or flat clip gets, ``(256,)``, or a faded one per channel, ``(256, 3)``: the same for all
    frames, or the light would flicker."""
    lost: float = 0.0
    """Octaves of detail that the clip has lost, if it is restored at a smaller size (`animegan.repair.plan.LOST`)."""

    def mend(self, picture: Picture, double: Callable[[Picture], Picture]) -> Picture:
        """Repair a frame, ``(H, W, 3) uint8``; ``double`` is the restorer, see `animegan.repair.plan.repair`."""
        for step in self.steps:
            picture = self._restored(picture, double) if step.stage == "restore" else self._lit(picture, step.stage)
        return picture

    def relight(self, picture: Picture) -> Picture:
        """Give a frame of another size the light that `mend` gives."""
        for step in self.steps:
            picture = self._lit(picture, step.stage)
        return picture

    def _lit(self, picture: Picture, stage: str) -> Picture:
        if stage == "contrast":
            return tones.equalize(picture, self.curve)
        if stage in ("exposure", "fading") and self.curve is not None:
            return _through(self.curve, picture)
        return picture

    def _restored(self, picture: Picture, double: Callable[[Picture], Picture]) -> Picture:
        if self.lost:
            return planning.at_true_size(picture, double, self.lost)
        return like(double(picture), picture)


def plan(samples: list[Picture], mode: str) -> Mending:
    """Decide by some frames of a clip, all of one size; ``mode`` is a choice of `animegan.options.Options.enhance`.

    Noise that the restorer leaves is not taken out by non-local means, which takes a second a frame: the clip's own
    average along its motion does more (`animegan.video.steady.Calm`).
    """
    if mode == "off" or not samples:
        return Mending()
    quality = _median([planning.assess(sample) for sample in samples])
    steps = planning.plan(quality, mode)
    curve = _curve(samples, [step.stage for step in steps])
    # A frame is restored once: at the size that counts for more.
    lost = planning.octaves_lost(quality) if planning.own_share(quality) < 0.5 else 0.0
    return Mending(steps, curve, lost)


def _curve(samples: list[Picture], stages: list[str]) -> npt.NDArray[np.uint8] | None:
    """Return the levels that a dark, a flat or a faded clip gets."""
    curves = {"exposure": tones.lift_curve, "contrast": tones.spread_curve, "fading": tones.unfade_curves}
    stage = next((stage for stage in stages if stage in curves), None)
    return None if stage is None else curves[stage](np.vstack(samples))


def _through(curve: npt.NDArray[np.uint8], picture: Picture) -> Picture:
    return np.asarray(cv2.LUT(picture, curve if curve.ndim == 1 else curve[None]), np.uint8)


def _median(measured: list[Quality]) -> Quality:
    return Quality(**{each.name: median(getattr(one, each.name) for one in measured) for each in fields(Quality)})
