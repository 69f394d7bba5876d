"""Distillation: a small generator, the student, learns to draw like its target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.training import losses
from animegan.training.built_in import data
from animegan.training.crops import Pair, Stack, random_crops
from animegan.training.settings import setting
from animegan.training.targets import Draw
from animegan.training.trainer import Schedule, Trainer


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of a distillation; for its losses see `animegan.training.losses`."""

    content: float = 1.0
    gradients: float = setting(1.0, "Weight of the gradient loss.")
    line_energy: float = setting(0.0, "Weight of the line energy loss.")
    flatness: float = setting(0.0, "Weight of the flatness loss.")
    colour: float = setting(0.0, "Weight of the colour loss (a and b of Lab).")
    structure: float = setting(0.0, "Weight of the structure loss (MS-SSIM).")
    total_variation: float = setting(0.0, "Weight of the total variation.")
    features: float = setting(0.0, "Weight of the deep features (needs --vgg).")
    adversarial: float = setting(0.0, "Weight of the adversarial loss (PatchGAN).")
    faces: float = setting(0.0, "Additional weight of the pixels of faces in L1 and gradients; 1: they count double.")
    noise: float = setting(0.0, "Largest σ of noise on half of the photos: steady videos.")
    walls: float = setting(0.0, "Share of the thumbnails with a plain colour in a part: it should dye nothing else.")
    context: int = setting(0, "Side of the thumbnail of the whole picture in pixels; 0: none.")


class Distillation(Trainer):
    """A distillation in a folder, which also holds the cache of pairs and contact sheets."""

    recipe: Recipe

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        photos: Path,
        target: Draw,
        features: torch.nn.Module | None = None,
        cache: Path | None = None,
    ):
        """``target`` is anything that `targets.compose` accepts. ``cache`` is the folder of its drawings, which several
        runs may share; None: a folder inside the run's own.
        """
        super().__init__(folder, recipe)
        self.photos = photos
        self.pairs = data.Pairs(cache or folder / "pairs", target)
        self.critic = self.new_critic(half=True)
        self.features = features and features.to(self.device)
        self._training_pairs: list[Pair] = []

    def about(self) -> dict[str, str]:
        return {**super().about(), "target": self.pairs.target.text}

    def loss(self, photo: Tensor, target: Tensor, faces: Tensor, thumbnails: Tensor | None = None) -> Tensor:
        """The loss of one batch, ``(N, 3, H, W)``. With an adversarial loss, trains the discriminator first.
        ``faces`` is 1 inside faces, ``(N, 1, H, W)``; ``thumbnails`` are those of the whole photos.
        """
        recipe, drawing = self.recipe, self.drawn(photo, thumbnails)
        pixel_weight = 1 + recipe.faces * faces if recipe.faces else None
        total = recipe.content * losses.content(drawing, target, pixel_weight)
        total = total + recipe.gradients * losses.gradients(drawing, target, pixel_weight)
        for name in ("line_energy", "flatness", "colour", "structure"):
            if weight := getattr(recipe, name):
                total = total + weight * getattr(losses, name)(drawing, target)
        if recipe.total_variation:
            total = total + recipe.total_variation * losses.total_variation(drawing)
        if self.features is not None and recipe.features:
            total = total + recipe.features * self.features(drawing, target)
        if recipe.adversarial:
            judged = self.critic.loss(photo, target, drawing, recipe.rate_at(self.step))
            total = total + recipe.adversarial * judged
        return total

    def train(self, views: list[data.View], until: int, on_step: Callable[[float], None]) -> None:
        """Train on these views until step ``until``; see `Trainer.advance`."""
        self._training_pairs = self.pairs.read(views)
        self.advance(until, on_step)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        crops = random_crops(self._training_pairs, rng, recipe.batch, recipe.side, recipe.context)
        if recipe.walls and crops.thumbnails is not None:
            put_walls(crops.thumbnails, rng, recipe.walls)
        photo, target, thumbnails = self.tensors(crops)
        if recipe.noise:
            photo = photo + to_noise(rng, photo.shape, recipe.noise).to(self.device)
        return self.loss(photo, target, torch.from_numpy(crops.faces[:, None]).to(self.device).float(), thumbnails)


def put_walls(thumbnails: Stack, rng: np.random.Generator, share: float) -> None:
    """Paint a plain colour over a part of a ``share`` of the thumbnails: all but an ellipse, as behind a head, or one
    side. The drawing stays the same, so colours learn not to depend on what stands elsewhere.
    """
    side = thumbnails.shape[1]
    for n in np.flatnonzero(rng.random(len(thumbnails)) < share):
        wall = np.full((side, side), True)
        if rng.random() < 0.5:
            rows, columns = np.mgrid[:side, :side] / side - rng.uniform(0.35, 0.65, (2, 1, 1))
            wall = (rows / rng.uniform(0.25, 0.5)) ** 2 + (columns / rng.uniform(0.2, 0.4)) ** 2 > 1
        else:
            wall[:, : int(side * rng.uniform(0.2, 0.7))] = False
            wall = np.rot90(wall, int(rng.integers(4)))
        thumbnails[n][wall] = rng.integers(0, 256, 3)


def to_noise(rng: np.random.Generator, shape: tuple[int, ...], most: float) -> Tensor:
    """White noise for a batch of photos, ``(N, 3, H, W)`` in [-1, 1]: half of them get a random σ of up to ``most``
    levels of 255, the others none. The target stays the same, and so the drawings of a video are steady (after Wang et
    al. 2020, "Consistent Video Style Transfer via Compound Regularization").
    """
    sigma = rng.uniform(0, most, (shape[0], 1, 1, 1)) * rng.integers(0, 2, (shape[0], 1, 1, 1)) / 127.5
    return torch.from_numpy((sigma * rng.standard_normal(shape)).astype(np.float32))
