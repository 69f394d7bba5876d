"""Photographs with people at places, sizes and in numbers that portraits do not have: cut out and laid on others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import cv2
import numpy as np

from animegan.evaluation.recipes import through_jpeg
from animegan.images.mattes import Matte, foreground
from animegan.images.resize import Array, Picture, shrink, to_uint8
from animegan.training.built_in.people.bodies import with_body

NOBODY_SHARE, COMPOSED_SHARE = 0.2, 0.45
"""Share of the samples that show nobody, and that are composed; the rest are photographs as they are."""
MOST = 5
"""The largest number of people who are laid on a photograph."""
SIZES = (0.2, 2.0)
"""Length of a cut-out over that of the sample."""
CLOSE = 0.5
"""Least part of a photograph that is a sample: of a portrait it shows a face and its hair."""
SPARE = 1.4
"""Long side of the photographs that samples are cut from, in sides of a sample."""
ON_THE_GROUND = 0.7
"""Share of the people who go on below the border, as in portraits; the others are anywhere."""
BODIES, GROUPS = 0.6, 0.5
"""Share of the people laid on a photograph who get another body; of the photographs of people that show groups."""
SMALLER = 0.6
"""A person with a body of n heights is laid n to this power times as tall as one without."""
WALLS = 0.5
"""Share of those that show nobody that have hardly more than one colour: a network that knows bodies in clothes takes
walls for them."""
BLURRED, PLAIN, ALIKE, GREY, JPEG = 0.3, 0.08, 0.35, 0.05, 0.4
"""Shares: backgrounds out of focus, of one colour, or in colours of who stands before them; samples without colour;
those that went through JPEG."""

Sample = tuple[Picture, Matte]
"""``(side, side, 3)`` and how much of each pixel belongs to people, ``(side, side)``."""


@dataclass(frozen=True)
class Material:
    """Labels, ``(H, W, 4)`` each: a photograph and its matte."""

    portraits: Sequence[Array]
    groups: Sequence[Array]
    """Scenes with people."""
    empty: Sequence[Array]
    """Scenes without."""

    @classmethod
    def sorted(cls, portraits: Sequence[Array], scenes: Sequence[Array], side: int) -> Material:
        """The scenes with and without people told apart; all shrunk to the size that samples of ``side`` need."""
        portraits, scenes = ([shrink(label, round(SPARE * side)) for label in group] for group in (portraits, scenes))
        shown = [bool(scene[..., 3].any()) for scene in scenes]
        with_people = [scene for scene, people in zip(scenes, shown, strict=True) if people]
        return cls(portraits, with_people, [scene for scene, some in zip(scenes, shown, strict=True) if not some])


def sample(material: Material, side: int, rng: np.random.Generator) -> Sample:
    """A random sample of ``side`` pixels."""
    kind = rng.random()
    if kind < NOBODY_SHARE:
        label = _cropped(_one(material.empty, rng), side, rng, 0.6).copy()
        if rng.random() < WALLS:
            wall = rng.uniform(0, 255, 3) + rng.uniform(0, 0.3) * (label[..., :3].astype(np.float32) - 128)
            label[..., :3] = to_uint8(wall)
    elif kind < NOBODY_SHARE + COMPOSED_SHARE:
        label = _composed(material, side, rng)
    else:
        groups = bool(material.groups) and rng.random() < GROUPS
        label = _cropped(_one(material.groups if groups else material.portraits, rng), side, rng, CLOSE)
    photo = label[..., :3].astype(np.float32)
    light = rng.uniform(0.75, 1.1) * rng.uniform(0.93, 1.07, 3)
    photo = np.asarray(255 * (photo / 255) ** rng.uniform(0.7, 1.5) * light, np.float32)
    if rng.random() < GREY:
        photo[:] = photo.mean(axis=2, keepdims=True)
    if rng.random() < 0.3:
        photo += rng.standard_normal(photo.shape) * rng.uniform(1, 8)
    picture = to_uint8(photo)
    if rng.random() < JPEG:
        picture = through_jpeg(picture, int(rng.integers(40, 95)))
    return picture, cast(Matte, label[..., 3].astype(np.float32) / 255)


def _one(labels: Sequence[Array], rng: np.random.Generator) -> Array:
    return labels[int(rng.integers(len(labels)))]


def _cropped(label: Array, side: int, rng: np.random.Generator, least: float) -> Array:
    """A random part of a label of at least a share of its length, ``(side, side, 4)``; what is not square is squeezed
    a little or cut. Half are mirrored.
    """
    height, width = label.shape[:2]
    share = rng.uniform(least, 1.0)
    tall, wide = share * height, share * width
    if max(tall, wide) > 1.25 * min(tall, wide) and rng.random() < 0.7:
        tall, wide = min(tall, 1.2 * wide), min(wide, 1.2 * tall)
    top, left = rng.uniform(0, height - tall), rng.uniform(0, width - wide)
    part = label[int(top) : int(top + tall) + 1, int(left) : int(left + wide) + 1]
    smaller = part.shape[0] > side or part.shape[1] > side
    part = cv2.resize(part, (side, side), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return part[:, ::-1] if rng.random() < 0.5 else part


def _composed(material: Material, side: int, rng: np.random.Generator) -> Array:
    """People laid on a photograph that shows nobody, the nearest last."""
    below = np.asarray(_cropped(_one(material.empty, rng), side, rng, CLOSE), np.float32)
    if rng.random() < PLAIN:
        below[..., :3] = rng.uniform(0, 255, 3)
    elif rng.random() < BLURRED:
        below = np.asarray(cv2.GaussianBlur(below, (0, 0), rng.uniform(1, 6)), np.float32)
    low, high = np.log(SIZES)
    count = 1 + int(rng.integers(MOST) * rng.random())
    largest = np.exp(rng.uniform(low, high))
    sizes = sorted(largest * rng.uniform(0.6, 1, count)) if count > 1 else [largest]
    people = [shrink(_one(material.portraits, rng), max(48, round(1.2 * size * side))) for size in sizes]
    heights = [len(each) for each in people]
    people = [with_body(each, _one(material.empty, rng), rng) if rng.random() < BODIES else each for each in people]
    if rng.random() < ALIKE:
        _dye(below[..., :3], people[-1], rng)
    for number, (person, size, height) in enumerate(zip(people, sizes, heights, strict=True)):
        middle = (number + rng.uniform(0, 1)) / count if count > 1 else rng.uniform(0.05, 0.95)
        _lay(below, person, size * side * (len(person) / height) ** SMALLER, middle * side, rng)
    return below


def _dye(photo: Array, person: Array, rng: np.random.Generator) -> None:
    """Bring a photograph's colours near one of a person's, as of hair or skin, in place."""
    colours = person[person[..., 3] > 127][:, :3]
    if len(colours):
        mean = photo.mean(axis=(0, 1))
        colour = colours[int(rng.integers(len(colours)))]
        photo += colour - mean + (rng.uniform(0.2, 1) - 1) * (photo - mean)
        np.clip(photo, 0, 255, out=photo)


def _lay(below: Array, label: Array, length: float, middle: float, rng: np.random.Generator) -> None:
    """Lay the person of a portrait, ``length`` pixels tall, on a sample in place; ``middle`` is where from its left."""
    side, height, width = len(below), *label.shape[:2]
    scale = length / height
    matrix = np.array(cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-12, 12), scale))
    if rng.random() < 0.5:
        matrix[:, 0] *= -1
        matrix[:, 2] -= matrix[:, 0] * width
    low = side + rng.uniform(-0.02, 0.35) * length if rng.random() < ON_THE_GROUND else rng.uniform(0.3, 1.1) * side
    matrix[:, 2] += np.array([middle, low - length / 2]) - matrix @ [width / 2, height / 2, 1]
    source = cv2.GaussianBlur(label, (0, 0), 0.4 / scale) if scale < 0.8 else np.asarray(label)
    warped = cv2.warpAffine(source, matrix, (side, side), flags=cv2.INTER_LINEAR)
    matte = warped[..., 3].astype(np.float32) / 255
    light = rng.uniform(0.75, 1.2) * rng.uniform(0.85, 1.15, 3)
    front = foreground(cast(Picture, warped[..., :3]), cast(Matte, matte), (30,)) * light
    share = matte[..., None]
    below[..., :3] += share * (np.minimum(front, 255) - below[..., :3])
    below[..., 3] = 255 * (matte + (1 - matte) * below[..., 3] / 255)
