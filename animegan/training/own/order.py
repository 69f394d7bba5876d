"""What a user wants of a style of one's own, and how its training talks to whoever started it. Knows no network."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from animegan.errors import BadOptionError, shown
from animegan.styles.metadata import MAX_RANK, SUFFIX
from animegan.training.settings import setting

if TYPE_CHECKING:
    from animegan.training.own.teachers import Teacher

DEFAULT_BASE = "cel"
"""Its weights are free for any use, and so is what is trained from them."""
SIZES = ("normal", "small", "live")
"""Sizes of a network: that of its base; half the channels inside its blocks, 1 MB; a quarter of them and fewer blocks,
0.5 MB, for a live camera."""


class StoppedError(Exception):
    """The user stopped a training; the same order goes on."""


@dataclass(frozen=True)
class Order:
    """What the user wants."""

    out: Path
    """The style file to write."""
    pairs: Path | None = None
    """A folder of pairs; see `animegan.training.own.pairs`."""
    photos: Path | None = None
    teacher: Teacher | None = None
    """Photos and who draws them, instead of pairs."""
    base: str = setting(DEFAULT_BASE, "The style to begin with: built in, or a style file.")
    minutes: float = setting(0.0, "How long to train; 5 without this and --steps.")
    steps: int = setting(0, "How many steps to train, instead of minutes.")
    faces: bool = setting(False, "Train a network for faces as well.")
    size: str = setting(
        "normal",
        "Of the network: normal; small, half the time and 1 MB; live, for cameras.",
        metavar=f"[{'|'.join(SIZES)}]",
    )
    rank: int = setting(
        0, "Train adapters of this rank (4: about 100 kB) for a built-in base.", flag="--lora", metavar="RANK"
    )
    name: str = setting("", "The style's name; that of the file without this.")
    caption: str = setting("", "A few words to show below a picture.")
    author: str = setting("", "Who made it.")

    @property
    def folder(self) -> Path:
        """Where the training keeps its files."""
        return self.out.with_suffix(".training")

    def check(self) -> None:
        """Check what can be checked without reading pictures.

        Raises:
            BadOptionError: options that do not go together.
        """
        if self.out.suffix.lower() != SUFFIX:
            raise BadOptionError(
                "A style file ends in {suffix}, not '{given}': choose another name.",
                suffix=SUFFIX,
                given=shown(self.out.suffix),
            )
        if (self.pairs is None) == (self.photos is None):
            raise BadOptionError("A style is learned from pairs, or from photos and a teacher: give one of the two.")
        if (self.photos is None) != (self.teacher is None):
            raise BadOptionError("Photos need a teacher that draws them, and a teacher needs photos: give both.")
        if self.size not in SIZES:
            raise BadOptionError(
                "A size is {choices} or {sizes}, not '{size}'.",
                choices=", ".join(SIZES[:-1]),
                sizes=SIZES[-1],
                size=shown(self.size),
            )
        if self.minutes < 0 or self.steps < 0 or (self.minutes and self.steps):
            raise BadOptionError("A training lasts some minutes or some steps, both above 0: give one of the two.")
        if not 0 <= self.rank <= MAX_RANK:
            raise BadOptionError(
                "The rank of adapters is a number from 1 to {max_rank}, not {rank}.", max_rank=MAX_RANK, rank=self.rank
            )
        if self.rank and self.size != "normal":
            raise BadOptionError("Adapters keep the size of their base: leave --size or --lora out.")


@dataclass(frozen=True)
class Hooks:
    """How a training talks to whoever started it."""

    on_progress: Callable[[float, str], None] = lambda fraction, text: None
    """Called with the share of the training that is done, and what happens."""
    on_remark: Callable[[str], None] = lambda text: None
    """Called with a sentence that the user should read."""
    is_stopped: Callable[[], bool] = lambda: False
    """Asked after each step and each picture."""

    def check_stopped(self) -> None:
        """Raises `StoppedError` if the user wants to stop."""
        if self.is_stopped():
            raise StoppedError
