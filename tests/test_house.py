"""The house: which floor may look at which, what stands at the root, and how long a file and a function may be."""

import ast
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "animegan"
AT_THE_ROOT = {"__init__", "__main__", "errors", "examples", "options", "publish", "storage"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
FLOORS = [floor for contract in CONTRACTS if contract["id"] == "floors" for floor in contract["layers"]]


def linted(house: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says about the package in this folder, by the contracts that are there."""
    code = "import sys; sys.path.insert(0, '.'); from importlinter import cli; cli.lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=house, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def house(tmp_path_factory) -> Path:
    """A copy of the package's Python files, with the contracts."""
    folder = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for path in PACKAGE.rglob("*.py"):
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


def test_no_floor_looks_up(house):
    done = linted(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("place", "line", "contract"),
    [
        ("images/blend.py", "from animegan.repair import quality", "floors"),
        ("repair/plan.py", "def later():\n    from animegan import options", "floors"),
        ("errors.py", "import animegan.storage", "floors"),
        ("page/theme.py", "import animegan.batch", "floors"),  # neighbours may not, either
        ("pipeline/stages_of_mine.py", "import animegan.cli", "floors"),
        ("cli/stylize.py", "import gradio", "gradio"),
        ("evaluation/repair.py", "import ray", "ray"),
        ("cli/stylize.py", "import animegan.training", "training"),
    ],
)
def test_an_import_against_the_contracts_is_found(house, place, line, contract):
    (name,) = (each["name"] for each in CONTRACTS if each["id"] == contract)
    path = house / "animegan" / place
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n\n{line}\n")
    try:
        done = linted(house)
    finally:
        path.unlink() if before is None else path.write_text(before)
    assert done.returncode == 1, done.stdout
    assert f"{name} BROKEN" in done.stdout


def test_every_folder_has_its_floor():
    """So that a new one cannot stand beside the contract."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    modules = AT_THE_ROOT - {"__init__", "__main__"}
    assert {name.strip() for floor in FLOORS for name in floor.split("|")} == rooms | modules


def test_what_stands_at_the_root():
    assert {path.stem for path in PACKAGE.glob("*.py")} == AT_THE_ROOT


def test_no_file_is_long():
    lengths = {str(path.relative_to(ROOT)): path.read_text().count("\n") for path in PACKAGE.rglob("*.py")}
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_no_function_is_long():
    long = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or 0) - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path.relative_to(ROOT)}: {node.name}"] = lines
    assert long == {}


def test_tests_mirror_the_folders():
    """Each folder of the package has one of tests, and there are no others."""
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    folders = {path.parent.name for path in (ROOT / "tests").glob("*/__init__.py")}
    assert folders == rooms | {"benchmarks", "support"}
