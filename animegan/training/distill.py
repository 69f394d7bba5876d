"""Distillation: a small generator learns to draw as a teacher draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan import measures
from animegan.training import data, losses
from animegan.training.discriminator import PatchDiscriminator
from animegan.training.trainer import Schedule, Trainer, draw, to_tensor


@dataclass(frozen=True)
class Recipe(Schedule):
    """Everything that decides what a distillation makes."""

    content: float = 1.0
    gradients: float = 1.0
    line_energy: float = 0.0
    colour: float = 0.0
    structure: float = 0.0
    total_variation: float = 0.0
    features: float = 0.0
    adversarial: float = 0.0
    """The weights of the losses; see `animegan.training.losses`."""
    faces: float = 0.0
    """How much more a pixel of a face counts in content and gradients; 1 counts it double."""


class Run(Trainer):
    """A distillation in a folder: beside what every run keeps, the cache of pairs and sheets of pictures."""

    recipe: Recipe

    def __init__(
        self, folder: Path, recipe: Recipe, photos: Path, teacher: data.Draw, features: torch.nn.Module | None = None
    ):
        super().__init__(folder, recipe)
        self.photos, self.teacher = photos, teacher
        self.pairs = data.Pairs(folder / "pairs")
        self.discriminator = PatchDiscriminator().to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99))
        self.kept |= {"discriminator": self.discriminator, "critic_optimizer": self.critic_optimizer}
        self.features = features and features.to(self.device)
        self._read: list[data.Pair] = []

    def loss(self, photo: Tensor, wanted: Tensor, faces: Tensor) -> Tensor:
        """One batch: draw, compare; where the recipe has a critic, teach it first and ask it then.
        ``faces`` is 1 where a face is, ``(N, 1, H, W)``.
        """
        recipe = self.recipe
        with torch.autocast(self.device.type, torch.bfloat16):
            drawn = self.network(photo)
        drawn = drawn.float()
        weight = 1 + recipe.faces * faces if recipe.faces else None
        total = recipe.content * losses.content(drawn, wanted, weight)
        total = total + recipe.gradients * losses.gradients(drawn, wanted, weight)
        for name in ("line_energy", "colour", "structure"):
            if weight := getattr(recipe, name):
                total = total + weight * getattr(losses, name)(drawn, wanted)
        if recipe.total_variation:
            total = total + recipe.total_variation * losses.total_variation(drawn)
        if self.features is not None and recipe.features:
            total = total + recipe.features * self.features(drawn, wanted)
        if recipe.adversarial:
            self._teach_critic(photo, wanted, drawn.detach())
            self.discriminator.requires_grad_(False)
            with torch.autocast(self.device.type, torch.bfloat16):
                scores = self.discriminator(photo, drawn)
            total = total + recipe.adversarial * losses.adversarial(scores.float())
        return total

    def _teach_critic(self, photo: Tensor, wanted: Tensor, drawn: Tensor) -> None:
        self.discriminator.requires_grad_(True)
        for group in self.critic_optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        self.critic_optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16):
            scores = self.discriminator(photo, wanted), self.discriminator(photo, drawn)
        losses.discrimination(*(s.float() for s in scores)).backward()
        self.critic_optimizer.step()

    def train(self, views: list[data.View], until: int, told: Callable[[float], None]) -> None:
        """Train on these views up to step ``until``; see `Trainer.advance`."""
        self._read = self.pairs.read(views)
        self.advance(until, told)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        *pictures, faces = data.crops(self._read, rng, self.recipe.batch, self.recipe.side)
        photo, wanted = (to_tensor(x, self.device) for x in pictures)
        return self.loss(photo, wanted, torch.from_numpy(faces[:, None]).to(self.device).float())

    def validate(self, sheet: bool = False) -> dict[str, dict[str, float]]:
        """Measure the averaged weights on the photographs kept out; optionally draw a sheet of them."""
        squares = kept_out_pairs(self.photos, self.pairs, self.teacher)
        figures, rows = compare(lambda photo: draw(self.averaged, photo), squares)
        if sheet:
            (self.folder / "sheets").mkdir(exist_ok=True)
            write_sheet(rows, self.folder / "sheets" / f"{self.step:06d}.jpg")
        self.log(figures)
        return figures


def kept_out_pairs(
    photos: Path, pairs: data.Pairs, teacher: data.Draw
) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """(photo, teacher's drawing) of every centre square that was kept out of training, by kind."""
    views = {kind: [data.View(path, 0) for path in paths] for kind, paths in data.kept_out(photos).items()}
    for group in views.values():
        for _ in pairs.label(group, teacher):
            pass
    return {
        kind: [(np.array(photo), np.array(drawing)) for photo, drawing in (pair.pictures for pair in pairs.read(group))]
        for kind, group in views.items()
    }


def compare(
    draw_one: data.Draw, squares: dict[str, list[tuple[np.ndarray, np.ndarray]]]
) -> tuple[dict[str, dict[str, float]], dict[str, list[list[np.ndarray]]]]:
    """Figures by kind (and over all), and the (photo, drawn, teacher) rows that they were taken from.

    ``psnr`` and ``ssim`` are to the teacher, ``photo_*`` the untouched photograph's own; ``lines``
    is the mean Sobel magnitude over the teacher's. Each is a mean over photographs.
    """
    rows = {kind: [[photo, draw_one(photo), wanted] for photo, wanted in pairs] for kind, pairs in squares.items()}
    each = {
        kind: [
            {
                "psnr": measures.psnr(drawn, wanted),
                "photo_psnr": measures.psnr(photo, wanted),
                "ssim": measures.ssim(drawn, wanted),
                "photo_ssim": measures.ssim(photo, wanted),
                "lines": measures.line_strength(drawn) / measures.line_strength(wanted),
                "photo_lines": measures.line_strength(photo) / measures.line_strength(wanted),
            }
            for photo, drawn, wanted in group
        ]
        for kind, group in rows.items()
    }
    each["all"] = [figures for group in each.values() for figures in group]
    means = {
        kind: {name: round(float(np.mean([f[name] for f in group])), 4) for name in group[0]}
        for kind, group in each.items()
        if group
    }
    return means, rows


def write_sheet(rows: dict[str, list[list[np.ndarray]]], path: Path, each: int = 4) -> None:
    """A picture of rows photo | drawn | teacher: the first few of every kind."""
    from PIL import Image

    picture = np.vstack([np.hstack(row) for group in rows.values() for row in group[:each]])
    Image.fromarray(picture).save(path, quality=90)
