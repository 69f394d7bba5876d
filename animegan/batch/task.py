"""What every worker of a run must know."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import animegan
from animegan import errors
from animegan.errors import AnimeganError
from animegan.images.files import MAX_MEGAPIXELS
from animegan.options import KEEP_METADATA, Options

TIME_LIMIT = 300.0
"""Seconds that one photo may take."""
MEMORY_LIMIT = 6.0
"""GB of memory that the process which draws may take."""


@dataclass(frozen=True)
class Task:
    """One run: where from, where to, and how. It crosses processes and machines as JSON."""

    source: str
    """Address of the folder of the photos, without wildcards."""
    out: str
    """Address of the folder for the drawings."""
    options: Options
    run: str = ""
    """The run's name: what its drawings and its manifest are called after."""
    started: str = ""
    """When this process began or went on with the run, in letters that fit into a file's name."""
    key: str = ""
    """What the run's file must say, so that a worker knows that it sees the same place."""
    engine: str = "auto"
    threads: int = 1
    """Threads with which one worker draws."""
    max_megapixels: float = MAX_MEGAPIXELS
    quality: int | None = None
    """Of JPEG and WebP; None: the usual one."""
    keep_metadata: str = KEEP_METADATA.default
    overwrite: bool = False
    """Files that this program did not write may be replaced."""
    verbose: bool = False
    """Errors come with their traceback."""
    time_limit: float = TIME_LIMIT
    memory_limit: float = MEMORY_LIMIT
    version: str = animegan.__version__

    def to_json(self) -> str:
        """The task in one line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Task:
        """The task that `to_json` wrote."""
        values: dict[str, Any] = json.loads(text)
        return cls(**{**values, "options": Options(**values["options"])})


def named(error: AnimeganError) -> dict[str, str]:
    """A named error as plain values, for another process."""
    return {"name": type(error).__name__, "text": str(error)}


def raised(values: dict[str, str]) -> AnimeganError:
    """The error that `named` described."""
    kind = getattr(errors, values["name"], AnimeganError)
    error = kind(values["text"])
    assert isinstance(error, AnimeganError)
    return error
