"""The package as people install it: built as a wheel, unpacked beside its dependencies, run from another folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from email import message_from_string
from email.message import Message
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from PIL import Image

import animegan
from tests.conftest import ROOT
from tests.support.cli import write_photos

PARTS = ("LICENSE", "README.md", "animegan", "examples", "pyproject.toml")
"""What a wheel is built of."""
LICENSES = ("LICENSE", "animegan/builtin/LICENSE-AnimeGANv3.txt", "animegan/builtin/LICENSES.md")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built of a copy, so that no build folder is left in the repository."""
    for requirement in map(
        Requirement, tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    ):
        assert requirement.specifier.contains(version(requirement.name)), "pip install -r requirements-dev.txt"
    folder = tmp_path_factory.mktemp("wheel")
    for part in PARTS:
        source, copy = ROOT / part, folder / "source" / part
        copy.parent.mkdir(exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    pip("wheel", folder / "source", "--no-deps", "--no-build-isolation", "-w", folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    """The files in it."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_string(archive.read(name).decode())


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which it is installed."""
    folder = tmp_path_factory.mktemp("installed") / "site"
    pip("install", "--no-deps", "--target", folder, wheel)
    return folder


def pip(*arguments: object) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pip", *map(str, arguments), "--quiet", "--disable-pip-version-check", "--no-index"],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def installed(site: Path, *command: object) -> str:
    """What a Python process says that finds this package there and nowhere else."""
    environment = {**os.environ, "PYTHONPATH": str(site), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        capture_output=True,
        text=True,
        env=environment,
        cwd=site.parent,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_all_that_is_needed_is_in_it(names):
    packages = {path.parent for path in (ROOT / "animegan").rglob("*.py")}
    for package in packages:
        for path in [*package.glob("*.py"), *package.glob("*.css"), *package.glob("*.js")]:
            assert str(path.relative_to(ROOT)) in names
    embedded = [
        path for room in ("site", "words") for path in (ROOT / "animegan" / "embed" / room).rglob("*") if path.is_file()
    ]
    for path in [*embedded, *(ROOT / "animegan" / "builtin").iterdir(), ROOT / "animegan" / "py.typed"]:
        assert str(path.relative_to(ROOT)) in names
    for suffix in ("*.jpg", "*.webp", "*.md"):
        for path in (ROOT / "examples").rglob(suffix):
            assert f"animegan/example_pictures/{path.relative_to(ROOT / 'examples')}" in names
    assert all(name.startswith(("animegan/", "animegan-")) for name in names)


@pytest.mark.slow
def test_the_licence_is_said_and_enclosed(metadata, names):
    assert metadata["License-Expression"] == "MIT AND LicenseRef-AnimeGANv3-NonCommercial"
    assert sorted(metadata.get_all("License-File") or []) == sorted(LICENSES)
    for name in LICENSES:
        assert any(each.endswith(f".dist-info/licenses/{name}") for each in names)


@pytest.mark.slow
def test_its_version_and_its_command(metadata, site):
    assert metadata["Version"] == animegan.__version__
    assert installed(site, "-m", "animegan", "--version") == f"animegan {animegan.__version__}\n"
    assert installed(site, site / "bin" / "animegan", "--version") == f"animegan {animegan.__version__}\n"


@pytest.mark.slow
def test_an_installed_package_draws(site):
    write_photos(site.parent, "photo.png")
    styles = json.loads(installed(site, "-m", "animegan", "styles", "--json"))
    built_in = [style for style in styles if style["source"]["kind"] == "built in"]
    files = {path.stem for path in (ROOT / "animegan" / "builtin").glob("*.safetensors")}
    others = "restore", "enlarge", "damage", "people", "likeness"
    no_styles = {name for name in files if name.endswith("-live") or name.startswith(others)}
    assert {style["id"] for style in built_in} == files - no_styles
    assert all(style["at_hand"] for style in built_in)
    code = "import animegan; print(animegan.__file__)"
    assert installed(site, "-c", code).strip() == str(site / "animegan" / "__init__.py")
    report = json.loads(installed(site, "-m", "animegan", "stylize", "photo.png", "-o", "out.png", "--json"))
    assert report["style"] == "anime"
    assert Image.open(site.parent / "out.png").size == (32, 24)


@pytest.mark.slow
def test_an_installed_page_has_its_examples(site):
    code = (
        "from animegan.examples import example_photos; from animegan.page.captions import card_styles; "
        "print(len(example_photos()), len(card_styles()))"
    )
    photos, cards = map(int, installed(site, "-c", code).split())
    assert photos == len(list((ROOT / "examples").glob("*.jpg")))
    assert cards >= 9


def ranges(extra: str = "") -> dict[str, Requirement]:
    """What the package asks for, with an extra or without, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = project["optional-dependencies"][extra] if extra else project["dependencies"]
    return {canonicalize_name(each.name): each for each in map(Requirement, listed)}


def test_every_extra_is_in_all():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    (everything,) = ranges("all").values()
    assert everything.name == "animegan"
    assert everything.extras == set(project["optional-dependencies"]) - {"all"}


def test_what_is_pinned_lies_in_the_ranges():
    """The Space and the tests run with what an installed package may meet."""
    asked = {**ranges(), **ranges("page"), **ranges("hub"), **ranges("export"), **ranges("train"), **ranges("video")}
    pinned = {}
    for file in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text().splitlines():
            if "==" in (text := line.partition("#")[0].strip()):
                pin = Requirement(text)
                pinned[canonicalize_name(pin.name)] = next(iter(pin.specifier)).version
    assert asked.keys() <= pinned.keys()
    for name, requirement in asked.items():
        assert requirement.specifier.contains(pinned[name]), f"{name} {pinned[name]} is not in {requirement.specifier}"


@pytest.mark.slow
def test_what_is_installed_lies_in_the_ranges(metadata):
    """By the wheel's own metadata."""
    requirements = [Requirement(line) for line in metadata.get_all("Requires-Dist") or []]
    assert {canonicalize_name(each.name) for each in requirements if each.marker is None} == ranges().keys()
    for requirement in requirements:
        if requirement.name == "animegan":
            continue
        try:
            assert requirement.specifier.contains(version(requirement.name)), requirement
        except PackageNotFoundError:
            pytest.fail(f"{requirement.name} is not installed: pip install -r requirements-dev.txt")
