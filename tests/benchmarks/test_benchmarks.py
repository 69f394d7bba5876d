"""The benchmarks: that each method does what its name says, and how load is counted. Nothing is timed here."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
import typer
from typer.testing import CliRunner

from animegan.networks.modules import parameter_count
from animegan.words.texts import translate
from benchmarks import comparison, load, peers
from benchmarks.methods import REFERENCE, Setting, methods


def _convolution(fan_in: int, fan_out: int, kernel: int) -> int:
    return (fan_in * kernel**2 + 1) * fan_out


@pytest.fixture(autouse=True)
def _one_thread():
    """For small pictures, threads that wait for each other take most of the time on a busy machine."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def setting(tmp_path) -> Setting:
    return Setting(64, 1, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", peers.PEERS)
def test_every_peer_keeps_the_size_of_the_photo(setting, name):
    photo = setting.style.flip(3)
    network = peers.PEERS[name](setting.style, 1).eval()
    with torch.inference_mode():
        drawing = network(photo)
    assert drawing.shape == photo.shape
    assert drawing.isfinite().all()
    assert drawing.abs().max() <= 1
    assert (drawing - photo).abs().max() > 1e-4  # it changed something


def test_opencv_keeps_the_size_of_the_photo(setting):
    drawing = peers.stylization(setting.photo)
    assert drawing.shape == setting.photo.shape
    assert drawing.dtype == np.uint8


def test_cyclegans_generator_has_the_papers_layers():
    down = _convolution(3, 64, 7) + _convolution(64, 128, 3) + _convolution(128, 256, 3)
    up = _convolution(256, 128, 3) + _convolution(128, 64, 3) + _convolution(64, 3, 7)
    expected = down + 9 * 2 * _convolution(256, 256, 3) + up
    assert parameter_count(peers.CycleGANGenerator()) == expected == 11_378_179


@pytest.mark.parametrize("level", peers.PhotoWCT.LEVELS)
def test_features_in_their_own_style_do_not_change(setting, level):
    """relu4_1 has more channels than pixels: 512 and 64."""
    with torch.inference_mode():
        features, _ = peers.Encoder(level)(setting.style)
        again = peers.whiten_and_colour(features, features)
    assert (again - features).abs().max() < 1e-3


def test_features_take_on_the_statistics_of_another_picture(setting):
    with torch.inference_mode():
        encode = peers.Encoder("relu2_1")
        content, style = (encode(picture)[0] for picture in (setting.style.flip(2), setting.style.roll(9, 3) ** 2))
        result, target = (f.flatten(2)[0] for f in (peers.whiten_and_colour(content, style), style))
    assert torch.allclose(result.mean(1), target.mean(1), atol=1e-3)
    assert torch.allclose(torch.cov(result), torch.cov(target), atol=0.02 * torch.cov(target).abs().max().item())


@pytest.mark.slow
def test_more_steps_of_style_transfer_come_closer_to_the_style(setting):
    def distance(steps: int) -> float:
        torch.manual_seed(0)
        network = peers.NeuralStyleTransfer(setting.style, steps)
        drawing = network.features_of(network(setting.style.flip(2)))
        style = network.features_of(setting.style)
        return sum(float((peers.gram(drawing[n]) - peers.gram(style[n])).norm()) for n in network.STYLE_LAYERS)

    assert distance(6) < distance(1)


def test_chroma_distance_is_that_of_a_and_b(astronaut):
    assert comparison.chroma_distance(astronaut, astronaut) == 0
    red, grey = (np.full((8, 8, 3), colour, np.uint8) for colour in ((255, 0, 0), (90, 90, 90)))
    assert comparison.chroma_distance(red, grey) == pytest.approx(np.hypot(80.1, 67.2), abs=1)


def test_memory_is_none_without_proc(setting, monkeypatch):
    (opencv,) = (method for method in methods(1) if method.name.startswith("OpenCV"))
    memory = comparison.run_alone(opencv, setting, 1)["memory"]
    assert memory is None or memory >= 0
    monkeypatch.setattr(comparison, "memory_of", lambda field: None)
    assert comparison.run_alone(opencv, setting, 1)["memory"] is None


@pytest.mark.long
def test_the_command_prints_the_columns(tmp_path):
    app = typer.Typer()
    app.command()(comparison.main)
    plot = tmp_path / "plot.webp"
    command = ["--side", "64", "--rounds", "1", "--nst-steps", "1", "--only", "Neural", "--only", "OpenCV"]
    command += ["--only", "hayao, PyTorch", "--no-memory", "--plot", str(plot), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    rows = {row["method"]: row for row in report["rows"]}
    ours, opencv, reference = rows["hayao, PyTorch fp32"], rows["OpenCV stylization"], rows[REFERENCE]
    assert set(ours) == set(comparison.Row.__dataclass_fields__)
    assert reference["ratio"] == 1
    assert reference["weights_mb"] == pytest.approx(8.6, abs=0.1)
    assert reference["chroma"] is None
    assert ours["chroma"] > 0
    assert opencv["chroma"] > 0
    assert opencv["weights_mb"] is None
    assert not any(row["faces"] for row in rows.values())
    (estimate,) = (row for row in rows.values() if row["estimated"])
    assert "300 steps (estimate" in estimate["method"]
    one_step = rows["Neural Style Transfer, 1 steps"]
    assert estimate["seconds"] == pytest.approx(300 * one_step["seconds"], rel=1e-3)
    assert plot.stat().st_size > 1000
    lines = comparison.table([comparison.Row(**row) for row in rows.values()]).splitlines()
    assert len(lines) == len(rows) + 1


def test_only_the_whole_pipeline_draws_faces_separately():
    assert {method.name.partition(", ")[2] for method in methods(1) if method.faces} == {"whole pipeline"}


@pytest.mark.slow
def test_a_method_runs_in_a_process_of_its_own(setting):
    (opencv,) = (method for method in methods(1) if method.name.startswith("OpenCV"))
    figures = comparison.run_in_child(opencv, setting, 1)
    assert figures["seconds"] > 0
    assert figures["bytes"] is None
    assert figures["memory"] is None or figures["memory"] < 1e9


def test_refused_calls_of_a_greedy_client_are_counted():
    """A server that draws one picture at a time and takes four calls of the greedy client."""
    picture = np.zeros((4, 4, 3), np.uint8)
    model, places = threading.Lock(), threading.Semaphore(4)

    def greedy():
        if not places.acquire(blocking=False):
            raise RuntimeError(translate("error.too_many", "en", 4))
        with model:
            places.release()
            return picture

    def other():
        with model:
            return picture

    def at_work() -> dict:
        answers = load.Answers()
        with ThreadPoolExecutor(16) as pool:
            for _ in range(50):
                pool.submit(answers.call, greedy)
        counts = answers.counts
        return {"calls": 50, "drawn": counts["drawn"], "refused": counts["refused"], "errors": answers.errors}

    with ThreadPoolExecutor(1) as pool:
        report = load.compete(lambda: pool.submit(at_work), other)
    assert report["drawn"] + report["refused"] == report["calls"] == 50
    assert report["drawn"] >= 4
    assert report["errors"] == []
    assert report["others_calls"] >= 1


def test_refusals_and_errors_are_told_apart():
    answers = load.Answers()
    for text in (translate("error.busy", "en", 32), translate("error.too_many", "en", 4), "Not a photo"):

        def fail(text: str = text) -> np.ndarray:
            raise RuntimeError(text)

        assert answers.call(fail) is None
    assert answers.counts["refused"] == 2
    assert answers.errors == ["Not a photo"]
