"""Flat tones: skin in its own lightness and hue, hair in a few shapes with a band of light, beards with an edge."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.measured import Channel
from animegan.training.built_in.drawn_faces.regions import Regions

HAIR_TONES, HAIR_STEP, BEARD_STEP = 4, 5.0, 9.0
"""Tones of hair, at most, and L* between tones of hair and of a beard, at least."""
SHADE, DEEP = 0.16, 0.38
"""Skin is in shadow where it is darker than the face by these shares of its L*; the rest has one tone."""
SOFT = 0.55
"""L* over which the edge of a shadow on skin fades where light falls off slowly."""
SHADOW = 0.75
"""Shadows on skin are drawn so deep, as a share of their difference in L* from the face."""
BLUSH = 4.0
"""Redness of the cheeks: a of Lab."""
FRESH, BRIGHTER = 1.1, 3.5
"""Skin is drawn so many times as vivid, and so much lighter in L*, as it is."""
BAND = 10.5
"""L* of the band of light on black hair; lighter hair has a weaker one."""
DARKEST_HAIR = 9.0
"""L* of the darkest tone of black hair."""


def flat(channel: Channel, lab: Array, weight: Channel, borders: Array, soft: float = 0.1) -> Array:
    """Colours in flat tones, divided at ``borders`` of the lightness ``channel``: each tone has the mean colour of its
    pixels in ``lab``, which is counted by ``weight``. Edges are a pixel wide, or ``soft`` L* where lightness hardly
    changes.
    """
    across, down = (cv2.Sobel(channel, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    width = np.maximum(0.7 * np.hypot(across, down), soft)
    steps = [1 / (1 + np.exp(np.clip(-(channel - border) / width, -30, 30))) for border in borders]
    edges = [np.ones_like(channel), *steps, np.zeros_like(channel)]
    shares = [low - high for low, high in pairwise(edges)]
    tones = [
        (lab * (weight * share)[..., None]).sum((0, 1)) / max(1e-3, float((weight * share).sum())) for share in shares
    ]
    return np.asarray(sum(share[..., None] * tone for share, tone in zip(shares, tones, strict=True)), np.float32)


def groups(channel: Channel, weight: Channel, count: int, apart: float) -> Array:
    """Borders between at most ``count`` groups of lightness, at least ``apart`` L* from each other."""
    values = channel[weight > 0.5]
    if len(values) < 50:
        return np.zeros(0)
    centres = _centres(values[:: max(1, len(values) // 6000)].astype(np.float32), count, apart)
    return np.asarray((centres[1:] + centres[:-1]) / 2)


def _centres(values: Array, count: int, apart: float) -> Array:
    """Means of ``count`` groups of values, in order; with groups closer than ``apart`` there are fewer."""
    centres = np.quantile(values, (np.arange(count) + 0.5) / count)
    for _ in range(12):
        nearest = np.abs(values[:, None] - centres).argmin(1)
        centres = np.array([values[nearest == n].mean() if (nearest == n).any() else c for n, c in enumerate(centres)])
    centres = np.sort(centres)
    if count > 1 and np.diff(centres).min() < apart:
        return _centres(values, count - 1, apart)
    return np.asarray(centres)


def spread(regions: Regions, picture: Array, weight: Channel, size: float) -> Array:
    """Blur by ``size`` units, of which only pixels with ``weight`` count: their values fill the holes between them."""
    share = weight if picture.ndim == 2 else np.repeat(weight[..., None], picture.shape[2], axis=2)
    small = [
        cv2.resize(each, None, fx=0.125, fy=0.125, interpolation=cv2.INTER_AREA) for each in (picture * share, share)
    ]
    wide = [cv2.GaussianBlur(each, (0, 0), max(1.0, 0.8 * size * regions.unit)) + 1e-5 for each in small]
    far = cv2.resize(wide[0] / wide[1], share.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    near, total = regions.blurred(picture * share, size), regions.blurred(share, size)
    return np.asarray((near + 0.02 * far) / (total + 0.02), np.float32)


def skin(regions: Regions) -> Array:
    """The skin without features, in flat tones of one hue, in the photo's geometry; valid everywhere."""
    bare = regions.skin * (1 - regions.sockets) * (1 - regions.beard) * np.clip(1.2 - regions.covered, 0, 1)
    bare = bare * (0.25 + 0.75 * regions.oval)
    smooth, own = spread(regions, regions.lab, bare, 0.06), regions.skin_colour
    borders = own[0] - np.array([DEEP, SHADE]) * own[0]
    toned = flat(smooth[..., 0], smooth, bare, borders, SOFT)
    toned[..., 0] = own[0] + SHADOW * (toned[..., 0] - own[0])
    chroma = np.hypot(toned[..., 1], toned[..., 2])[..., None] / max(float(np.hypot(*own[1:])), 1.0)
    toned[..., 1:] = FRESH * np.clip(chroma, 0.5, 1.3) * own[1:]
    blush = np.maximum(*(_blush(regions, which) for which in (0, 1)))[..., None]
    return toned + np.array([BRIGHTER, 0, 0], np.float32) + blush * np.array([-1.0, BLUSH, 0.1 * BLUSH], np.float32)


def _blush(regions: Regions, which: int) -> Channel:
    right, below = regions.beside(g.CHEEKS[which][0])
    return np.asarray(np.exp(-((right / 0.2) ** 2) - (below / 0.12) ** 2), np.float32)


def beard(regions: Regions) -> Array:
    """Beard and stubble in two tones of their own."""
    smooth = spread(regions, regions.lab, regions.beard + 1e-3, 0.035)
    return flat(smooth[..., 0], smooth, regions.beard, groups(smooth[..., 0], regions.beard, 2, BEARD_STEP))


def hair(regions: Regions) -> Array:
    """Hair in clumps along its strands, in a few tones, none of them black."""
    lab, weight = regions.lab, regions.hair
    light = clumped(spread(regions, lab[..., 0], weight + 0.02, 0.006), regions.unit)
    colours = np.dstack([light, spread(regions, lab[..., 1:], weight + 0.02, 0.03)]).astype(np.float32)
    toned = flat(light, colours, weight, groups(light, weight, HAIR_TONES, HAIR_STEP))
    toned[..., 0] = np.maximum(toned[..., 0], 0) * 0.94 + DARKEST_HAIR * np.exp(-toned[..., 0] / 25)
    toned[..., 1:] *= 1.12
    return toned + _band(regions, light)[..., None] * np.array([1.0, 0.02, 0.05], np.float32)


def clumped(light: Channel, unit: float, rounds: int = 6) -> Channel:
    """Draw lightness together into clumps with crisp borders that follow its flow: a coherence-enhancing shock filter
    (Weickert 2003).
    """
    light = np.asarray(light, np.float32)
    for _ in range(rounds):
        values = cv2.cornerEigenValsAndVecs(cv2.GaussianBlur(light, (0, 0), 1.2), max(3, round(0.07 * unit)), 3)
        across = values[..., 2:4]  # towards the stronger change
        smooth = cv2.GaussianBlur(light, (0, 0), max(1.0, 0.012 * unit))
        xx, yy, xy = (cv2.Sobel(smooth, cv2.CV_32F, dx, dy, ksize=3) for dx, dy in ((2, 0), (0, 2), (1, 1)))
        curved = across[..., 0] ** 2 * xx + 2 * across[..., 0] * across[..., 1] * xy + across[..., 1] ** 2 * yy
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
        darker, lighter = cv2.erode(light, kernel), cv2.dilate(light, kernel)
        light = light * 0.35 + 0.65 * np.where(curved > 0, darker, np.where(curved < 0, lighter, light))
    return np.asarray(cv2.GaussianBlur(light, (0, 0), 0.7), np.float32)


def _band(regions: Regions, light: Channel) -> Channel:
    """The band of light on the crown, in L*: an arc above the forehead, with edges along the strands."""
    right, below = regions.beside(g.FOREHEAD)
    crown = (regions.hair > 0.5) & (np.abs(right) < 0.8) & (below < 0.1)
    if crown.mean() < 0.01:
        return np.zeros_like(light)
    low, high = (-float(np.quantile(below[crown], at)) for at in (0.9, 0.03))
    radius = np.hypot(0.8 * right, below - 0.9) - 0.9
    strands = np.clip((light - regions.blurred(light, 0.1)) / 5, -1, 1)
    height = (radius - (0.45 * low + 0.55 * high)) / (0.13 * (high - low) + 0.02) - 0.8 * strands
    share = np.clip((1 - np.abs(height)) / 0.2, 0, 1) * np.clip((0.85 - np.abs(right)) / 0.15, 0, 1)
    mean = float(light[crown].mean())
    return np.asarray(share * np.clip(BAND - 0.08 * mean, 4, None), np.float32)
