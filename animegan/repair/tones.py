"""Repairs the light and the colours of dark, flat and faded photos. Pictures are ``(H, W, 3) uint8`` sRGB."""

from __future__ import annotations

import math
from typing import cast

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Picture, to_uint8
from animegan.images.tones import Levels
from animegan.repair.measures import highlights_of, mean_exposure
from animegan.repair.plan import Plan
from animegan.repair.thresholds import REPAIR

Curve = npt.NDArray[np.uint8]
"""Levels: ``(256,)`` for all channels, or ``(256, 3)``."""


def relight(photo: Picture, plan: Plan) -> Picture:
    """Give a picture the light that a plan asks for, by the plan's curve or, without one, by the picture's own."""
    for step in plan.steps:
        if step.stage in CURVES:
            curve = CURVES[step.stage](photo) if plan.curve is None else plan.curve
            photo = _through(curve, photo)
            if step.stage == "contrast":
                photo = equalize(photo)
    return photo


def curve_for(samples: list[Picture], plan: Plan) -> Curve | None:
    """Return one curve for all frames of a clip, or its light would flicker; None: its light is good."""
    stage = next((step.stage for step in plan.steps if step.stage in CURVES), None)
    return None if stage is None else CURVES[stage](np.vstack(samples))


def lift_curve(photo: Picture) -> Curve:
    """Return the levels that brighten a dark photo: each to the power of ``1 / gamma``, with the gamma that brings its
    exposure or its highlights to where they are good, whichever comes first; less so near black.
    """
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    levels = ((mean_exposure(grey), REPAIR.good_exposure), (highlights_of(grey), REPAIR.good_highlights))
    gamma = min(math.log(min(max(level, 1e-3), good)) / math.log(good) for level, good in levels)
    curve = (np.arange(256) / 255 + REPAIR.lifted_black) ** (1 / min(gamma, REPAIR.most_lift))
    curve = 255 * (curve - curve[0]) / (curve[-1] - curve[0])
    return to_uint8(curve)


def unfade_curves(photo: Picture) -> Curve:
    """Return the levels that take veil and tint off an old print, ``(256, 3)``: the bright ends of the channels are
    brought together, then all are stretched until the darkest or the brightest 0.5 % are nearly black or white.

    Both have bounds, as not every scene has a white and a black. Green gains no more than the mean of red and blue:
    prints turn yellow, and a face as the brightest place has little green.
    """
    low, high = (np.quantile(photo.reshape(-1, 3), share, axis=0) / 255 for share in (0.005, 0.995))
    channels = np.minimum(high.max() / np.maximum(high, 0.05), REPAIR.most_tint)
    channels[1] = min(channels[1], (channels[0] + channels[2]) / 2)
    darkest, brightest = float((low * channels).mean()), float((high * channels).mean())
    below = (REPAIR.faded_to - 0.02) / max(1e-3, REPAIR.faded_to - darkest)
    above = (0.98 - REPAIR.faded_to) / max(1e-3, brightest - REPAIR.faded_to)
    stretch = max(1.0, min(REPAIR.most_stretch, below, above))
    levels = REPAIR.faded_to + (np.arange(256)[:, None] / 255 * channels - REPAIR.faded_to) * stretch
    return to_uint8(255 * levels)


def spread_curve(photo: Picture) -> Curve:
    """Return the levels that spread the tones of a flat photo from nearly black to nearly white, within a bound."""
    return Levels.of(photo, 0.5, REPAIR.full_range, REPAIR.most_spread).curve


CURVES = {"fading": unfade_curves, "exposure": lift_curve, "contrast": spread_curve}
"""What makes the curve of each step for the light."""


def equalize(photo: Picture) -> Picture:
    """Equalize L of Lab locally with limited contrast (Zuiderveld 1994): clip 2.0, 8×8 tiles."""
    lab = cv2.cvtColor(photo, cv2.COLOR_RGB2LAB)
    lab[:, :, 0] = cv2.createCLAHE(clipLimit=2.0, tileGridSize=(8, 8)).apply(lab[:, :, 0])
    return cast(Picture, cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def _through(curve: Curve, photo: Picture) -> Picture:
    return cast(Picture, cv2.LUT(photo, curve if curve.ndim == 1 else curve[None]))
