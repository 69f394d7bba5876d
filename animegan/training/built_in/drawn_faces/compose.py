"""Draws a face as anime: tones first, then features, then ink."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from animegan.images.resize import Array, Picture
from animegan.training.built_in.drawn_faces import eyes, features, glasses, lines, tones
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Canvas
from animegan.training.built_in.drawn_faces.measured import Channel, Measured
from animegan.training.built_in.drawn_faces.palette import Palette, rgb
from animegan.training.built_in.drawn_faces.regions import Regions
from animegan.training.lab import to_lab, to_rgb


@dataclass(frozen=True)
class Drawn:
    """A drawn face."""

    drawing: Picture
    """``(H, W, 3) uint8``: the whole crop; outside the head it is only flattened."""
    head: Channel
    """``(H, W)``, 0 to 1: the head with its hair, soft at its edge; nothing else of the drawing counts."""


def draw_face(photo: Picture, measured: Measured) -> Drawn:
    """Draw the face in an upright crop, ``(H, W, 3) uint8``, as anime, at the same size."""
    shape = g.Shape(measured)
    regions = Regions(photo, shape)
    palette = Palette(regions)
    canvas = Canvas(to_rgb(_tones(regions)))
    everywhere = np.ones(photo.shape[:2], np.float32)
    seen = shape.warped(1 - np.maximum(regions.covered, 0.9 * regions.hair))
    bare = np.clip(seen * 1.2, 0, 1)
    beard = shape.warped(regions.beard)
    spots = shape.warped(lines.details(palette))
    light, a, b = palette.skin
    canvas.lay((slice(None), slice(None)), spots, rgb([0.6 * light, a, b]), 0.8, bare)
    lines.draw_wrinkles(canvas, palette, bare)
    if not regions.mouth_covered:
        features.draw_nose(canvas, palette, bare)
        features.draw_mouth(canvas, palette, bare)
    rims = glasses.glasses_seen(palette)
    hidden = regions.lenses_dark
    if rims is not None:
        left, right = (glasses.tint(palette, rim, n)[1] == 1 for n, rim in enumerate(rims))
        hidden = hidden[0] or left, hidden[1] or right
    eyes.draw_eyes(canvas, palette, hidden, everywhere)
    features.draw_brows(canvas, palette, hidden, np.clip(seen + 0.35, 0, 1))
    if rims is not None:
        glasses.draw_glasses(canvas, palette, rims)
    _ink(canvas, palette, beard)
    return Drawn(canvas.picture, regions.head)


def _tones(regions: Regions) -> Array:
    """The picture in flat tones, without features; the face is warped, the rest stays where it is."""
    shape = regions.shape
    flattened = np.asarray(cv2.edgePreservingFilter(regions.photo, flags=1, sigma_s=12, sigma_r=0.25), np.uint8)
    lab: Array = to_lab(flattened)
    for tone, share in ((tones.skin(regions), regions.skin), (tones.beard(regions), regions.beard)):
        lab = lab + (share * (1 - regions.covered))[..., None] * (tone - lab)
    lab = lab + regions.hair[..., None] * (tones.hair(regions) - lab)
    return np.asarray(shape.warped(lab.astype(np.float32)), np.float32)


def _ink(canvas: Canvas, palette: Palette, beard: Channel) -> None:
    regions, unit = palette.regions, palette.regions.unit
    hair_dark = _hair_ink(palette)
    bare = (1 - regions.hair) * (1 - regions.covered)
    lines.draw_jaw(canvas, palette, beard, np.asarray(bare, np.float32))
    ears = regions.skin * (1 - regions.oval) * np.clip(regions.head * 2, 0, 1)
    lines.draw_ears_and_edges(canvas, palette, np.asarray(ears, np.float32), 1.8, 0.1, palette.line)
    lines.draw_ears_and_edges(canvas, palette, np.clip(regions.hair * 2 - 1, 0, 1), 3.0, 0.3, hair_dark)
    near = np.clip(regions.head * 1.5, 0, 1)
    lines.outline(canvas, beard, palette.line, 0.008 * unit, 0.45, np.asarray(bare, np.float32))
    lines.outline(canvas, regions.hair, hair_dark, 0.013 * unit, 0.85, near)
    lines.outline(canvas, regions.person, hair_dark * 0.8, 0.017 * unit, 0.9, near)


def _hair_ink(palette: Palette) -> Array:
    colours = palette.regions.hair_colours
    if colours is None:
        return palette.line
    light, a, b = colours[np.argmin(colours[:, 0])]
    return rgb([0.45 * light + 1.5, 0.7 * a, 0.7 * b])
