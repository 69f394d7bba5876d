"""Brows as strokes of their own thickness, the nose as a hint, the mouth as a line or open with its teeth."""

from __future__ import annotations

import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Canvas, ellipse
from animegan.training.built_in.drawn_faces.measured import Channel
from animegan.training.built_in.drawn_faces.palette import Palette, rgb
from animegan.training.lab import to_lab

APART, APART_WITHOUT_TEETH = 0.045, 0.075
"""Lips further apart than this, in units, are drawn open; the second counts if no teeth are seen."""


def draw_brows(canvas: Canvas, palette: Palette, hidden: tuple[bool, bool], clip: Channel) -> None:
    """Draw the brows, as dark and thick as the photo shows them at each place."""
    for which, eye in enumerate(g.EYES):
        if hidden[which] or palette.regions.shape.visible(which) < 0.3:
            continue
        line, thick, opacity, colour = _brow_seen(palette, eye)
        if opacity < 0.08:
            continue
        shape = palette.regions.shape
        drawn = shape.warp(line)
        ahead = np.gradient(drawn, axis=0)
        ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
        side = np.stack([-ahead[:, 1], ahead[:, 0]], 1)
        outline = np.vstack([drawn + side * thick[:, None] / 2, (drawn - side * thick[:, None] / 2)[::-1]])
        canvas.fill(outline, palette.brow(colour), min(1.0, 0.25 + 0.85 * opacity), clip)


def _brow_seen(palette: Palette, eye: g.EyePoints) -> tuple[Points, Array, float, Array]:
    """The middle line of a brow from temple to nose, its thickness in pixels along it, how dark it is, 0 to 1, and the
    Lab of its darker half, as the photo shows them.
    """
    regions = palette.regions
    points, unit = regions.shape.points, regions.unit
    middle = g.curve((points[list(eye.brow_top)] + points[list(eye.brow_bottom)]) / 2, 28)
    ahead = np.gradient(middle, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    normal = np.stack([-ahead[:, 1], ahead[:, 0]], 1)
    normal *= np.sign(normal @ regions.shape.axes[1])[:, None]
    offsets = np.linspace(-0.12, 0.10, 23) * unit
    at = middle[:, None] + offsets[None, :, None] * normal[:, None]
    lab = to_lab(regions.photo)
    seen = g.sampled(regions.blurred(lab, 0.008), at.reshape(-1, 2)).reshape(28, 23, 3)
    skin = np.quantile(seen[..., 0], 0.75, axis=1, keepdims=True)
    skin = 0.5 * skin + 0.5 * np.median(skin)
    near = np.exp(-((offsets / (0.075 * unit)) ** 4))
    dark = np.clip(skin - seen[..., 0] - 4, 0, None) * near
    most = float(np.quantile(dark.max(1), 0.7))
    total = dark.sum(1)
    shift = np.where(total > 1, (dark * offsets).sum(1) / np.maximum(total, 1), 0.0)
    shift = np.convolve(np.pad(shift, 3, mode="edge"), np.ones(7) / 7, "valid")
    step = offsets[1] - offsets[0]
    thick = np.convolve(np.pad(total / max(most, 6.0) * step, 3, mode="edge"), np.ones(7) / 7, "valid")
    along = np.linspace(0, 1, 28)
    taper = np.clip(along / 0.35, 0.12, 1) * np.clip((1 - along) / 0.08, 0.55, 1)
    thick = np.clip(1.15 * thick, 0.012 * unit, 0.11 * unit) * taper
    darker = dark > 0.6 * max(most, 1e-3)
    colour = np.median(seen[darker], axis=0) if darker.sum() > 5 else palette.skin
    return middle + shift[:, None] * normal, thick, float(np.clip((most - 4) / 22, 0, 1)), colour


def draw_nose(canvas: Canvas, palette: Palette, clip: Channel) -> None:
    """Draw the nose as a hint: a shadow below its tip, two short strokes, and its edge if the head is turned."""
    shape = palette.regions.shape
    points, (across, down), unit, turn = shape.drawn, shape.axes, shape.unit, shape.turn
    base, (light, a, b) = points[2], palette.skin
    left, right = (0.8 * points[at] + 0.2 * base - 0.005 * unit * down for at in (98, 327))
    tip = 0.35 * points[g.NOSE_TIP] + 0.65 * base
    shadow = np.vstack([left, points[[97, 2, 326]] + 0.012 * unit * down, right, tip, left])
    canvas.fill(g.curve(shadow, 50), rgb([0.78 * light, 1.1 * a + 2, b]), 0.55, clip)
    for wing, nostril, inner, rim, side in ((129, 98, 97, 48, -1), (358, 327, 326, 278, 1)):
        seen = 1 - 3 * max(0.0, side * turn - 0.35)
        if seen > 0.2:
            start, end = 0.75 * points[nostril] + 0.25 * points[inner], 0.7 * points[inner] + 0.3 * base
            bend = (start + end) / 2 - 0.014 * unit * down
            widths = (0.008 * unit, 0.024 * unit, 0.010 * unit)
            canvas.stroke(g.curve(np.array([start, bend, end]), 16), palette.line, widths, min(1.0, seen), clip)
        if side * turn < 0.3 and float((points[358] - points[129]) @ across) > 0.3 * unit:
            outwards = side * unit * across
            top = 0.4 * points[rim] + 0.6 * points[wing] - 0.015 * unit * down + 0.012 * outwards
            middle = points[wing] + 0.02 * unit * down + 0.01 * outwards
            line = g.curve(np.array([top, middle, points[nostril] + 0.02 * outwards]), 16)
            canvas.stroke(line, palette.line, (0.003 * unit, 0.012 * unit, 0.004 * unit), 0.6, clip)
    if abs(turn) > 0.16:
        line = g.curve(points[list(g.BRIDGE[1:])] + np.sign(turn) * 0.05 * unit * across, 30)[12:]
        opacity = min(0.9, 3 * (abs(turn) - 0.1))
        canvas.stroke(line, palette.line, (0.002 * unit, 0.012 * unit, 0.016 * unit, 0.006 * unit), opacity, clip)
    shine = points[g.NOSE_TIP] + unit * (0.03 * palette.light_from * across - 0.05 * down)
    light_patch = ellipse(shine, 0.022 * unit * across, 0.035 * unit * down)
    canvas.fill(light_patch, rgb([min(98, light + 10), 0.8 * a, 0.8 * b]), 0.5, clip)


def teeth_seen(palette: Palette) -> float:
    """How far down from the upper lip the photo shows teeth, as a share of the open mouth; 0: none."""
    regions = palette.regions
    points = regions.shape.points
    top, bottom = g.curve(points[list(g.MOUTH_ABOVE)], 41)[10:31], g.curve(points[list(g.MOUTH_BELOW)], 41)[10:31]
    at = np.linspace(0.02, 0.98, 25)
    line = top[:, None] + at[None, :, None] * (bottom - top)[:, None]
    lab = g.sampled(to_lab(regions.photo), line.reshape(-1, 2)).reshape(21, 25, 3)
    lip, _ = palette.lips
    light = lab[..., 0] > max(0.55 * palette.skin[0], min(lip[0] + 4, 0.8 * palette.skin[0]))
    chroma = np.hypot(lab[..., 1], lab[..., 2])
    pale = (lab[..., 1] < 0.55 * max(lip[1], 8)) & (chroma < 0.8 * max(_chroma(palette), 10))
    tooth = light & pale
    if tooth.mean() < 0.12:
        return 0.0
    rows = np.nonzero(tooth.mean(0) > 0.35)[0]
    if not len(rows):
        return 0.0
    gaps = np.nonzero(np.diff(rows) > 3)[0]  # below a gap there are lower teeth
    return float(at[rows[gaps[0]] if len(gaps) else rows[-1]])


def _chroma(palette: Palette) -> float:
    return float(np.hypot(*palette.skin[1:]))


def draw_mouth(canvas: Canvas, palette: Palette, clip: Channel) -> None:
    """Draw the mouth: lips in their own colour as far as they stand out, a line or an open mouth with teeth."""
    shape = palette.regions.shape
    points, (_, down), unit = shape.drawn, shape.axes, shape.unit
    above, below = (g.curve(points[list(each)], 41) for each in (g.MOUTH_ABOVE, g.MOUTH_BELOW))
    upper, lower = (g.curve(points[list(each)], 41) for each in (g.LIPS_ABOVE, g.LIPS_BELOW))
    gap = float(np.max((below - above) @ down)) / unit
    _lips(canvas, palette, [np.vstack([upper, above[::-1]]), np.vstack([below, lower[::-1]])], gap, clip)
    if gap > (APART if teeth_seen(palette) else APART_WITHOUT_TEETH):
        _open(canvas, palette, above, below, gap, clip)
    else:
        line = (above + below) / 2
        widths = tuple(unit * w for w in (0.022, 0.017, 0.011, 0.013, 0.015, 0.013, 0.011, 0.017, 0.022))
        canvas.stroke(line, palette.ink, widths, 0.92, clip)
    under = g.curve(points[[84, 17, 314]], 24)
    under = under + down * 0.012 * unit
    canvas.stroke(under[5:-5], palette.line, (0.003 * unit, 0.014 * unit, 0.003 * unit), 0.55, clip)


def _lips(canvas: Canvas, palette: Palette, outlines: list[Points], gap: float, clip: Channel) -> None:
    colour, stands_out = palette.lips
    painted = np.clip((stands_out - 0.45) / 0.35, 0, 1)
    opacity = 0.7 + 0.25 * painted
    tone = palette.skin * (1 - 0.75 - 0.25 * painted) + colour * (0.75 + 0.25 * painted)
    canvas.fill(outlines[0], rgb(tone - np.array([4.0 + 2 * painted, 0, 0])), opacity, clip)
    canvas.fill(outlines[1], rgb(tone), opacity, clip)
    if painted > 0.3:
        lower = outlines[1]
        middle = lower.mean(0)
        shine = ellipse(middle, (lower[25] - lower[15]) * 0.35, np.array([0, 0.012 * palette.regions.unit]))
        canvas.fill(shine, rgb(tone + np.array([14.0, -4, -2])), 0.55 * painted, clip)


def _open(canvas: Canvas, palette: Palette, above: Points, below: Points, gap: float, clip: Channel) -> None:
    unit, (_, down) = palette.regions.unit, palette.regions.shape.axes
    outline = np.vstack([above, below[::-1]])
    canvas.fill(outline, rgb([0.16 * palette.skin[0] + 8, 20, 10]), clip=clip)
    tall = (below - above) @ down
    shown = teeth_seen(palette)
    if gap > 0.16 and shown < 0.9:
        tongue = below - (down[None] * (0.38 * tall)[:, None])
        canvas.fill(np.vstack([tongue[8:-8], below[8:-8][::-1]]), rgb([0.42 * palette.skin[0] + 12, 34, 16]), 0.9, clip)
    if shown:
        share = 1.0 if shown > 0.82 else max(shown, 0.3)
        edge = above + down[None] * (tall * share)[:, None]
        canvas.fill(np.vstack([above[2:-2], edge[2:-2][::-1]]), rgb(palette.white), clip=clip)
        shade = above + down[None] * (0.16 * tall)[:, None]
        canvas.fill(np.vstack([above[2:-2], shade[2:-2][::-1]]), rgb([45, 8, 4]), 0.22, clip)
    corner = (0.02, 0.016, 0.015, 0.016, 0.02)
    canvas.stroke(above, palette.ink, tuple(unit * w for w in corner), 0.95, clip)
    canvas.stroke(below, palette.ink, tuple(unit * w for w in (0.016, 0.010, 0.011, 0.010, 0.016)), 0.85, clip)
