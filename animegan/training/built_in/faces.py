"""Training of our own network for faces: from photos of faces to drawings from landmarks, with the mask of the head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from animegan.faces.face import EYES, EYES_APART, EYES_TO_MOUTH
from animegan.images import files
from animegan.images.blend import mix
from animegan.images.resize import Mask, Picture, resize, to_uint8
from animegan.training import losses
from animegan.training.built_in import compound, degrade
from animegan.training.built_in.drawn_faces.pairs import DRAWN, HEAD, PHOTO
from animegan.training.built_in.validation import Squares
from animegan.training.settings import setting
from animegan.training.trainer import Schedule, Trainer, to_tensor

OUTSIDE = 0.15
"""Weight of a pixel outside the head, where the drawing is the photo; inside it is 1."""
ON_PARTS, ON_LINES = np.array([5.0, 3.0, 3.0], np.float32), 2.0
"""Additional weight of the pixels of eyes, nose and mouth, and of lines: where the network is unsure it draws them."""
LINE_WIDTH, LINE_DEPTH = 2.0, 30.0
"""A line is darker than what is around it, blurred by so many pixels, by so many levels of grey."""
DARKER_NOSE, LARGEST_LIGHT, WHITE = 1.8, 9, 170
"""How much darker the lines of a nose become in the target; how large a light in an eye is at most, in pixels, and the
level above which it is white. Both are so small that the network would leave them out."""
DARKER_EYES, IRIS = 0.8, 14.0
"""How much further what is darker in an eye than its surroundings, blurred by so many pixels, is from them: the style
of the scene brightens irises."""
TURN, ZOOM, SHIFT = 8.0, (0.85, 1.2), 0.05
"""Largest rotation of a sample in degrees, its size over that of a face in its square, its shift in parts of that."""
WALL, LIT, CAST, GREY, BAD = 0.5, 0.6, 0.3, 0.06, 0.55
"""Shares of the samples: before another background, in other light, with a tint, without colour, degraded."""

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of the training."""

    steps: int = setting(8_000, "Steps in all; a resumed run may have more.")
    batch: int = setting(4, "Faces in a step.")
    side: int = setting(256, "Pixels along a side of a face.")
    channels: tuple[int, ...] = setting((24, 48, 96, 112), "Channels at 1/2, 1/4, 1/8, 1/16.")
    encoder: tuple[int, ...] = setting((1, 1, 2, 4), "Residual blocks of the encoder, per scale.")
    decoder: tuple[int, ...] = setting((1, 2, 2), "Residual blocks of the decoder, per scale.")
    gradients: float = setting(2.0, "Weight of the gradient loss.")
    tints: float = setting(0.0, "Weight of the loss of small parts' colours, such as irises.")
    line_energy: float = setting(1.0, "Weight of the line energy loss.")
    flatness: float = setting(1.0, "Weight of the flatness loss.")
    adversarial: float = setting(0.0, "Weight of the adversarial loss (PatchGAN).")
    head: float = setting(0.3, "Weight of the mask of the head.")
    head_mask: bool = True


@dataclass(frozen=True)
class Sample:
    """A face as the network sees it and as it should draw it, ``(side, side, 3) uint8``, and of each pixel, ``(side,
    side) float32``, how much it belongs to the head and how much it counts."""

    photo: Picture
    drawn: Picture
    head: Floats
    weight: Floats


class Pairs:
    """The pairs of some folders of ``draw-faces``, read when they are first needed, ``side`` pixels along a side."""

    def __init__(self, folders: list[Path], side: int):
        found = (sorted((folder / HEAD).glob("*.png")) for folder in folders)
        self.heads = [path for paths in found for path in paths]
        self.side = side
        self._read = dict[int, tuple[Picture, Picture, Mask]]()

    def __len__(self) -> int:
        return len(self.heads)

    def __getitem__(self, number: int) -> tuple[Picture, Picture, Mask]:
        """Photo, drawing, and the mask of the head."""
        if number not in self._read:
            head = self.heads[number]
            read = (files.load(head.parent.parent / kind / head.name) for kind in (PHOTO, DRAWN, HEAD))
            photo, drawn, mask = (resize(picture, self.side, self.side) for picture in read)
            self._read[number] = photo, drawn, np.ascontiguousarray(mask[..., 0])
        return self._read[number]


class FaceTraining(Trainer):
    """The training of the network for faces in a folder."""

    recipe: Recipe

    def __init__(self, folder: Path, recipe: Recipe, pairs: Pairs):
        super().__init__(folder, recipe)
        self.pairs = pairs
        self.critic = self.new_critic(half=True)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        samples = [sample(self.pairs, rng, recipe.side) for _ in range(recipe.batch)]
        photo, target = (
            to_tensor(np.stack([getattr(each, name) for each in samples]), self.device) for name in ("photo", "drawn")
        )
        head, weight = (
            torch.from_numpy(np.stack([getattr(each, name) for each in samples])[:, None]).to(self.device)
            for name in ("head", "weight")
        )
        drawn = self.drawn(photo)
        drawing, mask = drawn[:, :3], drawn[:, 3:]
        total = losses.content(drawing, target, weight)
        total = total + recipe.gradients * losses.gradients(drawing, target, weight)
        if recipe.tints:
            total = total + recipe.tints * losses.tints(drawing, target, weight)
        total = total + recipe.head * losses.content(mask, 2 * head - 1)
        inside = target + (drawing - target) * head  # what follows sees no difference outside the head
        total = total + recipe.line_energy * losses.line_energy(inside, target)
        total = total + recipe.flatness * losses.flatness(inside, target)
        if recipe.adversarial:
            total = total + recipe.adversarial * self.critic.loss(photo, target, inside, recipe.rate_at(self.step))
        return total


def squares(pairs: Pairs, side: int) -> Squares:
    """(photo, drawing) of all pairs, for validation; the drawing is the photo outside the head."""
    found = []
    for number in range(len(pairs)):
        photo, drawn, mask = (resize(each, side, side) for each in pairs[number])
        found.append((photo, mix(photo, drawn, np.asarray(mask / 255, np.float32))))
    return {"faces": found}


def sample(pairs: Pairs, rng: np.random.Generator, side: int) -> Sample:
    """Take a pair at random, turned, moved, before a random background, in random light, degraded."""
    matrix = _place(rng, pairs.side, side)
    photo, drawn, mask, belongs = (
        cv2.warpAffine(each, matrix, (side, side), borderMode=cv2.BORDER_REFLECT_101)
        for each in (*pairs[int(rng.integers(len(pairs)))], _parts(pairs.side))
    )
    parts = np.asarray(belongs, np.float32)
    drawn = _clearer(drawn.astype(np.float32), parts)
    head = np.asarray(mask / 255, np.float32)
    behind = photo.astype(np.float32)
    if rng.random() < WALL:
        behind = _wall(pairs, rng, side)
    seen, target = _lit(rng, *(behind + head[..., None] * (each - behind) for each in (photo, drawn)))
    bad = _degraded(to_uint8(seen), rng)
    weight = OUTSIDE + (1 - OUTSIDE) * head + head * (parts @ ON_PARTS + ON_LINES * _lines(target))
    return Sample(bad, to_uint8(target), head, np.asarray(weight, np.float32))


def _lines(drawing: Floats) -> Floats:
    """Where a drawing has lines, 0 to 1."""
    grey = cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY)
    return np.asarray((cv2.GaussianBlur(grey, (0, 0), LINE_WIDTH) - grey) / LINE_DEPTH, np.float32).clip(0, 1)


def _clearer(drawn: Floats, parts: Floats) -> Floats:
    """A drawing with darker irises, darker lines on the nose and larger lights in the eyes."""
    eyes, nose = parts[..., :1].clip(0, 1), parts[..., 1:2].clip(0, 1)
    darker = np.minimum(drawn - cv2.GaussianBlur(drawn, (0, 0), LINE_WIDTH), 0)
    white = np.asarray((drawn.min(axis=2) - WHITE) / 40, np.float32).clip(0, 1)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (LARGEST_LIGHT, LARGEST_LIGHT))
    lights = cv2.dilate(cv2.morphologyEx(white, cv2.MORPH_TOPHAT, disc), np.ones((3, 3)))[..., None]
    deeper = np.minimum(drawn - cv2.GaussianBlur(drawn, (0, 0), IRIS), 0)
    clearer = drawn + DARKER_NOSE * nose * darker + DARKER_EYES * eyes * deeper
    return np.asarray(clearer + eyes * lights * (255 - clearer), np.float32).clip(0, 255)


@cache
def _parts(side: int) -> Floats:
    """How much each pixel in the square of a face belongs to the eyes, the nose and the mouth, ``(side, side, 3)``."""
    rows, columns = np.mgrid[:side, :side] / side

    def blob(x: float, y: float, wide: float, high: float) -> npt.NDArray[np.float64]:
        return np.asarray(np.exp(-0.5 * (((columns - x) / wide) ** 2 + ((rows - y) / high) ** 2)))

    eyes = sum(blob(0.5 + sign * EYES_APART / 2, EYES, 0.07, 0.06) for sign in (-1, 1))
    nose = blob(0.5, EYES + 0.55 * EYES_TO_MOUTH, 0.05, 0.05)
    mouth = blob(0.5, EYES + EYES_TO_MOUTH, 0.09, 0.05)
    return np.asarray(np.dstack([eyes, nose, mouth]), np.float32)


def _place(rng: np.random.Generator, side: int, smaller: int) -> npt.NDArray[np.float64]:
    """A random transform from a square to a smaller one; half are mirrored."""
    middle = side / 2, side / 2
    matrix = np.asarray(cv2.getRotationMatrix2D(middle, rng.uniform(-TURN, TURN), rng.uniform(*ZOOM)), np.float64)
    matrix[:, 2] += rng.uniform(-SHIFT, SHIFT, 2) * side
    matrix *= smaller / side
    if rng.random() < 0.5:
        matrix[0] *= -1
        matrix[0, 2] += smaller - 1
    return matrix


def _wall(pairs: Pairs, rng: np.random.Generator, side: int) -> Floats:
    """A background: one colour that grows lighter to a side, or what stands behind somebody else, upside down."""
    if rng.random() < 0.5:
        across, down = rng.uniform(-60, 60, 2)
        rows, columns = np.mgrid[:side, :side] / side - 0.5
        return np.asarray(rng.uniform(0, 256, 3) + (across * columns + down * rows)[..., None], np.float32).clip(0, 255)
    other = resize(pairs[int(rng.integers(len(pairs)))][0][::-1], side, side)
    return np.asarray(cv2.GaussianBlur(other, (0, 0), rng.uniform(0.5, 8)), np.float32)


def _lit(rng: np.random.Generator, *pictures: npt.NDArray[np.floating]) -> list[Floats]:
    """The same light, tint and lack of colour for all pictures."""
    gamma = np.exp(rng.uniform(-0.5, 0.8)) if rng.random() < LIT else 1.0
    tint = rng.uniform(0.82, 1.12, 3) if rng.random() < CAST else np.ones(3)
    grey = rng.random() < GREY
    lit = []
    for picture in pictures:
        changed = 255 * (picture.clip(0, 255) / 255) ** gamma * tint
        if grey:
            changed = np.repeat(changed.mean(2, keepdims=True), 3, axis=2)
        lit.append(np.asarray(changed, np.float32))
    return lit


def _degraded(photo: Picture, rng: np.random.Generator) -> Picture:
    """A photo as bad as what is left after the repair, or as small as a face in a group; or as it is."""
    if rng.random() > BAD:
        return photo
    kind = rng.random()
    if kind < 0.4:
        return compound.mild(photo, rng)
    if kind < 0.8:  # a small face, enlarged
        small = degrade.shrunk(photo, rng.uniform(1.2, 5), int(rng.choice(degrade.SHRINK)))
        return to_uint8(degrade.enlarged(small, photo, cv2.INTER_CUBIC))
    return degrade.degrade(photo, rng)
