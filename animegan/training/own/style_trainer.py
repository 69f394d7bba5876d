"""Trains one network of a style of one's own on pairs: resumes, plans its steps by the clock, stops early."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animegan.images import metrics
from animegan.images.resize import Picture
from animegan.networks.engine import Engine, has_bf16
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.networks.painters import TorchGenerator
from animegan.training import losses
from animegan.training.crops import Pair, random_crops
from animegan.training.grow import grow
from animegan.training.own.lora import adapt
from animegan.training.own.order import StoppedError
from animegan.training.own.pairs import split
from animegan.training.prune import prune
from animegan.training.trainer import Schedule, Trainer

CONTEXT = 64
"""Pixels along a side of the thumbnail that a network of normal or small size sees, if its base sees none."""
CHECKS = 12
"""Validations in a training."""
PATIENCE = 4
"""Validations without a gain of `GAIN`, after which the learning rate falls and the training ends."""
GAIN = 0.03
"""dB."""
FIRST_STEPS = 8
"""Steps by which the speed of the machine is measured."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result. Compared with distillation, a training is short: it starts from a finished
    style, with a short warmup and a short memory of the average.
    """

    warmup: int = 20
    average: float = 0.995
    gradients: float = 1.0
    line_energy: float = 1.0
    """Weights of the losses beside L1; see `animegan.training.losses`."""
    rank: int = 0
    """Rank of the adapters; 0: all weights are trained."""


def starting_network(base: CompactGenerator, size: str) -> CompactGenerator:
    """The network that a training of a size starts with: the base itself, or what is left of it after pruning."""
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


class StyleTrainer(Trainer):
    """The training of one network in a folder."""

    recipe: Recipe
    plain = ("step", "steps", "every", "asked", "seconds", "asked_seconds", "history")

    def __init__(self, folder: Path, recipe: Recipe, all_pairs: Sequence[Pair], start: CompactGenerator):
        """``recipe`` has the shape that `shape_of` gives for ``start``. Its number of steps may change (see `plan`)."""
        super().__init__(folder, recipe)
        self.half = self.device.type == "cuda" or has_bf16()
        self.pairs, self.kept_out = split(all_pairs)
        self.start = start.to(self.device)
        grow(self.start, self.network)
        if recipe.rank:
            adapt(self.network, recipe.rank)
        self.averaged = deepcopy(self.network).eval()
        self.best = deepcopy(self.averaged)
        """The network with the best score so far."""
        trained = [parameter for parameter in self.network.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(trained, lr=recipe.rate, weight_decay=1e-4)
        self.stateful |= {"averaged": self.averaged, "best": self.best, "optimizer": self.optimizer}
        self.history: list[tuple[int, float]] = []
        """Step and score of each validation: PSNR in dB to the drawings that were kept out."""
        self.seconds = 0.0
        """Time spent so far, all sessions together."""
        self.every = 0
        """Steps between validations; 0: not planned yet."""
        self.asked, self.asked_seconds = 0, 0.0
        """What was asked for: steps, or where that is 0 seconds."""

    @property
    def steps(self) -> int:
        """The number of steps that is planned."""
        return self.recipe.steps

    @steps.setter
    def steps(self, steps: int) -> None:
        self.recipe = replace(self.recipe, steps=steps)

    @cached_property
    def photo_score(self) -> float:
        """The score of the photos themselves: PSNR in dB."""
        return float(np.mean([metrics.psnr(pair.photo, pair.drawing) for pair in self.kept_out]))

    @property
    def best_score(self) -> float:
        """The best score so far."""
        return max((score for _, score in self.history), default=float("-inf"))

    @property
    def is_cooling(self) -> bool:
        """Whether the learning rate falls already."""
        return self.step >= (1 - self.recipe.cooldown) * self.steps

    @property
    def is_finished(self) -> bool:
        """Whether all planned steps are done, and the last validation, too."""
        return self.every > 0 and bool(self.history) and self.history[-1][0] >= self.steps

    @property
    def _next_validation(self) -> int:
        """The step of the next validation. A training that was stopped just before one makes up for it."""
        return min(self.steps, (self.history[-1][0] // self.every + 1) * self.every)

    def plan(self, steps: int, seconds: float) -> None:
        """Set the number of steps to ``steps``; if that is 0, to as many as the speed so far lets happen in ``seconds``
        in all. The clock changes nothing once the learning rate falls, unless all is done and more time is asked for.
        """
        if steps:
            self.steps = steps if steps != self.asked else self.steps
            self.asked = steps
        else:
            left = int((seconds - self.seconds) * self.step / max(1e-6, self.seconds))
            has_more = self.is_finished and seconds > self.asked_seconds and left > 0
            if not self.every or not self.is_cooling or has_more:
                self.steps = self.step + max(0, left)
            self.asked_seconds = max(self.asked_seconds, seconds)
        self.every = self.every or max(10, self.steps // CHECKS)

    def fit(
        self, steps: int, seconds: float, on_step: Callable[[], None], on_validation: Callable[[list[Picture]], None]
    ) -> None:
        """Train for ``steps`` steps, or if that is 0 for about ``seconds``. What was stopped goes on.

        ``on_step`` is called after each step, and stops the training if it raises `StoppedError`; ``on_validation``
        gets the drawings of the kept-out photos.
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
        """Plan the end of the training if the last validations brought no gain."""
        scores = [score for _, score in self.history]
        if self.is_cooling or len(scores) <= PATIENCE + 1:
            return
        if max(scores[-PATIENCE:]) < max(scores[:-PATIENCE]) + GAIN:
            self.steps = int(self.step / (1 - self.recipe.cooldown))

    def _drawings(self, network: CompactGenerator) -> list[tuple[Picture, Picture]]:
        """The photos that were kept out as a network draws them, each with its goal."""
        painter = TorchGenerator(deepcopy(network), Engine(self.device, half=False))
        return [(painter.paint(np.array(pair.photo)), np.array(pair.drawing)) for pair in self.kept_out]

    def validate(self) -> list[Picture]:
        """Draw the photos that were kept out, and remember the network if it is the best so far."""
        both = self._drawings(self.averaged)
        score = float(np.mean([metrics.psnr(*each) for each in both]))
        if score > self.best_score:
            self.best.load_state_dict(self.averaged.state_dict())
        self.history.append((self.step, score))
        self.log({"psnr": round(score, 3), "photo_psnr": round(self.photo_score, 3), "seconds": round(self.seconds, 1)})
        return [drawing for drawing, _ in both]

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe = self.recipe
        crops = random_crops(self.pairs, rng, recipe.batch, recipe.side, recipe.context)
        photo, target, thumbnails = self.tensors(crops)
        drawing = self.drawn(photo, thumbnails)
        total = losses.content(drawing, target) + recipe.gradients * losses.gradients(drawing, target)
        return total + recipe.line_energy * losses.line_energy(drawing, target)

    def figures(self) -> dict[str, float]:
        """What the best network measures on the kept-out pairs, against the photo and the base."""
        both = self._drawings(self.best)
        values = {
            "kept_out": float(len(both)),
            "psnr": self.best_score,
            "photo_psnr": self.photo_score,
            "base_psnr": self.history[0][1],
            "ssim": float(np.mean([metrics.ssim(*each) for each in both])),
            "lines": float(np.mean([metrics.line_strength(d) / metrics.line_strength(g) for d, g in both])),
        }
        return {name: round(value, 3) for name, value in values.items()}
