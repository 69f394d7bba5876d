"""Ink around and within the head: jaw, outline, hairline, ears, wrinkles, rims of glasses, moles."""

from __future__ import annotations

import cv2
import numpy as np

from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Canvas, ridges, traced
from animegan.training.built_in.drawn_faces.measured import Channel
from animegan.training.built_in.drawn_faces.palette import Palette
from animegan.training.lab import to_lab

WRINKLE, DEEP = 2.4, 5.0
"""Levels of L* at which a dark line in skin counts as part of a wrinkle, and that some of it must have."""
MOST_WRINKLES = 10


def draw_jaw(canvas: Canvas, palette: Palette, beard: Channel, clip: Channel) -> None:
    """Ink the jaw from ear to ear, thicker at the chin and on the side away from the light."""
    shape = palette.regions.shape
    line = g.smoothed(g.curve(shape.drawn[list(g.JAW)], 90), 5)
    thin, thick = 0.010 * shape.unit, 0.022 * shape.unit
    widths = (0.3 * thin, thin, thick, thin, thick, thin, 0.3 * thin)
    canvas.stroke(line, palette.line, widths, 0.9, clip * (1 - 0.7 * beard))


def outline(canvas: Canvas, share: Channel, colour: Array, width: float, opacity: float, clip: Channel) -> None:
    """Ink the edge of a region, ``share`` ``(H, W)``, with a line of ``width`` pixels."""
    smooth = cv2.GaussianBlur(share, (0, 0), 1.2)
    across, down = (cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    slope = np.maximum(np.hypot(across, down), 0.02)
    away = np.abs(smooth - 0.5) / slope
    line = np.clip(width / 2 + 0.5 - away, 0, 1) * (slope > 0.045)
    canvas.lay((slice(None), slice(None)), np.asarray(line, np.float32), colour, opacity, clip)


def draw_wrinkles(canvas: Canvas, palette: Palette, clip: Channel) -> None:
    """Draw the deepest lines of the skin as a few strokes: beside the mouth, at the eyes, on the forehead."""
    regions, unit = palette.regions, palette.regions.unit
    light = cv2.GaussianBlur(to_lab(regions.photo)[..., 0], (0, 0), 0.5)
    strength = ridges(light, max(1.3, 0.016 * unit)) * 3.0
    bare = regions.oval * (1 - regions.features) * (1 - regions.hair) * (1 - regions.beard) * (1 - regions.covered)
    inner = cv2.erode(regions.oval, np.ones((round(0.1 * unit),) * 2))
    nose = g.polygon(
        bare.shape, regions.shape.points[[168, 122, 114, 217, 129, 98, 2, 327, 358, 437, 343, 351]], 0.03 * unit
    )
    strength *= np.clip(bare * 2 - 1, 0, 1) * inner * (1 - nose) * (1 - 0.45 * regions.sockets)
    found = traced(np.asarray(strength, np.float32), WRINKLE, DEEP, 0.2 * unit)
    found.sort(key=lambda each: -len(each[0]) * each[1])
    for line, mean in found[:MOST_WRINKLES]:
        thick = unit * np.clip(0.0025 * mean, 0.006, 0.017)
        opacity = float(np.clip(0.15 * mean - 0.2, 0.15, 0.8))
        canvas.stroke(
            regions.shape.warp(line), palette.line, (0.1 * thick, thick, 0.9 * thick, 0.1 * thick), opacity, clip
        )


def details(palette: Palette) -> Channel:
    """Moles and scars, ``(H, W)``: how much a pixel of bare skin is a small dark spot."""
    regions, unit = palette.regions, palette.regions.unit
    light = to_lab(regions.photo)[..., 0]
    size = 2 * round(0.06 * unit) + 1
    around = cv2.medianBlur(np.clip(light * 2.55, 0, 255).astype(np.uint8), size).astype(np.float32) / 2.55
    dark = np.clip((around - light - 9) / 8, 0, 1)
    bare = regions.oval * (1 - regions.features) * (1 - regions.hair) * (1 - regions.covered)
    inside = cv2.erode(bare, np.ones((round(0.07 * unit),) * 2))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(((dark > 0.3) & (inside > 0.5)).astype(np.uint8))
    area, high = stats[:, cv2.CC_STAT_AREA], np.maximum(stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT])
    round_ones = (area > (0.012 * unit) ** 2 * 3) & (high < 0.09 * unit) & (area > 0.45 * high**2)
    round_ones[0] = False
    if round_ones.sum() > 12 or count < 2:  # freckles or stubble
        return np.zeros_like(light)
    spots = cv2.GaussianBlur(round_ones[np.asarray(labels, np.int32)].astype(np.float32), (0, 0), 0.8)
    return np.asarray(spots * (regions.beard < 0.3), np.float32)


def draw_ears_and_edges(
    canvas: Canvas, palette: Palette, region: Channel, least: float, long: float, colour: Array
) -> None:
    """Ink the strongest dark lines of the photo within a region: folds of ears, strands of hair."""
    regions, unit = palette.regions, palette.regions.unit
    light = cv2.GaussianBlur(regions.lab[..., 0], (0, 0), 0.6)
    strength = ridges(light, max(1.2, 0.014 * unit)) * 3 * region
    for line, mean in traced(np.asarray(strength, np.float32), least, 2 * least, long * unit)[:40]:
        thick = unit * float(np.clip(0.0018 * mean, 0.006, 0.016))
        canvas.stroke(line, colour, (0.1 * thick, thick, 0.8 * thick, 0.1 * thick), 0.75)
