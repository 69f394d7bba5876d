"""An option of the command line for every setting of `animegan.options`: a new setting appears by itself."""

from __future__ import annotations

import functools
import inspect
import os
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import typer

from animegan.options import ENGINE, SETTINGS, Setting


def with_settings(command: Callable[..., None], settings: Mapping[str, Setting] = SETTINGS) -> Callable[..., None]:
    """Give a command an option for each setting in place of its ``**settings``.

    In the help they stand behind what the command requires. Their values are checked by `animegan.options.Options`,
    so that a wrong one is the same sentence everywhere.
    """

    @functools.wraps(command)
    def run(**values: Any) -> None:
        for each in settings.values():
            if each.or_numbers and values.pop(f"no_{each.name}"):
                values[each.name] = False
        command(**values)

    keyword = inspect.Parameter.KEYWORD_ONLY
    own = [
        each.replace(kind=keyword)
        for each in inspect.signature(command, eval_str=True).parameters.values()
        if each.kind is not inspect.Parameter.VAR_KEYWORD
    ]
    required = [each for each in own if each.default is inspect.Parameter.empty]
    optional = [each for each in own if each.default is not inspect.Parameter.empty]
    made: list[inspect.Parameter] = []
    for each in settings.values():
        name, kind, default = each.name, each.kind, each.default
        if each.or_numbers:
            off = Annotated[bool, typer.Option(f"--no-{name}", help="Leave the faces to the scene.")]
            made.append(inspect.Parameter(f"no_{name}", keyword, default=False, annotation=off))
            kind, default = str, "all"
        made.append(inspect.Parameter(name, keyword, default=default, annotation=Annotated[kind, option(each)]))
    parameters = [*required, *made, *optional]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def option(setting: Setting) -> Any:
    """An option for a setting: ``--strength FLOAT``, ``--enhance [auto|on|off]``, ``--faces [all|1,3,…]`` beside
    ``--no-faces``; what is off by default is ``--guided`` alone.
    """
    name = setting.name.replace("_", "-")
    flag = f"--{name}/--no-{name}" if setting.default is True and not setting.or_numbers else f"--{name}"
    shown = ("all", "1,3,…") if setting.or_numbers else setting.choices
    metavar = f"[{'|'.join(map(str, shown))}]" if shown else None
    return typer.Option(flag, help=setting.help, metavar=metavar)


Engine = Annotated[str, option(ENGINE)]
Megapixels = Annotated[float, typer.Option(help="Refuse larger photos.")]
Quality = Annotated[
    int | None, typer.Option(min=1, max=100, help="Of JPEG and WebP: less makes smaller files. [95 and 92]")
]
Verbose = Annotated[bool, typer.Option("--verbose", help="Show where in the program a photo failed.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def check_engine(engine: str) -> str:
    """Check the engine of a command; for ``auto`` it is that of the environment, as in the pipeline.

    Raises:
        BadOptionError: there is no such engine.
    """
    return str(ENGINE.check(os.environ.get("ANIMEGAN_ENGINE", "auto") if engine == "auto" else engine))
