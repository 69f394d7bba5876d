"""Export of built-in generators to other formats."""

import json
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from animegan import errors
from animegan.__main__ import app
from animegan.images.metrics import psnr
from animegan.networks.checkpoints import read_compact
from animegan.networks.export import FORMATS, MAX_DIFFERENCE, MIN_INT8_PSNR, OPSET, export
from animegan.networks.modules import parameter_count
from animegan.networks.painters import load
from animegan.styles import weights
from animegan.styles.lookup import find_style

QUICK = ("hayao", "safetensors")
"""The other styles and formats take several seconds each."""
EXPORTS = [
    pytest.param(style, format, marks=[] if (style, format) == QUICK else [pytest.mark.slow])
    for style in ("hayao", "portrait")
    for format in FORMATS
]


@pytest.mark.long
@pytest.mark.parametrize(("style", "format"), EXPORTS)
def test_the_file_draws_the_same(tmp_path, style, format):
    done = export(style, tmp_path / f"{style}.{format}", format)
    assert done.difference <= MAX_DIFFERENCE
    assert [path.name for path in tmp_path.iterdir()] == [done.path.name]


@pytest.mark.long
def test_the_metadata_describe_the_file(tmp_path):
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


@pytest.mark.long
def test_an_exported_file_can_be_used_as_a_style(tmp_path, astronaut):
    """Our own ONNX and safetensors files can replace a style."""
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


@pytest.mark.slow
@pytest.mark.parametrize(("height", "width"), [(256, 256), (400, 592), (512, 384)])
def test_int8_stays_close_to_the_original(int8, coffee, height, width):
    photo = cv2.resize(coffee, (width, height), interpolation=cv2.INTER_AREA)
    x = (photo.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]
    session = onnxruntime.InferenceSession(str(int8), providers=["CPUExecutionProvider"])
    network = read_compact(weights.locate(find_style("hayao"))).eval()
    with torch.inference_mode():
        outputs = [np.asarray(session.run(None, {"photo": x})[0]), network(torch.from_numpy(x)).numpy()]
    drawing, original = (np.clip((y + 1) * 127.5, 0, 255).round().astype(np.uint8) for y in outputs)
    assert psnr(drawing, original) >= MIN_INT8_PSNR


@pytest.mark.slow
def test_int8_is_small_states_its_psnr_and_is_a_style(int8, astronaut):
    assert int8.stat().st_size < 0.35 * 4 * parameter_count(read_compact(weights.locate(find_style("hayao"))))
    session = onnxruntime.InferenceSession(str(int8), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    assert "dB" in about["int8"]
    assert about["style"] == "hayao"
    original = load(weights.locate(find_style("hayao"))).paint(astronaut)
    assert psnr(load(int8).paint(astronaut)[32:-32, 32:-32], original[32:-32, 32:-32]) > 30


@pytest.mark.long
def test_an_int8_file_that_differs_too_much_is_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr("animegan.networks.export.MIN_INT8_PSNR", 99.0)
    with pytest.raises(errors.BadOptionError, match="changes too much in int8"):
        export("hayao", tmp_path / "a.onnx", "onnx", int8=True)
    assert list(tmp_path.iterdir()) == []


def test_int8_that_is_not_possible_is_a_named_error(tmp_path, monkeypatch):
    with pytest.raises(errors.BadOptionError, match="ONNX only"):
        export("hayao", tmp_path / "a.pt", "torchscript", int8=True)
    monkeypatch.setattr("animegan.examples.FOLDER", tmp_path / "nowhere")
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
def test_an_export_that_is_not_possible_is_a_named_error(tmp_path, style, place, format, error):
    with pytest.raises(error):
        export(style, tmp_path / place, format)
    assert list(tmp_path.iterdir()) == []
    done = CliRunner().invoke(app, ["export", style, str(tmp_path / place), "--format", format])
    assert done.exit_code == 2
    assert "Traceback" not in done.output
