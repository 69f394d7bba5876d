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
from animegan.training.targets import Draw
from animegan.training.trainer import Schedule, Trainer, draw, to_tensor


@dataclass(frozen=True)
class Recipe(Schedule):
    """Everything that decides what a distillation makes."""

    content: float = 1.0
    gradients: float = 1.0
    line_energy: float = 0.0
    flatness: float = 0.0
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
        self,
        folder: Path,
        recipe: Recipe,
        photos: Path,
        target: Draw,
        features: torch.nn.Module | None = None,
        cache: Path | None = None,
    ):
        """``target`` is what `targets.compose` takes; its drawings are kept in ``cache``, which runs may share, or in
        the run's own folder.
        """
        super().__init__(folder, recipe)
        self.photos = photos
        self.pairs = data.Pairs(cache or folder / "pairs", target)
        self.discriminator = PatchDiscriminator().to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99))
        self.kept |= {"discriminator": self.discriminator, "critic_optimizer": self.critic_optimizer}
        self.features = features and features.to(self.device)
        self._read: list[data.Pair] = []

    def about(self) -> dict[str, str]:
        return {**super().about(), "target": self.pairs.target.text}

    def loss(self, photo: Tensor, wanted: Tensor, faces: Tensor, wholes: Tensor | None = None) -> Tensor:
        """One batch: draw, compare; where the recipe has a critic, teach it first and ask it then.
        ``faces`` is 1 where a face is, ``(N, 1, H, W)``; ``wholes`` are the thumbnails of what the photos are cut from.
        """
        recipe = self.recipe
        with torch.autocast(self.device.type, torch.bfloat16):
            drawn = self.network(photo, wholes)
        drawn = drawn.float()
        weight = 1 + recipe.faces * faces if recipe.faces else None
        total = recipe.content * losses.content(drawn, wanted, weight)
        total = total + recipe.gradients * losses.gradients(drawn, wanted, weight)
        for name in ("line_energy", "flatness", "colour", "structure"):
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
        recipe = self.recipe
        crops = data.crops(self._read, rng, recipe.batch, recipe.side, recipe.context)
        photo, wanted = (to_tensor(pictures, self.device) for pictures in (crops.photos, crops.drawings))
        faces = torch.from_numpy(crops.faces[:, None]).to(self.device).float()
        wholes = None if crops.wholes is None else to_tensor(crops.wholes, self.device)
        return self.loss(photo, wanted, faces, wholes)

    def validate(self, sheet: bool = False) -> dict[str, dict[str, float]]:
        """Measure the averaged weights on the photographs kept out; optionally draw a sheet of them."""
        squares = kept_out_pairs(self.photos, self.pairs)
        figures, rows = compare(lambda photo: draw(self.averaged, photo), squares)
        if sheet:
            (self.folder / "sheets").mkdir(exist_ok=True)
            write_sheet(rows, self.folder / "sheets" / f"{self.step:06d}.jpg")
        self.log(figures)
        return figures


def kept_out_pairs(photos: Path, pairs: data.Pairs) -> dict[str, list[tuple[np.ndarray, np.ndarray]]]:
    """(photo, target's drawing) of every centre square that was kept out of training, by kind; those of other sources
    last.
    """
    paths = {**data.kept_out(photos), **data.elsewhere(photos)}
    views = {kind: [data.View(path, 0) for path in group] for kind, group in paths.items() if group}
    for group in views.values():
        for _ in pairs.label(group):
            pass
    return {
        kind: [(np.array(pair.photo), np.array(pair.drawing)) for pair in pairs.read(group)]
        for kind, group in views.items()
    }


def compare(
    draw_one: Draw, squares: dict[str, list[tuple[np.ndarray, np.ndarray]]]
) -> tuple[dict[str, dict[str, float]], dict[str, list[list[np.ndarray]]]]:
    """Figures by kind (and over all), and the (photo, drawn, target) rows that they were taken from.

    ``psnr`` and ``ssim`` are to the target, ``photo_*`` the untouched photograph's own; ``lines`` is the mean Sobel
    magnitude over the target's. ``to_photo`` is the PSNR between drawing and photo: how much was drawn at all. These
    are means over photographs. ``flat`` and ``chroma`` are sums over photographs by such sums, so that a photograph
    with hardly any counts as little as it should: `measures.flat` over the target's and over the photo's,
    `measures.chroma` over the photo's.
    """
    rows = {kind: [[photo, draw_one(photo), wanted] for photo, wanted in pairs] for kind, pairs in squares.items()}
    each = {kind: [_figures(*row) for row in group] for kind, group in rows.items()}
    each["all"] = [figures for group in each.values() for figures in group]
    means = {
        kind: {name: float(np.mean([f[name] for f in group])) for name in group[0]}
        for kind, group in each.items()
        if group
    }
    for mean in means.values():
        flat, chroma = (np.array([mean.pop(f"{what}_{of}") for of in OF]) + 1e-9 for what in ("flat", "chroma"))
        mean |= {
            "flat": flat[1] / flat[2],
            "photo_flat": flat[0] / flat[2],
            "flatter": flat[1] / flat[0],
            "chroma": chroma[1] / chroma[0],
        }
    return {kind: {name: round(float(value), 4) for name, value in mean.items()} for kind, mean in means.items()}, rows


OF = ("photo", "drawn", "target")


def _figures(photo: np.ndarray, drawn: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    return {
        "psnr": measures.psnr(drawn, wanted),
        "photo_psnr": measures.psnr(photo, wanted),
        "ssim": measures.ssim(drawn, wanted),
        "photo_ssim": measures.ssim(photo, wanted),
        "lines": measures.line_strength(drawn) / measures.line_strength(wanted),
        "photo_lines": measures.line_strength(photo) / measures.line_strength(wanted),
        "to_photo": measures.psnr(drawn, photo),
        **{f"flat_{of}": measures.flat(picture) for of, picture in zip(OF, (photo, drawn, wanted), strict=True)},
        **{f"chroma_{of}": measures.chroma(picture) for of, picture in zip(OF, (photo, drawn, wanted), strict=True)},
    }


def write_sheet(rows: dict[str, list[list[np.ndarray]]], path: Path, each: int = 4) -> None:
    """A picture of rows photo | drawn | teacher: the first few of every kind."""
    from PIL import Image

    picture = np.vstack([np.hstack(row) for group in rows.values() for row in group[:each]])
    Image.fromarray(picture).save(path, quality=90)
