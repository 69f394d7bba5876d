"""One network of a style of one's own, trained on pairs: resumes, plans its steps by the clock, stops early."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.images import metrics
from animegan.images.resize import Picture
from animegan.networks.engine import Engine, has_bf16
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.networks.painters import TorchGenerator
from animegan.storage import written_whole
from animegan.training import losses
from animegan.training.grow import grow
from animegan.training.own import pairs
from animegan.training.own.lora import adapt
from animegan.training.own.pairs import Pair
from animegan.training.prune import prune
from animegan.training.trainer import Schedule, Trainer, to_tensor

SIZES = ("normal", "small", "live")
"""Sizes of a network: that of its base; half the channels inside its blocks, 1 MB; a quarter of them and fewer blocks,
0.5 MB, for a live camera."""
CONTEXT = 64
"""Pixels along a side of the thumbnail that a network of normal or small size sees, if its base sees none."""
CHECKS = 12
"""Validations in a run."""
PATIENCE = 4
"""Validations without a gain of `GAIN`, after which the learning rate falls and the run ends."""
GAIN = 0.03
"""dB."""
FIRST_STEPS = 8
"""Steps by which the speed of the machine is measured."""


class StoppedError(Exception):
    """Raised after a step by a caller that wants to stop."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result. Compared with distillation, a run is short: it starts from a finished style,
    with a short warmup and a short memory of the average.
    """

    warmup: int = 20
    average: float = 0.995
    gradients: float = 1.0
    line_energy: float = 1.0
    """Weights of the losses beside L1; see `animegan.training.losses`."""
    rank: int = 0
    """Rank of the adapters; 0: all weights are trained."""


def starting_network(base: CompactGenerator, size: str) -> CompactGenerator:
    """The network that a run of a size starts with: the base itself, or what is left of it after pruning."""
    if size == "normal":
        return base
    smaller = prune(base, 0.5 if size == "small" else 0.25)
    if size == "small":
        return smaller
    config = smaller.config
    *upper, last = config.encoder
    encoder, decoder = (*(min(1, n) for n in upper), min(2, last)), tuple(min(1, n) for n in config.decoder)
    return grow(smaller, CompactGenerator(replace(config, encoder=encoder, decoder=decoder)))


def shape_of(start: CompactGenerator, size: str, rank: int) -> CompactConfig:
    """The shape of the trained network: that of the start, with a thumbnail of the whole picture where one can be
    added. Then its colours can follow drawings whose colours depend on the whole picture.
    """
    if rank or size == "live" or start.config.context:
        return start.config
    return replace(start.config, context=CONTEXT)


class StyleRun(Trainer):
    """The training of one network in a folder."""

    recipe: Recipe

    def __init__(self, folder: Path, recipe: Recipe, all_pairs: Sequence[Pair], start: CompactGenerator):
        """``recipe`` has the shape that `shape_of` gives for ``start``. Its number of steps may change (see `plan`)."""
        super().__init__(folder, recipe)
        self._pairs, self.kept_out = pairs.split(all_pairs)
        self.start = start.to(self.device)
        grow(self.start, self.network)
        if recipe.rank:
            adapt(self.network, recipe.rank)
        self.averaged = deepcopy(self.network).eval()
        self.best = deepcopy(self.averaged)
        """The network with the best score so far."""
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=recipe.rate, weight_decay=1e-4)
        self.stateful = {
            "network": self.network,
            "averaged": self.averaged,
            "best": self.best,
            "optimizer": self.optimizer,
        }
        self.history: list[tuple[int, float]] = []
        """Step and score of each validation: PSNR in dB to the drawings that were kept out."""
        self.seconds = 0.0
        """Time spent so far, all sessions together."""
        self.every = 0
        """Steps between validations; 0: not planned yet."""
        self.asked = 0
        """The number of steps that was asked for; 0: the clock decides."""
        self.asked_seconds = 0.0
        """The time that was asked for, where the clock decides."""

    @property
    def pair_count(self) -> int:
        """The number of pairs to train on."""
        return len(self._pairs)

    @property
    def photo_score(self) -> float:
        """The score of the photos themselves: PSNR in dB."""
        return float(np.mean([metrics.psnr(pair.photo, pair.drawn) for pair in self.kept_out]))

    @property
    def best_score(self) -> float:
        """The best score so far."""
        return max((score for _, score in self.history), default=float("-inf"))

    @property
    def is_cooling(self) -> bool:
        """Whether the learning rate falls already."""
        return self.step >= (1 - self.recipe.cooldown) * self.recipe.steps

    @property
    def is_finished(self) -> bool:
        """Whether all planned steps are done, and the last validation, too."""
        return self.every > 0 and bool(self.history) and self.history[-1][0] >= self.recipe.steps

    @property
    def _next_validation(self) -> int:
        """The step of the next validation. A run that was stopped just before one makes up for it."""
        return min(self.recipe.steps, (self.history[-1][0] // self.every + 1) * self.every)

    def plan(self, steps: int, seconds: float) -> None:
        """Set the number of steps to ``steps``; if that is 0, to as many as the speed so far lets happen in ``seconds``
        in all. The clock changes nothing once the learning rate falls, unless all is done and more time is asked for.
        """
        if steps:
            if steps != self.asked:
                self._set_steps(steps)
            self.asked = steps
            return
        left = int((seconds - self.seconds) * self.step / max(1e-6, self.seconds))
        has_more = self.is_finished and seconds > self.asked_seconds and left > 0
        if not self.every or not self.is_cooling or has_more:
            self._set_steps(self.step + max(0, left))
        self.asked_seconds = max(self.asked_seconds, seconds)

    def _set_steps(self, steps: int) -> None:
        self.recipe = replace(self.recipe, steps=steps)
        self.every = self.every or max(10, steps // CHECKS)

    def fit(
        self,
        steps: int,
        seconds: float,
        on_step: Callable[[], None],
        on_validation: Callable[[list[Picture]], None],
    ) -> None:
        """Train for ``steps`` steps, or if that is 0 for about ``seconds``. A run that was stopped goes on.

        ``on_step`` is called after each step, and stops the run if it raises `StoppedError`; ``on_validation`` gets the
        drawings of the kept-out photos.
        """
        if steps or self.every:
            self.plan(steps, seconds)
        if not self.history:
            on_validation(self.validate())
        while not self.is_finished:
            self._advance_timed(self._next_validation if self.every else FIRST_STEPS, on_step)
            if not self.every:
                self.plan(steps, seconds)
                continue
            started = time.monotonic()
            drawings = self.validate()
            self._cool_down_early()
            self.seconds += time.monotonic() - started
            if not steps and not self.is_finished:
                self.plan(0, seconds)
            self.checkpoint()
            on_validation(drawings)

    def _advance_timed(self, until: int, on_step: Callable[[], None]) -> None:
        started = time.monotonic()

        def step_done(_: float) -> None:
            nonlocal started
            now = time.monotonic()
            self.seconds, started = self.seconds + now - started, now
            on_step()

        try:
            self.advance(until, step_done)
        except StoppedError:
            self.checkpoint()
            raise

    def _cool_down_early(self) -> None:
        """Plan the end of the run if the last validations brought no gain."""
        scores = [score for _, score in self.history]
        if self.is_cooling or len(scores) <= PATIENCE + 1:
            return
        if max(scores[-PATIENCE:]) < max(scores[:-PATIENCE]) + GAIN:
            self.recipe = replace(self.recipe, steps=int(self.step / (1 - self.recipe.cooldown)))

    def validate(self) -> list[Picture]:
        """Draw the photos that were kept out, and remember the network if it is the best so far."""
        painter = TorchGenerator(self.averaged, Engine(self.device, half=False))
        drawings = [painter.paint(np.array(pair.photo)) for pair in self.kept_out]
        scores = [metrics.psnr(drawn, pair.drawn) for drawn, pair in zip(drawings, self.kept_out, strict=True)]
        score = float(np.mean(scores))
        if score > self.best_score:
            self.best.load_state_dict(self.averaged.state_dict())
        self.history.append((self.step, score))
        self.log({"psnr": round(score, 3), "photo_psnr": round(self.photo_score, 3), "seconds": round(self.seconds, 1)})
        return drawings

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        cut = pairs.random_crops(self._pairs, rng, recipe.batch, recipe.side, recipe.context)
        photo, target = (to_tensor(pictures, self.device) for pictures in cut[:2])
        thumbnails = None if cut[2] is None else to_tensor(cut[2], self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda" or has_bf16()):
            drawing = self.network(photo, thumbnails)
        drawing = drawing.float()
        total = losses.content(drawing, target) + recipe.gradients * losses.gradients(drawing, target)
        return total + recipe.line_energy * losses.line_energy(drawing, target)

    def checkpoint(self) -> None:
        state: dict = {name: part.state_dict() for name, part in self.stateful.items()}
        state |= {"step": self.step, "steps": self.recipe.steps, "every": self.every, "asked": self.asked}
        state |= {"seconds": self.seconds, "asked_seconds": self.asked_seconds}
        with written_whole(self._checkpoint) as file:
            torch.save(state | {"history": [list(each) for each in self.history]}, file)

    def resume(self) -> bool:
        if not self._checkpoint.exists():
            return False
        state = torch.load(self._checkpoint, map_location=self.device, weights_only=True)
        for name, part in self.stateful.items():
            part.load_state_dict(state[name])
        self.step, self.every, self.asked = state["step"], state["every"], state["asked"]
        self.seconds, self.asked_seconds = state["seconds"], state["asked_seconds"]
        self.recipe = replace(self.recipe, steps=state["steps"])
        self.history = [(int(step), float(score)) for step, score in state["history"]]
        return True

    def figures(self) -> dict[str, float]:
        """What the best network measures on the kept-out pairs, against the photo and the base."""
        painter = TorchGenerator(deepcopy(self.best), Engine(self.device, half=False))
        rows = [(np.array(pair.photo), np.array(pair.drawn)) for pair in self.kept_out]
        drawings = [painter.paint(photo) for photo, _ in rows]
        both = [(drawn, goal) for drawn, (_, goal) in zip(drawings, rows, strict=True)]
        values = {
            "kept_out": float(len(rows)),
            "psnr": self.best_score,
            "photo_psnr": self.photo_score,
            "base_psnr": self.history[0][1],
            "ssim": float(np.mean([metrics.ssim(*each) for each in both])),
            "lines": float(np.mean([metrics.line_strength(d) / metrics.line_strength(g) for d, g in both])),
        }
        return {name: round(value, 3) for name, value in values.items()}

    @property
    def settings(self) -> dict:
        """The recipe as plain values, for the metadata."""
        return asdict(self.recipe)
