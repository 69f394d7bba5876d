"""One way to say what a training may be told: a field of a dataclass with a help is an option of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import Field, field, fields
from typing import Annotated, Any, TypeVar

import typer

Command = TypeVar("Command", bound=Callable[..., None])


def setting(default: Any, help: str, flag: str = "", metavar: str | None = None) -> Any:
    """A field with a default that a command offers, as ``flag`` if its own name does not suit."""
    return field(default=default, metadata={"help": help, "flag": flag, "metavar": metavar})


def with_settings(kind: type) -> Callable[[Command], Command]:
    """Give a command an option for each `setting` of a dataclass, in place of its ``**settings``.

    In the help they stand behind the command's own. Tuples of numbers are written ``24,48,96``.
    """

    def given(command: Command) -> Command:
        declared = inspect.signature(command, eval_str=True).parameters.values()
        own = [each.replace(kind=each.KEYWORD_ONLY) for each in declared if each.kind != each.VAR_KEYWORD]
        offered = [_parameter(each) for each in fields(kind) if "help" in each.metadata]
        ordered = sorted([*own, *offered], key=lambda each: each.default is not each.empty)
        command.__signature__ = inspect.Signature(ordered)  # type: ignore[attr-defined]
        return command

    return given


def _parameter(each: Field) -> inspect.Parameter:
    """A field as a parameter of which Typer makes an option."""
    name = each.metadata["flag"] or f"--{each.name.replace('_', '-')}"
    about: dict[str, Any] = {"help": each.metadata["help"], "metavar": each.metadata["metavar"]}
    default = each.default
    if isinstance(default, tuple):
        default, about["parser"] = ",".join(map(str, default)), _numbers
    option: Any = Annotated[type(default), typer.Option(name, **about)]  # type: ignore[valid-type]
    return inspect.Parameter(each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))
