"""How good a photo is, what it needs, and the mending of it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.messages import Message
from animegan.resize import Picture, like, to_long_side

SIDE = 512
"""Pixels: the long side at which every photo is measured, so that a figure means the same for all."""

# The thresholds: on 196 good photographs "auto" mends 4.3 %, of their copies with blur σ 1.5–3, noise σ 4–12 and
# JPEG 55–85 it mends 99.0 %, of those with a film's grain 68 %. ``python benchmarks/quality.py PHOTOS`` measures
# this and draws the ROC curves.

BLURRY_DETAIL = 0.27
"""Fine detail below this is blurry, whatever else."""
BLUR_LEFT = 0.2
"""Fine detail below this, after the restorer, is sharpened. Above it a sharpening did as much harm as good."""
CLASSIC_BLURRY = 100.0
"""The classic rule: a variance of the Laplacian under 100 is blurry. Shown to people, not used alone."""
NOISE_SIDE = 1024
"""Pixels: noise is measured at a long side of at most this, the size at which a scene is painted."""
NOISY, TEXTURE = 5.5, 1.05
"""Noise σ of the grey picture, in levels of 255, above the first is noisy, whatever else; but not where there
is more fine detail than the second: gravel, leaves and fabric look like noise to the measure of noise."""
FLAT = 0.3
"""Contrast (see `Quality`) below this is flat."""
WORN = 2.55
"""`Quality.wear` above this needs mending."""
DARK, DIM = 0.26, 0.36
"""A photo whose exposure is below the first and whose highlights are below the second is dark. Both: a portrait
before a black wall has a low mean and a well-lit face, and is as it should be."""
BLOCKY = 1.4
"""Blockiness above this shows JPEG's blocks, whatever else."""
GOOD_EXPOSURE, GOOD_HIGHLIGHTS = 0.42, 0.7
"""Where the exposure and the highlights of a dark photo are lifted to at most."""
MOST_LIFT = 2.3
"""The strongest lift: brightness to the power of one over this."""
BLACK = 0.02
"""As a part of full light: what lies below is lifted five times at most, as there is little but the
blocks of JPEG and the steps of eight bits."""
MAX_DENOISE = 10.0
"""The strongest non-local means: more of it makes faces waxy."""

ASKED_FOR = Message("asked-for")
Double = Callable[[Picture], Picture]
"""A restorer: ``(H, W, 3) uint8`` to ``(2 H, 2 W, 3) uint8``."""


@dataclass(frozen=True)
class Quality:
    """What was measured on a photo, with its long side at `SIDE` pixels where nothing else is said."""

    sharpness: float
    """Variance of the Laplacian of the grey picture, less what the noise adds to it (Pech-Pacheco 2000)."""
    noise: float
    """Standard deviation of the grey picture's noise, in levels of 255 (Immerkær 1996), with a long side
    of at most `NOISE_SIDE` pixels: shrinking a photo hides its noise."""
    grain: float
    """The same at half that size, where noise as coarse as a film's shows, which the measure above does not see;
    and so does the finest texture."""
    contrast: float
    """The grey levels from the 2nd to the 98th percentile, as a part of all 255."""
    detail: float
    """Energy between Gaussian scales 1 and 2 px over that between 2 and 4 px, less the noise in both:
    a ratio of neighbouring octaves, which blur lowers whatever the photo shows."""
    exposure: float
    """The mean of the greys, as a part of 255."""
    highlights: float
    """The light of the brightest places (see `highlights_of`), as a part of 255."""
    blockiness: float
    """Steps between the 8 px blocks of JPEG over those within them, at the photo's own size; 1 for none
    (after Wang, Sheikh, Bovik 2002, "No-reference perceptual quality assessment of JPEG")."""

    @property
    def wear(self) -> float:
        """How far the photo has gone through blur, noise and JPEG together. Each hides the others from
        its own measure (JPEG flattens noise, noise lifts detail), but not from this sum of their
        logarithms. Its weights began as a logistic regression's and are those of a grid that find most of
        the degraded and the grainy photos where 4 % of the good ones are mended. Grain without noise is a
        film's, or noise that JPEG has flattened; grain with noise, and detail, is texture.
        """
        noise = 1.25 * math.log(self.grain + 0.5) - 0.25 * math.log(self.noise + 0.5)
        return noise + 4 * math.log(self.blockiness) - 1.5 * math.log(self.detail + 0.02)

    @property
    def worn(self) -> bool:
        """Blur, noise and JPEG together have taken much, even where none of them stands out."""
        return self.wear > WORN

    @property
    def blurry(self) -> bool:
        """Fine structure is missing where coarse structure is there."""
        return self.detail < BLURRY_DETAIL

    @property
    def noisy(self) -> bool:
        """There is noise that a person sees."""
        return self.noise > NOISY and self.detail < TEXTURE

    @property
    def flat(self) -> bool:
        """The greys fill little of their range."""
        return self.contrast < FLAT

    @property
    def dark(self) -> bool:
        """Too little light came in, even in the brightest places; where all is black there is none to lift."""
        return self.exposure < DARK and 0.04 < self.highlights < DIM

    @property
    def blocky(self) -> bool:
        """JPEG's blocks show."""
        return self.blockiness > BLOCKY


@dataclass(frozen=True)
class Step:
    """One stage of a repair, and why it is taken."""

    stage: str
    """``restore``, ``denoise``, ``exposure``, ``contrast`` or ``sharpen``."""
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


def assess(photo: Picture) -> Quality:
    """Measure a photo, ``(H, W, 3) uint8`` sRGB."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    side = min(NOISE_SIDE, max(grey.shape))
    half = max(1, side // 2)
    copies = {length: to_long_side(grey, length).astype(np.float32) for length in {SIDE, side, half}}
    noise = {length: noise_sigma(copy) for length, copy in copies.items()}
    small = copies[SIDE]
    return Quality(
        sharpness=round(laplacian_variance(small), 2),
        noise=round(noise[side], 2),
        grain=round(noise[half], 2),
        contrast=round(contrast_range(small), 3),
        detail=round(octave_ratio(small, noise[SIDE]), 3),
        exposure=round(mean_exposure(small), 3),
        highlights=round(highlights_of(small), 3),
        blockiness=round(blockiness(grey), 3),
    )


def laplacian_variance(grey: npt.NDArray) -> float:
    """Variance of the Laplacian of ``(H, W) float32`` greys of 0 to 255, less what the noise adds.

    Noise is everywhere alike, so its share is read where the photo shows nothing else: the tenth of
    the 16 px blocks with the least response (a fifth more, as that tenth lies too low on noise
    alone). This holds for noise that scaling or JPEG has coloured, too.
    """
    response = cv2.Laplacian(grey, cv2.CV_32F)
    share = 1.2 * np.quantile(_visible_block_means(response**2, grey), 0.1)
    return max(0.0, float(response.var() - share))


def noise_sigma(grey: npt.NDArray) -> float:
    """Noise σ of ``(H, W) float32`` greys: Immerkær 1996, "Fast Noise Variance Estimation", read in
    blocks of 16 px of which the calmest tenth is believed, so that texture is not taken for noise; on
    white noise that tenth lies 10 % too low, which is made good. Blocks that are clipped to black or
    white hide their noise and do not count.
    """
    mask = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
    response = np.abs(cv2.filter2D(grey, cv2.CV_32F, mask))
    blocks = _visible_block_means(response, grey)
    return float(1.1 * np.sqrt(np.pi / 2) / 6 * np.quantile(blocks, 0.1))


def octave_ratio(grey: npt.NDArray, noise: float) -> float:
    """Energy of the octave at scale 1–2 px over the octave at 2–4 px; 1 where there is nothing to see.

    White noise of variance σ² leaves 0.0388 σ² and 0.0097 σ² in the two bands.
    """
    blurred = [cv2.GaussianBlur(grey, (0, 0), sigma) for sigma in (1.0, 2.0, 4.0)]
    fine = float(np.mean((blurred[0] - blurred[1]) ** 2)) - 0.0388 * noise**2
    coarse = float(np.mean((blurred[1] - blurred[2]) ** 2)) - 0.0097 * noise**2
    if coarse < 0.25:  # less than half a grey level of structure: a wall, a sky, pure noise
        return 1.0
    return max(0.0, fine) / coarse


def contrast_range(grey: npt.NDArray) -> float:
    """The range from the 2nd to the 98th percentile of ``(H, W)`` greys, as a part of 255 (robust to specks)."""
    low, high = np.quantile(grey, [0.02, 0.98])
    return float(high - low) / 255


def mean_exposure(grey: npt.NDArray) -> float:
    """The mean of ``(H, W)`` greys as a part of 255: what a camera's average metering brings to about 0.45."""
    return float(grey.mean()) / 255


def highlights_of(grey: npt.NDArray) -> float:
    """The 95th percentile of ``(H, W)`` greys that are averaged over a sixteenth of the long side, as a part of
    255: how bright the brightest places are, lamps and specks aside.
    """
    reach = max(1, max(grey.shape) // 16)
    return float(np.quantile(cv2.blur(grey, (reach, reach)), 0.95)) / 255


def blockiness(grey: npt.NDArray, most: int = 1024) -> float:
    """How much larger the steps of ``(H, W) uint8`` greys are across the borders of JPEG's 8 px blocks than
    within the blocks: the less visible of both directions; 1 where there is no such grid.

    After Wang, Sheikh and Bovik 2002. Read in the middle of the photo, ``most`` pixels wide and high, on
    the grid that begins at its corner. Real edges fall on borders as often as elsewhere, but weigh much:
    so steps count up to 16 levels only.
    """
    height, width = grey.shape
    top, left = (max(0, length - most) // 16 * 8 for length in (height, width))
    middle = grey[top : top + most, left : left + most].astype(np.int16)
    ratios = []
    for steps in (np.abs(np.diff(middle, axis=1)), np.abs(np.diff(middle, axis=0)).T):
        if steps.shape[1] < 16:
            return 1.0
        means = np.minimum(steps, 16).mean(0)  # one number per place along the direction
        at_border = np.arange(len(means)) % 8 == 7
        ratios.append((means[at_border].mean() + 0.1) / (means[~at_border].mean() + 0.1))
    return float(min(ratios))


def _visible_block_means(values: npt.NDArray, grey: npt.NDArray) -> npt.NDArray:
    """Means of ``values`` over 16 px blocks, without those where the picture is clipped to black or white."""
    side = max(1, min(16, *grey.shape))
    means, levels = _block_means(values, side), _block_means(grey, side)
    visible = (levels > 12) & (levels < 243)
    return means[visible] if visible.sum() >= 8 else means


def _block_means(values: npt.NDArray, side: int) -> npt.NDArray:
    height, width = (length - length % side for length in values.shape)
    blocks = values[:height, :width].reshape(height // side, side, width // side, side)
    return blocks.mean((1, 3)).ravel()


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
    if mode == "on" and not reasons:
        reasons.append(ASKED_FOR)
    steps = [Step("restore", tuple(reasons))] if reasons else []
    return steps + _light(quality)


def _light(quality: Quality) -> list[Step]:
    """What the light of a photo needs."""
    if quality.dark:
        return [Step("exposure", (Message("dark", exposure=quality.exposure, highlights=quality.highlights),))]
    if quality.flat:
        return [Step("contrast", (Message("flat", contrast=quality.contrast),))]
    return []


def repair(photo: Picture, steps: list[Step], double: Double) -> Repaired:
    """Carry out ``steps`` on a photo, ``(H, W, 3) uint8`` sRGB; with no steps, the photo itself.

    ``double`` is a restorer's, from ``(H, W, 3)`` to ``(2 H, 2 W, 3)``. After it the photo is measured
    again: noise that it left is taken out by non-local means, and blur that it left is sharpened.
    """
    guide = photo, photo
    done: list[Step] = []
    for step in steps:
        done.append(step)
        if step.stage == "restore":
            doubled = double(photo)
            photo = like(doubled, photo)
            guide = photo, doubled
            if ASKED_FOR not in step.reasons:
                left = left_over(assess(photo))
                done += left
                for more in left:
                    photo = _carry_out(more, photo)
        else:
            photo = _carry_out(step, photo)
    return Repaired(photo, guide, done)


def relight(photo: Picture, done: list[Step]) -> Picture:
    """Give a photo of another size the light that was given to one."""
    for step in done:
        if step.stage in ("exposure", "contrast"):
            photo = _carry_out(step, photo)
    return photo


def left_over(quality: Quality) -> list[Step]:
    """What the restorer could not mend."""
    steps = []
    if quality.noisy:
        steps.append(Step("denoise", (Message("noise-left", noise=quality.noise),)))
    if quality.detail < BLUR_LEFT:
        steps.append(Step("sharpen", (Message("blur-left", detail=quality.detail),)))
    return steps


def _carry_out(step: Step, photo: Picture) -> Picture:
    if step.stage == "denoise":
        return denoise(photo, assess(photo).noise)
    return {"exposure": lift, "contrast": equalize, "sharpen": sharpen}[step.stage](photo)


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


def denoise(photo: Picture, sigma: float) -> Picture:
    """Non-local means (Buades, Coll, Morel 2005), windows 7 and 21, strength by the measured noise."""
    strength = min(MAX_DENOISE, 2 + 1.2 * sigma)  # JPEG hides noise from the measure: hence the 2
    return cast(Picture, cv2.fastNlMeansDenoisingColored(photo, None, strength, strength, 7, 21))


def equalize(photo: Picture) -> Picture:
    """Contrast-limited adaptive histogram equalisation (Zuiderveld 1994): clip 2.0, 8×8 tiles, on L of Lab."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cast(Picture, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def sharpen(photo: Picture, amount: float = 0.35) -> Picture:
    """Subtract ``amount`` of the Laplacian with one 3×3 kernel; 0.35 is light and leaves no halo."""
    kernel = amount * np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float32)
    kernel[1, 1] += 1
    return cast(Picture, cv2.filter2D(photo, -1, kernel))
