"""What every training here shares: a network, the running average of it, checkpoints, the rate's course."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.checkpoints import read_compact
from animegan.networks import CompactConfig, CompactGenerator
from animegan.training.grow import grow


@dataclass(frozen=True)
class Schedule:
    """How long, how fast, and what network: the part of a recipe that any training has."""

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
    seed: int = 0
    channels: tuple[int, ...] = (24, 48, 96)
    encoder: tuple[int, ...] = (1, 2, 4)
    decoder: tuple[int, ...] = (1, 2)
    inner: tuple[int, ...] = ()
    scale: int = 1
    context: int = 0
    """The network's shape; see `animegan.networks.CompactConfig`."""

    @property
    def network(self) -> CompactConfig:
        return CompactConfig(self.channels, self.encoder, self.decoder, self.inner, self.scale, self.context)

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


class Trainer:
    """A run in a folder. What is to be learned comes from a subclass: `batch_loss`."""

    def __init__(self, folder: Path, recipe: Schedule):
        self.folder, self.recipe = folder, recipe
        folder.mkdir(parents=True, exist_ok=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(recipe.seed)
        self.network = CompactGenerator(recipe.network).to(self.device, memory_format=torch.channels_last)
        self.averaged = CompactGenerator(recipe.network).to(self.device).eval()
        self.averaged.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate, weight_decay=1e-4)
        self.kept: dict[str, torch.nn.Module | torch.optim.Optimizer] = {
            "network": self.network,
            "averaged": self.averaged,
            "optimizer": self.optimizer,
        }
        """What a checkpoint holds, by name."""
        self.step = 0

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Go on from the folder's checkpoint, if there is one of the same network."""
        if not self._checkpoint.exists():
            return False
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        for name, part in self.kept.items():
            part.load_state_dict(state[name])
        self.step = state["step"]
        return True

    def start_from(self, path: Path) -> None:
        """Begin with the weights of another network of ours, to learn a new style sooner; a narrower or shallower
        one grows into this one's shape (`animegan.training.grow`).
        """
        grow(read_compact(path), self.network)
        self.averaged.load_state_dict(self.network.state_dict())

    def checkpoint(self) -> None:
        """Keep everything that `resume` needs; written aside first, then moved."""
        part = self._checkpoint.with_suffix(".part")
        torch.save({name: part.state_dict() for name, part in self.kept.items()} | {"step": self.step}, part)
        os.replace(part, self._checkpoint)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        """The loss of one batch, drawn with ``rng``."""
        raise NotImplementedError

    def advance(self, until: int, told: Callable[[float], None]) -> None:
        """Train up to step ``until``; ``told`` hears the loss of every step.

        The batch of a step depends on the seed and on the number of the step alone, so that a run
        that was stopped and resumed sees what an unbroken one would.
        """
        while self.step < until:
            for group in self.optimizer.param_groups:
                group["lr"] = self.recipe.rate_at(self.step)
            self.optimizer.zero_grad(set_to_none=True)
            loss = self.batch_loss(np.random.default_rng([self.recipe.seed, self.step]))
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

    def log(self, figures: dict) -> None:
        """Add a line to the run's log."""
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({"step": self.step, **figures}) + "\n")

    def about(self) -> dict[str, str]:
        """What is written into the weights beside the network's shape."""
        return {"recipe": json.dumps(asdict(self.recipe)), "steps": str(self.step)}

    def export(self, path: Path, precision: torch.dtype = torch.float16) -> Path:
        """Write the averaged weights as safetensors, with the network's shape and the recipe inside."""
        return write_weights(self.averaged, path, self.about(), precision)


def write_weights(
    network: CompactGenerator, path: Path, about: dict[str, str], precision: torch.dtype = torch.float16
) -> Path:
    """Write a network as safetensors; the metadata say its shape and what else is known ``about`` it."""
    from safetensors.torch import save_file

    tensors = {name: value.detach().to(precision).contiguous() for name, value in network.state_dict().items()}
    config = json.dumps(network.config.to_dict())
    save_file(tensors, path, metadata={"architecture": "compact", "config": config, **about})
    return path
