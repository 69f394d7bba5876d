"""The command ``stylize``: draw photos."""

from __future__ import annotations

import json
import queue
from collections import Counter
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import jobs, output
from animegan.cli.found import STANDARD
from animegan.cli.settings import Engine, Megapixels, Quality, Verbose, check_engine, option, with_settings
from animegan.cli.targets import Overwrite, made_folders
from animegan.errors import NOT_ABOUT_THE_PHOTO, AnimeganError, BadOptionError, named, shown
from animegan.images.files import MAX_MEGAPIXELS, checked_limit, checked_quality, encode, save
from animegan.options import ENGINE, KEEP_METADATA, Options
from animegan.styles.lookup import find_style

if TYPE_CHECKING:
    from animegan.pipeline.pipeline import Pipeline
    from animegan.pipeline.result import Result

AT_ONCE_FROM = 4
"""Photos: from so many on, each processor draws photos of its own. For fewer, loading the networks again takes longer
than it saves (``python benchmarks/throughput.py``)."""
LARGE = 2000
"""Photos: for more, another command serves better."""


@with_settings
def stylize(
    photos: Annotated[list[str], typer.Argument(metavar="IN", help="Photos, or folders of photos; - reads one.")],
    out: Annotated[
        str,
        typer.Option(
            "--out",
            "-o",
            metavar="OUT",
            help="A file for one photo (.png, .jpg, .webp), or a folder; - writes the bytes.",
        ),
    ],
    max_megapixels: Megapixels = MAX_MEGAPIXELS,
    engine: Engine = ENGINE.default,
    format: Annotated[str | None, option(jobs.FORMAT)] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Also photos in folders inside a folder; OUT gets the same ones.")
    ] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave out photos whose drawing is there already.")
    ] = False,
    save_repaired: Annotated[
        bool, typer.Option("--save-repaired", help="Also write repaired photos, as photo-anime-repaired.png.")
    ] = False,
    quality: Quality = None,
    keep_metadata: Annotated[str, option(KEEP_METADATA)] = KEEP_METADATA.default,
    overwrite: Overwrite = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a picture on standard output.")] = False,
    verbose: Verbose = False,
    **settings: Any,
) -> None:
    """Draw photos as anime."""
    options = Options(**settings)
    limit = checked_limit(max_megapixels)
    check_engine(engine)
    written = _Written(quality, KEEP_METADATA.check(keep_metadata), format or jobs.FORMAT.default, save_repaired)
    if out == STANDARD:
        _check_standard_output(as_json, save_repaired)
    plan = jobs.plan(
        photos,
        out,
        find_style(options.style),
        format=format,
        recursive=recursive,
        skip_existing=skip_existing,
        save_repaired=save_repaired,
        overwrite=overwrite,
    )
    for job in plan.jobs[:1]:  # all are of one kind
        checked_quality(quality, job.target or Path(f"drawing.{written.format}"))
    _warn(plan)
    drawn = 0
    if plan.jobs:
        with made_folders(job.target.parent for job in plan.jobs if job.target is not None):
            drawn = _draw(plan.jobs, options, engine, limit, written, as_json, verbose)
    _report(plan, drawn)


@dataclass(frozen=True)
class _Written:
    """How drawings are written; `animegan.pipeline.result.Result.save` says what the first two mean."""

    quality: int | None
    keep_metadata: str
    format: str
    """For standard output."""
    repaired: bool
    """Repaired photos are written as well."""

    def write(self, result: Result, job: jobs.Job) -> dict[str, str]:
        """Write what was made of a photo; the names of the files."""
        kept = result.kept_metadata(self.keep_metadata)
        if job.target is None:
            output.write(encode(result.pixels, Path(f"drawing.{self.format}"), self.quality, kept))
        else:
            save(result.pixels, job.target, self.quality, kept)
        for each in result.notes_for(job.target or f"drawing.{self.format}"):
            output.complain(f"{shown(job.source or STANDARD)}: {each}")
        files = {"input": str(job.source or STANDARD), "output": str(job.target)}
        if job.repaired is not None and self.repaired and result.repaired is not None:
            save(result.with_alpha(result.repaired_photo), job.repaired, self.quality, kept)
            files["repaired"] = str(job.repaired)
        return files


def _check_standard_output(as_json: bool, save_repaired: bool) -> None:
    """Check that a drawing may go to standard output.

    Raises:
        BadOptionError: something else goes there as well.
        OutputNotWritableError: it takes no picture.
    """
    for name, is_asked in (("--json", as_json), ("--save-repaired", save_repaired)):
        if is_asked:
            raise BadOptionError(
                "The drawing and {name} do not fit in one standard output: name a file with -o.", name=name
            )
    output.check_takes_bytes()


def _warn(plan: jobs.Plan) -> None:
    """Say what cannot be drawn, and what would serve better."""
    for problem in plan.problems:
        output.complain(problem)
    if len(plan.jobs) > LARGE:
        output.note(
            f"For {len(plan.jobs)} photos 'animegan batch' would serve: it can be stopped at any time and goes on, "
            "and uses several machines."
        )


def _report(plan: jobs.Plan, drawn: int) -> None:
    """Say what was left out, and exit with 2 if a photo could not be drawn."""
    if left_out := str(plan.left_out):
        output.note(left_out)
    if plan.skipped:
        output.note(f"{plan.skipped} of {len(plan.jobs) + plan.skipped} drawings were there already.")
    count = len(plan.jobs) + len(plan.problems)
    if drawn < count:
        if count > 1:
            output.note(f"{count - drawn} of {count} photos could not be drawn.")
        raise typer.Exit(2)


def _draw(
    todo: list[jobs.Job], options: Options, engine: str, limit: float, written: _Written, as_json: bool, verbose: bool
) -> int:
    """Draw photos; how many could be."""
    received = jobs.standard_input() if any(job.source is None for job in todo) else b""

    def draw(pipeline: Pipeline, job: jobs.Job) -> dict[str, Any]:
        """Draw and write one photo; its line for --json."""
        result = pipeline.stylize(job.source or received, options, max_megapixels=limit)
        return {**written.write(result, job), **result.to_dict()}

    drawn, alike = 0, Counter(job.source.name for job in todo if job.source is not None)
    with output.progress(todo, len(todo), "Drawing") as bar, closing(_outcomes(todo, engine, draw)) as outcomes:
        for job, outcome in zip(bar, outcomes, strict=True):
            if isinstance(outcome, AnimeganError):
                output.complain(output.about(job.source, outcome, alike), outcome if verbose else None)
                if isinstance(outcome, NOT_ABOUT_THE_PHOTO):
                    break
                continue
            drawn += 1
            if as_json:
                output.say(json.dumps(outcome))
            elif len(todo) == 1 and job.target is not None:
                output.note(f"{job.target} ({outcome['seconds']['total']:.1f} s)")
    return drawn


def _outcomes(
    todo: list[jobs.Job], engine: str, draw: Callable[[Pipeline, jobs.Job], dict[str, Any]]
) -> Generator[dict[str, Any] | AnimeganError]:
    """Yield what became of each photo, in their order. Of many, each processor draws some on its own."""
    from animegan.networks.engine import choose_engine, cores
    from animegan.pipeline.pipeline import Pipeline

    on_processors = choose_engine(engine).device.type == "cpu"
    at_once = cores() if on_processors and len(todo) >= AT_ONCE_FROM else 1
    free: queue.SimpleQueue[Pipeline] = queue.SimpleQueue()
    for _ in range(at_once):
        free.put(Pipeline(engine, threads=1 if at_once > 1 else None))

    def work(job: jobs.Job) -> dict[str, Any] | AnimeganError:
        pipeline = free.get()
        try:
            return draw(pipeline, job)
        except (typer.Exit, BrokenPipeError):  # of standard output: said already
            raise
        except Exception as error:  # whatever a photo does, the others are drawn
            return named(error)
        finally:
            free.put(pipeline)

    if at_once == 1:
        yield from map(work, todo)
        return
    with ThreadPoolExecutor(at_once) as pool:
        try:
            for future in [pool.submit(work, job) for job in todo]:
                yield future.result()
        finally:  # stopped, or the next photo would meet the same error
            pool.shutdown(wait=False, cancel_futures=True)
