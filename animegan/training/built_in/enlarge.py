"""Training of the enlarger: from drawings at the size at which they are painted to a teacher's at twice that; and of
its second network, from drawings that the first has doubled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from torch import Tensor
from torch.nn import functional as F

from animegan.evaluation.recipes import through_jpeg
from animegan.images import files
from animegan.images.resize import Picture, shrink
from animegan.images.sizes import PAINT_SIDE
from animegan.networks.engine import cores
from animegan.options import Options
from animegan.pipeline.cache import Memo, PhotoCache
from animegan.pipeline.pipeline import Pipeline
from animegan.pipeline.progress import Clock
from animegan.pipeline.stages import draw
from animegan.pipeline.tools import Tools
from animegan.storage import written_whole
from animegan.styles.lookup import list_styles
from animegan.styles.sources import BuiltIn
from animegan.training import losses
from animegan.training.built_in import data
from animegan.training.settings import setting
from animegan.training.trainer import Schedule, Trainer, to_tensor

SQUARE, EDGE = 168, 16
"""Pixels: the side of a square of a drawing, and what the teacher sees around it."""
SQUARES = 2
"""Squares of each drawing."""
LEAST_SIDE = 320
"""Pixels: drawings have a long side of this to `PAINT_SIDE`."""
DOUBLED = 0.75
"""Share of the drawings of the second network that the first has doubled: faces join some drawings later."""
JPEG = 0.25
"""Share of the drawings that the network sees after a JPEG."""

Pair = tuple[Picture, Picture]
"""A square of a drawing, ``(SQUARE, SQUARE, 3)``, and the teacher's, twice as large."""


@dataclass(frozen=True)
class Recipe(Schedule):
    """All settings that affect the result of the training."""

    steps: int = setting(20_000, "Steps in all; a resumed run may have more.")
    batch: int = setting(16, "Crops in a step.")
    side: int = setting(64, "Pixels of the drawing along a side of a crop.")
    channels: tuple[int, ...] = setting((40,), "Channels at half the size of the drawing.")
    encoder: tuple[int, ...] = setting((4,), "Residual blocks.")
    decoder: tuple[int, ...] = ()
    gradients: float = setting(1.0, "Weight of the gradient loss.")
    line_energy: float = setting(0.5, "Weight of the line energy loss.")
    adversarial: float = setting(0.0, "Weight of the adversarial loss (PatchGAN).")
    scale: int = 2


class Teacher:
    """Real-ESRGAN's enlarger of drawings, ``realesr-animevideov3-x2`` (Wang et al. 2021; BSD-3-Clause), on a CPU."""

    def __init__(self, folder: Path):
        """Load its ``.param`` and ``.bin`` from a folder."""
        ncnn: Any = import_module("ncnn")  # pip install ncnn: for this training alone; it has no type hints
        self._ncnn, self._net = ncnn, ncnn.Net()
        self._net.opt.use_vulkan_compute, self._net.opt.num_threads = False, 1
        self._net.load_param(str(folder / "realesr-animevideov3-x2.param"))
        self._net.load_model(str(folder / "realesr-animevideov3-x2.bin"))

    def __call__(self, drawing: Picture) -> Picture:
        """Enlarge ``(H, W, 3) uint8`` to ``(2 H, 2 W, 3)``."""
        rgb, (height, width) = self._ncnn.Mat.PixelType.PIXEL_RGB, drawing.shape[:2]
        picture = self._ncnn.Mat.from_pixels(np.ascontiguousarray(drawing), rgb, width, height)
        picture.substract_mean_normalize([0, 0, 0], [1 / 255] * 3)
        extractor = self._net.create_extractor()
        extractor.input("data", picture)
        values = np.array(extractor.extract("output")[1]).transpose(1, 2, 0)
        return np.asarray(np.clip(255 * values, 0, 255).round(), np.uint8)


def photos_to_draw(folder: Path) -> tuple[list[Path], list[Path]]:
    """The photographs to train on, in random order so that part of them has all kinds, and those to validate with."""
    training = [path for group in data.training_photos(folder).values() for path in group]
    kept_out = [*data.kept_out(folder).values(), *data.other_sources(folder).values()]
    order = np.random.default_rng(0).permutation(len(training))
    return [training[n] for n in order], [path for group in kept_out for path in group[::3]]


class Enlargements:
    """Squares of drawings by all built-in styles, with the teacher's, in a cache folder."""

    def __init__(self, cache: Path, teacher: Path, again: bool = False):
        """``again``: most drawings have been doubled by the enlarger that is built in."""
        self.cache, self.teacher, self.again = cache, teacher, again
        self.pipeline = Pipeline()
        self.styles = [style.id for style in list_styles() if isinstance(style.source, BuiltIn)]
        cache.mkdir(parents=True, exist_ok=True)

    def _file(self, photo: Path) -> Path:
        return self.cache / f"{'-'.join(data.source_of(photo))}-{photo.stem}.npz"

    def missing(self, photos: Sequence[Path]) -> list[Path]:
        """The photographs without squares."""
        return [photo for photo in photos if not self._file(photo).exists()]

    def label(self, photos: Sequence[Path]) -> Iterator[Path]:
        """Draw the missing photographs, and have the squares enlarged, one per core at a time. Yields each."""
        teacher = Teacher(self.teacher)

        def one(photo: Path) -> Path:
            rng = np.random.default_rng([*self._file(photo).stem.encode()])
            drawing = self._drawing(files.load(photo), self.styles[rng.integers(len(self.styles))], rng)
            squares = [_square(drawing, SQUARE + 2 * EDGE, rng) for _ in range(SQUARES)]
            larger = [teacher(square)[2 * EDGE : -2 * EDGE, 2 * EDGE : -2 * EDGE] for square in squares]
            smaller = [square[EDGE:-EDGE, EDGE:-EDGE] for square in squares]
            with written_whole(self._file(photo)) as file:
                np.savez(file, small=np.stack(smaller), large=np.stack(larger))
            return photo

        with ThreadPoolExecutor(cores()) as pool:
            yield from pool.map(one, self.missing(photos))

    def _drawing(self, photo: Picture, style: str, rng: np.random.Generator) -> Picture:
        """A drawing as the network gets it: its faces are painted, and it has no pattern."""
        cache = PhotoCache(shrink(photo, int(rng.integers(LEAST_SIDE, PAINT_SIDE + 1))))
        memo = Memo(cache, Tools(self.pipeline.models, Clock()), self.pipeline)
        options = Options(style, paint_side=0, restorer="light")
        drawing = self.pipeline.on_worker(lambda: draw(memo, cache.read(), options)).drawing
        if self.again and rng.random() < DOUBLED:
            drawing = self.pipeline.on_worker(lambda: self.pipeline.models.enlarger().double(drawing))
        return drawing

    def read(self, photos: Sequence[Path]) -> list[Pair]:
        """All squares that exist so far."""
        pairs: list[Pair] = []
        for file in (self._file(photo) for photo in photos):
            if file.exists():
                both = np.load(file)
                pairs += zip(both["small"], both["large"], strict=True)
        return pairs


def _square(drawing: Picture, side: int, rng: np.random.Generator) -> Picture:
    """A random square of a drawing, which is mirrored beyond its border."""
    below, right = (max(0, side - length) for length in drawing.shape[:2])
    padded = cv2.copyMakeBorder(drawing, 0, below, 0, right, cv2.BORDER_REFLECT_101)
    top, left = (int(rng.integers(0, length - side + 1)) for length in padded.shape[:2])
    return np.asarray(padded[top : top + side, left : left + side], np.uint8)


class Enlarging(Trainer):
    """The training of a network of the enlarger in a folder."""

    recipe: Recipe

    def __init__(self, folder: Path, recipe: Recipe, pairs: list[Pair]):
        super().__init__(folder, recipe)
        self.pairs = pairs
        self.critic = self.new_critic(self.half)

    def batch(self, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        """Squares of drawings, mirrored and turned at random, some after a JPEG, and the teacher's."""
        side, smaller, larger = self.recipe.side, [], []
        for _ in range(self.recipe.batch):
            small, large = self.pairs[rng.integers(len(self.pairs))]
            top, left = (int(n) for n in rng.integers(0, len(small) - side + 1, 2))
            small, large = (
                each[top * n : (top + side) * n, left * n : (left + side) * n] for n, each in ((1, small), (2, large))
            )
            turns, mirrored = int(rng.integers(4)), rng.random() < 0.5
            small, large = (np.rot90(each[:, ::-1] if mirrored else each, turns) for each in (small, large))
            if rng.random() < JPEG:
                small = through_jpeg(small, int(rng.integers(70, 97)))
            smaller.append(small)
            larger.append(large)
        return to_tensor(np.stack(smaller), self.device), to_tensor(np.stack(larger), self.device)

    def batch_loss(self, rng: np.random.Generator) -> Tensor:
        recipe, (small, target) = self.recipe, self.batch(rng)
        enlarged = self.drawn(small)
        total = losses.content(enlarged, target) + recipe.gradients * losses.gradients(enlarged, target)
        if recipe.line_energy:
            total = total + recipe.line_energy * losses.line_energy(enlarged, target)
        if recipe.adversarial:
            condition = F.interpolate(small, scale_factor=2, mode="bilinear")
            judged = self.critic.loss(condition, target, enlarged, recipe.rate_at(self.step))
            total = total + recipe.adversarial * judged
        return total

    def about(self) -> dict[str, str]:
        return {**super().about(), "target": "Real-ESRGAN animevideov3 x2"}
