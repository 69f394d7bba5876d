"""The documents: narrow lines, links that lead somewhere, and commands, modules and settings that are there."""

import re
import shlex
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.main
from PIL import Image

from animegan.__main__ import app
from animegan.options import SETTINGS
from animegan.training.__main__ import app as training
from tests.conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
CARDS = sorted((ROOT / "animegan" / "builtin").glob("*.md"))
WIDTH = 120
BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```", re.M | re.S)
PLACE = re.compile(r"\b(?:animegan|benchmarks|docs|examples|tests)/[\w./-]*\w")
COMMAND = re.compile(r"python -m ((?:animegan|benchmarks|examples|pytest)[\w.]*)([^`\n]*)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
CODE = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"\banimegan(?:\.\w+)+")

by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
by_text = pytest.mark.parametrize("page", [*PAGES, *CARDS], ids=lambda page: page.name)


def text_of(page: Path) -> str:
    return page.read_text("utf-8")


def blocks(page: Path, language: str) -> list[str]:
    """The code of a page in a language."""
    return [code for name, code in BLOCK.findall(text_of(page)) if name == language]


def anchors(page: Path) -> set[str]:
    """What a link to a heading of the page may end in, as GitHub makes it."""
    headings = re.findall(r"^#+ (.*)$", BLOCK.sub("", text_of(page)), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@by_page
def test_lines_are_narrow(page):
    wide = [(number, line) for number, line in enumerate(text_of(page).splitlines(), 1) if len(line) > WIDTH]
    assert wide == []


@by_text
def test_links_lead_somewhere(page):
    for link in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", text_of(page))):
        if link.startswith(("http:", "https:")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@by_text
def test_places_are_there(page):
    for place in PLACE.findall(text_of(page)):
        assert (ROOT / place).exists(), place


@by_text
def test_modules_and_their_names_are_there(page):
    for name in NAME.findall(text_of(page)):
        parts = name.split(".")
        count = max(n for n in range(1, len(parts) + 1) if n == 1 or _is_module(".".join(parts[:n])))
        found = import_module(".".join(parts[:count]))
        for part in parts[count:]:
            found = getattr(found, part)  # the test fails with the name that is missing


def _is_module(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


@by_text
def test_commands_have_the_options_that_are_given(page):
    text = text_of(page).replace("\\\n", " ")
    for module, rest in COMMAND.findall(text):
        assert find_spec(module) is not None, module
        if module == "animegan":
            _check(f"animegan{rest}")
    for line in "\n".join(blocks(page, "sh")).splitlines():
        if line.startswith("animegan "):
            _check(line)


def _check(line: str) -> None:
    """Check that a command of ours has all options of a line."""
    words = shlex.split(re.split(r" (?:>|<|&&) ", line)[0], comments=True)[1:]
    words = [word.strip("[]|.,;:()*") for word in words]
    command: Any = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    given = {word.partition("=")[0] for word in words if word.startswith("-") and word.strip("-")}
    assert given <= known | {"--help", "-h"}, line


def _options(command: Any) -> set[str]:
    """All options of a command and of those below it."""
    own = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return own.union(*map(_options, getattr(command, "commands", {}).values()))


@by_page
def test_options_in_the_text_are_there(page):
    """Those of Docker and pip stand in blocks of code alone."""
    ours = _options(typer.main.get_command(app)) | _options(typer.main.get_command(training)) | {"--version", "--help"}
    ours |= {option for each in (ROOT / "benchmarks").glob("*.py") for option in OPTION.findall(each.read_text())}
    given = {option for code in CODE.findall(BLOCK.sub("", text_of(page))) for option in OPTION.findall(code)}
    assert given - ours <= {"--index-url"}


@by_page
def test_python_code_is_python(page):
    for code in blocks(page, "python"):
        compile(code, page.name, "exec")


def test_the_settings_of_the_page_on_python_are_those_of_options():
    listed = text_of(ROOT / "docs" / "python.md").partition("with underscores:")[2].partition(".")[0]
    assert re.findall(r"`(\w+)`", listed) == list(SETTINGS)


def test_every_option_of_stylize_is_explained():
    table = text_of(ROOT / "docs" / "command-line.md").partition("## `video`")[0]
    command: Any = typer.main.get_command(app)
    for option in command.commands["stylize"].params:
        if option.param_type_name == "option" and not getattr(option, "hidden", False):
            assert any(name in table for name in option.opts), option.opts


@pytest.mark.long
@pytest.mark.parametrize("page", ["README.md", "docs/python.md"])
def test_the_python_code_runs(page, tmp_path, monkeypatch, astronaut, hub):
    """As it is written there; the Hub is on loopback, and has no weights."""
    monkeypatch.chdir(tmp_path)
    Image.fromarray(astronaut[::2, ::2]).save("photo.jpg")
    names: dict[str, object] = {}
    for code in blocks(ROOT / page, "python"):
        if "gradio_client" not in code:  # that wants a page that is running
            exec(code, names)
    assert Path("anime.png").is_file()
