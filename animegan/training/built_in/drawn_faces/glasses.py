"""Glasses: the rims that a photo shows around the eyes, found as closed curves and inked in their own colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Canvas, ridges
from animegan.training.built_in.drawn_faces.palette import Palette, rgb
from animegan.training.lab import to_lab

WAYS, NEAR, FAR, STEPS = 64, 0.22, 0.56, 40
"""A rim is looked for along so many rays from the middle of a lens, from and to these distances in units."""
SEEN = 1.6
"""Levels of L* by which a rim stands out, at least; where it does not, it is not drawn."""
WORN = 1.1
"""Glasses are worn if the share of the lower rims that is seen and the line over the nose are together worth this."""
GROWS = 0.4
"""Rims follow this much of the warp."""
DARK_LENS = 0.55
"""A lens darker than this share of the cheek hides the eye."""


@dataclass(frozen=True)
class Rim:
    """One rim."""

    line: Points
    """``(WAYS, 2)``, clockwise from the right, in the photo."""
    strength: Array
    """``(WAYS,)``: how far it stands out, in L*."""
    width: float
    """Pixels."""


def glasses_seen(palette: Palette) -> tuple[Rim, Rim] | None:
    """The left and the right rim, or None if the photo shows no glasses."""
    left, right = rim_seen(palette, 0), rim_seen(palette, 1)
    below = slice(_at(20), _at(160))
    share = float(np.mean([(rim.strength[below] > SEEN).mean() for rim in (left, right)]))
    bridge = _bridge(palette)
    return (left, right) if share > 0.3 and bridge > 1.8 and share + min(bridge / 5, 1.5) > WORN else None


def tint(palette: Palette, rim: Rim, which: int) -> tuple[Array, float]:
    """Lab of a lens and how strongly it hides what is behind it: 0 clear, 0.5 tinted, 1 dark."""
    regions = palette.regions
    middle = rim.line.mean(0)
    lens = g.polygon(regions.photo.shape, middle + 0.8 * (rim.line - middle)) > 0.5
    colour = np.median(regions.lab[lens & (regions.features < 0.5)], axis=0) if lens.any() else palette.skin
    cheek = np.median(g.sampled(regions.lab, regions.shape.points[list(g.CHEEKS[which])]), axis=0)
    if not np.isfinite(colour).all() or (colour[0] > 0.8 * cheek[0] and np.hypot(*(colour - cheek)[1:]) < 14):
        return palette.skin, 0.0
    if colour[0] < DARK_LENS * cheek[0]:
        return colour, 1.0
    return colour, float(np.clip(np.linalg.norm(colour - cheek) / 60, 0, 0.6))


def draw_glasses(canvas: Canvas, palette: Palette, rims: tuple[Rim, Rim]) -> None:
    """Ink the rims of glasses and tint their lenses."""
    shape, unit = palette.regions.shape, palette.regions.unit
    lab = to_lab(palette.regions.photo)
    at = np.vstack([rim.line[rim.strength > SEEN] for rim in rims])
    seen = g.sampled(lab, at)
    colour = np.median(seen[seen[:, 0] <= np.quantile(seen[:, 0], 0.4)], axis=0)
    ink = rgb([min(0.85 * colour[0], 0.5 * palette.skin[0]), colour[1], colour[2]])
    thick = float(np.clip(np.mean([rim.width for rim in rims]), 0.013 * unit, 0.045 * unit))
    drawn = [drawn_rim(shape, rim) for rim in rims]
    for which, rim in enumerate(rims):
        lens, hides = tint(palette, rim, which)
        if 0 < hides < 1:
            canvas.fill(drawn[which], rgb(lens), hides)
    lines = [drawn[n][part % WAYS] for n, rim in enumerate(rims) for part in _runs(rim.strength > SEEN)]
    left, right = drawn[0][_at(-25)], drawn[1][_at(-155)]
    if np.linalg.norm(right - left) < 0.6 * unit:
        lines.append(g.curve(np.array([left, (left + right) / 2 - shape.axes[1] * 0.03 * unit, right]), 16))
    strength = float(np.median(np.concatenate([rim.strength for rim in rims])))
    for line in lines:
        canvas.stroke(line, ink, (thick, thick), float(np.clip(0.45 + 0.12 * strength, 0, 0.95)))


def drawn_rim(shape: g.Shape, rim: Rim) -> Points:
    """Where a rim is drawn: it grows less than the eye behind it."""
    return rim.line + GROWS * (shape.warp(rim.line) - rim.line)


def _at(degrees: float) -> int:
    return round(degrees / 360 * WAYS) % WAYS


def _bridge(palette: Palette) -> float:
    """How far a line over the nose between the lenses stands out, in L*."""
    regions = palette.regions
    points, (across, down), unit = regions.shape.points, regions.shape.axes, regions.unit
    light = to_lab(regions.photo)[..., 0]
    best = np.zeros(light.shape, np.float32)
    for sign in (1, -1):
        best = np.maximum(best, ridges(sign * light, max(1.2, 0.018 * unit)))
    middle = points[6]
    values = []
    for aside in np.linspace(-0.05, 0.05, 9):
        column = middle + across * aside * unit + down * np.linspace(-0.16, 0.16, 25)[:, None] * unit
        values.append(g.sampled(best, column).max())
    return float(np.quantile(values, 0.3))


def rim_seen(palette: Palette, which: int) -> Rim:
    """The strongest closed curve around an eye."""
    regions = palette.regions
    shape, unit = regions.shape, regions.unit
    across, down = shape.axes
    light = to_lab(regions.photo)[..., 0]
    sizes = (0.012, 0.024)
    strengths = [np.maximum(ridges(light, max(1.2, size * unit)), 0.7 * ridges(-light, max(1.2, size * unit)))
                 for size in sizes]  # fmt: skip
    strength = np.maximum(*strengths) * (1 - regions.hair)
    eye = g.EYES[which]
    lids = np.zeros(light.shape, np.uint8)
    cv2.fillPoly(lids, [np.round(shape.points[[*eye.top, *eye.bottom[::-1]]]).astype(np.int32)], 1)
    grow = 2 * round(0.05 * unit) + 1
    strength = strength * (cv2.dilate(lids, np.ones((grow, grow))) == 0)
    middle = shape.eye_middles[which] + 0.06 * unit * down
    turn = np.arange(WAYS) / WAYS * 2 * np.pi
    rays = np.cos(turn)[:, None] * across + np.sin(turn)[:, None] * down
    # lenses are wider than tall
    reach = np.linspace(NEAR, FAR, STEPS)[None] * (1 - 0.18 * np.abs(np.sin(turn)))[:, None] * unit
    at = middle + reach[..., None] * rays[:, None]
    seen = g.sampled(strength.astype(np.float32), at.reshape(-1, 2)).reshape(WAYS, STEPS)
    path = _closed_path(np.minimum(seen, 12.0))
    chosen = np.arange(WAYS), path
    radius = np.convolve(np.pad(reach[chosen], 2, mode="wrap"), np.ones(5) / 5, "valid")
    wide = [float(np.median(g.sampled(each, at[chosen]))) for each in strengths]
    width = (0.016 if wide[0] >= wide[1] else 0.034) * unit
    return Rim(middle + radius[:, None] * rays, seen[chosen], width)


def _closed_path(value: Array, bend: float = 1.3) -> Array:
    """For each ray the step of the closed curve with the largest sum of values; each step outwards or inwards from ray
    to ray costs ``bend``.
    """
    ways, steps = value.shape
    twice = np.vstack([value, value])
    total, before = twice[0].copy(), np.zeros((2 * ways, steps), int)
    moves = np.arange(-2, 3)
    for n in range(1, 2 * ways):
        padded = np.pad(total, 2, constant_values=-1e9)
        options = np.stack([padded[2 + move : 2 + move + steps] - bend * abs(move) for move in moves])
        before[n] = np.clip(np.arange(steps) + moves[options.argmax(0)], 0, steps - 1)
        total = options.max(0) + twice[n]
    path = np.zeros(2 * ways, int)
    path[-1] = total.argmax()
    for n in range(2 * ways - 1, 0, -1):
        path[n - 1] = before[n, path[n]]
    half = ways // 2
    middle = path[half : half + ways]  # away from both ends
    return np.roll(middle, half)


def _runs(shown: Array) -> list[Array]:
    """The runs of true values around a circle, short gaps closed: indices that may go beyond its end."""
    count = len(shown)
    closed = np.array([shown[np.arange(n - 2, n + 3) % count].sum() >= 2 for n in range(count)])
    if closed.all():
        return [np.arange(count + 1)]
    start = int(np.argmin(closed))
    runs: list[list[int]] = [[]]
    for n in range(start, start + count):
        if closed[n % count]:
            runs[-1].append(n)
        elif runs[-1]:
            runs.append([])
    return [np.array(run) for run in runs if len(run) >= 6]
