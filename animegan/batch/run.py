"""Draws a folder of any size, on Ray Data."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import Any, cast

import pyarrow as pa
from pyarrow import fs
from ray import data
from ray.exceptions import RayError

import animegan
from animegan.batch.cluster import cluster
from animegan.batch.drawer import Drawer
from animegan.batch.lock import locked
from animegan.batch.manifest import MANIFEST, SCHEMA, Manifest, Row
from animegan.batch.places import Place, absolute, split_glob
from animegan.batch.plan import RUN_FILE, Todo, named_run, photos_in, run_key, todo
from animegan.batch.task import Task
from animegan.errors import AnimeganError, BadOptionError, shown
from animegan.options import Options
from animegan.styles import weights
from animegan.styles.lookup import find_style

ROWS = 32
"""Photos of one block at most: what Ray hands to a worker at once, and what one part of the manifest holds."""
SAVE = 5.0
"""Seconds after which a worker writes the rows of what it has drawn, so that little is drawn twice if it dies."""
SLICE = 10_000
"""Photos of one object in Ray's store."""

OnStart = Callable[[str, Todo], None]
"""Called with the run's name and what is left to do, before the first photo is drawn."""
OnRow = Callable[[Row], None]
"""Called with each new row of the manifest."""


@dataclass(frozen=True)
class Summary:
    """How a run ended: its name, photos that are drawn, earlier ones included, photos whose row has an error, folders
    that could not be read, and what was left out: drawings of this program, and other files by their suffixes.
    """

    run: str
    drawn: int
    failed: int
    problems: list[AnimeganError]
    own: int
    others: Counter[str]


def draw_all(
    task: Task,
    format: str,
    *,
    workers: int | None = None,
    address: str | None = None,
    retry_errors: bool = False,
    on_start: OnStart = lambda run, left: None,
    on_row: OnRow = lambda row: None,
) -> Summary:
    """Draw all photos of ``task.source`` that are not drawn yet, and write a row of the manifest for each.

    What can be done again goes on where the last run ended, however that was. A changed option, another place for the
    photos or other weights make another run, with drawings of other names.

    Args:
        task: its ``source`` may have wildcards; the fields that name the run are filled in here.
        format: png, jpg or webp.
        workers: processes that draw; None: one a processor.
        address: of a Ray cluster, or ``auto``; None: this machine alone.
        retry_errors: draw photos whose row has an error once more.

    Raises:
        AnimeganError: the run cannot begin or go on; what is drawn stays.
    """
    folder, pattern = split_glob(task.source)
    task = replace(task, source=absolute(folder), out=absolute(task.out), options=_from_anywhere(task.options))
    source, out = Place(task.source), Place(task.out)
    problems: list[AnimeganError] = []
    others: Counter[str] = Counter()
    found = photos_in(source, pattern, out, problems, others)
    options = task.options
    for name in {options.style, options.face_painter} if options.faces else {options.style}:
        weights.locate(find_style(name))
    was_there = out.kind() is not fs.FileType.NotFound
    with ExitStack() as stack:
        stack.callback(lambda: out.delete_empty(MANIFEST, *([] if was_there else [""])))
        stack.enter_context(locked(out))
        task = named_run(task, out, format)
        manifest = Manifest(out, task.run)
        try:
            out.delete_parts()
            left = todo(found, manifest, task.run, format, retry_errors)
            manifest.tidy(f"rows-{task.started}", left.again)
            on_start(task.run, left)
            drawn, failed, own = left.done, left.failed, left.own
            for row in _rows(task, left.jobs, workers, address):
                is_drawn, has_failed = row["output"] is not None, row["error"] is not None
                drawn, failed, own = drawn + is_drawn, failed + has_failed, own + (not is_drawn and not has_failed)
                on_row(row)
        finally:
            manifest.tidy(f"rows-{task.started}-end")
            if not manifest.table(["input"]).num_rows:  # a run that drew nothing leaves nothing
                out.delete(f"{manifest.folder}/{RUN_FILE}")
                out.delete_empty(manifest.folder)
        return Summary(task.run, drawn, failed, problems, own, others)


def _from_anywhere(options: Options) -> Options:
    """The options with absolute paths of weights files: workers may run in another folder."""
    names = {"style": options.style, "faces_style": options.faces_style}
    return options.replaced(**{each: absolute(name) if os.path.isfile(name) else name for each, name in names.items()})


def _rows(task: Task, jobs: pa.Table, workers: int | None, address: str | None) -> Iterator[Row]:
    """Draw, and yield the rows as they come."""
    if not jobs.num_rows:
        return
    with cluster(address, workers, jobs.num_rows) as (count, gpus):
        rows = max(1, min(ROWS, jobs.num_rows // (8 * count)))
        slices = [jobs.slice(start, SLICE) for start in range(0, jobs.num_rows, SLICE)]
        drawings = (
            data.from_arrow(slices)
            .repartition(target_num_rows_per_block=rows)
            .map_batches(
                Worker,
                batch_size=None,
                batch_format="pyarrow",
                fn_constructor_args=(task.to_json(),),
                compute=data.ActorPoolStrategy(size=count),
                num_cpus=1,
                num_gpus=gpus or None,
                udf_modifying_row_count=False,
            )
        )
        try:
            for batch in drawings.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                yield from cast(pa.Table, batch).to_pylist()
        except RayError as error:
            raise _ours(error) from error


def _ours(error: BaseException) -> AnimeganError:
    """The named error that a worker raised, out of those that Ray has wrapped around it."""
    seen: list[BaseException] = [error]
    for each in seen:  # it grows
        if isinstance(each, AnimeganError):
            return each
        inner = (each.__cause__, getattr(each, "cause", None))
        seen += [cause for cause in inner if isinstance(cause, BaseException) and cause not in seen]
    return AnimeganError(
        "Ray ended the run ({last}): start it again to go on.",
        last=shown(str(error).strip().splitlines()[-1]),
    )


class Worker:
    """Draws blocks of photos; Ray keeps some of them. The networks are loaded once, in a process of its own."""

    def __init__(self, task_json: str):
        self._task = Task.from_json(task_json)
        self._out = Place(self._task.out)
        self._manifest = Manifest(self._out, self._task.run)
        self._drawer = Drawer(self._task)

    def __call__(self, jobs: pa.Table) -> pa.Table:
        """Draw a block of photos: rows of `animegan.batch.plan.JOBS` become rows of the manifest. A block that comes
        for the second time, because its worker died, is not drawn from its beginning.
        """
        self._check()
        todo: list[dict[str, Any]] = jobs.to_pylist()
        if not todo:
            return SCHEMA.empty_table()
        part = f"part-{self._task.started}-{hashlib.sha256(todo[0]['input'].encode()).hexdigest()[:20]}"
        rows = self._manifest.part(part)
        done, saved = {row["input"] for row in rows}, time.monotonic()
        try:
            for job in todo:
                if job["input"] in done:
                    continue
                rows.append(self._drawer.draw(job["input"], job["output"], job["bytes"]))
                if time.monotonic() - saved > SAVE:
                    self._manifest.add(part, rows)
                    saved = time.monotonic()
        finally:
            if len(rows) > len(done):
                self._manifest.add(part, rows)
        return pa.Table.from_pylist(rows, SCHEMA)

    def _check(self) -> None:
        """Check that this machine has the same program, and sees the same places, as the one that began the run."""
        if self._task.version != animegan.__version__:
            raise BadOptionError(
                "A machine of the cluster has animegan {version}, this one {ours}: "
                "install the same version on all of them.",
                version=animegan.__version__,
                ours=self._task.version,
            )
        there = Place(self._task.source).kind() is not fs.FileType.NotFound
        same = run_key(self._out, self._task.run) == self._task.key
        for what, address, is_seen in (("OUT", self._task.out, same), ("IN", self._task.source, there)):
            if not is_seen:
                raise BadOptionError(
                    "A machine of the cluster does not see {what}, '{address}': name a folder that all "
                    "machines share, or an address such as s3://bucket/folder.",
                    what=what,
                    address=shown(address),
                )
