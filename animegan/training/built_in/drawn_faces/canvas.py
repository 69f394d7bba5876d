"""A picture to draw on: filled shapes and tapered strokes with smooth edges, and strokes traced from a photo."""

from __future__ import annotations

import cv2
import numpy as np

from animegan.faces.face import Points
from animegan.images.resize import Array, Picture, to_uint8
from animegan.training.built_in.drawn_faces.geometry import evenly_spaced, smoothed
from animegan.training.built_in.drawn_faces.measured import Channel

FINE = 4
"""Shapes are drawn so many times larger and averaged, for smooth edges."""
Colour = Array
"""``(3,)``: RGB from 0 to 255."""


class Canvas:
    """A picture, ``(H, W, 3)``, on which shapes are laid."""

    def __init__(self, picture: Array) -> None:
        self.pixels = np.array(picture, np.float32)

    @property
    def picture(self) -> Picture:
        return to_uint8(self.pixels)

    def fill(self, outline: Points, colour: Colour, opacity: float = 1.0, clip: Channel | None = None) -> None:
        """Fill a shape, ``(N, 2)``; ``clip`` is the share of each pixel, ``(H, W)``, that takes colour."""
        self.fill_all([outline], colour, opacity, clip)

    def fill_all(
        self, outlines: list[Points], colour: Colour, opacity: float = 1.0, clip: Channel | None = None
    ) -> None:
        """Fill the union of several shapes, so that overlaps are not laid twice."""
        found = coverage(self.pixels.shape, outlines)
        if found is None:
            return
        where, share = found
        self.lay(where, share, colour, opacity, clip)

    def lay(
        self, where: tuple[slice, slice], share: Channel, colour: Colour, opacity: float = 1.0,
        clip: Channel | None = None,
    ) -> None:  # fmt: skip
        """Lay one colour, or a picture as large as ``where``, over a part of the picture, by ``share``."""
        weight = opacity * share * (clip[where] if clip is not None else 1)
        self.pixels[where] += weight[..., None] * (np.asarray(colour, np.float32) - self.pixels[where])

    def stroke(
        self, line: Points, colour: Colour, widths: tuple[float, ...], opacity: float = 1.0,
        clip: Channel | None = None,
    ) -> None:  # fmt: skip
        """Draw a stroke along a line, ``(N, 2)``. ``widths`` are its widths in pixels at even distances along it."""
        self.fill_all(stroke_outlines(line, widths), colour, opacity, clip)


def coverage(shape: tuple[int, ...], outlines: list[Points]) -> tuple[tuple[slice, slice], Channel] | None:
    """The part of a picture of ``shape`` that shapes cover, and the share of each of its pixels; None: nothing."""
    corners = np.vstack(outlines)
    low = np.maximum(np.floor(corners.min(0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(corners.max(0)).astype(int) + 2, np.array(shape[1::-1]))
    if (high <= low).any():
        return None
    wide, tall = high - low
    mask = np.zeros((tall * FINE, wide * FINE), np.uint8)
    for outline in outlines:
        at = (outline - low + 0.5) * FINE - 0.5
        cv2.fillPoly(mask, [np.round(at * 16).astype(np.int32)], 255, cv2.LINE_8, 4)
    share = cv2.resize(mask, (int(wide), int(tall)), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return (slice(low[1], high[1]), slice(low[0], high[0])), np.asarray(share, np.float32)


def stroke_outlines(line: Points, widths: tuple[float, ...]) -> list[Points]:
    """The shapes that make a stroke: its body and its round ends."""
    line = evenly_spaced(line, max(8, min(80, len(line) * 2)))
    width = np.interp(np.linspace(0, 1, len(line)), np.linspace(0, 1, len(widths)), widths)
    ahead = np.gradient(line, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-6)
    side = np.stack([-ahead[:, 1], ahead[:, 0]], 1) * width[:, None] / 2
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    ends = [line[n] + circle * max(width[n], 0.3) / 2 for n in (0, -1)]
    return [np.vstack([line + side, (line - side)[::-1]]), *ends]


def ellipse(middle: Points, across: Points, down: Points, count: int = 48) -> Points:
    """The outline of an ellipse with these two half axes, as vectors."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)[:, None]
    return middle + np.cos(turn) * across + np.sin(turn) * down


def ridges(light: Array, size: float) -> Channel:
    """How much each pixel lies on a dark line about ``size`` pixels wide, in levels of ``light``: ``(H, W)``."""
    smooth = cv2.GaussianBlur(np.asarray(light, np.float32), (0, 0), size)
    xx, yy, xy = (cv2.Sobel(smooth, cv2.CV_32F, dx, dy, ksize=3, scale=scale) for dx, dy, scale in
                  ((2, 0, 0.25), (0, 2, 0.25), (1, 1, 0.25)))  # fmt: skip
    middle, spread = (xx + yy) / 2, np.hypot((xx - yy) / 2, xy)
    strongest, other = middle + spread, middle - spread
    line = np.maximum(strongest - np.abs(other), 0)  # a dark spot curves both ways
    return np.asarray(line * size**2, np.float32)


def traced(strength: Channel, low: float, high: float, least: float) -> list[tuple[Points, float]]:
    """Lines along the crests of ``strength``, ``(H, W)``: each an ordered ``(N, 2)`` and its mean strength.

    A line is where ``strength`` is over ``low``, with some of it over ``high``, and at least ``least`` pixels long.
    """
    mask = (strength > low).astype(np.uint8)
    count, found_labels = cv2.connectedComponents(mask, connectivity=8)
    labels = np.asarray(found_labels, np.int32)
    if count < 2:
        return []
    strongest = np.zeros(count, np.float32)
    np.maximum.at(strongest, labels.ravel(), strength.ravel())
    strongest[0] = 0
    kept = (strongest[labels] > high).astype(np.uint8) * 255
    thin = cv2.ximgproc.thinning(kept, thinningType=cv2.ximgproc.THINNING_GUOHALL)
    _, thin_labels, stats, _ = cv2.connectedComponentsWithStats(thin, connectivity=8)
    labels = np.asarray(thin_labels, np.int32)
    found = []
    for which in np.argsort(-stats[1:, cv2.CC_STAT_AREA]) + 1:
        if stats[which, cv2.CC_STAT_AREA] < least:
            break
        x, y, wide, tall = stats[which, :4]
        rows, columns = np.nonzero(labels[y : y + tall, x : x + wide] == which)
        path = _longest(set(zip((rows + y).tolist(), (columns + x).tolist(), strict=True)))
        if len(path) >= least:
            line = np.array(path, np.float64)[:, ::-1]
            mean = float(strength[line[:, 1].astype(int), line[:, 0].astype(int)].mean())
            found.append((smoothed(line, 7), mean))
    return found


def _longest(pixels: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest path through connected pixels."""
    far = _walk(pixels, next(iter(pixels)))[-1]
    return _walk(pixels, far)


def _walk(pixels: set[tuple[int, int]], start: tuple[int, int]) -> list[tuple[int, int]]:
    """The path from ``start`` to the pixel that is farthest from it."""
    before: dict[tuple[int, int], tuple[int, int] | None] = {start: None}
    queue, last = [start], start
    for at in queue:
        last = at
        for dy in (-1, 0, 1):
            for dx in (-1, 0, 1):
                near = at[0] + dy, at[1] + dx
                if near in pixels and near not in before:
                    before[near] = at
                    queue.append(near)
    path: list[tuple[int, int]] = []
    back: tuple[int, int] | None = last
    while back is not None:
        path.append(back)
        back = before[back]
    return path
