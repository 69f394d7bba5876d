"""A style of one's own: from pairs, or from photos and a teacher, to one style file.

Everything of a training lies in a folder beside the style file: pictures at training size, checkpoints, a log and a
sheet of drawings that grows. The same order goes on where it was stopped.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.errors import BadOptionError, BadPairsError, OutputNotWritableError, PhotoNotFoundError, TrainingError
from animegan.images import files
from animegan.images.files import shown
from animegan.networks.checkpoints import read_compact
from animegan.networks.modules import CompactGenerator
from animegan.storage import written_whole
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.metadata import MAX_RANK, SUFFIX, StyleInfo, derived_licence
from animegan.styles.sources import BuiltIn, Style
from animegan.training.own import pairs, teachers
from animegan.training.own.pairs import Checked
from animegan.training.own.style_run import SIZES, Recipe, StoppedError, StyleRun, shape_of, starting_network
from animegan.training.own.style_sheet import Sheet
from animegan.training.own.style_writer import Trained, write_style

if TYPE_CHECKING:
    from animegan.training.own.teachers import Teacher

if sys.platform == "win32":
    fcntl = None
else:
    import fcntl

DEFAULT_BASE = "cel"
"""The base by default: its weights are free for any use, and so is what is trained from them."""
DEFAULT_MINUTES = 5.0


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
    base: str = DEFAULT_BASE
    """The style to begin with: a built-in one, or a style file."""
    minutes: float = 0.0
    steps: int = 0
    """How long each network is trained; if both are 0, `DEFAULT_MINUTES`."""
    faces: bool = False
    """Train a face network as well."""
    size: str = "normal"
    rank: int = 0
    """Rank of adapters; 0: whole networks."""
    name: str = ""
    caption: str = ""
    author: str = ""

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
            raise BadOptionError(f"A style file ends in {SUFFIX}, not '{shown(self.out.suffix)}': choose another name.")
        if (self.pairs is None) == (self.photos is None):
            raise BadOptionError("A style is learned from pairs, or from photos and a teacher: give one of the two.")
        if (self.photos is None) != (self.teacher is None):
            raise BadOptionError("Photos need a teacher that draws them, and a teacher needs photos: give both.")
        if self.size not in SIZES:
            raise BadOptionError(f"A size is {', '.join(SIZES[:-1])} or {SIZES[-1]}, not '{shown(self.size)}'.")
        if self.minutes < 0 or self.steps < 0 or (self.minutes and self.steps):
            raise BadOptionError("A training lasts some minutes or some steps, both above 0: give one of the two.")
        if not 0 <= self.rank <= MAX_RANK:
            raise BadOptionError(f"The rank of adapters is a number from 1 to {MAX_RANK}, not {self.rank}.")
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


@dataclass(frozen=True)
class _Base:
    """A network to begin with."""

    style: Style
    sha256: str
    network: CompactGenerator


def train(order: Order, hooks: Hooks | None = None) -> StyleInfo:
    """Train a style, and write its file after each validation, so that it can be used before the end.

    Returns:
        What the finished file says about itself.

    Raises:
        StoppedError: the caller stopped it; the same order goes on.
        BadOptionError, BadPairsError, TeacherFailedError, TrainingError, OutputNotWritableError, UnknownStyleError,
        WeightsUnavailableError: see `animegan.errors`.
    """
    order.check()
    hooks = hooks or Hooks()
    bases = _bases(order)
    try:
        is_new = not order.folder.exists()
        order.folder.mkdir(parents=True, exist_ok=True)
        with _locked(order.folder):
            try:
                return _train(order, hooks, bases)
            except (BadPairsError, PhotoNotFoundError):
                if is_new:
                    shutil.rmtree(order.folder)
                raise
    except OSError as error:
        raise OutputNotWritableError(
            f"The training cannot write to '{shown(order.folder)}' ({error.strerror}): free some space, or choose "
            "another place; what is done so far is kept."
        ) from error


def _bases(order: Order) -> dict[str, _Base]:
    """The networks to begin with: ``scene``, and if wanted ``faces``."""
    scene = find_style(order.base)
    chosen = {"scene": scene}
    if order.faces:
        chosen["faces"] = find_style(scene.faces_style) if scene.faces_style else scene
    bases = {}
    for kind, style in chosen.items():
        if order.rank and not isinstance(style.source, BuiltIn):
            raise BadOptionError(f"Adapters need a built-in base, and '{shown(style.id)}' is none: leave --lora out.")
        path = weights.locate(style)
        if path.suffix.lower() != SUFFIX:
            raise BadOptionError(f"'{shown(style.id)}' is no network of ours: choose a built-in style as the base.")
        network = read_compact(path, style.part)
        if network.config.scale != 1:
            raise BadOptionError(f"'{shown(style.id)}' changes the size of pictures: choose another base.")
        bases[kind] = _Base(style, weights.sha256(path), network)
    return bases


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a training's folder.

    Raises:
        TrainingError: another process holds it.
    """
    with (folder / "lock").open("w") as lock:
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise TrainingError(
                    f"A training runs in '{shown(folder)}' already: wait for it, stop it, or choose another name."
                ) from error
        yield


def _plan(order: Order, bases: dict[str, _Base]) -> dict[str, Any]:
    """What may not change between a training and its resumption; checked against that of before.

    Raises:
        TrainingError: it was not.
    """
    plan = {
        "base": {kind: base.sha256 for kind, base in bases.items()},
        "size": order.size,
        "rank": order.rank,
        "teacher": order.teacher.name if order.teacher else "",
        "pictures": _fingerprint(order.pairs or order.photos),
    }
    before = None
    with suppress(OSError, ValueError):
        before = json.loads((order.folder / "plan.json").read_text())
    if isinstance(before, dict) and before != plan:
        changed = ", ".join(name for name in plan if before.get(name) != plan[name])
        raise TrainingError(
            f"The training in '{shown(order.folder)}' was begun differently ({changed}): choose another name, "
            "or delete that folder."
        )
    return plan


def _fingerprint(folder: Path | None) -> str:
    """A hash of names, sizes and times of the pictures below a folder."""
    assert folder is not None
    lines = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in files.PHOTO_SUFFIXES:
            status = path.stat()
            lines.append(f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _train(order: Order, hooks: Hooks, bases: dict[str, _Base]) -> StyleInfo:
    plan = _plan(order, bases)
    checked = _prepare(order, hooks)
    with written_whole(order.folder / "plan.json") as file:
        file.write(json.dumps(plan).encode())
    for remark in checked.remarks:
        hooks.on_remark(remark)
    info = _first_info(order, bases)
    runs = {
        kind: _run(order, kind, base.network, checked.faces if kind == "faces" else checked.pairs)
        for kind, base in bases.items()
    }
    resumed = [run.resume() for run in runs.values()]
    if any(resumed):
        hooks.on_remark(f"Resuming at step {max(run.step for run in runs.values())}.")
    minutes = order.minutes or (0.0 if order.steps else DEFAULT_MINUTES)
    before = [len(run.history) for run in runs.values()]
    for number, kind in enumerate(runs):
        _fit(order, hooks, runs, kind, info, minutes, number)
    if all(resumed) and before == [len(run.history) for run in runs.values()]:
        raise TrainingError(
            f"The training in '{shown(order.folder)}' is finished: give it more steps or minutes, or choose another "
            "name."
        )
    return _write(order, runs, info)


def _prepare(order: Order, hooks: Hooks) -> Checked:
    """The pairs at training size; if there are none yet, drawn by the teacher, read and checked."""
    index = order.folder / "pairs" / "index.json"
    checked = pairs.read_index(index)
    if checked is not None:
        return checked
    find_faces = pairs.face_frames() if order.faces else None
    folder = order.pairs
    if order.photos is not None and order.teacher is not None:
        folder = order.folder / "drawings"
        for done, count in teachers.draw_all(order.teacher, order.photos, folder, find_faces):
            hooks.on_progress(0.0, f"The teacher draws: {done} of {count} photos")
            hooks.check_stopped()
    assert folder is not None

    def on_pair(done: int, count: int) -> None:
        hooks.on_progress(0.0, f"Reading pairs: {done} of {count}")
        hooks.check_stopped()

    faces_named = order.faces and order.pairs is None
    checked = pairs.check_folder(folder, index.parent, None if faces_named else find_faces, on_pair, faces_named)
    pairs.write_index(checked, index)
    return checked


def _run(order: Order, kind: str, base: CompactGenerator, chosen: list[pairs.Pair]) -> StyleRun:
    start = starting_network(base, order.size)
    shape = shape_of(start, order.size, order.rank)
    large = len(shape.channels) > 3 or kind == "faces"
    recipe = Recipe(
        batch=3 if large else 8,
        side=256 if large else 160,
        rate=3e-3 if order.rank else 1e-3,
        rank=order.rank,
        channels=shape.channels,
        encoder=shape.encoder,
        decoder=shape.decoder,
        inner=shape.inner,
        context=shape.context,
    )
    return StyleRun(order.folder / kind, recipe, chosen, start)


def _fit(
    order: Order, hooks: Hooks, runs: dict[str, StyleRun], kind: str, info: StyleInfo, minutes: float, number: int
) -> None:
    """Train one network of the order, and show how it goes."""
    run, share = runs[kind], 1 / len(runs)
    seconds = 60 * minutes * share
    sheet = Sheet(order.folder / ("sheet.jpg" if kind == "scene" else f"sheet-{kind}.jpg"), run)

    def fraction() -> float:
        done = run.step / run.recipe.steps if order.steps else run.seconds / seconds
        return share * (number + min(1.0, done))

    def text() -> str:
        planned = f" of {run.recipe.steps}" if run.every else ""
        score = f": {run.history[-1][1]:.1f} dB (photo {run.photo_score:.1f})" if run.history else ""
        return f"{'Faces, step' if kind == 'faces' else 'Step'} {run.step}{planned}{score}"

    def on_step() -> None:
        hooks.on_progress(fraction(), text())
        hooks.check_stopped()

    def on_validation(drawings: list) -> None:
        sheet.add(run.step, run.history[-1][1], drawings)
        _write(order, {name: each for name, each in runs.items() if each.history}, info)
        hooks.on_progress(fraction(), text())

    run.fit(order.steps, seconds, on_step, on_validation)


def _first_info(order: Order, bases: dict[str, _Base]) -> StyleInfo:
    """What is known of the style before its training."""
    scene, faces = bases["scene"], bases.get("faces")
    licences = list(dict.fromkeys(base.style.licence for base in bases.values()))
    restricted = [licence for licence in licences if licence != scene.style.licence]
    foreign = order.teacher.name if order.teacher and not order.teacher.is_ours else ""
    return StyleInfo(
        name=order.name or order.out.stem,
        base=_public_name(scene.style),
        base_sha256=scene.sha256,
        licence=derived_licence("; ".join([scene.style.licence, *restricted]), foreign),
        caption=order.caption,
        author=order.author,
        size=order.size,
        adapter_rank=order.rank,
        faces_base=_public_name(faces.style) if faces else "",
        faces_base_sha256=faces.sha256 if faces else "",
    )


def _public_name(style: Style) -> str:
    """The name of a base for a file that others read: of a file on this disk, not its folder."""
    return Path(style.id).name if style.source.kind == "file" else style.id


def _write(order: Order, runs: dict[str, StyleRun], info: StyleInfo) -> StyleInfo:
    """Write the style file with the best networks so far."""
    scene = runs["scene"]
    count = scene.pair_count
    drew = f"{order.teacher.name}, {count} photos" if order.teacher else f"{count} pairs"
    has_faces = "faces" in runs
    info = replace(
        info,
        learned_from=drew,
        pairs=count,
        steps=scene.step,
        figures=scene.figures() | ({f"faces_{k}": v for k, v in runs["faces"].figures().items()} if has_faces else {}),
        recipe=scene.settings,
        faces_base=info.faces_base if has_faces else "",
        faces_base_sha256=info.faces_base_sha256 if has_faces else "",
    )
    trained = {kind: Trained(run.best, run.start) for kind, run in runs.items()}
    return write_style(order.out, trained, info)
