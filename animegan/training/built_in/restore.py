"""Training of the restorer: from degraded photos to the good originals at twice the size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as F

from animegan.faces.face import frame_around
from animegan.faces.finder import Finder, worth_painting
from animegan.images import files, metrics
from animegan.images.resize import Picture, resize, to_long_side
from animegan.training import losses
from animegan.training.built_in import compound, data, degrade
from animegan.training.discriminator import PatchDiscriminator
from animegan.training.trainer import Schedule, Trainer, to_tensor

DARK_SHARE = 0.15
"""Share of the samples in low light. Input and target are darkened alike: the restorer does not change brightness,
`animegan.repair.plan` does, where it measures the need."""
LIGHT_SHARE = 0.2
"""Share of the `Recipe.lost` samples with `degrade.degrade`: what one bad camera does."""
TINY_SHARE = 0.6
"""Share of the faces that were once tiny (`compound.tiny`)."""
SMALL_SHARE = 0.25
"""Share of the other `Recipe.lost` samples that were once tiny."""
FACE_CANVAS = 256
"""Pixels: the size at which faces are drawn for `Recipe.through`; smaller ones are not what their generator knows."""
MAX_ENLARGED = 3.0
"""The largest factor by which photos of `Recipe.lost` samples are enlarged before they are degraded."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of the training."""

    gradients: float = 1.0
    adversarial: float = 0.0
    through: float = 0.0
    """Weight of the difference between the *drawings* of the restored photo and of the target: `losses.log_error` and
    `losses.structure`."""
    structure: float = 0.5
    """Weight of `losses.structure` within that."""
    scales: int = 3
    """Its scales: with 1, only the finest lines of the drawings count."""
    drawn: int = 2
    """Number of `lost` samples per batch that are drawn: all would take most of the time."""
    scale: int = 2
    lost: float = 0.0
    """Share of the samples that have lost the detail of their size (`compound.compound`). As in the pipeline, they are
    downscaled to the size of their remaining detail; the target has twice that size."""
    whole: bool = False
    """Whether a sample shows most of its photo: for faces in their frames, which are restored as a whole."""


class Restoration(Trainer):
    """The training of a restorer in a folder.

    Half of the samples have a target of twice their size: photos that are downscaled by 2, then degraded. The other
    half is degraded at its own size and has a target of the same size: downscaled photographs of 640 pixels have more
    detail per pixel than users' photos.

    All ``groups`` of photographs are used equally often, however many photographs they hold, because half of users'
    photos show a face.

    ``painters`` are generators that draw both the restored photo and the target (see `Recipe.through`); they take
    turns, one each step. ``larger``, a ×2 super-resolution network such as RRDBNet, gives the second half targets of
    twice their size.
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
        self.discriminator = PatchDiscriminator().to(self.device)
        self.discriminator_optimizer = torch.optim.AdamW(
            self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99)
        )
        self.stateful |= {"discriminator": self.discriminator, "critic_optimizer": self.discriminator_optimizer}

    def _lost(self, rng: np.random.Generator) -> tuple[Picture, Picture]:
        """A square of ``side`` pixels, downscaled from a photo without fine detail, and its target at twice the size.
        Half of the photos are enlarged first, up to `MAX_ENLARGED` times; faces are not.
        """
        target = self._good(rng, 2 * self.recipe.side)
        if self.recipe.whole:
            bad = (compound.tiny if rng.random() < TINY_SHARE else compound.compound)(target, rng)
            return resize(bad, self.recipe.side, self.recipe.side), target
        kind = rng.random()
        if kind < LIGHT_SHARE:
            bad = degrade.degrade(target, rng)
        elif kind < LIGHT_SHARE + SMALL_SHARE:
            bad = compound.tiny(target, rng)
        else:
            size = 1.0 if rng.random() < 0.5 else rng.uniform(1.0, MAX_ENLARGED)
            bad = compound.compound(to_long_side(target, round(size * len(target))), rng, size)
        return resize(bad, self.recipe.side, self.recipe.side), target

    def _noisy(self, rng: np.random.Generator) -> tuple[Picture, Picture]:
        """A square of ``side`` pixels with noise and JPEG, and the good one; some are not degraded."""
        target = self._good(rng, self.recipe.side)
        return (target if rng.random() < 2 * degrade.CLEAN_SHARE else compound.mild(target, rng)), target

    def _sample(self, rng: np.random.Generator, double: bool) -> tuple[Picture, Picture]:
        """A degraded square of ``side`` pixels and its target: of the same size, or twice as large if ``double``."""
        target = self._good(rng, self.recipe.side * (2 if double else 1))
        good = resize(target, self.recipe.side, self.recipe.side) if double else target
        return degrade.degrade(good, rng), target

    def _good(self, rng: np.random.Generator, size: int) -> Picture:
        """A random square of a photo, ``(size, size, 3)``; half are mirrored, and `DARK_SHARE` are dark."""
        group = self.groups[rng.integers(len(self.groups))]
        photo = group[rng.integers(len(group))]
        short, least = min(photo.shape[:2]), size * 1.15
        scale = max(least / short, 1.0)  # small photos are enlarged, large ones get a random size
        if self.recipe.whole:
            scale = rng.uniform(1.0, 1.4) * least / short
        elif short > 700:
            scale = rng.uniform(max(least / short, 0.5), 1.0)
        if scale != 1:
            interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            photo = _to_picture(cv2.resize(photo, None, fx=scale, fy=scale, interpolation=interpolation))
        top, left = (rng.integers(0, length - size + 1) for length in photo.shape[:2])
        target = photo[top : top + size, left : left + size]
        if rng.random() < 0.5:
            target = target[:, ::-1]
        if rng.random() < DARK_SHARE:
            target = degrade.darken(target.astype(np.float32), rng.uniform(1.2, 2.4)).astype(np.uint8)
        return np.ascontiguousarray(target)

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Degraded photos, the targets of the first half at twice the size, and those of the second at the same."""
        if self.recipe.lost:
            half = round(self.recipe.lost * self.recipe.batch)
            samples = [self._lost(rng) if n < half else self._noisy(rng) for n in range(self.recipe.batch)]
        else:
            half = self.recipe.batch // 2
            samples = [self._sample(rng, n < half) for n in range(self.recipe.batch)]
        degraded, targets = [photo for photo, _ in samples], [target for _, target in samples]

        def batched(pictures: list[Picture]) -> Tensor:
            return to_tensor(np.stack(pictures), self.device)

        return batched(degraded), batched(targets[:half]), batched(targets[half:])

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        degraded, double, same = self.batch(rng)
        with torch.autocast(self.device.type, torch.bfloat16):
            restored = self.network(degraded)
        restored = restored.float()
        half = len(double)
        small = F.avg_pool2d(restored, 2)
        small_targets = torch.cat([F.avg_pool2d(double, 2), same])
        large_targets = double if self.larger is None else torch.cat([double, self.larger(same)])
        total = _difference(small, small_targets, recipe.gradients)
        total = total + 0.5 * _difference(restored[: len(large_targets)], large_targets, recipe.gradients)
        if recipe.through and self.painters:
            painter = self.painters[self.step % len(self.painters)]
            with torch.autocast(self.device.type, torch.bfloat16):
                # `lost` samples are drawn at twice their size, as in the pipeline.
                drawing = painter(self._canvas(restored[: recipe.drawn]) if recipe.lost else small)
                with torch.no_grad():
                    target = painter(self._canvas(double[: recipe.drawn]) if recipe.lost else small_targets)
            drawing, target = drawing.float(), target.float()
            structure = losses.structure(drawing, target, recipe.scales)
            total = total + recipe.through * (0.05 * losses.log_error(drawing, target) + recipe.structure * structure)
        if recipe.adversarial:
            total = total + recipe.adversarial * self._adversarial_loss(degraded[:half], restored[:half], double)
        return total

    def _canvas(self, pictures: Tensor) -> Tensor:
        """Pictures as they are drawn: faces are enlarged."""
        if not self.recipe.whole:
            return pictures
        return F.interpolate(pictures, FACE_CANVAS, mode="bicubic", align_corners=False)

    def _adversarial_loss(self, degraded: Tensor, restored: Tensor, target: Tensor) -> Tensor:
        """Train the discriminator, then score the restored photos with it."""
        condition = F.interpolate(degraded, scale_factor=2, mode="bilinear")
        self.discriminator.requires_grad_(True)
        for group in self.discriminator_optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        scores = self.discriminator(condition, target), self.discriminator(condition, restored.detach())
        losses.discrimination(*scores).backward()
        self.discriminator_optimizer.step()
        self.discriminator.requires_grad_(False)
        return losses.adversarial(self.discriminator(condition, restored))


def _to_picture(pixels: npt.ArrayLike) -> Picture:
    return np.asarray(pixels, np.uint8)


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
        faces += [frame_around(face).cut(photo, side) for face in worth_painting(finder.find(photo))[:2]]
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


def held_out(folder: Path, seed: int = 0) -> list[tuple[Picture, Picture]]:
    """(degraded, good) squares of the validation photographs, the same in all runs."""
    good = [data.square(files.load(path)) for group in data.kept_out(folder).values() for path in group]
    degraded = [degrade.degrade(photo, np.random.default_rng([seed, number])) for number, photo in enumerate(good)]
    return [pair for pair in zip(degraded, good, strict=True) if not np.array_equal(*pair)]


def compare(restore: data.Draw, pairs: list[tuple[Picture, Picture]]) -> tuple[dict[str, float], list[list[Picture]]]:
    """Mean PSNR and SSIM to the good photo, of the restored photo and (``photo_*``) of the degraded one; and the
    (degraded, restored, good) rows. Restored photos of twice the size are downscaled first.
    """
    rows: list[list[Picture]] = []
    for degraded, good in pairs:
        restored = cv2.resize(restore(degraded), good.shape[1::-1], interpolation=cv2.INTER_AREA)
        rows.append([degraded, _to_picture(restored), good])
    figures = {
        f"{prefix}{name}": round(float(np.mean([measure(row[which], row[2]) for row in rows])), 4)
        for which, prefix in ((1, ""), (0, "photo_"))
        for name, measure in (("psnr", metrics.psnr), ("ssim", metrics.ssim))
    }
    return figures, rows
