"""Training a style of one's own: it learns, stops, goes on, and leaves one file behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open

import animegan
from animegan import errors
from animegan.images import files, metrics
from animegan.networks.checkpoints import read_compact
from animegan.networks.modules import CompactConfig, parameter_count
from animegan.networks.painters import load
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.metadata import read_info
from animegan.styles.sources import ANIMEGAN_V3, FREE
from animegan.training.own import style_trainer, teachers
from animegan.training.own.order import Hooks, Order, StoppedError
from animegan.training.own.run import train
from animegan.training.own.style_trainer import StyleTrainer, starting_network
from tests.conftest import ROOT
from tests.support.cli import invoke, refused
from tests.support.own_styles import INFO, look, write_pairs, write_style

TINY = CompactConfig(channels=(8, 12, 16), encoder=(1, 1, 1), decoder=(1, 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut, coffee) -> Path:
    return write_pairs(tmp_path_factory.mktemp("pairs"), [astronaut, coffee])


@pytest.fixture
def order(folder, tmp_path) -> Order:
    """A few steps from a tiny base."""
    base = write_style(tmp_path / "base.safetensors", config=TINY)
    return Order(tmp_path / "mine.safetensors", pairs=folder, base=str(base), steps=12)


def gain(path: Path, base: str, photo: np.ndarray) -> float:
    """dB by which a style is closer to the look than its base, on a photo that it has not seen."""
    scores = [metrics.psnr(load(file).paint(photo), look(photo)) for file in (path, weights.locate(find_style(base)))]
    return scores[0] - scores[1]


@pytest.mark.long
def test_eight_pairs_and_thirty_steps_beat_the_base(folder, tmp_path, astronaut):
    info = train(Order(tmp_path / "mine.safetensors", pairs=folder, steps=30, name="Warm"))
    assert info.figures["psnr"] > info.figures["base_psnr"] + 2
    assert gain(tmp_path / "mine.safetensors", "cel", astronaut[:240, :320]) > 2
    assert (info.name, info.base, info.pairs, info.steps, info.licence) == ("Warm", "cel", 7, 30, FREE)
    style = find_style(str(tmp_path / "mine.safetensors"))
    assert style.label == "Warm"
    assert np.abs(files.load(info.preview).astype(int)).mean() > 10
    columns = sorted(path.name for path in (tmp_path / "mine.training" / "sheet").iterdir())
    assert [name[:7] for name in columns] == ["0000000", "0000010", "0000020", "0000030"]
    assert Image.open(tmp_path / "mine.training" / "sheet.jpg").width > 5 * 240


@pytest.mark.long
def test_adapters_take_a_hundred_kilobytes_and_beat_the_base(folder, tmp_path, astronaut):
    path = tmp_path / "mine.safetensors"
    info = train(Order(path, pairs=folder, steps=30, rank=4))
    assert path.stat().st_size < 170_000
    assert gain(path, "cel", astronaut[:240, :320]) > 1
    assert info.adapter_rank == 4
    drawn = load(path).paint(astronaut[:240, :320])
    assert read_compact(path).config == read_compact(weights.locate(find_style("cel"))).config
    assert metrics.psnr(drawn, look(astronaut[:240, :320])) > 15


def state(path: Path) -> dict[str, torch.Tensor]:
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118


def stopping_at(step: int) -> Hooks:
    """Hooks that stop a training after so many steps of this session."""
    count = 0

    def is_stopped() -> bool:
        nonlocal count
        count += 1
        return count > step

    return Hooks(is_stopped=is_stopped)


@pytest.mark.long
@pytest.mark.parametrize("rank", [0, 2])
def test_a_resumed_training_equals_an_unbroken_one(order, folder, tmp_path, rank):
    """To the bit: the same file, after a stop between validations and one at a validation."""
    base = "manga" if rank else order.base
    unbroken = replace(order, out=tmp_path / "a.safetensors", base=base, rank=rank)
    train(unbroken)
    broken = replace(unbroken, out=tmp_path / "b.safetensors", name="a")
    for stop in (8 + 5, 5):  # 8 pairs are read first
        with pytest.raises(StoppedError):
            train(broken, stopping_at(stop))
    train(broken)
    one, other = state(unbroken.out), state(broken.out)
    assert one.keys() == other.keys()
    assert all(torch.equal(one[name], other[name]) for name in one)
    infos = [read_info(path) for path in (unbroken.out, broken.out)]
    assert infos[0] is not None
    assert infos[1] is not None
    assert infos[0].figures == infos[1].figures


@pytest.mark.slow
def test_a_finished_training_says_so_and_goes_on_with_more_steps(order):
    train(order)
    with pytest.raises(errors.TrainingError, match="is finished: give it more steps"):
        train(order)
    assert train(replace(order, steps=16)).steps == 16


@pytest.mark.slow
def test_another_order_in_the_same_folder_is_refused(order, tmp_path, folder, astronaut, coffee):
    train(order)
    with pytest.raises(errors.TrainingError, match=r"begun differently \(size\)"):
        train(replace(order, size="small"))
    with pytest.raises(errors.TrainingError, match=r"begun differently \(base\)"):
        train(replace(order, base="cel"))
    other = write_pairs(tmp_path / "other", [coffee, astronaut])
    with pytest.raises(errors.TrainingError, match=r"begun differently \(pictures\)"):
        train(replace(order, pairs=other))


def test_two_trainings_in_one_folder_are_refused(order):
    inside, out = threading.Event(), threading.Event()

    def wait() -> bool:
        inside.set()
        return out.wait(60)

    failed: list[Exception] = []

    def first() -> None:
        try:
            train(order, Hooks(is_stopped=wait))
        except StoppedError as error:
            failed.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(60)
    with pytest.raises(errors.TrainingError, match="already"):
        train(order)
    out.set()
    thread.join()
    assert len(failed) == 1


@pytest.mark.long
def test_minutes_are_kept_by_the_clock(order, monkeypatch):
    """The number of steps follows from the speed: each step of this clock takes 0.5 s, and there are 20 s."""
    now = 0.0

    def monotonic() -> float:
        return now

    def step(self, rng):
        nonlocal now
        now += 0.5
        return loss(self, rng)

    loss = StyleTrainer.batch_loss
    monkeypatch.setattr(style_trainer.time, "monotonic", monotonic)
    monkeypatch.setattr(StyleTrainer, "batch_loss", step)
    assert train(replace(order, steps=0, minutes=20 / 60)).steps == 40
    with pytest.raises(errors.TrainingError, match="is finished"):
        train(replace(order, steps=0, minutes=20 / 60))
    assert train(replace(order, steps=0, minutes=30 / 60)).steps == 60


@pytest.mark.long
def test_no_gain_ends_a_training_early(order, monkeypatch):
    """After some validations without a gain the rate falls, and the end comes before the planned step."""
    monkeypatch.setattr(style_trainer, "PATIENCE", 1)
    monkeypatch.setattr(style_trainer, "GAIN", 100.0)
    assert train(replace(order, steps=240)).steps == 57  # 40 steps are 70 % of these


@pytest.mark.slow
def test_the_best_network_is_kept(order, monkeypatch):
    """If drawings get worse, the file holds the network of before."""
    scores = iter([20.0, 30.0, 10.0])
    real = StyleTrainer.validate

    def validate(self):
        drawings = real(self)
        step, _ = self.history.pop()
        score = next(scores)
        if score > self.best_score:
            self.best.load_state_dict(self.averaged.state_dict())
        self.history.append((step, score))
        return drawings

    monkeypatch.setattr(StyleTrainer, "validate", validate)
    monkeypatch.setattr(style_trainer, "CHECKS", 1)
    assert train(order).figures["psnr"] == 30.0


@pytest.mark.parametrize(("size", "most"), [("small", 0.62), ("live", 0.3)])
def test_smaller_sizes_start_from_the_base(size, most, astronaut):
    base = read_compact(weights.locate(find_style("cel")))
    smaller = starting_network(base, size)
    assert parameter_count(smaller) < most * parameter_count(base)
    assert smaller.config.channels == base.config.channels


@pytest.mark.slow
def test_a_face_network_comes_into_the_same_file(tmp_path, astronaut):
    folder = write_pairs(tmp_path / "pairs", [astronaut[:420, 60:480]], count=5, side=(400, 400))
    base = write_style(tmp_path / "base.safetensors", config=TINY)
    path = tmp_path / "mine.safetensors"
    info = train(Order(path, pairs=folder, base=str(base), steps=2, faces=True))
    assert info.has_faces
    assert info.faces_base == "base.safetensors"  # without its folder
    assert {"faces_psnr", "psnr"} <= info.figures.keys()
    assert read_compact(path, "faces").config.channels == TINY.channels
    assert animegan.stylize(astronaut, str(path), enhance="off").faces_style == f"{path}#faces"
    assert (tmp_path / "mine.training" / "sheet-faces.jpg").is_file()


@pytest.mark.slow
def test_a_teacher_draws_the_photos_once(order, folder, tmp_path):
    drawn = []

    def draw(photo):
        drawn.append(photo.shape)
        return look(photo)

    taught = replace(order, pairs=None, photos=folder / "photo", teacher=teachers.Teacher("look", draw), steps=2)
    info = train(taught)
    assert len(drawn) == 8
    assert info.learned_from == "look, 7 photos"
    assert info.licence.endswith("and the terms of its teacher, look")
    train(replace(taught, steps=4))
    assert len(drawn) == 8


@pytest.mark.slow
def test_the_licence_is_that_of_the_base(order, tmp_path):
    restricted = write_style(tmp_path / "r.safetensors", replace(INFO, licence=ANIMEGAN_V3), config=TINY)
    assert train(replace(order, base=str(restricted))).licence == ANIMEGAN_V3


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"out": Path("mine.onnx")}, "ends in .safetensors"),
        ({"photos": Path()}, "give one of the two"),
        ({"pairs": None}, "give one of the two"),
        ({"pairs": None, "photos": Path()}, "need a teacher"),
        ({"size": "huge"}, "normal, small or live"),
        ({"minutes": 1.0}, "some minutes or some steps"),
        ({"steps": -1}, "some minutes or some steps"),
        ({"rank": 100}, "from 1 to 64"),
        ({"rank": 4, "size": "live"}, "leave --size or --lora out"),
        ({"rank": 4}, "need a built-in base"),
        ({"base": "nothing"}, "no style 'nothing'"),
    ],
)
def test_orders_that_cannot_be_are_refused(order, changes, words):
    with pytest.raises((errors.BadOptionError, errors.UnknownStyleError), match=words):
        train(replace(order, **changes))
    assert not order.folder.exists()


def test_a_base_that_is_no_network_of_ours_is_refused(order, tmp_path):
    (tmp_path / "x.onnx").write_bytes(b"")
    with pytest.raises(errors.BadOptionError, match="no network of ours"):
        train(replace(order, base=str(tmp_path / "x.onnx")))


@pytest.mark.slow
def test_a_full_disk_is_said_and_nothing_half_written_is_left(order, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(errors.OutputNotWritableError, match="free some space"):
        train(order)
    assert not list(order.folder.rglob("*.part"))
    assert not list(order.folder.rglob("checkpoint.pt"))


def command(folder: Path, base: Path, out: Path, *more: str) -> list[str]:
    arguments = ["train", "--pairs", folder, "--base", base, "-o", out, *more]
    return [sys.executable, "-m", "animegan", *map(str, arguments)]


def heeds_ctrl_c() -> None:
    """Called in a child before it begins: SIGINT may be ignored by whoever started the tests, as by ``nohup``."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.long
def test_ctrl_c_stops_and_the_same_command_goes_on(folder, tmp_path):
    base = write_style(tmp_path / "base.safetensors", config=TINY)
    out = tmp_path / "mine.safetensors"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    long = command(folder, base, out, "--steps", "100000")
    run = subprocess.Popen(long, env=environment, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c)
    deadline = time.monotonic() + 120
    while not out.exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(2)
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=120)
    assert run.returncode == 130
    assert "The same command goes on." in said
    assert "Traceback" not in said
    reached = torch.load(tmp_path / "mine.training" / "scene" / "checkpoint.pt", weights_only=True)["step"]
    done = subprocess.run(
        command(folder, base, out, "--steps", str(reached + 2)), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"Resuming at step {reached}." in done.stderr
    assert f"{reached + 2} steps" in done.stdout


@pytest.mark.slow
def test_the_command_line_trains_and_says_what_came_of_it(folder, tmp_path):
    base = write_style(tmp_path / "base.safetensors", config=TINY)
    out = tmp_path / "new" / "mine.safetensors"
    done = invoke("train", "--pairs", folder, "--base", base, "-o", out, "--steps", 2, "--author", "A. Painter")
    assert done.exit_code == 0, done.stderr
    assert "dB to the drawings on 1 pairs that were kept out" in done.stdout
    assert "8 pairs are few" in done.stderr
    assert json.loads(invoke("style", "show", out, "--json").stdout)["author"] == "A. Painter"


def test_the_command_line_refuses_in_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    out = tmp_path / "mine.safetensors"
    assert "There are no pairs" in refused("train", "--pairs", tmp_path / "empty", "-o", out)
    assert "There is no photo" in refused("train", "--photos", tmp_path / "empty", "--teacher", "cel", "-o", out)
    assert "give one of the two" in refused("train", "-o", out)
    assert "not a step" in refused("train", "--photos", tmp_path / "empty", "--teacher", "x", "-o", out)
    assert "ends in .safetensors" in refused("train", "--pairs", tmp_path / "empty", "-o", tmp_path / "mine")
