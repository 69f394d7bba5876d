"""Distillation: a small generator learns to draw as a teacher draws."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.networks import CompactConfig, CompactGenerator
from animegan.training import data, losses, measures
from animegan.training.discriminator import PatchDiscriminator


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what a training run makes."""

    steps: int = 20_000
    batch: int = 8
    side: int = 160
    """Pixels along a side of a training crop."""
    rate: float = 1e-3
    """AdamW's learning rate on the plateau."""
    warmup: int = 200
    """Steps over which the rate rises from nothing."""
    cooldown: float = 0.3
    """The last part of the steps, over which the rate falls to nothing. A plateau before it, and
    no cosine, so that a resumed run may be given more steps."""
    average: float = 0.999
    """Decay of the running average of the weights; the average is what is kept."""
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
    seed: int = 0
    channels: tuple[int, ...] = (24, 48, 96)
    encoder: tuple[int, ...] = (1, 2, 4)
    decoder: tuple[int, ...] = (1, 2)
    inner: tuple[int, ...] = ()
    """The network's shape; see `animegan.networks.CompactConfig`."""

    @property
    def network(self) -> CompactConfig:
        return CompactConfig(self.channels, self.encoder, self.decoder, self.inner)

    def rate_at(self, step: int) -> float:
        """The learning rate: up, level, down."""
        rise = min(1.0, (step + 1) / self.warmup)
        fall = min(1.0, (self.steps - step) / max(1.0, self.cooldown * self.steps))
        return self.rate * rise * fall


def to_tensor(pictures: np.ndarray, device: torch.device) -> Tensor:
    """``(N, H, W, 3) uint8`` to ``(N, 3, H, W)`` floats in [-1, 1], channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.inference_mode()
def draw(network: torch.nn.Module, photo: np.ndarray) -> np.ndarray:
    """One picture through a network in fp32, ``(H, W, 3) uint8`` to the same."""
    device = next(network.parameters()).device
    y = network(to_tensor(photo[None], device))[0].permute(1, 2, 0)
    return ((y.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).cpu().numpy()


class Run:
    """A training run in a folder: the cache of pairs, a checkpoint, a log, sheets of pictures."""

    def __init__(
        self, folder: Path, recipe: Recipe, photos: Path, teacher: data.Draw, features: torch.nn.Module | None = None
    ):
        self.folder, self.recipe, self.teacher = folder, recipe, teacher
        self.photos = photos
        self.pairs = data.Pairs(folder / "pairs")
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.network = CompactGenerator(recipe.network).to(self.device, memory_format=torch.channels_last)
        self.averaged = CompactGenerator(recipe.network).to(self.device).eval()
        self.averaged.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate, weight_decay=1e-4)
        self.discriminator = PatchDiscriminator().to(self.device)
        self.critic_optimizer = torch.optim.AdamW(self.discriminator.parameters(), lr=recipe.rate, betas=(0.5, 0.99))
        self.features = features and features.to(self.device)
        self.step = 0

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Go on from the folder's checkpoint, if there is one of the same network."""
        if not self._checkpoint.exists():
            return False
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        self.network.load_state_dict(state["network"])
        self.averaged.load_state_dict(state["averaged"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.critic_optimizer.load_state_dict(state["critic_optimizer"])
        self.step = state["step"]
        return True

    def start_from(self, path: Path) -> None:
        """Begin with the weights of another generator of the same shape, to learn a new style sooner."""
        from safetensors.torch import load_file

        weights = {name: value.float() for name, value in load_file(path).items()}
        self.network.load_state_dict(weights)
        self.averaged.load_state_dict(weights)

    def checkpoint(self) -> None:
        """Keep everything that `resume` needs; written aside first, then moved."""
        part = self._checkpoint.with_suffix(".part")
        state = {
            "network": self.network.state_dict(),
            "averaged": self.averaged.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "critic_optimizer": self.critic_optimizer.state_dict(),
            "step": self.step,
        }
        torch.save(state, part)
        os.replace(part, self._checkpoint)

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
        """Train up to step ``until``; ``told`` hears the loss of every step.

        The crops of a step depend on the seed and on the number of the step alone, so that a run
        that was stopped and resumed sees what an unbroken one would.
        """
        recipe = self.recipe
        pairs = self.pairs.read(views)
        while self.step < until:
            rng = np.random.default_rng([recipe.seed, self.step])
            *pictures, faces = data.crops(pairs, rng, recipe.batch, recipe.side)
            photo, wanted = (to_tensor(x, self.device) for x in pictures)
            for group in self.optimizer.param_groups:
                group["lr"] = recipe.rate_at(self.step)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.loss(photo, wanted, torch.from_numpy(faces[:, None]).to(self.device).float())
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
            self.optimizer.step()
            self.step += 1
            self._average()
            told(loss.item())

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for kept, new in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
            kept.lerp_(new, 1 - decay)

    def validate(self, sheet: bool = False) -> dict[str, dict[str, float]]:
        """Measure the averaged weights on the photographs kept out; optionally draw a sheet of them."""
        squares = kept_out_pairs(self.photos, self.pairs, self.teacher)
        figures, rows = compare(lambda photo: draw(self.averaged, photo), squares)
        if sheet:
            (self.folder / "sheets").mkdir(exist_ok=True)
            write_sheet(rows, self.folder / "sheets" / f"{self.step:06d}.jpg")
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({"step": self.step, **figures}) + "\n")
        return figures

    def export(self, path: Path, precision: torch.dtype = torch.float16) -> Path:
        """Write the averaged weights as safetensors, with the network's shape and the recipe inside."""
        recipe = json.dumps(asdict(self.recipe))
        return write_weights(self.averaged, path, {"recipe": recipe, "steps": str(self.step)}, precision)


def write_weights(
    network: CompactGenerator, path: Path, about: dict[str, str], precision: torch.dtype = torch.float16
) -> Path:
    """Write a generator as safetensors; the metadata say its shape and what else is known ``about`` it."""
    from safetensors.torch import save_file

    tensors = {name: value.detach().to(precision).contiguous() for name, value in network.state_dict().items()}
    config = json.dumps(network.config.to_dict())
    save_file(tensors, path, metadata={"architecture": "compact", "config": config, **about})
    return path


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
