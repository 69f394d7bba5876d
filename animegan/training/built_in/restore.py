"""Training of the restorer: from degraded photos to the good originals at twice the size."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from animegan.faces.face import face_crop
from animegan.faces.finder import Finder, worth_painting
from animegan.images import files
from animegan.images.resize import Picture, resize, to_long_side
from animegan.training import losses
from animegan.training.built_in import compound, data, degrade
from animegan.training.built_in.validation import Squares
from animegan.training.settings import setting
from animegan.training.trainer import Schedule, Trainer, to_tensor

DARK_SHARE = 0.15
"""Share of the samples in low light: input and target alike, as the restorer does not change brightness."""
ONE_CAMERA_SHARE = 0.2
"""Share of the `Recipe.lost` samples with `degrade.degrade`: what one bad camera does."""
TINY_SHARE = 0.6
"""Share of the faces that were once tiny (`compound.tiny`)."""
SMALL_SHARE = 0.25
"""Share of the other `Recipe.lost` samples that were once tiny."""
FACE_CANVAS = 256
"""Pixels: the size at which faces are drawn for `Recipe.through`; smaller ones are not what their generator knows."""
MAX_ENLARGED = 3.0
"""The largest factor by which photos of `Recipe.lost` samples are enlarged before they are degraded."""

Sample = tuple[Picture, Picture]
"""A degraded square of ``side`` pixels and its target, of the same size or twice as large."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of the training."""

    steps: int = setting(15_000, "Steps in all; a resumed run may have more.")
    side: int = setting(128, "Pixels along a side of a crop.")
    channels: tuple[int, ...] = setting((32, 64, 96), "Channels at 1/2, 1/4, 1/8.")
    encoder: tuple[int, ...] = setting((2, 4, 2), "Residual blocks of the encoder, per scale.")
    decoder: tuple[int, ...] = setting((2, 2), "Residual blocks of the decoder, per scale.")
    gradients: float = setting(1.0, "Weight of the gradient loss.")
    adversarial: float = setting(0.0, "Weight of the adversarial loss (PatchGAN).")
    through: float = setting(0.0, "Weight of the difference between the drawings of restored photo and target.")
    structure: float = setting(0.5, "Weight of MS-SSIM within that.")
    scales: int = setting(3, "Its scales; 1: only the finest lines count.")
    drawn: int = setting(2, "Samples of a batch with --lost whose drawings are compared; all would take long.")
    scale: int = 2
    lost: float = setting(0.0, "Share of the samples that have lost the detail of their size, by compound damage.")
    whole: bool = setting(False, "Train on faces alone, upright in their frames.", flag="--faces-only")


class Restoration(Trainer):
    """The training of a restorer in a folder.

    Half of the samples have a target of twice their size: photos that are downscaled by 2, then degraded. The other
    half is degraded at its own size and has a target of the same size, because downscaled photographs have more detail
    per pixel than users' photos; with ``larger``, a ×2 network such as RRDBNet, one of twice their size as well.

    All ``groups`` of photographs are used equally often, because half of users' photos show a face. ``painters`` draw
    both the restored photo and the target (see `Recipe.through`); they take turns, one each step.
    """

    recipe: Recipe

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        groups: list[list[Picture]],
        painters: Sequence[torch.nn.Module] = (),
        larger: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__(folder, recipe)
        self.groups = groups
        self.painters = [painter.to(self.device).eval().requires_grad_(False) for painter in painters]
        self.larger = larger
        self.critic = self.new_critic(half=False)

    def _lost(self, rng: np.random.Generator) -> Sample:
        """A photo without the detail of its size, downscaled to the size of its remaining detail, as in the pipeline;
        the target has twice that size. Half of the photos are enlarged first; faces are not.
        """
        target, kind = self._good(rng, 2 * self.recipe.side), rng.random()
        if self.recipe.whole:
            bad = (compound.tiny if kind < TINY_SHARE else compound.compound)(target, rng)
        elif kind < ONE_CAMERA_SHARE:
            bad = degrade.degrade(target, rng)
        elif kind < ONE_CAMERA_SHARE + SMALL_SHARE:
            bad = compound.tiny(target, rng)
        else:
            size = 1.0 if rng.random() < 0.5 else rng.uniform(1.0, MAX_ENLARGED)
            bad = compound.compound(to_long_side(target, round(size * len(target))), rng, size)
        return resize(bad, self.recipe.side, self.recipe.side), target

    def _noisy(self, rng: np.random.Generator) -> Sample:
        """A photo with noise and JPEG, and the good one at the same size; some are not degraded."""
        target = self._good(rng, self.recipe.side)
        return (target if rng.random() < 2 * degrade.CLEAN_SHARE else compound.mild(target, rng)), target

    def _sample(self, rng: np.random.Generator, double: bool) -> Sample:
        """A degraded photo and its target: of the same size, or twice as large if ``double``."""
        target = self._good(rng, self.recipe.side * (2 if double else 1))
        return degrade.degrade(resize(target, self.recipe.side, self.recipe.side), rng), target

    def _good(self, rng: np.random.Generator, size: int) -> Picture:
        """A random square of a photo, ``(size, size, 3)``; half are mirrored, and `DARK_SHARE` are dark."""
        group = self.groups[rng.integers(len(self.groups))]
        photo = group[rng.integers(len(group))]
        short, least = min(photo.shape[:2]), size * 1.15
        scale = max(least / short, 1.0)  # small photos are enlarged, large ones get a random size
        if self.recipe.whole:  # a sample shows most of its photo
            scale = rng.uniform(1.0, 1.4) * least / short
        elif short > 700:
            scale = rng.uniform(max(least / short, 0.5), 1.0)
        if scale != 1:
            interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            photo = np.asarray(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=interpolation), np.uint8)
        top, left = (rng.integers(0, length - size + 1) for length in photo.shape[:2])
        target = photo[top : top + size, left : left + size]
        if rng.random() < 0.5:
            target = target[:, ::-1]
        if rng.random() < DARK_SHARE:
            target = degrade.darken(target.astype(np.float32), rng.uniform(1.2, 2.4)).astype(np.uint8)
        return np.ascontiguousarray(target)

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Degraded photos, the targets of the first half at twice the size, and those of the second at the same."""
        recipe = self.recipe
        if recipe.lost:
            half = round(recipe.lost * recipe.batch)
            samples = [self._lost(rng) if n < half else self._noisy(rng) for n in range(recipe.batch)]
        else:
            half = recipe.batch // 2
            samples = [self._sample(rng, n < half) for n in range(recipe.batch)]
        photos, targets = zip(*samples, strict=True)
        degraded, double, same = (
            to_tensor(np.stack(pictures), self.device) for pictures in (photos, targets[:half], targets[half:])
        )
        return degraded, double, same

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        degraded, double, same = self.batch(rng)
        restored, half = self.drawn(degraded), len(double)
        small, small_targets = F.avg_pool2d(restored, 2), torch.cat([F.avg_pool2d(double, 2), same])
        large_targets = double if self.larger is None else torch.cat([double, self.larger(same)])
        total = _difference(small, small_targets, recipe.gradients)
        total = total + 0.5 * _difference(restored[: len(large_targets)], large_targets, recipe.gradients)
        if recipe.through and self.painters:
            if recipe.lost:  # these are drawn at twice their size, as in the pipeline
                small, small_targets = restored[: recipe.drawn], double[: recipe.drawn]
                if recipe.whole:  # faces are enlarged
                    larger = partial(F.interpolate, size=FACE_CANVAS, mode="bicubic", align_corners=False)
                    small, small_targets = larger(small), larger(small_targets)
            total = total + recipe.through * self._drawing_loss(small, small_targets)
        if recipe.adversarial:
            condition = F.interpolate(degraded[:half], scale_factor=2, mode="bilinear")
            judged = self.critic.loss(condition, double, restored[:half], recipe.rate_at(self.step))
            total = total + recipe.adversarial * judged
        return total

    def _drawing_loss(self, restored: Tensor, goal: Tensor) -> Tensor:
        """The difference between the drawings of two batches, by the painter whose turn it is."""
        painter = self.painters[self.step % len(self.painters)]
        with torch.autocast(self.device.type, torch.bfloat16):
            drawing = painter(restored)
            with torch.no_grad():
                target = painter(goal)
        drawing, target = drawing.float(), target.float()
        structure = losses.structure(drawing, target, self.recipe.scales)
        return 0.05 * losses.log_error(drawing, target) + self.recipe.structure * structure


def _difference(picture: Tensor, target: Tensor, gradients: float) -> Tensor:
    return losses.content(picture, target) + gradients * losses.gradients(picture, target)


def loaded(groups: Iterable[list[Path]]) -> list[list[Picture]]:
    """Load the photographs of each group."""
    return [[files.load(path) for path in paths] for paths in groups]


def upright_faces(paths: list[Path], side: int = 512) -> list[list[Picture]]:
    """The faces of photographs, upright in the frames that the pipeline draws, ``(side, side, 3)``; one group."""
    finder, faces = Finder(), []
    for path in paths:
        photo = files.load(path)
        faces += [face_crop(face).cut(photo, side) for face in worth_painting(finder.find(photo))[:2]]
    return [faces]


def rrdbnet(path: Path) -> Callable[[Tensor], Tensor]:
    """Load a ×2 network of Real-ESRGAN's architecture as a function on RGB in [-1, 1]."""
    from spandrel import ModelLoader

    network = ModelLoader().load_from_file(path)
    network.model.eval().requires_grad_(False)

    @torch.no_grad()
    def larger(pictures: Tensor) -> Tensor:
        return network.model((pictures + 1) / 2).clamp(0, 1) * 2 - 1

    return larger


def held_out(folder: Path, seed: int = 0) -> Squares:
    """(degraded, good) squares of the validation photographs, by kind; the same in all runs."""
    squares: Squares = {}
    numbers = itertools.count()
    for kind, paths in data.kept_out(folder).items():
        for path in paths:
            good = data.square(files.load(path))
            degraded = degrade.degrade(good, np.random.default_rng([seed, next(numbers)]))
            if degraded is not good:  # some stay as they are
                squares.setdefault(kind, []).append((degraded, good))
    return squares
