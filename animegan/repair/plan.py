"""From measurements to what a photo needs: the steps of its repair, and the size at which it is restored."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from animegan.images.sizes import PAINT_SIDE
from animegan.repair.quality import Quality
from animegan.repair.thresholds import REPAIR
from animegan.words.messages import Message

ASKED_FOR = Message("asked-for")


@dataclass(frozen=True)
class Step:
    """One stage of a repair, and why it is taken."""

    stage: str
    """``restore``, ``denoise``, ``fading``, ``exposure`` or ``contrast``."""
    reasons: tuple[Message, ...]
    """The measurements that ask for it."""

    @property
    def why(self) -> str:
        """The reasons in English."""
        return ", ".join(self.reasons)

    def to_dict(self) -> dict[str, Any]:
        """Return the step as plain values, for JSON."""
        return {"stage": self.stage, "why": self.why, "reasons": [reason.to_dict() for reason in self.reasons]}


@dataclass(frozen=True)
class Plan:
    """What is done to a photo, or to every frame of a clip."""

    steps: tuple[Step, ...] = ()
    lost: float = 0.0
    """Octaves of detail for which it is restored at a smaller size; 0: it is restored at its own."""
    own_share: float = 1.0
    """How much of the restored photo is restored at its own size, 0 to 1; the rest at the smaller one."""
    repeated: float = 1.0
    """How many times in a row its pixels are repeated."""
    face_lost: float = 0.0
    """Octaves of detail that its faces have lost."""
    side: int = PAINT_SIDE
    """Pixels: the long side at which all this was measured."""
    curve: npt.NDArray[np.uint8] | None = field(default=None, compare=False)
    """The levels that every frame of a clip gets, ``(256,)`` or ``(256, 3)``; None: measured on each picture."""

    @property
    def restore(self) -> Step | None:
        """The step that restores it, if there is one."""
        return next((step for step in self.steps if step.stage == "restore"), None)

    def without(self, names: frozenset[str]) -> Plan:
        """Return the plan without some of its parts, to measure what they are worth: ``restore``, ``true_size``,
        ``relight``.
        """
        kept = {"restore"} if "relight" in names else {step.stage for step in self.steps}
        steps = tuple(step for step in self.steps if step.stage in kept - names)
        own_size = "true_size" in names
        lost, share = (0.0, 1.0) if own_size else (self.lost, self.own_share)
        return replace(self, steps=steps, lost=lost, own_share=share)

    def larger(self, side: int) -> float:
        """Return the octaves by which a picture with a long side of ``side`` pixels is larger than the measured one."""
        return max(0.0, math.log2(side / self.side))

    def lost_at(self, side: int) -> float:
        """Return the octaves of detail that are lost at a long side of ``side`` pixels; 0: restore it at that size."""
        return self.lost + self.larger(side) if self.restore and self.lost else 0.0

    def face_lost_at(self, side: int) -> float:
        """Return the octaves of detail that faces have lost at a long side of ``side`` pixels."""
        return self.face_lost + self.larger(side) if self.restore else 0.0


def plan(quality: Quality, mode: str, side: int = PAINT_SIDE) -> Plan:
    """Return what a photo with a long side of ``side`` pixels needs.

    ``mode`` is a choice of `animegan.options.Options.enhance`; "on" repairs in any case. What the restorer leaves is
    measured afterwards, so it is no part of the plan.
    """
    if mode == "off":
        return Plan(side=min(side, PAINT_SIDE))
    steps = []
    if reasons := _reasons(quality, mode):
        steps.append(Step("restore", reasons))
    if mode != "super-resolution":
        steps += _light(quality)
    share, lost = _own_share(quality), quality.lost
    if not quality.is_repeated and (lost <= REPAIR.smaller_octaves or share == 1):
        share, lost = 1.0, 0.0
    face_lost = max(0.0, quality.lost - REPAIR.face_octaves * share)
    return Plan(tuple(steps), lost, share, quality.repeated, face_lost, min(side, PAINT_SIDE))


def _reasons(quality: Quality, mode: str) -> tuple[Message, ...]:
    """Return why a photo is restored; none: it is not."""
    if mode == "super-resolution":
        return (ASKED_FOR,)
    reasons = []
    if quality.blurry:
        reasons.append(Message("blurry", detail=quality.fine_ratio, sharpness=quality.sharpness))
    if quality.noisy:
        reasons.append(Message("noisy", noise=quality.noise))
    if quality.blocky:
        reasons.append(Message("blocky", blockiness=quality.blockiness))
    if quality.worn and not reasons:
        measured = {name: getattr(quality, name) for name in ("noise", "grain", "blockiness")}
        reasons.append(Message("worn", detail=quality.fine_ratio, **measured))
    if quality.coarse and not quality.blurry:
        reasons.append(Message("coarse", side=quality.true_side))
    if mode == "on" and not reasons:
        reasons.append(ASKED_FOR)
    return tuple(reasons)


def _light(quality: Quality) -> list[Step]:
    """Return what the light of a photo needs."""
    if quality.faded:
        return [Step("fading", (Message("faded", black=quality.black, white=quality.white, tint=quality.tint),))]
    if quality.dark:
        return [Step("exposure", (Message("dark", exposure=quality.exposure, highlights=quality.highlights),))]
    if quality.flat:
        return [Step("contrast", (Message("flat", contrast=quality.contrast),))]
    return []


def _own_share(quality: Quality) -> float:
    """Return how much is restored at the photo's own size, by its grain; see `Plan.own_share`."""
    if quality.is_repeated:
        return 0.0
    return min(1.0, max(0.0, (quality.grain - REPAIR.own_grain) / (REPAIR.all_own_grain - REPAIR.own_grain)))
