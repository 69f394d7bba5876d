"""What a photo needs, and the mending of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from animegan.images.resize import Picture, like, to_long_side
from animegan.repair.quality import MANY, Quality, assess
from animegan.repair.tones import denoise, equalize, lift, unfade
from animegan.words.messages import Message

LOST = 1.0
"""Octaves of lost detail (`Quality.lost`) above which a photo is restored at a smaller size."""
OWN_GRAIN, ALL_OWN_GRAIN = 0.9, 1.5
"""With more grain than the second the pixels are the camera's own: the photo is blurred, but was not enlarged, and is
restored at its own size. With less than the first it is restored at a smaller size; between them it is both, mixed. Of
31 copies by the recipe "light" with a grain of 0.8 to 2.5 most gain more at their own size (+ 0.4 dB), and all of 9 by
"heavy" (up to 1) gain more at the smaller one (+ 1.2 dB); a mix of halves loses 0.2 dB at most either way."""
FACE_DETAIL = 0.5
"""Octaves by which faces have more detail than `Quality.lost` says of a photo that is restored at its own size: its
noise hides what there is. With 0.5, 0.75 and 1 drawings of 24 portraits by the recipe "light" gain 2.58, 2.65 and 2.66
dB, and those of 22 elsewhere 2.10, 2.07 and 2.03; 2.64 and 1.97 with faces that are only restored with the rest of the
photo. The worst gain 1.0 and 0.6 dB with 0.5; 0.6 and − 0.2 with 1; − 0.3 and − 0.4 otherwise."""
RESTORED_BLUR = 2.0
"""Pixels: the σ of the blur that a photo has, at most, at the size at which it is restored."""
NOISE_LEFT = 1.5
"""Noise (see `Quality`) above this, after the restorer, is taken out if the photo was noisy: the restorer leaves a
third of strong white noise."""
GRAIN_LEFT, STRONG_GRAIN = 1.3, 3.0
"""Grain (see `Quality`) above the first, after the restorer, is taken out if the photo was grainy, by more than the
second. Of photos by the recipes "light" and "old" the restorer leaves 0.3 to 0.6, of those with the grain of poor light
1.0 to 5.7; gravel and leaves pass for grain of up to 2.6 before it and 2.2 after it, and lose 0.4 to 0.9 dB when it is
taken out."""
GRAIN_STRENGTH, MAX_STRENGTH = 6.0, 10.0
"""The strength of non-local means against grain, and the most that there is: more of it makes faces waxy. Where strong
noise or grain is left, of a σ of 14 levels or more, it brings drawings 0.4 to 2.7 dB nearer; nowhere else is it used. A
light sharpening brought nothing for any damage (within 0.05 dB), so there is none."""

ASKED_FOR = Message("asked-for")
Double = Callable[[Picture], Picture]
"""A restorer: ``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``."""


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
        """The step as plain values, for JSON."""
        return {"stage": self.stage, "why": self.why, "reasons": [reason.to_dict() for reason in self.reasons]}


@dataclass(frozen=True)
class Repaired:
    """A mended photo, and what was done."""

    photo: Picture
    """``(H, W, 3) uint8``, of the size that came in."""
    guide: tuple[Picture, Picture]
    """The photo at this size and at a larger one, with as much true detail as there is: what the
    restorer gave, at once and twice the size, or else the photo itself, twice."""
    done: list[Step]


def plan(quality: Quality, mode: str) -> list[Step]:
    """What a photo needs, in the order in which it is done. `repair` measures again after the restorer,
    and takes what is left then: that cannot be planned.

    ``mode`` is a choice of `animegan.options.Options.enhance`. "on" mends in any case: what falls short only a little
    is mended too.
    """
    if mode == "off":
        return []
    if mode == "super-resolution":
        return [Step("restore", (ASKED_FOR,))]
    reasons = []
    if quality.blurry:
        reasons.append(Message("blurry", detail=quality.detail, sharpness=quality.sharpness))
    if quality.noisy:
        reasons.append(Message("noisy", noise=quality.noise))
    if quality.blocky:
        reasons.append(Message("blocky", blockiness=quality.blockiness))
    if quality.worn and not reasons:
        measured = {name: getattr(quality, name) for name in ("detail", "noise", "grain", "blockiness")}
        reasons.append(Message("worn", **measured))
    if quality.coarse and not quality.blurry:
        reasons.append(Message("coarse", side=quality.true_side))
    if mode == "on" and not reasons:
        reasons.append(ASKED_FOR)
    steps = [Step("restore", tuple(reasons))] if reasons else []
    return steps + _light(quality)


def _light(quality: Quality) -> list[Step]:
    """What the light of a photo needs."""
    if quality.faded:
        return [Step("fading", (Message("faded", black=quality.black, white=quality.white, tint=quality.tint),))]
    if quality.dark:
        return [Step("exposure", (Message("dark", exposure=quality.exposure, highlights=quality.highlights),))]
    if quality.flat:
        return [Step("contrast", (Message("flat", contrast=quality.contrast),))]
    return []


def own_share(quality: Quality) -> float:
    """Return how much of a restored photo that has lost detail is what was restored at its own size, 0 to 1; the rest
    is what was restored at a smaller one.
    """
    if quality.repeated > MANY:
        return 0.0
    return min(1.0, max(0.0, (quality.grain - OWN_GRAIN) / (ALL_OWN_GRAIN - OWN_GRAIN)))


def octaves_lost(quality: Quality) -> float:
    """Return the octaves of detail for which a photo is restored at a smaller size; 0: it is restored at its own."""
    if quality.repeated > MANY:
        return quality.lost
    return 0.0 if quality.lost <= LOST or own_share(quality) == 1 else quality.lost


def face_octaves_lost(quality: Quality) -> float:
    """Return the octaves of detail that the faces of a photo have lost, for the restorer of faces."""
    share = own_share(quality) if octaves_lost(quality) else 1.0
    return max(0.0, quality.lost - FACE_DETAIL * share)


def at_true_size(photo: Picture, double: Double, lost: float, repeated: float = 1.0) -> Picture:
    """Restore a photo that has lost ``lost`` octaves of detail at the size of what is left; return it at its own size.

    A network sees a few pixels at a time: what is blurred over many of them is out of its sight, and the artefacts of
    an enlargement look like detail. So the photo is downscaled first; one whose pixels are ``repeated`` so many times
    in a row until each is single (drawings come 1.1 dB nearer than from half the size).
    """
    side = max(photo.shape[:2])
    if repeated > MANY:
        return like(double(to_long_side(photo, max(32, round(side / repeated)))), photo)
    sigma = 0.5 * math.sqrt(4**lost - 1)  # of a Gaussian blur that loses as much, in pixels
    working = round(side * min(0.5, RESTORED_BLUR / sigma))
    return like(double(to_long_side(photo, max(32, working))), photo)


def repair(photo: Picture, steps: list[Step], double: Double) -> Repaired:
    """Carry out ``steps`` on a photo, ``(H, W, 3) uint8`` sRGB; with no steps, the photo itself.

    ``double`` restores a photo, and returns it at its size or a larger one. After it the photo is measured
    again: noise and grain that it left are taken out by non-local means.
    """
    guide = photo, photo
    done: list[Step] = []
    for step in steps:
        done.append(step)
        if step.stage == "restore":
            bad, doubled = photo, double(photo)
            photo = like(doubled, photo)
            guide = photo, doubled
            if ASKED_FOR not in step.reasons:
                why, strength = noise_left(assess(bad), assess(photo))
                if why is not None:
                    done.append(Step("denoise", (why,)))
                    photo = denoise(photo, strength)
        else:
            photo = _carry_out(step, photo)
    return Repaired(photo, guide, done)


def relight(photo: Picture, done: list[Step]) -> Picture:
    """Give a photo of another size the light that was given to one."""
    for step in done:
        if step.stage in ("fading", "exposure", "contrast"):
            photo = _carry_out(step, photo)
    return photo


def noise_left(before: Quality, after: Quality) -> tuple[Message | None, float]:
    """Return the noise or grain that a photo has kept through the restorer, and how strongly `denoise` takes it out."""
    if before.noisy and after.noise > NOISE_LEFT:
        return Message("noise-left", noise=after.noise), min(MAX_STRENGTH, 1 + 1.2 * after.noise)
    if before.grainy and before.grain > STRONG_GRAIN and after.grain > GRAIN_LEFT:
        return Message("grain-left", grain=after.grain), GRAIN_STRENGTH
    return None, 0.0


def _carry_out(step: Step, photo: Picture) -> Picture:
    return {"fading": unfade, "exposure": lift, "contrast": equalize}[step.stage](photo)
