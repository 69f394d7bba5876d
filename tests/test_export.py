"""Built-in generators for other programs."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from animegan import errors, weights
from animegan.__main__ import app
from animegan.checkpoints import read_compact
from animegan.export import CLOSE, FAITHFUL, FORMATS, OPSET, export
from animegan.generator import load
from animegan.measures import psnr
from animegan.networks import parameter_count
from animegan.styles import find


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("style", ["hayao", "portrait"])
def test_what_is_written_paints_the_same(tmp_path, style, format):
    done = export(style, tmp_path / f"{style}.{format}", format)
    assert done.difference <= CLOSE
    assert [path.name for path in tmp_path.iterdir()] == [done.path.name]


def test_the_metadata_say_what_it_is(tmp_path):
    for format in FORMATS:
        export("anime", tmp_path / f"a.{format}", format)
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    assert about["style"] == "anime"
    assert about["opset"] == str(OPSET)
    assert "NCHW" in about["layout"]
    assert "non-commercial" in about["licence"]
    extra = {"about.json": ""}
    torch.jit.load(str(tmp_path / "a.torchscript"), _extra_files=extra)
    assert json.loads(extra["about.json"])["style"] == "anime"
    with safe_open(tmp_path / "a.safetensors", framework="pt") as file:
        assert file.metadata()["layout"] == about["layout"]
    assert "whole" in about["context"]
    with safe_open(export("manga", tmp_path / "m.safetensors", "safetensors").path, framework="pt") as file:
        assert "screentone" in file.metadata()["finish"]
        assert "free for any use" in file.metadata()["licence"]
        assert "context" not in file.metadata()


def test_what_is_exported_is_a_style_again(tmp_path, astronaut):
    """Our own ONNX and safetensors files can be named in place of a style."""
    painted = load(export("hayao", tmp_path / "h.safetensors", "safetensors").path).paint(astronaut)
    again = load(export("hayao", tmp_path / "h.onnx", "onnx").path).paint(astronaut)
    difference = np.abs(painted.astype(int) - again)[32:-32, 32:-32]
    assert difference.mean() < 0.5


@pytest.fixture(scope="module")
def int8(tmp_path_factory) -> Path:
    """Hayao with 8-bit convolutions, written by the command line."""
    path = tmp_path_factory.mktemp("int8") / "hayao.onnx"
    done = CliRunner().invoke(app, ["export", "hayao", str(path), "--int8"])
    assert done.exit_code == 0, done.output
    assert "dB" in done.output
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return path


@pytest.mark.parametrize(("height", "width"), [(256, 256), (400, 592), (512, 384)])
def test_int8_stays_near_the_original(int8, coffee, height, width):
    photo = cv2.resize(coffee, (width, height), interpolation=cv2.INTER_AREA)
    x = (photo.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    session = onnxruntime.InferenceSession(str(int8), providers=["CPUExecutionProvider"])
    network = read_compact(weights.locate(find("hayao"))).eval()
    with torch.inference_mode():
        pictures = [session.run(None, {"photo": x})[0], network(torch.from_numpy(x)).numpy()]
    drawn, original = (np.clip((y + 1) * 127.5, 0, 255).round().astype(np.uint8) for y in pictures)
    assert psnr(drawn, original) >= FAITHFUL


def test_int8_is_small_says_its_fidelity_and_is_a_style(int8, astronaut):
    assert int8.stat().st_size < 0.35 * 4 * parameter_count(read_compact(weights.locate(find("hayao"))))
    session = onnxruntime.InferenceSession(str(int8), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    assert "dB" in about["int8"]
    assert about["style"] == "hayao"
    original = load(weights.locate(find("hayao"))).paint(astronaut)
    assert psnr(load(int8).paint(astronaut)[32:-32, 32:-32], original[32:-32, 32:-32]) > 30


def test_int8_that_is_too_coarse_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("animegan.export.FAITHFUL", 99.0)
    with pytest.raises(errors.BadOptionError, match="does not survive int8"):
        export("hayao", tmp_path / "a.onnx", "onnx", int8=True)
    assert list(tmp_path.iterdir()) == []


def test_int8_where_it_cannot_be_is_a_named_error(tmp_path, monkeypatch):
    with pytest.raises(errors.BadOptionError, match="ONNX only"):
        export("hayao", tmp_path / "a.pt", "torchscript", int8=True)
    monkeypatch.setattr("animegan.export.EXAMPLES", tmp_path / "nowhere")
    with pytest.raises(errors.BadOptionError, match="example photographs"):
        export("hayao", tmp_path / "a.onnx", "onnx", int8=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("style", "place", "format", "error"),
    [
        ("picasso", "a.onnx", "onnx", errors.UnknownStyleError),
        ("paprika", "a.onnx", "onnx", errors.BadOptionError),
        ("hayao", "a.tflite", "tflite", errors.BadOptionError),
        ("hayao", "nowhere/a.onnx", "onnx", errors.OutputNotWritableError),
    ],
)
def test_what_cannot_be_is_a_named_error(tmp_path, style, place, format, error):
    with pytest.raises(error):
        export(style, tmp_path / place, format)
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(app, ["export", style, str(tmp_path / place), "--format", format])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
