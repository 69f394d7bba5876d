"""What commands print: to a standard output that may be full; an error is one sentence and exit code 2."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import typer
from typer.core import TyperGroup

from animegan.errors import NOT_ABOUT_THE_PHOTO, AnimeganError, OutputNotWritableError, missing_extra, shown

Item = TypeVar("Item")


RENAMED = {"--level": "--restorer", "--detail": "--paint-side", "--save-mended": "--save-repaired"}
"""Old name of an option → new name; the old ones go with the next version."""


class Commands(TyperGroup):
    """Commands whose errors are one sentence each, wrong options among them."""

    def make_context(self, info_name: str | None, args: list[str], *more: Any, **settings: Any) -> Any:
        """Read the options that stand before the command; old names of options become new ones."""
        with _one_sentence():
            return super().make_context(info_name, [_renamed(each) for each in args], *more, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with _one_sentence():
            return super().invoke(ctx)


def _renamed(argument: str) -> str:
    name, equals, value = argument.partition("=")
    if name in RENAMED:
        note(f"{name} is now {RENAMED[name]}; the old name goes with the next version.")
    return f"{RENAMED.get(name, name)}{equals}{value}"


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn errors into a sentence on standard error, and exit code 2."""
    try:
        yield
    except AnimeganError as error:
        complain(error)
        raise typer.Exit(2) from error
    except typer.TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # no mistake: Typer shows the help
            raise
        command = getattr(getattr(error, "ctx", None), "command_path", "animegan")
        message = shown(error.format_message())
        complain(f"{message}{'' if message.endswith(('.', '?')) else '.'} See '{command} -h'.")
        raise typer.Exit(2) from error


def complain(error: AnimeganError | str, at: BaseException | None = None) -> None:
    """Print a sentence to standard error, in place of the progress bar where there is one, and below it the traceback
    of the exception ``at``.
    """
    clear = "\r\x1b[2K" if sys.stderr is not None and sys.stderr.isatty() else ""
    typer.echo(f"{clear}animegan: {error}", err=True)
    if at is not None:
        typer.echo("".join(traceback.format_exception(at)), err=True)


def about(source: Path | None, error: AnimeganError, alike: Counter[str]) -> str:
    """The sentence of an error with the name of the file that it is about, or its path if several are called so.

    Args:
        source: the file; None: standard input.
        alike: how many of the files have a name.
    """
    name = "standard input" if source is None else shown(source if alike[source.name] > 1 else source.name)
    about_all = isinstance(error, NOT_ABOUT_THE_PHOTO)
    return str(error) if about_all or name in str(error) else f"'{name}': {error}"


def note(text: str) -> None:
    """Print a line for the person to standard error."""
    typer.echo(text, err=True)


def say(text: str) -> None:
    """Print a line to standard output, or exit where it cannot be written."""
    with _to_standard_output():
        typer.echo(text)


def write(data: bytes | memoryview) -> None:
    """Write bytes to standard output, or exit where they cannot be written."""
    with _to_standard_output():
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()


def check_takes_bytes() -> None:
    """Check that a picture may go to standard output.

    Raises:
        OutputNotWritableError: it is closed, or it is the person's screen.
    """
    if sys.stdout is None or sys.stdout.isatty():
        raise OutputNotWritableError(
            "Standard output takes no picture here: send it on, as in 'animegan stylize photo.jpg -o - > anime.png'."
        )


@contextmanager
def _to_standard_output() -> Iterator[None]:
    """Standard output may be a file on a disk that is full."""
    try:
        yield
    except BrokenPipeError:  # the reader has seen enough: Typer ends without a word
        raise
    except OSError as error:
        # What could not be written waits to be tried, and to fail, once more at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        complain(
            OutputNotWritableError("Standard output cannot be written ({why}): choose another.", why=error.strerror)
        )
        raise typer.Exit(2) from error


def progress(items: Iterable[Item], length: int, label: str) -> Any:
    """A progress bar over some items on standard error; none for a single one."""
    return typer.progressbar(items, length=length, label=label, hidden=length < 2, file=sys.stderr)


def require(modules: Iterable[str], extra: str) -> None:
    """Check that modules are installed, without importing them.

    Raises:
        MissingExtraError: one is not; it says which extra brings it.
    """
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise missing_extra(module, extra)
