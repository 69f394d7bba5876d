"""The training of the mask of people, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from animegan.images import files
from animegan.images.mattes import Matte
from animegan.images.resize import Array, Picture, resize
from animegan.networks.people import PersonMask
from animegan.training import losses
from animegan.training.built_in.people.scenes import Material, sample
from animegan.training.settings import setting
from animegan.training.trainer import Schedule, Trainer, to_tensor

SHEET = 12
"""Rows of a contact sheet."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of the training."""

    steps: int = setting(6_000, "Steps in all; a resumed run may have more.")
    side: int = setting(320, "Pixels along a side of a sample, of half of the batches two thirds of them.")
    channels: tuple[int, ...] = setting((16, 24, 32, 48, 60), "Channels at 1/2, 1/4, … of the size.")
    encoder: tuple[int, ...] = setting((0, 1, 1, 1, 1), "Residual blocks of the encoder, per scale.")
    decoder: tuple[int, ...] = setting((1, 1, 1, 1), "Residual blocks of the decoder, per scale.")
    gradients: float = setting(1.0, "Weight of the gradient loss, which keeps borders crisp.")
    mask: bool = True


class Masking(Trainer):
    """The training of a mask of people in a folder."""

    recipe: Recipe
    half = False  # its few channels are quicker in fp32

    def __init__(self, folder: Path, recipe: Recipe, material: Material):
        super().__init__(folder, recipe)
        self.material = material

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Samples, ``(N, 3, side, side)``, and their mattes, ``(N, 1, side, side)``."""
        stride = self.averaged.stride
        side = self.recipe.side if rng.random() < 0.5 else self.recipe.side * 2 // (3 * stride) * stride
        made = [sample(self.material, side, rng) for _ in range(self.recipe.batch)]
        photos, mattes = zip(*made, strict=True)
        return to_tensor(np.stack(photos), self.device), torch.from_numpy(np.stack(mattes))[:, None].to(self.device)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        photos, mattes = self.batch(rng)
        seen = self.drawn(photos)
        shares = seen.sigmoid()
        loss = F.binary_cross_entropy_with_logits(seen, mattes) + F.l1_loss(shares, mattes)
        return loss + self.recipe.gradients * losses.gradients(shares, mattes)

    def about(self) -> dict[str, str]:
        return {**super().about(), "target": "MediaPipe 0.10.21 selfie segmentation, with a guided filter"}


def overlap(mask: Array, label: Array) -> float:
    """Intersection over union of two masks, where both are at least one half; 1 if both are empty."""
    ours, theirs = mask >= 0.5, label >= 0.5
    union = (ours | theirs).sum()
    return float((ours & theirs).sum() / union) if union else 1.0


def judge(find: Callable[[Picture], Matte], labels: Sequence[Array]) -> dict[str, float]:
    """How well mattes agree with labels, ``(H, W, 4)``: ``iou`` is the mean of the `overlap` with those that show
    people, ``worst`` their lowest tenth, and ``false`` the mean share that is taken for people where there are none.
    """
    people = [overlap(find(each[..., :3]), each[..., 3] / 255) for each in labels if each[..., 3].any()]
    nobody = [float((find(each[..., :3]) >= 0.5).mean()) for each in labels if not each[..., 3].any()]
    figures = {"iou": float(np.mean(people)) if people else 1.0, "false": float(np.mean(nobody)) if nobody else 0.0}
    return figures | {"worst": float(np.quantile(people, 0.1)) if people else 1.0}


def validate(run: Masking, labels: Sequence[Array]) -> str:
    """Measure the averaged weights; log the figures, and write a sheet. Return the figures in a line."""
    mask = PersonMask.of(run.averaged)
    figures = judge(mask.find, labels)
    run.log(figures)
    (run.folder / "sheets").mkdir(exist_ok=True)
    files.save(sheet(mask.find, labels), run.folder / "sheets" / f"{run.step:06d}.jpg")
    return "IoU {iou:.4f}, lowest tenth {worst:.4f}, false {false:.2%}".format(**figures)


def sheet(find: Callable[[Picture], Matte], labels: Sequence[Array], rows: int = SHEET, side: int = 320) -> Picture:
    """A sheet of photos | mattes | labels, evenly spread."""
    pictures = []
    for each in [labels[n * len(labels) // rows] for n in range(min(rows, len(labels)))]:
        photo = np.ascontiguousarray(each[..., :3])
        matte, label = (np.repeat(m[..., None], 3, axis=2) for m in (255 * find(photo), each[..., 3]))
        pictures.append(np.hstack([resize(np.asarray(p, np.uint8), side, side) for p in (photo, matte, label)]))
    return np.vstack(pictures)
