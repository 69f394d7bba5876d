"""What a photo needs, and the mending of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.levels import Levels
from animegan.messages import Message
from animegan.quality import MANY, Quality, assess, highlights_of, mean_exposure
from animegan.resize import Picture, like, to_long_side

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
GOOD_EXPOSURE, GOOD_HIGHLIGHTS = 0.42, 0.7
"""Where the exposure and the highlights of a dark photo are lifted to at most."""
MOST_LIFT = 2.3
"""The strongest lift: brightness to the power of one over this."""
BLACK = 0.02
"""As a part of full light: what lies below is lifted five times at most, as there is little but the
blocks of JPEG and the steps of eight bits."""
FADED_TO = 0.486
"""The level that fading leaves as it is, as a part of full light: black gets lighter, and white darker."""
MOST_TINT, MOST_STRETCH = 1.2, 1.45
"""The strongest correction of a faded print: of 74 prints by the recipe "old" none got worse (+ 0.6 to + 5 dB)."""
FULL_RANGE, MOST_SPREAD = 231.0, 1.8
"""Levels of 255 from the darkest to the brightest 0.5 % of a photo with good contrast; and how much a flat one is
spread at most. The drawings of 33 flattened photos came 2.8 dB nearer to those of the photos than by CLAHE alone, and
none of them less than 1.1 dB."""
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


def lift(photo: Picture) -> Picture:
    """Brighten a dark photo; see `lift_curve`."""
    return cast(Picture, cv2.LUT(photo, lift_curve(photo)))


def lift_curve(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that brighten a dark photo, ``(256,)``: each to the power of ``1 / gamma``, with the gamma that
    brings its exposure to `GOOD_EXPOSURE` or its highlights to `GOOD_HIGHLIGHTS`, whichever comes first, but at most
    `MOST_LIFT`; less so near black (`BLACK`).
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    levels = ((mean_exposure(grey), GOOD_EXPOSURE), (highlights_of(grey), GOOD_HIGHLIGHTS))
    gamma = min(math.log(min(max(level, 1e-3), good)) / math.log(good) for level, good in levels)
    curve = (np.arange(256) / 255 + BLACK) ** (1 / min(gamma, MOST_LIFT))
    curve = 255 * (curve - curve[0]) / (curve[-1] - curve[0])
    return np.rint(curve).astype(np.uint8)


def unfade(photo: Picture) -> Picture:
    """Take the veil and the tint off an old print; see `unfade_curves`."""
    return cast(Picture, cv2.LUT(photo, unfade_curves(photo)[None]))


def unfade_curves(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that take veil and tint off, ``(256, 3)``: the bright ends of the channels are brought
    together, then all are stretched around `FADED_TO`, until the darkest or the brightest 0.5 % are nearly black or
    white. Both by at most `MOST_TINT` and `MOST_STRETCH`, as not every scene has a white and a black. Green gains no
    more than the mean of red and blue: prints turn yellow, and a face as the brightest place has little green.
    """
    low, high = (np.quantile(photo.reshape(-1, 3), share, axis=0) / 255 for share in (0.005, 0.995))
    channels = np.minimum(high.max() / np.maximum(high, 0.05), MOST_TINT)
    channels[1] = min(channels[1], (channels[0] + channels[2]) / 2)
    darkest, brightest = float((low * channels).mean()), float((high * channels).mean())
    room = (FADED_TO - 0.02) / max(1e-3, FADED_TO - darkest), (0.98 - FADED_TO) / max(1e-3, brightest - FADED_TO)
    stretch = max(1.0, min(MOST_STRETCH, *room))
    levels = FADED_TO + (np.arange(256)[:, None] / 255 * channels - FADED_TO) * stretch
    return np.clip(np.rint(255 * levels), 0, 255).astype(np.uint8)


def denoise(photo: Picture, strength: float) -> Picture:
    """Non-local means (Buades, Coll, Morel 2005), windows 7 and 21; ``strength`` is their h, in levels of 255."""
    return cast(Picture, cv2.fastNlMeansDenoisingColored(photo, None, strength, strength, 7, 21))


def equalize(photo: Picture, curve: npt.NDArray[np.uint8] | None = None) -> Picture:
    """Give a flat photo contrast and colour: its levels are spread by ``curve`` (None: by `spread_curve`), and L of Lab
    gets contrast-limited adaptive histogram equalisation (Zuiderveld 1994): clip 2.0, 8×8 tiles.
    """
    lab = cv2.cvtColor(cv2.LUT(photo, spread_curve(photo) if curve is None else curve), cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cast(Picture, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def spread_curve(photo: Picture) -> npt.NDArray[np.uint8]:
    """Return the levels that spread the tones of a flat photo, ``(256,)``, from nearly black to nearly white, but to at
    most `MOST_SPREAD` times their range.
    """
    return Levels.of(photo, 0.5, FULL_RANGE, MOST_SPREAD).curve
