"""Clothed bodies below heads: portraits show hardly any, and clothes may have any colour and pattern."""

from __future__ import annotations

import cv2
import numpy as np

from animegan.images.resize import Array

SHOULDERS, BELOW, WAIST = (1.7, 2.9), (0.3, 2.2), (0.6, 1.0)
"""Width of the shoulders in widths of the head; what is shown below the head, in heights of the portrait; width of the
waist in widths of the shoulders."""
PLAIN = 0.45
"""Share of the clothes that have one colour; the others have the pattern of a scene."""
ONE_ARM = 0.35
"""Share of the bodies with an arm that is away from them, of each side."""


def with_body(portrait: Array, scene: Array, rng: np.random.Generator) -> Array:
    """A portrait, ``(H, W, 4)``, with a clothed body below the head, on a larger canvas that is black elsewhere.
    ``scene`` is a photograph whose colours the clothes may have.
    """
    height, width = portrait.shape[:2]
    inside = portrait[..., 3] > 127
    columns = np.flatnonzero(inside[height // 3 : height * 2 // 3].any(axis=0))
    if not len(columns):
        return portrait
    head, middle = columns[-1] - columns[0] + 1, (columns[0] + columns[-1]) / 2
    broad = head * rng.uniform(*SHOULDERS)
    side = int(max(0, broad * 0.75 - width / 2))
    tall = height + int(height * rng.uniform(*BELOW))
    shape = _shape(tall, width + 2 * side, (side + middle, height * rng.uniform(0.84, 0.95)), head, broad, rng)
    body = np.dstack([_clothes(scene, shape.shape, rng), 255 * shape])
    front = np.zeros((*shape.shape, 4), np.float32)
    front[:height, side : side + width] = portrait
    share, covered = front[..., 3:] / 255, np.maximum(body[..., 3:], front[..., 3:])
    return np.dstack([body[..., :3] + share * (front[..., :3] - body[..., :3]), covered])


def _shape(
    tall: int, wide: int, neck: tuple[float, float], head: float, broad: float, rng: np.random.Generator
) -> Array:
    """A body that begins at a neck, ``(tall, wide) float32`` from 0 to 1: shoulders, trunk, and arms away from it."""
    shape = np.zeros((tall, wide), np.float32)
    (x, y), half = neck, broad / 2
    slope, waist = head * rng.uniform(0.2, 0.5), half * rng.uniform(*WAIST)
    lean = rng.uniform(-0.15, 0.15) * head
    rights = [(0.28 * head, -0.1 * head), (0.3 * head, 0.1 * head), (0.8 * half, 0.6 * slope), (half, 1.2 * slope)]
    rights += [(half, 2.5 * slope), (waist, head * rng.uniform(1.4, 2.2)), (waist * rng.uniform(0.8, 1.3), tall)]
    right = [(x + lean * (dy > 0) + dx * rng.uniform(0.9, 1.1), y + dy) for dx, dy in rights]
    left = [(x + lean * (dy > 0) - dx * rng.uniform(0.9, 1.1), y + dy) for dx, dy in rights]
    cv2.fillPoly(shape, [np.array(right + left[::-1], np.float32).round().astype(np.int32)], 1.0)
    for side in (-1, 1):
        if rng.random() < ONE_ARM:
            shoulder = np.array([x + side * half * 0.85, y + slope])
            elbow = shoulder + head * np.array([side * rng.uniform(0, 0.9), rng.uniform(0.3, 1.2)])
            hand = elbow + head * np.array([rng.uniform(-0.9, 0.9), rng.uniform(-1.0, 1.0)])
            points = np.array([shoulder, elbow, hand]).round().astype(np.int32)
            cv2.polylines(shape, [points], False, 1.0, max(1, round(head * rng.uniform(0.25, 0.5))))
    soft = cv2.GaussianBlur(shape, (0, 0), max(0.5, 0.06 * head))
    return np.clip((soft - 0.5) * max(1.0, 0.12 * head) + 0.5, 0, 1)


def _clothes(scene: Array, size: tuple[int, ...], rng: np.random.Generator) -> Array:
    """A fabric with folds, ``(H, W, 3) float32``."""
    tall, wide = size
    if rng.random() < PLAIN:
        colour = rng.uniform(0, 255, 3) * (rng.random(3) if rng.random() < 0.5 else 1)
        fabric = np.broadcast_to(colour.astype(np.float32), (tall, wide, 3))
    else:
        h, w = scene.shape[:2]
        share = rng.uniform(0.15, 0.7)
        top, left = int(rng.uniform(0, (1 - share) * h)), int(rng.uniform(0, (1 - share) * w))
        part = np.ascontiguousarray(scene[top : top + max(8, int(share * h)), left : left + max(8, int(share * w)), :3])
        fabric = cv2.resize(part, (wide, tall), interpolation=cv2.INTER_LINEAR).astype(np.float32)
        fabric = fabric.mean((0, 1)) + rng.uniform(0.3, 1) * (fabric - fabric.mean((0, 1)))
    coarse = rng.standard_normal((int(rng.integers(3, 9)), int(rng.integers(3, 14)))).astype(np.float32)
    folds = cv2.resize(coarse, (wide, tall), interpolation=cv2.INTER_CUBIC)
    return np.clip(fabric * (1 + rng.uniform(0.05, 0.35) * folds)[..., None], 0, 255)
