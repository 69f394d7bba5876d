"""The command line, as a process or in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from typer.testing import CliRunner

from animegan.__main__ import app
from tests.conftest import ROOT


def run(*arguments: Any, cwd: Path = ROOT, env: Any = (), **settings: Any) -> subprocess.CompletedProcess[str]:
    """Run it as a process, as people do."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **dict(env)}
    command = [sys.executable, "-m", "animegan", *map(str, arguments)]
    settings = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "timeout": 300, **settings}
    return subprocess.run(command, text=True, cwd=cwd, env=environment, **settings)


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one sentence of a run that failed as it should."""
    assert done.returncode == 2
    assert done.stdout == ""
    return sentence(done.stderr)


def invoke(*arguments: Any, input: bytes | None = None) -> Any:
    """Run it in this process; nothing may be left to a traceback."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], input=input)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def refused(*arguments: Any, input: bytes | None = None) -> str:
    """The one sentence of a command that fails as it should, in this process."""
    done = invoke(*arguments, input=input)
    assert done.exit_code == 2
    assert done.stdout == ""
    return sentence(done.stderr)


def sentence(text: str) -> str:
    """What stands on standard error, if it is one sentence."""
    assert "Traceback" not in text
    lines = [line for line in text.splitlines() if line.strip()]
    assert len(lines) == 1, text
    assert lines[0].startswith("animegan: ")
    assert lines[0].endswith(".")
    return lines[0]


def write_photos(folder: Path, *names: str) -> None:
    """Small photos, each of another colour, under these names."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 24), (40 * number % 256, 120, 200)).save(path)


def tree(folder: Path) -> list[str]:
    """The files below a folder, by name."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir())
