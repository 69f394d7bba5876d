"""Runs an order: from pairs, or from photos and a teacher, to one style file."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from animegan.errors import (
    BadOptionError,
    BadPairsError,
    OutputNotWritableError,
    PhotoNotFoundError,
    TrainingError,
    shown,
)
from animegan.images import files
from animegan.networks.checkpoints import read_compact
from animegan.networks.modules import CompactGenerator
from animegan.storage import locked, written_whole
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.metadata import SUFFIX, StyleInfo, derived_licence
from animegan.styles.sources import BuiltIn, Style
from animegan.training.crops import Pair
from animegan.training.own import pairs, teachers
from animegan.training.own.order import Hooks, Order
from animegan.training.own.style_sheet import add_column
from animegan.training.own.style_trainer import Recipe, StyleTrainer, shape_of, starting_network
from animegan.training.own.style_writer import write_style

DEFAULT_MINUTES = 5.0


@dataclass(frozen=True)
class _Base:
    """A network to begin with."""

    style: Style
    sha256: str
    network: CompactGenerator

    @property
    def public_name(self) -> str:
        """Its name for a file that others read: of a file on this disk, not its folder."""
        return Path(self.style.id).name if self.style.source.kind == "file" else self.style.id


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
    bases = _bases(order)
    try:
        is_new = not order.folder.exists()
        order.folder.mkdir(parents=True, exist_ok=True)
        busy = TrainingError(
            "A training runs in '{folder}' already: wait for it, stop it, or choose another name.",
            folder=shown(order.folder),
        )
        with locked(order.folder / "lock", busy):
            try:
                return _train(order, hooks or Hooks(), bases)
            except (BadPairsError, PhotoNotFoundError):
                if is_new:
                    shutil.rmtree(order.folder)
                raise
    except OSError as error:
        raise OutputNotWritableError(
            "The training cannot write to '{folder}' ({why}): free some space, or choose "
            "another place; what is done so far is kept.",
            folder=shown(order.folder),
            why=error.strerror,
        ) from error


def _bases(order: Order) -> dict[str, _Base]:
    """The networks to begin with: ``scene``, and if wanted ``faces``."""
    style = find_style(order.base)
    bases = {"scene": _base(order, style)}
    if order.faces:
        bases["faces"] = _base(order, find_style(style.faces_style)) if style.faces_style else bases["scene"]
        if bases["faces"].network.config.head_mask:  # pairs have no mask of the head to learn from
            bases["faces"] = bases["scene"]
    return bases


def _base(order: Order, style: Style) -> _Base:
    if order.rank and not isinstance(style.source, BuiltIn):
        raise BadOptionError("Adapters need a built-in base, and '{id}' is none: leave --lora out.", id=shown(style.id))
    path = weights.locate(style)
    if path.suffix.lower() != SUFFIX:
        raise BadOptionError("'{id}' is no network of ours: choose a built-in style as the base.", id=shown(style.id))
    network = read_compact(path, style.part)
    if network.config.scale != 1:
        raise BadOptionError("'{id}' changes the size of pictures: choose another base.", id=shown(style.id))
    return _Base(style, weights.sha256(path), network)


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
            "The training in '{folder}' was begun differently ({changed}): choose another name, or delete that folder.",
            folder=shown(order.folder),
            changed=changed,
        )
    return plan


def _fingerprint(folder: Path | None) -> str:
    """A hash of names, sizes and times of the pictures below a folder."""
    assert folder is not None
    found = [(path, path.stat()) for path in sorted(folder.rglob("*")) if path.suffix.lower() in files.PHOTO_SUFFIXES]
    lines = [f"{path.relative_to(folder)} {status.st_size} {status.st_mtime_ns}" for path, status in found]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _train(order: Order, hooks: Hooks, bases: dict[str, _Base]) -> StyleInfo:
    plan = _plan(order, bases)
    checked = _prepare(order, hooks)
    with written_whole(order.folder / "plan.json") as file:
        file.write(json.dumps(plan).encode())
    for remark in checked.remarks:
        hooks.on_remark(remark)
    trainers = {
        kind: _trainer(order, kind, base.network, checked.faces if kind == "faces" else checked.pairs)
        for kind, base in bases.items()
    }
    resumed = [trainer.resume() for trainer in trainers.values()]
    if any(resumed):
        hooks.on_remark(f"Resuming at step {max(trainer.step for trainer in trainers.values())}.")
    before = [len(trainer.history) for trainer in trainers.values()]
    for kind in trainers:
        _fit(order, hooks, bases, trainers, kind)
    if all(resumed) and before == [len(trainer.history) for trainer in trainers.values()]:
        raise TrainingError(
            "The training in '{folder}' is finished: give it more steps or minutes, or choose another name.",
            folder=shown(order.folder),
        )
    return _write(order, bases, trainers)


def _prepare(order: Order, hooks: Hooks) -> pairs.Checked:
    """The pairs at training size; if there are none yet, drawn by the teacher, read and checked."""
    cache = order.folder / "pairs"
    if (checked := pairs.read_cache(cache)) is not None:
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
    return pairs.check_folder(folder, cache, None if faces_named else find_faces, on_pair, faces_named)


def _trainer(order: Order, kind: str, base: CompactGenerator, chosen: list[Pair]) -> StyleTrainer:
    start = starting_network(base, order.size)
    shape = shape_of(start, order.size, order.rank)
    batch, side = (3, 256) if len(shape.channels) > 3 or kind == "faces" else (8, 160)
    rate = 3e-3 if order.rank else 1e-3
    recipe = Recipe(batch=batch, side=side, rate=rate, rank=order.rank, **asdict(shape))
    return StyleTrainer(order.folder / kind, recipe, chosen, start)


def _fit(order: Order, hooks: Hooks, bases: dict[str, _Base], trainers: dict[str, StyleTrainer], kind: str) -> None:
    """Train one network of the order, and show how it goes."""
    trainer, number, share = trainers[kind], list(trainers).index(kind), 1 / len(trainers)
    minutes = order.minutes or (0.0 if order.steps else DEFAULT_MINUTES)
    seconds = 60 * minutes * share
    sheet = order.folder / ("sheet.jpg" if kind == "scene" else f"sheet-{kind}.jpg")

    def show() -> None:
        done = trainer.step / trainer.steps if order.steps else trainer.seconds / seconds
        planned = f" of {trainer.steps}" if trainer.every else ""
        score = f": {trainer.history[-1][1]:.1f} dB (photo {trainer.photo_score:.1f})" if trainer.history else ""
        text = f"{'Faces, step' if kind == 'faces' else 'Step'} {trainer.step}{planned}{score}"
        hooks.on_progress(share * (number + min(1.0, done)), text)

    def on_step() -> None:
        show()
        hooks.check_stopped()

    def on_validation(drawings: list) -> None:
        add_column(sheet, trainer.kept_out, *trainer.history[-1], drawings)
        _write(order, bases, {name: each for name, each in trainers.items() if each.history})
        show()

    trainer.fit(order.steps, seconds, on_step, on_validation)


def _write(order: Order, bases: dict[str, _Base], trainers: dict[str, StyleTrainer]) -> StyleInfo:
    """Write the style file with the best networks so far."""
    scene, faces, count = trainers["scene"], trainers.get("faces"), len(trainers["scene"].pairs)
    licences = dict.fromkeys(base.style.licence for base in bases.values())
    foreign = order.teacher.name if order.teacher and not order.teacher.is_ours else ""
    info = StyleInfo(
        name=order.name or order.out.stem,
        base=bases["scene"].public_name,
        base_sha256=bases["scene"].sha256,
        licence=derived_licence("; ".join(licences), foreign),
        caption=order.caption,
        author=order.author,
        learned_from=f"{order.teacher.name}, {count} photos" if order.teacher else f"{count} pairs",
        pairs=count,
        steps=scene.step,
        size=order.size,
        adapter_rank=order.rank,
        faces_base=bases["faces"].public_name if faces else "",
        faces_base_sha256=bases["faces"].sha256 if faces else "",
        figures=scene.figures() | ({f"faces_{name}": f for name, f in faces.figures().items()} if faces else {}),
        recipe=asdict(scene.recipe),
    )
    return write_style(order.out, {kind: (each.best, each.start) for kind, each in trainers.items()}, info)
