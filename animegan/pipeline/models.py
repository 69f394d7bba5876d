"""The models of a pipeline: loaded on first use, then kept."""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING

from animegan.faces.finder import Finder
from animegan.networks import restorers
from animegan.networks.engine import Engine, choose_engine
from animegan.pipeline.progress import Clock
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.networks.painters import Painter

MAX_PAINTERS = 4
"""Number of generators that stay loaded; the least recently used one is dropped first."""


class Models:
    """Generators, restorers and the face finder, on one engine. All but `finder` is safe to use on several threads."""

    def __init__(self, engine: str = "auto"):
        self._engine_name = engine
        self._loading = threading.Lock()
        self.painters: OrderedDict[str, Painter] = OrderedDict()
        """Style id → generator, the least recently used first."""
        self._restorers: dict[str, restorers.Restorer] = {}

    @cached_property
    def engine(self) -> Engine:
        """The engine that networks run on.

        Raises:
            BadOptionError: this machine does not have the engine.
        """
        return choose_engine(self._engine_name)

    @cached_property
    def finder(self) -> Finder:
        """The face finder."""
        return Finder()

    def fetch(self, styles: set[str], level: str, clock: Clock) -> None:
        """Download missing weights. Call it outside the worker, so that other runs go on while this one downloads.

        Raises:
            WeightsUnavailableError: or one of its subclasses.
        """
        for name in styles - self.painters.keys():
            with clock.stage("weights", 0.02, Message("find-style")):
                weights.locate(find_style(name), clock.download)
        if level not in self._restorers:
            with clock.stage("weights", 0.03, Message("find-restorer")):
                restorers.locate(level, clock.download)

    def painter(self, style: str) -> Painter:
        """Return a style's generator, loaded if necessary."""
        from animegan.networks import painters

        with self._loading:
            if style not in self.painters:
                found = find_style(style)
                self.painters[style] = painters.load(weights.locate(found), self.engine, found.part)
                while len(self.painters) > MAX_PAINTERS:
                    self.painters.popitem(last=False)
            self.painters.move_to_end(style)
            return self.painters[style]

    def restorer(self, level: str) -> restorers.Restorer:
        """Return a restorer of `animegan.networks.restorers.SOURCES`, loaded if necessary."""
        with self._loading:
            if level not in self._restorers:
                self._restorers[level] = restorers.load(restorers.locate(level), self.engine)
            return self._restorers[level]
