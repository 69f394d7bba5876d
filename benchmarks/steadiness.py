"""How much a drawn clip flickers: warp error, on clips whose motion is known."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from animegan.evaluation.recipes import to_picture
from animegan.images.resize import Picture, resize

WIDTH, HEIGHT = 640, 360
"""Pixels of the clips that are made from photographs."""
ROOM = 1.3
"""The photograph is this many times as large as the clip, so that the camera can move."""

Matrix = npt.NDArray[np.float64]
"""``(3, 3)``: from the pixels of a frame to those of the photograph."""
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Shot:
    """One frame of a clip made from a photograph."""

    picture: Picture
    """``(H, W, 3) uint8``."""
    flow: Floats | None
    """``(H, W, 2)``: where each pixel was in the frame before, relative to where it is now; None: the first frame."""


def shake(number: int) -> Matrix:
    """A camera in the hand: three slow swings that never quite repeat, and a little trembling."""
    t = number / 25
    x, y, turn = (
        sum(a * np.sin(2 * np.pi * f * t + p) for a, f, p in swings)
        for swings in (
            ((9, 0.7, 0.0), (3, 2.3, 1.0), (0.7, 7.1, 2.0)),
            ((7, 0.9, 0.5), (3, 2.9, 2.0), (0.7, 6.3, 0.3)),
            ((0.8, 0.6, 1.0), (0.2, 3.1, 0.0), (0.0, 0.0, 0.0)),
        )
    )
    return _camera(float(x), float(y), turn=float(turn))


def _camera(x: float, y: float, scale: float = 1.0, turn: float = 0.0) -> Matrix:
    """Return the matrix of a camera moved by (x, y) pixels, zoomed in, and turned by degrees about the middle."""
    lean, middle = np.deg2rad(turn), np.array([(WIDTH - 1) / 2, (HEIGHT - 1) / 2])
    linear = np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]]) / scale
    room = np.array([WIDTH, HEIGHT]) * (ROOM - 1) / 2
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    matrix[:2, 2] = middle - linear @ middle + room + (x, y)
    return matrix


def _grain(picture: Picture, number: int, rng: np.random.Generator) -> Picture:
    """Sensor noise, σ 5 levels."""
    return to_picture(picture + rng.normal(0, 5, picture.shape))


def _light(picture: Picture, number: int, rng: np.random.Generator) -> Picture:
    """Light that changes slowly by ±12 %, and from frame to frame by ±1 %."""
    gain = 1 + 0.12 * np.sin(number / 6) + rng.normal(0, 0.01)
    return to_picture(picture * gain)


KINDS: dict[str, tuple[Callable[[int], Matrix], Callable[[Picture, int, np.random.Generator], Picture] | None]] = {
    "pan": (lambda number: _camera(3.3 * number, 1.2 * number), None),
    "zoom": (lambda number: _camera(0, 0, scale=1.006**number), None),
    "shake": (shake, None),
    "noise": (lambda number: _camera(0, 0), _grain),
    "light": (lambda number: _camera(0, 0), _light),
    "handheld": (shake, _grain),
}
"""Kind of clip → how the camera moves, and what happens to each frame. "handheld" shakes and is noisy."""


def clip_of(photo: Picture, kind: str, frames: int, seed: int = 0) -> Iterator[Shot]:
    """Yield the frames of a clip of one of `KINDS`, `WIDTH` × `HEIGHT` pixels, made from a photograph,
    ``(H, W, 3) uint8``.
    """
    (move, change), rng, before = KINDS[kind], np.random.default_rng(seed), None
    width, height = round(WIDTH * ROOM), round(HEIGHT * ROOM)
    scale = max(width / photo.shape[1], height / photo.shape[0])
    large = resize(photo, *(int(np.ceil(length * scale)) for length in photo.shape[1::-1]))
    top, left = (large.shape[0] - height) // 2, (large.shape[1] - width) // 2
    stage = np.ascontiguousarray(large[top : top + height, left : left + width])
    for number in range(frames):
        matrix = move(number)
        how = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(stage, matrix[:2], (WIDTH, HEIGHT), flags=how, borderMode=cv2.BORDER_REFLECT_101)
        picture = np.asarray(warped, np.uint8)
        flow = None if before is None else _flow(np.linalg.inv(before) @ matrix)
        yield Shot(change(picture, number, rng) if change else picture, flow)
        before = matrix


def _flow(matrix: Matrix) -> Floats:
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    places = np.stack([row[0] * x + row[1] * y + row[2] for row in matrix[:2]], axis=2)
    return (places - np.stack([x, y], axis=2)).astype(np.float32)


def warp_error(picture: npt.NDArray, before: npt.NDArray, flow: Floats) -> float:
    """Mean absolute difference, in levels, between a frame and the frame before it, moved along the flow (Lai et al.
    2018, "Learning Blind Video Temporal Consistency"). ``(H, W, 3)``, uint8 or float; the border does not count.
    """
    height, width = flow.shape[:2]
    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), axis=2)
    places = (grid + flow).astype(np.float32)
    nothing: Any = None
    moved = cv2.remap(before.astype(np.float32), places, nothing, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    x, y = places[:, :, 0], places[:, :, 1]
    seen = (x >= 8) & (y >= 8) & (x <= width - 9) & (y <= height - 9)
    return float(np.abs(picture.astype(np.float32) - moved)[seen].mean())
