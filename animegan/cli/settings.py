"""An option of the command line for every setting of `animegan.options`: a new setting appears by itself."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from animegan.options import SETTINGS, Setting


def with_settings(command: Callable[..., None], settings: Mapping[str, Setting] = SETTINGS) -> Callable[..., None]:
    """Give a command an option for each setting in place of its ``**settings``.

    In the help they stand behind what the command requires. Their values are checked by `animegan.options.Options`,
    so that a wrong one is the same sentence everywhere.
    """
    own = [
        each.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in inspect.signature(command, eval_str=True).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    required = [each for each in own if each.default is inspect.Parameter.empty]
    optional = [each for each in own if each.default is not inspect.Parameter.empty]
    parameters = [*required, *(parameter(setting) for setting in settings.values()), *optional]
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def parameter(setting: Setting) -> inspect.Parameter:
    """A setting as a parameter of which Typer makes an option."""
    return inspect.Parameter(
        setting.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=setting.default,
        annotation=Annotated[setting.kind, option(setting)],
    )


def option(setting: Setting) -> Any:
    """An option for a setting: ``--strength FLOAT``, ``--enhance [auto|on|off]``, ``--faces/--no-faces``; what is off
    by default is ``--guided`` alone.
    """
    name = setting.name.replace("_", "-")
    flag = f"--{name}/--no-{name}" if setting.default is True else f"--{name}"
    metavar = f"[{'|'.join(map(str, setting.choices))}]" if setting.choices else None
    return typer.Option(flag, help=setting.help, metavar=metavar)
