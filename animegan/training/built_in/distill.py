"""Distillation: a small generator, the student, learns to draw like its target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.images import metrics
from animegan.images.resize import Picture
from animegan.training import losses
from animegan.training.built_in import data
from animegan.training.discriminator import PatchDiscriminator
from animegan.training.targets import Draw
from animegan.training.trainer import Schedule, Trainer, draw, to_tensor


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of a distillation."""

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
    """Additional weight of the pixels of faces in the losses content and gradients; 1: they count double."""
    noise: float = 0.0
    """Half of the photos get noise with a random σ of up to this many levels of 255, and the target stays the same: so
    the drawings of a video are steady (after Wang et al. 2020, "Consistent Video Style Transfer via Compound
    Regularization")."""


class Run(Trainer):
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
        self.discriminator = PatchDiscriminator().to(self.device)
        self.discriminator_optimizer = torch.optim.AdamW(
            self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99)
        )
        self.stateful |= {"discriminator": self.discriminator, "critic_optimizer": self.discriminator_optimizer}
        self.features = features and features.to(self.device)
        self._training_pairs: list[data.Pair] = []

    def about(self) -> dict[str, str]:
        return {**super().about(), "target": self.pairs.target.text}

    def loss(self, photo: Tensor, target: Tensor, faces: Tensor, thumbnails: Tensor | None = None) -> Tensor:
        """The loss of one batch, ``(N, 3, H, W)``. With an adversarial loss, trains the discriminator first.
        ``faces`` is 1 inside faces, ``(N, 1, H, W)``; ``thumbnails`` are those of the whole photos.
        """
        recipe = self.recipe
        with torch.autocast(self.device.type, torch.bfloat16):
            drawing = self.network(photo, thumbnails)
        drawing = drawing.float()
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
            self._train_discriminator(photo, target, drawing.detach())
            self.discriminator.requires_grad_(False)
            with torch.autocast(self.device.type, torch.bfloat16):
                scores = self.discriminator(photo, drawing)
            total = total + recipe.adversarial * losses.adversarial(scores.float())
        return total

    def _train_discriminator(self, photo: Tensor, target: Tensor, drawing: Tensor) -> None:
        self.discriminator.requires_grad_(True)
        for group in self.discriminator_optimizer.param_groups:
            group["lr"] = self.recipe.rate_at(self.step)
        self.discriminator_optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16):
            scores = self.discriminator(photo, target), self.discriminator(photo, drawing)
        losses.discrimination(*(s.float() for s in scores)).backward()
        self.discriminator_optimizer.step()

    def train(self, views: list[data.View], until: int, on_step: Callable[[float], None]) -> None:
        """Train on these views until step ``until``; see `Trainer.advance`."""
        self._training_pairs = self.pairs.read(views)
        self.advance(until, on_step)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        crops = data.random_crops(self._training_pairs, rng, recipe.batch, recipe.side, recipe.context)
        photo, target = (to_tensor(pictures, self.device) for pictures in (crops.photos, crops.drawings))
        if recipe.noise:
            photo = photo + to_noise(rng, photo.shape, recipe.noise).to(self.device)
        faces = torch.from_numpy(crops.faces[:, None]).to(self.device).float()
        thumbnails = None if crops.thumbnails is None else to_tensor(crops.thumbnails, self.device)
        return self.loss(photo, target, faces, thumbnails)

    def validate(self, sheet: bool = False) -> dict[str, dict[str, float]]:
        """Measure the averaged weights on the validation photographs; optionally write a contact sheet."""
        squares = kept_out_pairs(self.photos, self.pairs)
        figures, rows = compare(lambda photo: draw(self.averaged, photo), squares)
        if sheet:
            (self.folder / "sheets").mkdir(exist_ok=True)
            write_sheet(rows, self.folder / "sheets" / f"{self.step:06d}.jpg")
        self.log(figures)
        return figures


def to_noise(rng: np.random.Generator, shape: tuple[int, ...], most: float) -> Tensor:
    """White noise for a batch of photos, ``(N, 3, H, W)`` in [-1, 1]: half of them get a random σ of up to ``most``
    levels of 255, the others none.
    """
    sigma = rng.uniform(0, most, (shape[0], 1, 1, 1)) * rng.integers(0, 2, (shape[0], 1, 1, 1)) / 127.5
    return torch.from_numpy((sigma * rng.standard_normal(shape)).astype(np.float32))


def kept_out_pairs(photos: Path, pairs: data.Pairs) -> dict[str, list[tuple[Picture, Picture]]]:
    """(photo, target's drawing) of the centre squares of all validation photographs, by kind; other sources last."""
    paths = {**data.kept_out(photos), **data.other_sources(photos)}
    views = {kind: [data.View(path, 0) for path in group] for kind, group in paths.items() if group}
    for group in views.values():
        for _ in pairs.label(group):
            pass
    return {
        kind: [(np.array(pair.photo), np.array(pair.drawing)) for pair in pairs.read(group)]
        for kind, group in views.items()
    }


def compare(
    draw_one: Draw, squares: dict[str, list[tuple[Picture, Picture]]]
) -> tuple[dict[str, dict[str, float]], dict[str, list[list[Picture]]]]:
    """Metrics of a generator by kind and over all photographs, and the (photo, drawing, target) rows.

    ``psnr`` and ``ssim`` are to the target; ``photo_*`` are those of the untouched photograph. ``lines`` is the mean
    Sobel magnitude over the target's. ``to_photo`` is the PSNR between drawing and photo: it shows how much was drawn
    at all. These are means over photographs. ``flat`` (`measures.flat` over the target's), ``flatter`` (the same over
    the photo's) and ``chroma`` (`measures.chroma` over the photo's) are ratios of sums over photographs, so that a
    photograph with little flat area or little colour has little influence.
    """
    rows = {kind: [[photo, draw_one(photo), target] for photo, target in pairs] for kind, pairs in squares.items()}
    each = {kind: [_figures(*row) for row in group] for kind, group in rows.items()}
    each["all"] = [figures for group in each.values() for figures in group]
    means = {
        kind: {name: float(np.mean([f[name] for f in group])) for name in group[0]}
        for kind, group in each.items()
        if group
    }
    for mean in means.values():
        flat, chroma = (np.array([mean.pop(f"{name}_{of}") for of in ROW]) + 1e-9 for name in ("flat", "chroma"))
        mean |= {
            "flat": flat[1] / flat[2],
            "photo_flat": flat[0] / flat[2],
            "flatter": flat[1] / flat[0],
            "chroma": chroma[1] / chroma[0],
        }
    return {kind: {name: round(float(value), 4) for name, value in mean.items()} for kind, mean in means.items()}, rows


ROW = ("photo", "drawn", "target")
"""The pictures of a row."""


def _figures(photo: Picture, drawing: Picture, target: Picture) -> dict[str, float]:
    row = dict(zip(ROW, (photo, drawing, target), strict=True))
    return {
        "psnr": metrics.psnr(drawing, target),
        "photo_psnr": metrics.psnr(photo, target),
        "ssim": metrics.ssim(drawing, target),
        "photo_ssim": metrics.ssim(photo, target),
        "lines": metrics.line_strength(drawing) / metrics.line_strength(target),
        "photo_lines": metrics.line_strength(photo) / metrics.line_strength(target),
        "to_photo": metrics.psnr(drawing, photo),
        **{f"flat_{of}": metrics.flat(picture) for of, picture in row.items()},
        **{f"chroma_{of}": metrics.chroma(picture) for of, picture in row.items()},
    }


def write_sheet(rows: dict[str, list[list[Picture]]], path: Path, each: int = 4) -> None:
    """Write a contact sheet with rows photo | drawing | target: the first ``each`` of every kind."""
    from PIL import Image

    picture = np.vstack([np.hstack(row) for group in rows.values() for row in group[:each]])
    Image.fromarray(picture).save(path, quality=90)
