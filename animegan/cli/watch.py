"""The command ``watch``: draw the photos of a folder as they arrive."""

from __future__ import annotations

import json
import os
import signal
import stat
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from animegan.cli import jobs, output
from animegan.cli.settings import Engine, Megapixels, Quality, Verbose, check_engine, option, with_settings
from animegan.cli.targets import check_target, made_folders
from animegan.errors import (
    NOT_ABOUT_THE_PHOTO,
    FolderInUseError,
    OutputNotWritableError,
    PhotoNotFoundError,
    named,
    shown,
)
from animegan.images import marks
from animegan.images.files import MAX_MEGAPIXELS, PHOTO_SUFFIXES, checked_limit, checked_quality, register_formats, save
from animegan.options import ENGINE, KEEP_METADATA, Options
from animegan.storage import locked, output_file, why
from animegan.styles.lookup import find_style

JOURNAL = ".animegan-watch.json"
"""In the folder of the drawings: which photo became which of them."""
LOCK = ".animegan-watch.lock"
PATIENCE = 20.0
"""Seconds: a file that cannot be decoded may still be on its way, if it is not older."""

Signature = tuple[int, int]
"""Bytes of a file, and the time of its last change in nanoseconds."""
Draw = Callable[[Path, Path], None]
"""Draws a photo and writes the drawing."""


@with_settings
def watch(
    source: Annotated[Path, typer.Argument(metavar="IN", help="The folder in which photos arrive.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The folder for the drawings.")],
    max_megapixels: Megapixels = MAX_MEGAPIXELS,
    engine: Engine = ENGINE.default,
    format: Annotated[str, option(jobs.FORMAT)] = jobs.FORMAT.default,
    every: Annotated[float, typer.Option(min=0.1, help="Seconds between two looks into the folder.")] = 1.0,
    quality: Quality = None,
    keep_metadata: Annotated[str, option(KEEP_METADATA)] = KEEP_METADATA.default,
    verbose: Verbose = False,
    **settings: Any,
) -> None:
    """Draw photos as they arrive in a folder, until Ctrl-C."""
    options = Options(**settings)
    limit = checked_limit(max_megapixels)
    check_engine(engine)
    jobs.FORMAT.check(format)
    checked_quality(quality, Path(f"drawing.{format}"))
    KEEP_METADATA.check(keep_metadata)
    if not os.path.isdir(source):
        raise PhotoNotFoundError("There is no folder at '{path}': check the path.", path=shown(source))
    from animegan.networks.engine import choose_engine
    from animegan.pipeline.pipeline import Pipeline

    choose_engine(engine)
    pipeline = Pipeline(engine)

    def draw(photo: Path, target: Path) -> None:
        result = pipeline.stylize(photo, options, max_megapixels=limit)
        save(result.pixels, target, quality, result.kept_metadata(keep_metadata))
        for each in result.notes_for(target):
            output.complain(f"{shown(photo.name)}: {each}")
        output.note(f"{target} ({result.seconds['total']:.1f} s)")

    in_use = FolderInUseError("Another watch writes into '{folder}': stop it, or choose another.", folder=shown(out))
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: a container or a service is told to end
    with made_folders([out]), locked(out / LOCK, in_use):
        watcher = Watcher(source, out, find_style(options.style).slug, f".{format}", draw, verbose)
        output.note(f"Watching {source}. Ctrl-C ends it.")
        try:
            while True:
                watcher.look()
                time.sleep(every)
        except KeyboardInterrupt:
            output.note(f"Ended: {watcher.drawn} drawn.")


class Watcher:
    """Draws what is new in a folder, each photo once.

    A journal beside the drawings says which photo became which drawing, so that nothing is drawn again after a restart,
    and also when the drawings are taken away. A photo that changes is drawn anew. Nothing that this journal does not
    know is overwritten.
    """

    def __init__(self, source: Path, out: Path, style: str, suffix: str, draw: Draw, verbose: bool = False):
        """``style`` is what the style is called in a file's name; ``verbose`` shows where a photo failed.

        Raises:
            OutputNotWritableError: the journal is there and cannot be read.
        """
        self._source, self._out, self._draw, self._verbose = source, out, draw, verbose
        self._ending = f"-{style}", suffix
        self._journal = self._read()
        self._before: dict[str, Signature] = {}
        """Name of a photo → how it was at the last look."""
        self._failed: dict[str, Signature] = {}
        """Name of a file that cannot be drawn, or is a drawing → how it was then."""
        self._is_there = True
        self.drawn = 0

    def look(self) -> None:
        """Draw every new photo that is whole: as it was at the last look, and it can be decoded.

        Raises:
            AnimeganError: one that the next photo would meet, too.
        """
        now = self._photos()
        for name in sorted(now, key=lambda name: (now[name][1], name)):
            signature = now[name]
            if signature != self._before.get(name) or signature == self._failed.get(name):
                continue
            if self._is_drawn(name, signature) or not self._is_ready(name, signature):
                continue
            if marks.is_ours(self._source / name):
                output.note(f"Left out: {shown(name)}, a drawing of this program.")
                self._failed[name] = signature
            else:
                self._draw_one(name, signature)
        self._before = now

    def _photos(self) -> dict[str, Signature]:
        """The photos that are there; a folder that is away for a while may come back."""
        drawings = {entry["drawing"] for entry in self._journal.values()} if self._same_folder() else set()
        found = {}
        try:
            names = os.listdir(self._source)
        except OSError as error:
            if self._is_there:
                output.complain(f"'{shown(self._source)}' cannot be read now ({why(error)}): waiting for it.")
            self._is_there = False
            return {}
        self._is_there = True
        for name in names:
            if not name.startswith(".") and Path(name).suffix.lower() in PHOTO_SUFFIXES and name not in drawings:
                with suppress(OSError):  # it has just gone
                    status = os.stat(self._source / name)
                    if stat.S_ISREG(status.st_mode):
                        found[name] = status.st_size, status.st_mtime_ns
        return found

    def _same_folder(self) -> bool:
        return os.path.realpath(self._source) == os.path.realpath(self._out)

    def _is_drawn(self, name: str, signature: Signature) -> bool:
        entry = self._journal.get(self._key(name))
        if entry is None or entry["photo"] != list(signature):
            return False
        if not entry["done"]:  # stopped before it was drawn, or just after
            try:
                entry["done"] = (self._out / entry["drawing"]).stat().st_mtime >= entry["begun"]
            except OSError:
                return False
        return bool(entry["done"])

    def _is_ready(self, name: str, signature: Signature) -> bool:
        """Whether a file can be decoded, or has had the time to come whole."""
        return _is_whole(self._source / name) or time.time() - signature[1] / 1e9 > PATIENCE

    def _draw_one(self, name: str, signature: Signature) -> None:
        """Draw a photo; its entry comes first, so that a stop at any time leaves no drawing that nobody knows."""
        target = self._out / self._target(name)
        try:
            check_target(target, overwrite=True)  # it may be a name that cannot be
        except OutputNotWritableError as error:
            self._fail(name, signature, error)
            return
        entry = {"photo": list(signature), "drawing": target.name, "begun": time.time(), "done": False}
        self._journal[self._key(name)] = entry
        self._write()
        try:
            self._draw(self._source / name, target)
        except (*NOT_ABOUT_THE_PHOTO, OutputNotWritableError):
            raise
        except Exception as error:  # the next photo may be a better one
            self._fail(name, signature, error)
            return
        self.drawn += 1
        entry["done"] = True
        self._write()

    def _fail(self, name: str, signature: Signature, error: Exception) -> None:
        known = named(error)
        output.complain(output.about(Path(name), known, Counter()), known if self._verbose else None)
        self._failed[name] = signature

    def _key(self, name: str) -> str:
        return name + "".join(self._ending)

    def _target(self, name: str) -> str:
        """The name of a photo's drawing: that of its last one, else one that is free."""
        known = self._journal.get(self._key(name))
        if known is not None:
            return str(known["drawing"])
        taken = {entry["drawing"].lower() for entry in self._journal.values()}
        style, suffix = self._ending
        stem, number = Path(name).stem + style, 1
        target = f"{stem}{suffix}"
        while target.lower() in taken or os.path.lexists(self._out / target):
            number += 1
            target = f"{stem}-{number}{suffix}"
        return target

    def _read(self) -> dict[str, dict[str, Any]]:
        path = self._out / JOURNAL
        try:
            entries = json.loads(path.read_text("utf-8"))
            for entry in entries.values():
                entry.update(
                    drawing=Path(entry["drawing"]).name, photo=list(entry["photo"]), begun=float(entry["begun"])
                )
                entry["done"] = bool(entry["done"])
            return dict(entries)
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise OutputNotWritableError(
                "'{path}' cannot be read ({why}): delete it, and all photos are drawn again.",
                path=shown(path),
                why=type(error).__name__,
            ) from error

    def _write(self) -> None:
        with output_file(self._out / JOURNAL) as file:
            file.write(json.dumps(self._journal, indent=0).encode())


def _is_whole(path: Path) -> bool:
    """Whether a picture can be decoded to its end."""
    from PIL import Image

    register_formats()
    try:
        with Image.open(path) as picture:
            picture.load()
    except Exception:  # broken files make decoders raise almost anything
        return False
    return True
