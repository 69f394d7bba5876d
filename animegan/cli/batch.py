"""The command ``batch``: draw folders of any size."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import jobs, output
from animegan.cli.settings import Engine, Megapixels, Quality, Verbose, option, with_settings
from animegan.cli.targets import Overwrite
from animegan.errors import BadOptionError, shown
from animegan.images.files import MAX_MEGAPIXELS, checked_limit, checked_quality
from animegan.options import ENGINE, KEEP_METADATA, Options

if TYPE_CHECKING:
    from animegan.batch.plan import Todo

MOST_COMPLAINTS = 20
"""So many errors of photos are printed; all of them stand in the manifest."""


@with_settings
def batch(
    source: Annotated[
        str, typer.Argument(metavar="IN", help="A folder, a glob in quotes, or an address such as s3://bucket/photos.")
    ],
    out: Annotated[str, typer.Argument(metavar="OUT", help="A folder, or an address; it gets IN's folders.")],
    workers: Annotated[int | None, typer.Option(help="Photos drawn at once; one a processor without it.")] = None,
    address: Annotated[
        str | None, typer.Option(help="Draw on a Ray cluster: its address, or auto for the one that runs here.")
    ] = None,
    retry_errors: Annotated[bool, typer.Option("--retry-errors", help="Also draw what failed before.")] = False,
    format: Annotated[str, option(jobs.FORMAT)] = jobs.FORMAT.default,
    max_megapixels: Megapixels = MAX_MEGAPIXELS,
    time_limit: Annotated[float, typer.Option(help="Seconds for one photo, or a frame of a clip.")] = 300.0,
    memory_limit: Annotated[float, typer.Option(help="GB of memory that drawing one photo may take.")] = 6.0,
    engine: Engine = ENGINE.default,
    quality: Quality = None,
    keep_metadata: Annotated[str, option(KEEP_METADATA)] = KEEP_METADATA.default,
    overwrite: Overwrite = False,
    verbose: Verbose = False,
    **settings: Any,
) -> None:
    """Draw folders of any size, photos and clips. Stop it and start it again: it goes on, and writes a table of what
    was done.
    """
    output.require(["ray", "pyarrow"], "batch")
    options = Options(**settings)
    jobs.FORMAT.check(format)
    ENGINE.check(engine)
    checked_quality(quality, Path(f"drawing.{format}"))
    _check_limits(("workers", workers), ("time-limit", time_limit), ("memory-limit", memory_limit))
    from animegan.batch.run import Task, draw_all

    kept = KEEP_METADATA.check(keep_metadata)
    task = Task(source, out, options, engine=engine, time_limit=time_limit, memory_limit=memory_limit)
    task = replace(task, max_megapixels=checked_limit(max_megapixels), quality=quality, keep_metadata=kept)
    task = replace(task, overwrite=overwrite, verbose=verbose)
    try:
        with ExitStack() as stack:
            told = _Teller(stack)
            hooks: Any = {"on_start": told.start, "on_row": told.show}
            done = draw_all(task, format, workers=workers, address=address, retry_errors=retry_errors, **hooks)
    except KeyboardInterrupt:
        output.note("Stopped. The same command goes on.")
        raise typer.Exit(130) from None
    _report(done, f"{out.rstrip('/')}/manifest/{done.run}")


class _Teller:
    """Shows on the screen how a run goes on."""

    def __init__(self, stack: ExitStack):
        """``stack`` ends the progress bar."""
        self._stack = stack
        self._bar: Any = None
        self._complaints = 0

    def start(self, run: str, left: Todo) -> None:
        """Begin the bar."""
        if left.done:
            output.note(f"{left.done} drawings were there already.")
        count = left.jobs.num_rows
        self._bar = self._stack.enter_context(output.progress(range(count), count, "Drawing"))
        self._bar.render_progress()

    def show(self, row: dict[str, Any]) -> None:
        """Count a photo, and name its error; only the first of very many."""
        self._bar.update(1)
        if row["error"] is not None:
            self._complaints += 1
            if self._complaints <= MOST_COMPLAINTS:
                output.complain(f"{shown(row['input'])}: {row['error'].partition(': ')[2]}")
            elif self._complaints == MOST_COMPLAINTS + 1:
                output.complain("There are more errors: they stand in the manifest.")


def _check_limits(*limits: tuple[str, float | None]) -> None:
    for name, value in limits:
        if value is not None and value <= 0:
            raise BadOptionError("The option --{name} takes a number above 0, not {value:g}.", name=name, value=value)


def _report(done: Any, manifest: str) -> None:
    """Say what was done, and exit with 2 if something could not be drawn."""
    for problem in done.problems:
        output.complain(problem)
    left = [f"{done.own} drawing{'s' * (done.own != 1)} of this program"] if done.own else []
    left += [f"{count} of {suffix}" for suffix, count in done.others.most_common()]
    if left:
        output.note(f"Left out: {', '.join(left)}.")
    output.note(f"{done.drawn} files are drawn. What was done: {manifest}")
    if done.failed:
        output.note(f"{done.failed} files could not be drawn; --retry-errors tries them again.")
    if done.failed or done.problems:
        raise typer.Exit(2)
