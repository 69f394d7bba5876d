"""What a training may be told: each described field of a recipe is an option of its command."""

from dataclasses import dataclass, fields
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from animegan.training.__main__ import app
from animegan.training.built_in import distill, restore
from animegan.training.settings import setting, with_settings


@dataclass(frozen=True)
class Brush:
    hidden: int = 1
    wide_lines: float = setting(0.5, "How wide.")
    sizes: tuple[int, ...] = setting((1, 2), "Sizes.")
    is_soft: bool = setting(False, "Soft.", flag="--soft")


def given(*arguments: str) -> dict[str, Any]:
    """What a command is called with."""
    calls: list[dict[str, Any]] = []
    brushes = typer.Typer()

    @brushes.command()
    @with_settings(Brush)
    def paint(name: str, **settings: Any) -> None:
        calls.append({"name": name, **settings})

    done = CliRunner().invoke(brushes, arguments)
    assert done.exit_code == 0, done.output
    return calls[0]


def test_what_is_not_given_has_the_default_of_its_field():
    assert given("ink") == {"name": "ink", "wide_lines": 0.5, "sizes": (1, 2), "is_soft": False}


def test_an_option_has_the_type_of_its_field():
    told = given("ink", "--wide-lines", "2", "--sizes", "3,4,5", "--soft")
    assert told == {"name": "ink", "wide_lines": 2.0, "sizes": (3, 4, 5), "is_soft": True}


@pytest.mark.parametrize(("command", "recipe"), [("distill", distill.Recipe), ("restore", restore.Recipe)])
def test_every_setting_of_a_recipe_is_an_option_with_its_help(command, recipe):
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300"}).output
    described = [each for each in fields(recipe) if "help" in each.metadata]
    assert len(described) > 15
    for each in described:
        assert (each.metadata["flag"] or "--" + each.name.replace("_", "-")) in shown
        assert each.metadata["help"] in shown
