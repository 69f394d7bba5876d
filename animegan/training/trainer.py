"""The parts that all trainings share: a network, a running average of its weights, checkpoints, the learning rate."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from animegan.images.resize import Picture
from animegan.networks.checkpoints import read_compact
from animegan.networks.engine import has_bf16
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.storage import written_whole
from animegan.training.crops import Crops
from animegan.training.discriminator import Critic
from animegan.training.grow import grow
from animegan.training.settings import setting


@dataclass(frozen=True)
class Schedule:
    """Length, learning rate and network of a training: the part of a recipe that all trainings have."""

    steps: int = setting(20_000, "Steps in all; a resumed run may have more.")
    batch: int = setting(8, "Crops in a step.")
    side: int = setting(160, "Pixels along a side of a crop.")
    rate: float = setting(1e-3, "AdamW's learning rate after the warmup.")
    warmup: int = 200
    """Steps over which the rate rises from 0."""
    cooldown: float = setting(0.3, "Share of the steps, at the end, over which the rate falls to 0.")
    """It is constant before, so that a resumed run can have more steps."""
    average: float = 0.999
    """Decay of the running average of the weights; the export holds the average."""
    seed: int = setting(0, "Of the crops and of the first weights.")
    channels: tuple[int, ...] = setting((24, 48, 96), "Channels at 1/2, 1/4, 1/8.")
    encoder: tuple[int, ...] = setting((1, 2, 4), "Residual blocks of the encoder, per scale.")
    decoder: tuple[int, ...] = setting((1, 2), "Residual blocks of the decoder, per scale.")
    inner: tuple[int, ...] = ()
    scale: int = 1
    context: int = 0
    mask: bool = False
    head_mask: bool = False
    """The shape of the network; see `animegan.networks.modules.CompactConfig`."""

    @property
    def network(self) -> CompactConfig:
        """The shape of the network."""
        shape = {each.name: getattr(self, each.name) for each in fields(CompactConfig)}
        return CompactConfig(**shape)

    def rate_at(self, step: int) -> float:
        """The learning rate at a step: warmup, plateau, cooldown."""
        rise = min(1.0, (step + 1) / self.warmup)
        fall = min(1.0, (self.steps - step) / max(1.0, self.cooldown * self.steps))
        return self.rate * rise * fall


def to_tensor(pictures: npt.NDArray[np.uint8], device: torch.device) -> Tensor:
    """``(N, H, W, 3) uint8`` to ``(N, 3, H, W)`` floats in [-1, 1], channels last in memory."""
    return torch.from_numpy(np.ascontiguousarray(pictures)).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


@torch.inference_mode()
def draw(network: torch.nn.Module, photo: Picture) -> Picture:
    """Run a network on one picture in fp32: ``(H, W, 3) uint8`` to the same; a mask is left out."""
    device = next(network.parameters()).device
    y = network(to_tensor(photo[None], device))[0, :3].permute(1, 2, 0)
    return ((y.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8).cpu().numpy()


class Trainer:
    """A training in a folder. Subclasses define the loss: `batch_loss`."""

    plain: tuple[str, ...] = ("step",)
    """The attributes in a checkpoint that are plain values."""
    half = True
    """Whether the network computes in bfloat16, where the machine is quicker with it."""

    def __init__(self, folder: Path, recipe: Schedule):
        self.folder, self.recipe = folder, recipe
        folder.mkdir(parents=True, exist_ok=True)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.half = self.half and (self.device.type != "cpu" or has_bf16())
        torch.manual_seed(recipe.seed)
        self.network: CompactGenerator = CompactGenerator(recipe.network).to(
            self.device,
            memory_format=torch.channels_last,  # type: ignore[call-overload]  # torch's stubs lack this argument
        )
        self.averaged = CompactGenerator(recipe.network).to(self.device).eval()
        self.averaged.load_state_dict(self.network.state_dict())
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=recipe.rate, weight_decay=1e-4)
        self.stateful: dict[str, torch.nn.Module | torch.optim.Optimizer] = {
            "network": self.network,
            "averaged": self.averaged,
            "optimizer": self.optimizer,
        }
        """The objects in a checkpoint, by name."""
        self.step = 0

    def new_critic(self, half: bool) -> Critic:
        """Return a discriminator whose state is part of the checkpoints; in ``half`` it computes in bfloat16, if the
        network does."""
        critic = Critic(self.device, self.recipe.rate, half and self.half)
        self.stateful |= {"critic": critic.network, "critic_optimizer": critic.optimizer}
        return critic

    @property
    def _checkpoint(self) -> Path:
        return self.folder / "checkpoint.pt"

    def resume(self) -> bool:
        """Continue from the checkpoint in the folder, if there is one. It must have the same network."""
        if not self._checkpoint.exists():
            return False
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        for name, part in self.stateful.items():
            part.load_state_dict(state[name])
        for name in self.plain:
            setattr(self, name, state[name])
        return True

    def checkpoint(self) -> None:
        """Save everything that `resume` needs, whole or not at all."""
        state: dict[str, Any] = {name: part.state_dict() for name, part in self.stateful.items()}
        with written_whole(self._checkpoint) as file:
            torch.save(state | {name: getattr(self, name) for name in self.plain}, file)

    def start_from(self, path: Path) -> None:
        """Start with the weights of another network of ours. A network with fewer channels or blocks grows into this
        one's shape (`animegan.training.grow`).
        """
        grow(read_compact(path, mask=self.recipe.mask), self.network)
        self.averaged.load_state_dict(self.network.state_dict())

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        """The loss of one batch, drawn with ``rng``."""
        raise NotImplementedError

    def tensors(self, crops: Crops) -> tuple[Tensor, Tensor, Tensor | None]:
        """Photos, drawings and thumbnails of crops, ``(N, 3, H, W)`` each."""
        thumbnails = None if crops.thumbnails is None else to_tensor(crops.thumbnails, self.device)
        return to_tensor(crops.photos, self.device), to_tensor(crops.drawings, self.device), thumbnails

    def drawn(self, *inputs: Tensor | None) -> Tensor:
        """What the network makes of a batch, ``(N, 3, H, W) float32``."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.half):
            drawing = self.network(*inputs)
        return drawing.float()

    def advance(self, until: int, on_step: Callable[[float], None]) -> None:
        """Train until step ``until``; calls ``on_step`` with the loss of each step.

        The batch of a step depends only on the seed and the number of the step, so a run that was stopped and resumed
        sees the same batches as one without a break.
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
            on_step(loss.item())

    @torch.no_grad()
    def _average(self) -> None:
        decay = min(self.recipe.average, (1 + self.step) / (10 + self.step))
        for average, new in zip(self.averaged.parameters(), self.network.parameters(), strict=True):
            average.lerp_(new, 1 - decay)

    def log(self, figures: dict[str, Any]) -> None:
        """Append a line to the log of the run."""
        with (self.folder / "log.jsonl").open("a") as log:
            log.write(json.dumps({"step": self.step, **figures}) + "\n")

    def about(self) -> dict[str, str]:
        """Metadata of the weights, besides the shape of the network."""
        return {"recipe": json.dumps(asdict(self.recipe)), "steps": str(self.step)}

    def export(self, path: Path) -> Path:
        """Write the averaged weights as safetensors, with the shape of the network and the recipe as metadata."""
        return write_weights(self.averaged, path, self.about())


def write_weights(
    network: CompactGenerator, path: Path, about: dict[str, str], precision: torch.dtype = torch.float16
) -> Path:
    """Write a network as safetensors; its shape and ``about`` become the metadata."""
    from safetensors.torch import save_file

    tensors = {name: value.detach().to(precision).contiguous() for name, value in network.state_dict().items()}
    config = json.dumps(network.config.to_dict())
    save_file(tensors, path, metadata={"architecture": "compact", "config": config, **about})
    return path
