"""The restorer's training: bad photos in, the good ones, twice as large, wanted back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from animegan import measures, photos
from animegan.training import data, degrade, losses
from animegan.training.discriminator import PatchDiscriminator
from animegan.training.trainer import Schedule, Trainer, to_tensor

DARK = 0.15
"""Part of the samples that are taken in low light: they and what is wanted of them are darkened alike.
Light is not the restorer's to bring back: `animegan.enhance` does that, where it measures the need."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """Everything that decides what a training of a restorer makes."""

    gradients: float = 1.0
    adversarial: float = 0.0
    through: float = 0.0
    """Weight of the difference between the *drawings* of what is restored and of what is wanted: their
    `losses.log_error` and their `losses.structure`."""
    scale: int = 2


class Restoration(Trainer):
    """A training of a restorer in a folder.

    Half of the samples have a target of twice their size: photos made smaller by 2, then degraded.
    The other half is degraded at the size that it has, and judged at that size alone: photographs of
    640 pixels, made smaller, would hold more detail per pixel than those that people bring.

    ``groups`` of photographs are drawn from equally often, however many each holds: half of what people
    bring has a face in it.

    ``painter`` is a generator that draws both what is restored and what is wanted (see
    `Recipe.through`); ``larger``, a ×2 super-resolution network such as RRDBNet, gives the second
    half targets of twice their size.
    """

    recipe: Recipe

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        groups: list[list[Path]],
        painter: torch.nn.Module | None = None,
        larger: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__(folder, recipe)
        self.groups = [[photos.load(path) for path in paths] for paths in groups]
        self.painter = painter and painter.to(self.device).eval().requires_grad_(False)
        self.larger = larger
        self.discriminator = PatchDiscriminator().to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99))
        self.kept |= {"discriminator": self.discriminator, "critic_optimizer": self.critic_optimizer}

    def _sample(self, rng: np.random.Generator, twice: bool) -> tuple[np.ndarray, np.ndarray]:
        """A degraded square of ``side`` pixels, and what is wanted: as large, or twice as large."""
        group = self.groups[rng.integers(len(self.groups))]
        photo = group[rng.integers(len(group))]
        want = self.recipe.side * (2 if twice else 1)
        short, room = min(photo.shape[:2]), want * 1.15
        scale = max(room / short, 1.0)  # small photos are enlarged, large ones taken at any size between
        if short > 700:
            scale = rng.uniform(max(room / short, 0.5), 1.0)
        if scale != 1:
            photo = cv2.resize(
                photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            )
        top, left = (rng.integers(0, length - want + 1) for length in photo.shape[:2])
        good = photo[top : top + want, left : left + want]
        if rng.random() < 0.5:
            good = good[:, ::-1]
        if rng.random() < DARK:
            good = degrade.darken(good.astype(np.float32), rng.uniform(1.2, 2.4)).astype(np.uint8)
        seen = cv2.resize(good, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if twice else good
        return degrade.degrade(np.ascontiguousarray(seen), rng), good

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Degraded photos and what is wanted: the first half's at twice the size, the other's at the same."""
        half = self.recipe.batch // 2
        bad, good = zip(*(self._sample(rng, n < half) for n in range(self.recipe.batch)), strict=True)
        return tuple(to_tensor(np.stack(group), self.device) for group in (bad, good[:half], good[half:]))

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        bad, twice, same = self.batch(rng)
        with torch.autocast(self.device.type, torch.bfloat16):
            restored = self.network(bad)
        restored = restored.float()
        half = len(twice)
        small = F.avg_pool2d(restored, 2)
        good = torch.cat([F.avg_pool2d(twice, 2), same])
        large = twice if self.larger is None else torch.cat([twice, self.larger(same)])
        total = _difference(small, good, recipe.gradients)
        total = total + 0.5 * _difference(restored[: len(large)], large, recipe.gradients)
        if recipe.through and self.painter is not None:
            with torch.autocast(self.device.type, torch.bfloat16):
                drawn = self.painter(small)
                with torch.no_grad():
                    wanted = self.painter(good)
            drawn, wanted = drawn.float(), wanted.float()
            apart = 0.05 * losses.log_error(drawn, wanted) + 0.5 * losses.structure(drawn, wanted)
            total = total + recipe.through * apart
        if recipe.adversarial:
            total = total + recipe.adversarial * self._criticism(bad[:half], restored[:half], twice)
        return total

    def _criticism(self, bad: Tensor, restored: Tensor, good: Tensor) -> Tensor:
        """Teach the critic what a good photo is, then ask it what it thinks of the restored ones."""
        beside = F.interpolate(bad, scale_factor=2, mode="bilinear")
        self.discriminator.requires_grad_(True)
        for group in self.critic_optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        self.critic_optimizer.zero_grad(set_to_none=True)
        scores = self.discriminator(beside, good), self.discriminator(beside, restored.detach())
        losses.discrimination(*scores).backward()
        self.critic_optimizer.step()
        self.discriminator.requires_grad_(False)
        return losses.adversarial(self.discriminator(beside, restored))


def _difference(picture: Tensor, wanted: Tensor, gradients: float) -> Tensor:
    return losses.content(picture, wanted) + gradients * losses.gradients(picture, wanted)


def rrdbnet(path: Path) -> Callable[[Tensor], Tensor]:
    """A ×2 network of Real-ESRGAN's form, as a function on RGB in [-1, 1]."""
    from spandrel import ModelLoader

    network = ModelLoader().load_from_file(path)
    network.model.eval().requires_grad_(False)

    @torch.no_grad()
    def larger(pictures: Tensor) -> Tensor:
        return network.model((pictures + 1) / 2).clamp(0, 1) * 2 - 1

    return larger


def held_out(folder: Path, seed: int = 0) -> list[tuple[np.ndarray, np.ndarray]]:
    """(degraded, good) squares of the photographs kept out of training, the same in every run."""
    goods = [data.square(photos.load(path)) for group in data.kept_out(folder).values() for path in group]
    bads = [degrade.degrade(good, np.random.default_rng([seed, number])) for number, good in enumerate(goods)]
    return [pair for pair in zip(bads, goods, strict=True) if not np.array_equal(*pair)]


def compare(restore: data.Draw, pairs: list[tuple[np.ndarray, np.ndarray]]) -> tuple[dict[str, float], list]:
    """Mean PSNR and SSIM to the good photo, of what ``restore`` makes of the degraded one and of that itself;
    and the (degraded, restored, good) rows. What comes out twice as large is made small again first.
    """
    rows = [
        [bad, cv2.resize(restore(bad), good.shape[1::-1], interpolation=cv2.INTER_AREA), good] for bad, good in pairs
    ]
    figures = {
        f"{whose}{name}": round(float(np.mean([measure(row[which], row[2]) for row in rows])), 4)
        for which, whose in ((1, ""), (0, "photo_"))
        for name, measure in (("psnr", measures.psnr), ("ssim", measures.ssim))
    }
    return figures, rows
