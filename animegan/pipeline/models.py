"""The models of a pipeline: loaded on first use, then kept."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from animegan.faces.finder import Finder
from animegan.networks import restorers
from animegan.networks.engine import Engine, choose_engine
from animegan.networks.enlarger import Enlarger
from animegan.networks.people import PersonMask
from animegan.pipeline.progress import Clock
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.sources import OnDisk
from animegan.words.messages import Message

if TYPE_CHECKING:
    from animegan.networks.painters import Painter

MAX_PAINTERS = 4
"""Number of generators that stay loaded; the least recently used one is dropped first."""


@dataclass(frozen=True)
class StyleVersion:
    """A style, and the state of its weights file: who trains it anew under the same path gets a new drawing."""

    id: str
    state: tuple[int, int] | None = None
    """Time of the last change in nanoseconds and bytes; None: the file does not change."""


class Models:
    """Generators, restorers and the face finder, on one engine. All but `finder` is safe to use on several threads."""

    def __init__(self, engine: str = "auto"):
        self._engine_name = engine
        self._loading = threading.Lock()
        self.painters: OrderedDict[StyleVersion, Painter] = OrderedDict()
        """Style → generator, the least recently used first."""
        self._restorers: dict[str, restorers.Restorer] = {}
        self._enlarger: Enlarger | None = None
        self._people: PersonMask | None = None

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

    def fetch(self, styles: set[str], kind: str, clock: Clock) -> None:
        """Download missing weights. Call it outside the worker, so that other runs go on while this one downloads.

        Raises:
            WeightsUnavailableError: or one of its subclasses.
        """
        for name in styles - {version.id for version in self.painters}:
            with clock.stage("weights", 0.02, Message("find-style")):
                weights.locate(find_style(name), clock.download)
        if kind not in self._restorers:
            with clock.stage("weights", 0.03, Message("find-restorer")):
                restorers.locate(kind, clock.download)

    def painter(self, style: str) -> Painter:
        """Return a style's generator, loaded if necessary."""
        from animegan.networks import painters

        with self._loading:
            version = self.version(style)
            if version not in self.painters:
                for old in [each for each in self.painters if each.id == style]:
                    del self.painters[old]
                found = find_style(style)
                painter = painters.load(weights.locate(found), self.engine, found.part)
                self.painters[version] = painters.GreyKeeper(painter) if found.keeps_grey else painter
                while len(self.painters) > MAX_PAINTERS:
                    self.painters.popitem(last=False)
            self.painters.move_to_end(version)
            return self.painters[version]

    def version(self, style: str) -> StyleVersion:
        """Return a style's id and, for a file of the user's own, when it was last written.

        Raises:
            UnknownStyleError: there is no such style.
        """
        source = find_style(style).source
        if not isinstance(source, OnDisk):
            return StyleVersion(style)
        try:
            found = os.stat(source.path)
        except OSError:  # what was loaded still draws
            return next((version for version in self.painters if version.id == style), StyleVersion(style))
        return StyleVersion(style, (found.st_mtime_ns, found.st_size))

    def enlarger(self) -> Enlarger:
        """Return what enlarges drawings, loaded if necessary."""
        with self._loading:
            if self._enlarger is None:
                self._enlarger = Enlarger(engine=self.engine)
            return self._enlarger

    def people(self) -> PersonMask:
        """Return what finds people, loaded if necessary."""
        with self._loading:
            if self._people is None:
                self._people = PersonMask(engine=self.engine)
            return self._people

    def restorer(self, kind: str) -> restorers.Restorer:
        """Return a restorer of `animegan.networks.restorers.SOURCES`, loaded if necessary."""
        with self._loading:
            if kind not in self._restorers:
                self._restorers[kind] = restorers.load(restorers.locate(kind), self.engine)
            return self._restorers[kind]
