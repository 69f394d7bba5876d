"""The page on styles of one's own: each of its commands runs as it is written there."""

import os
import re
import shlex
import sys

import pytest
from huggingface_hub import constants
from PIL import Image

import animegan
from animegan.networks.modules import CompactGenerator
from animegan.page.serving import server
from animegan.training.own import style_trainer
from animegan.training.own.style_trainer import StyleTrainer
from animegan.training.own.style_writer import PREVIEW_SIDE
from tests.conftest import ROOT
from tests.support.cli import invoke
from tests.support.models import SMALL, shaken, write_onnx
from tests.support.own_styles import write_pairs

TEXT = (ROOT / "docs" / "own-style.md").read_text()
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", TEXT, re.S) for line in block.splitlines()]
FILES = dict(re.findall(r"`(\w+\.py)` is\n\n```python\n(.*?)```", TEXT, re.S))


@pytest.fixture
def folder(tmp_path, monkeypatch, astronaut, coffee, hub):
    """A folder with all that the commands name, and a clock by which each step of a training takes 2.5 minutes."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    write_pairs(tmp_path / "pairs", [astronaut, coffee], count=4)
    write_pairs(tmp_path / "portraits", [astronaut[:420, 60:480]], count=4, side=(400, 400))
    write_pairs(tmp_path / "made", [astronaut, coffee], count=4)
    os.rename(tmp_path / "made" / "photo", tmp_path / "photos")
    Image.fromarray(coffee).save(tmp_path / "photo.jpg")
    write_onnx(shaken(CompactGenerator(SMALL)), tmp_path / "teacher.onnx")
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setenv("PATH", f"{os.path.dirname(sys.executable)}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    now, loss = 0.0, StyleTrainer.batch_loss

    def slow_loss(self, rng):
        nonlocal now
        now += 150
        return loss(self, rng)

    monkeypatch.setattr(StyleTrainer, "batch_loss", slow_loss)
    monkeypatch.setattr(style_trainer.time, "monotonic", lambda: now)
    return tmp_path


def test_the_page_names_its_files_and_commands():
    assert set(FILES) == {"mylook.py", "sepia.py"}
    assert len(COMMANDS) >= 15
    assert all(command.startswith("python -m animegan ") for command in COMMANDS)


@pytest.mark.long
def test_every_command_runs_as_it_is_written(folder, monkeypatch, hub):
    """Only the page is not served: what it was asked for is looked at."""
    served = []
    monkeypatch.setattr(server, "start", lambda *arguments, **settings: served.append(arguments))
    for command in COMMANDS:
        done = invoke(*shlex.split(command)[3:])
        assert done.exit_code == 0, f"{command}: {done.stderr}"
    styles = ("my", "evening", "taught", "look", "sepia", "long", "tiny", "live", "people")
    for name in styles:
        assert animegan.stylize("photo.jpg", f"{name}.safetensors", enhance="off").image.shape == (400, 600, 3)
    assert os.path.getsize("tiny.safetensors") < 170_000 < os.path.getsize("live.safetensors") < 700_000
    assert Image.open("drawn.png").size == (600, 400)
    assert Image.open("preview.png").size == (2 * PREVIEW_SIDE + 2, PREVIEW_SIDE)
    assert hub.repos == {"owner/my-style": "private"}
    assert served[0][-1] == ["my.safetensors"]
    assert served[1][-2] is True
