"""Which photos a run draws, and what their drawings are called."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import chain, count
from pathlib import Path, PurePosixPath

import pyarrow as pa
from pyarrow import fs

from animegan.batch.clips import FORMAT, is_clip
from animegan.batch.manifest import MANIFEST, Manifest
from animegan.batch.places import Place
from animegan.batch.task import Task
from animegan.errors import AnimeganError, BadOptionError, PhotoNotFoundError, shown
from animegan.images.files import PHOTO_SUFFIXES
from animegan.storage import not_writable
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.sources import BUILT_IN, BuiltIn, OnDisk, OnHub
from animegan.styles.table import LIVE, OF_FACES, STYLES

RUN_FILE = "_run.json"
"""Says what a run is; its name begins so that readers of the manifest pass it over."""
JOBS = pa.schema([("input", pa.string()), ("output", pa.string()), ("bytes", pa.int64())])
Photo = tuple[str, int]
"""A photo's path below IN, and the bytes of its file."""


def photos_in(
    source: Place,
    pattern: re.Pattern[str] | None,
    out: Place,
    problems: list[AnimeganError],
    others: Counter[str] | None = None,
) -> list[Photo]:
    """The photos and clips in a place, in order: none that is hidden, nothing in the place for the drawings. Folders
    that cannot be read go to ``problems``.

    Args:
        pattern: what their paths below the place must match; None: all do.
        others: counts the files that are neither, by their suffixes.

    Raises:
        PhotoNotFoundError: there are none.
        BadOptionError: both places are one.
    """
    if source.kind() is fs.FileType.File:
        raise PhotoNotFoundError(
            "'{address}' is one file: draw it with 'animegan stylize' or 'animegan video'.",
            address=shown(source.address),
        )
    inside = _below(source, out)
    if inside == "":
        raise BadOptionError("IN and OUT are the same folder: name another OUT; it may be a folder in IN.")
    found: list[Photo] = []
    for path, size in source.files(problems):
        if (inside and path.startswith(f"{inside}/")) or not (pattern is None or pattern.match(path)):
            continue
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in PHOTO_SUFFIXES or is_clip(path):
            found.append((path, size))
        elif others is not None:
            others[suffix or "no suffix"] += 1
    if not found:
        if problems and source.kind() is not fs.FileType.NotFound:
            raise problems[0]
        raise PhotoNotFoundError(
            "There is no photo in '{address}': name another folder.", address=shown(source.address)
        )
    return found


def _below(source: Place, out: Place) -> str | None:
    """The path of one place below another: empty where they are one, None where it is elsewhere."""
    if source.system != out.system:
        return None
    above, below = (str(Path(p.root).resolve()) if p.is_local else p.root for p in (source, out))
    return f"{below}/"[len(above) + 1 :].rstrip("/") if f"{below}/".startswith(f"{above}/") else None


def key_of(task: Task, format: str) -> str:
    """A hash of all that a drawing depends on: the place of the photos, the options, the weights and the program."""
    options, source = task.options, task.source
    names = {options.style, options.face_painter} if options.faces else {options.style}
    what = {
        "source": source.rstrip("/") if "://" in source else str(Path(source).resolve()),
        "options": {**asdict(options), "style": find_style(options.style).slug},
        "format": format,
        "quality": task.quality,
        "keep_metadata": task.keep_metadata,
        "max_megapixels": task.max_megapixels,
        "weights": sorted(_identity(find_style(name).source) for name in names),
        "shared": {path.name: weights.sha256(path) for path in _shared_weights()},
        "version": task.version,
    }
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()


def _shared_weights() -> list[Path]:
    """The built-in weights that every style uses: restorers, the enlarger, and the trees that judge a photo."""
    sources = [style.source for style in (*STYLES.values(), *LIVE.values(), *OF_FACES.values())]
    of_styles = {source.file for source in sources if isinstance(source, BuiltIn)}
    return sorted(path for path in BUILT_IN.glob("*.safetensors") if path.name not in of_styles)


def _identity(source: BuiltIn | OnHub | OnDisk) -> str:
    """What tells weights from others: their hash, or the commit on the Hub that they are of."""
    if isinstance(source, OnHub):
        return source.sha256 or f"{source.repo}/{source.file}@{source.revision}"
    return weights.sha256(weights.fetch(source))


def named_run(task: Task, out: Place, format: str) -> Task:
    """The task with the name of its run: that of the run with the same key, or else a new one, such as anime, or
    anime-2 where another run is called anime. Its file is written if there is none. Call it under the place's lock.

    Raises:
        OutputNotWritableError: it cannot be written.
    """
    slug = find_style(task.options.style).slug
    task = replace(task, key=key_of(task, format), started=datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f"))
    number = 1
    while True:
        task = replace(task, run=slug if number == 1 else f"{slug}-{number}")
        path = _run_file(task.run)
        if out.kind(path) is fs.FileType.NotFound:
            break
        if run_key(out, task.run) == task.key:
            return task
        number += 1
    kept = ("key", "source", "options", "quality", "keep_metadata", "max_megapixels", "version")
    about = {"format": format, **{name: value for name, value in asdict(task).items() if name in kept}}
    try:
        out.write(path, json.dumps(about, indent=1).encode())
    except OSError as error:
        raise not_writable(out.address, error) from error
    return task


def _run_file(run: str) -> str:
    return f"{MANIFEST}/{run}/{RUN_FILE}"


def run_key(out: Place, run: str) -> str | None:
    """The key that a run's file says; None: there is no such file."""
    try:
        return str(json.loads(out.read(_run_file(run)))["key"])
    except (PhotoNotFoundError, ValueError, KeyError, TypeError):
        return None


@dataclass(frozen=True)
class Todo:
    """What is left to do."""

    jobs: pa.Table
    """`JOBS`: one row a photo."""
    again: list[str]
    """Photos that have a row, and are drawn again: their file has changed, or their error is to be tried again."""
    done: int
    """Photos that are drawn."""
    failed: int
    """Photos whose error stands, and is not tried again."""
    own: int
    """Files that are drawings of this program, and are left out."""


def todo(photos: Iterable[Photo], manifest: Manifest, run: str, format: str, retry_errors: bool) -> Todo:
    """What is left to do of some photos. Of files of the same name and the same length, the later is taken to be the
    one that was drawn.
    """
    rows = manifest.table(["input", "output", "bytes", "error"])
    known = {name: number for number, name in enumerate(rows["input"].to_pylist())}
    outputs, sizes = rows["output"].to_pylist(), rows["bytes"].to_pylist()
    failures = rows["error"].is_valid().to_pylist()
    taken = {output.lower() for output in outputs if output}
    inputs: list[str] = []
    names: list[str] = []
    lengths: list[int] = []
    again: list[str] = []
    done = failed = own = 0
    for path, size in photos:
        row = known.get(path)
        if row is not None and sizes[row] == size and not (retry_errors and failures[row]):
            failed += failures[row]
            done += outputs[row] is not None
            own += not failures[row] and outputs[row] is None
            continue
        if row is not None:
            again.append(path)
        inputs.append(path)
        names.append((row is not None and outputs[row]) or _free_name(PurePosixPath(path), run, format, taken))
        lengths.append(size)
    return Todo(pa.table([inputs, names, lengths], JOBS), again, done, failed, own)


def _free_name(path: PurePosixPath, run: str, format: str, taken: set[str]) -> str:
    """A name that no other drawing has: a.jpg and a.png must not share one."""
    if is_clip(path.name):
        format = FORMAT
    for stem in chain((path.stem, path.name), (f"{path.name}.{number}" for number in count(2))):
        name = str(path.with_name(f"{stem}-{run}.{format}"))
        if name.lower() not in taken:
            taken.add(name.lower())
            return name
    raise AssertionError("names are endless")
