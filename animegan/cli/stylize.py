"""The command ``stylize``: draw photos."""

from __future__ import annotations

import json
import os
import queue
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from animegan.cli import jobs, output
from animegan.cli.settings import option, with_settings
from animegan.cli.targets import made_folders
from animegan.errors import AnimeganError, BadOptionError, MissingExtraError, WeightsUnavailableError
from animegan.images.files import MAX_MEGAPIXELS, checked_limit, encode, save
from animegan.options import ENGINE, Options
from animegan.styles.lookup import find_style

if TYPE_CHECKING:
    from animegan.pipeline.pipeline import Pipeline

MANY = 4
"""Photos: from so many on, each processor draws photos of its own. On two that is 1.4 times as many a second
(``python benchmarks/throughput.py``); for fewer, loading the networks again is not worth it."""
LARGE = 2000
"""Photos: for more, another command serves better."""
SAME_FOR_ALL = (BadOptionError, MissingExtraError, WeightsUnavailableError)
"""Errors that are not about the photo: the next one would meet them, too."""


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
    max_megapixels: Annotated[float, typer.Option(help="Refuse larger photos.")] = MAX_MEGAPIXELS,
    engine: Annotated[str, option(ENGINE)] = ENGINE.default,
    format: Annotated[str | None, option(jobs.FORMAT)] = None,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Also photos in folders inside a folder; OUT gets the same ones.")
    ] = False,
    skip_existing: Annotated[
        bool, typer.Option("--skip-existing", help="Leave out photos whose drawing is there already.")
    ] = False,
    save_mended: Annotated[
        bool, typer.Option("--save-mended", help="Also write mended photos, as photo-anime-mended.png.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a picture on standard output.")] = False,
    **settings: Any,
) -> None:
    """Draw photos as anime."""
    options = Options(**settings)
    limit = checked_limit(max_megapixels)
    ENGINE.check(os.environ.get("ANIMEGAN_ENGINE", "auto") if engine == "auto" else engine)
    if out == jobs.STANDARD:
        _check_standard_output({"--json": as_json, "--save-mended": save_mended})
    plan = jobs.plan(
        photos,
        out,
        find_style(options.style),
        format=format,
        recursive=recursive,
        skip_existing=skip_existing,
        save_mended=save_mended,
    )
    for problem in plan.problems:
        output.complain(problem)
    if len(plan.jobs) > LARGE:
        output.note(
            f"For {len(plan.jobs)} photos 'animegan batch' would serve: it can be stopped at any time and goes on, "
            "and uses several machines."
        )
    drawn = 0
    if plan.jobs:
        with made_folders(plan.folders):
            drawn = _draw(plan.jobs, options, engine, limit, format or jobs.FORMAT.default, as_json, save_mended)
    if plan.skipped:
        output.note(f"{plan.skipped} of {len(plan.jobs) + plan.skipped} drawings were there already.")
    count = len(plan.jobs) + len(plan.problems)
    if drawn < count:
        if count > 1:
            output.note(f"{count - drawn} of {count} photos could not be drawn.")
        raise typer.Exit(2)


def _check_standard_output(others: dict[str, bool]) -> None:
    """Check that the drawing alone goes to standard output.

    Raises:
        BadOptionError: another option wants it, too.
    """
    for name, is_asked in others.items():
        if is_asked:
            raise BadOptionError(f"The drawing and {name} do not fit in one standard output: name a file with -o.")
    output.check_takes_bytes()


def _draw(
    todo: list[jobs.Job], options: Options, engine: str, limit: float, format: str, as_json: bool, save_mended: bool
) -> int:
    """Draw photos; how many could be.

    Raises:
        PhotoNotFoundError: nothing comes by standard input.
        BadOptionError: this machine has no such engine.
    """
    received = jobs.standard_input() if any(job.source is None for job in todo) else b""

    def draw(pipeline: Pipeline, job: jobs.Job) -> dict[str, Any]:
        """Draw and write one photo; its line for --json."""
        result = pipeline.stylize(job.source or received, options, max_megapixels=limit)
        if job.target is None:
            output.write(encode(result.image, Path(f"drawing.{format}")))
        else:
            save(result.image, job.target)
        files = {"input": str(job.source or jobs.STANDARD), "output": str(job.target)}
        if job.mended is not None and save_mended and result.repaired is not None:
            save(result.repaired_photo, job.mended)
            files["mended"] = str(job.mended)
        return {**files, **result.to_dict()}

    drawn = 0
    with output.progress(todo, len(todo), "Drawing") as bar, closing(_outcomes(todo, engine, draw)) as outcomes:
        for job, outcome in zip(bar, outcomes, strict=True):
            if isinstance(outcome, AnimeganError):
                output.complain(outcome)
                if isinstance(outcome, SAME_FOR_ALL):
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
    """Yield what became of each photo, in their order. Of many, each processor draws some on its own.

    Raises:
        BadOptionError: this machine has no such engine.
    """
    from animegan.networks.engine import choose_engine, cores
    from animegan.pipeline.pipeline import Pipeline

    on_processors = choose_engine(engine).device.type == "cpu"
    at_once = cores() if on_processors and len(todo) >= MANY else 1
    free: queue.SimpleQueue[Pipeline] = queue.SimpleQueue()
    for _ in range(at_once):
        free.put(Pipeline(engine, threads=1 if at_once > 1 else None))

    def work(job: jobs.Job) -> dict[str, Any] | AnimeganError:
        pipeline = free.get()
        try:
            return draw(pipeline, job)
        except AnimeganError as error:
            return error
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
