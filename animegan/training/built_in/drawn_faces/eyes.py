"""Eyes: white, a tall iris in the person's own colour, lights, lids; closed ones as a curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Canvas, ellipse
from animegan.training.built_in.drawn_faces.measured import Channel
from animegan.training.built_in.drawn_faces.palette import Palette, rgb

CLOSED, NARROW = 0.115, 0.2
"""Height over width of an eye in the photo: below the first it is drawn closed, below the second narrowed."""
TOO_FAR_ROUND = 0.22
"""An eye of which less is seen (`Shape.visible`) is not drawn."""


@dataclass(frozen=True)
class Eye:
    """One eye as it is drawn, in pixels."""

    which: int
    top: Points
    bottom: Points
    """Edges of the lids, from temple to nose."""
    across: Points
    """Unit vector from temple to nose."""
    down: Points
    unit: float

    @property
    def width(self) -> float:
        return float(np.linalg.norm(self.top[0] - self.top[-1]))

    @property
    def height(self) -> float:
        return float(np.max((self.bottom - self.top) @ self.down))

    @property
    def outline(self) -> Points:
        return np.vstack([self.top, self.bottom[::-1]])


def drawn_eye(shape: g.Shape, which: int) -> Eye:
    """The lids of an eye, as they are drawn."""
    points, eye = shape.drawn, g.EYES[which]
    top, bottom = g.curve(points[list(eye.top)], 40), g.curve(points[list(eye.bottom)], 40)
    across = points[eye.top[-1]] - points[eye.top[0]]
    across = across / max(1e-6, float(np.linalg.norm(across)))
    _, down = shape.axes
    arch = np.sin(np.pi * np.linspace(0, 1, 40)) ** 0.8 * 0.012 * shape.unit  # a slightly rounder upper lid
    return Eye(which, top - arch[:, None] * down, bottom, across, down, shape.unit)


def draw_eyes(canvas: Canvas, palette: Palette, hidden: tuple[bool, bool], clip: Channel) -> None:
    """Draw both eyes; ``hidden``: those behind dark glass. ``clip``: where hair does not lie over them."""
    shape = palette.regions.shape
    for which in (0, 1):
        if hidden[which] or shape.visible(which) < TOO_FAR_ROUND:
            continue
        eye, makeup = drawn_eye(shape, which), palette.makeup(which)
        if shape.opening(which) < CLOSED:
            _closed(canvas, eye, palette, makeup, clip)
            continue
        _ball(canvas, eye, palette, clip)
        _lids(canvas, eye, palette, makeup, clip)


def _closed(canvas: Canvas, eye: Eye, palette: Palette, makeup: float, clip: Channel) -> None:
    """A closed eye: one curve along the lower lid, with lashes at its end."""
    line = 0.25 * eye.top + 0.75 * eye.bottom
    middle = np.sin(np.pi * np.linspace(0, 1, len(line)))[:, None]
    line = line + 0.015 * eye.unit * middle * eye.down
    thick = eye.unit * (0.03 + 0.012 * makeup)
    canvas.stroke(line, palette.ink, (0.45 * thick, thick, thick, 0.8 * thick, 0.25 * thick), clip=clip)
    for at, length in ((0, 0.075), (5, 0.06))[: 1 + (makeup > 0.3)]:
        start = line[at]
        end = start - eye.across * length * eye.unit + eye.down * 0.025 * eye.unit
        canvas.stroke(np.array([start, (start + end) / 2 + 0.008 * eye.unit * eye.down, end]), palette.ink,
                      (0.5 * thick, 0.1 * thick), clip=clip)  # fmt: skip


def _ball(canvas: Canvas, eye: Eye, palette: Palette, clip: Channel) -> None:
    """The eye between the lids."""
    inner = g.polygon(clip.shape, eye.outline, 0.5) * clip
    low = np.maximum(np.floor(eye.outline.min(0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(eye.outline.max(0)).astype(int) + 3, clip.shape[::-1])
    where = slice(low[1], high[1]), slice(low[0], high[0])
    if (high <= low).any():
        return
    ball = Canvas(canvas.pixels)
    ball.fill(eye.outline, rgb(palette.white), clip=None)
    _iris(ball, eye, palette)
    shade = np.vstack([eye.top, (eye.top + eye.down * (0.24 * eye.height))[::-1]])
    ball.fill(shade, rgb([30, 4, -6]), 0.32)
    _lights(ball, eye, palette)
    canvas.lay(where, inner[where], ball.pixels[where])


def _iris_at(eye: Eye, palette: Palette) -> tuple[Points, float, float]:
    """Middle of the iris, and its half width and half height."""
    shape = palette.regions.shape
    middle = shape.drawn[g.EYES[eye.which].iris]
    visible = min(1.0, shape.visible(eye.which) / 0.85)
    tall = max(0.60 * eye.height, 0.165 * eye.unit)
    wide = min(0.84 * tall, 0.19 * eye.unit) * (0.6 + 0.4 * visible)
    rise = eye.bottom[len(eye.bottom) // 2] - middle
    lowest = middle @ eye.down + rise @ eye.down  # height of the lower lid
    wanted = lowest - 0.90 * tall
    y = 0.35 * (middle @ eye.down) + 0.65 * wanted
    return middle + eye.down * (y - middle @ eye.down), wide, tall


def _iris(ball: Canvas, eye: Eye, palette: Palette) -> None:
    middle, wide, tall = _iris_at(eye, palette)
    light, a, b = palette.irises[eye.which]
    side = np.array([eye.down[1], -eye.down[0]])

    def disc(at: float, wider: float, taller: float, colour: Array, opacity: float = 1.0) -> None:
        outline = ellipse(middle + eye.down * at * tall, side * wide * wider, eye.down * tall * taller)
        ball.fill(outline, rgb(colour), opacity)

    disc(0, 1, 1, np.array([0.26 * light + 2, 0.5 * a, 0.5 * b]))
    for share in np.linspace(0, 1, 12):  # darker at the top, lighter at the bottom
        tone = np.array(
            [light * (0.60 + 0.52 * share) + 9 * share**2, a * (0.85 + 0.2 * share), b * (0.85 + 0.2 * share)]
        )
        disc(0.30 * share, 0.87 - 0.17 * share, 0.87 - 0.30 * share, tone)
    disc(-0.02, 0.36, 0.40, np.array([0.12 * light + 2, 0.3 * a, 0.3 * b]))
    disc(0.62, 0.42, 0.15, np.array([min(88, light + 30), 0.75 * a, 0.75 * b]), 0.45)


def _lights(ball: Canvas, eye: Eye, palette: Palette) -> None:
    """A large light on the side of the photo's light, a small one opposite; below the edge of the upper lid."""
    middle, wide, tall = _iris_at(eye, palette)
    side = np.array([eye.down[1], -eye.down[0]])
    top = float(np.max(-(eye.top - middle) @ eye.down))
    rise = min(0.44 * tall, max(0.1 * tall, top - 0.36 * tall))
    at = middle + side * palette.light_from * 0.36 * wide - eye.down * rise
    ball.fill(ellipse(at, side * 0.30 * wide, eye.down * 0.24 * tall), np.array([255.0, 255, 255]), 0.97)
    at = middle - side * palette.light_from * 0.36 * wide + eye.down * 0.42 * tall
    ball.fill(ellipse(at, side * 0.14 * wide, eye.down * 0.11 * tall), np.array([255.0, 255, 255]), 0.85)


def _lids(canvas: Canvas, eye: Eye, palette: Palette, makeup: float, clip: Channel) -> None:
    """A thick upper lid that ends in a point beyond the corner, a thin lower one, and a crease if the photo has one."""
    shape, unit = palette.regions.shape, eye.unit
    visible = min(1.0, shape.visible(eye.which) / 0.8)
    thick = unit * (0.052 + 0.014 * makeup) * (0.55 + 0.45 * visible)
    tip = (
        eye.top[0] - eye.across * unit * (0.025 + 0.05 * makeup) * visible - eye.down * unit * (0.008 + 0.016 * makeup)
    )
    upper = np.vstack([tip, eye.top[1:]]) - eye.down * 0.25 * thick
    widths = (0.15 * thick, 0.95 * thick, 1.12 * thick, 1.05 * thick, 0.9 * thick, 0.7 * thick, 0.35 * thick)
    canvas.stroke(upper, palette.ink, widths, clip=clip)
    count = round((0.55 + 0.25 * makeup) * len(eye.bottom))
    thin = unit * (0.009 + 0.007 * makeup)
    canvas.stroke(eye.bottom[:count], palette.line, (1.6 * thin, 1.5 * thin, 1.1 * thin, 0.4 * thin), 0.95, clip)
    if makeup > 0.4:
        for at, long in ((3, 0.07), (7, 0.055)):
            start = upper[at]
            end = start - eye.across * long * 0.8 * unit - eye.down * long * 0.55 * unit
            bend = (start + end) / 2 + eye.down * 0.012 * unit
            canvas.stroke(
                np.array([start, bend, end]), palette.ink, (0.5 * thick, 0.3 * thick, 0.05 * thick), makeup, clip
            )
    crease = g.curve(shape.drawn[list(g.EYES[eye.which].crease)], 30)
    gap = np.min((eye.top[15:25] - crease[12:18].mean(0)) @ eye.down)
    if gap > 0.55 * thick + 0.02 * unit:
        canvas.stroke(crease[2:-3], palette.line, (0.006 * unit, 0.014 * unit, 0.014 * unit, 0.004 * unit), 0.8, clip)
