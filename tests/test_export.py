"""Built-in generators for other programs."""

import json

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors import safe_open
from typer.testing import CliRunner

from animegan import errors
from animegan.__main__ import app
from animegan.export import CLOSE, FORMATS, OPSET, export
from animegan.generator import load


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("style", ["hayao", "portrait"])
def test_what_is_written_paints_the_same(tmp_path, style, format):
    done = export(style, tmp_path / f"{style}.{format}", format)
    assert done.difference <= CLOSE
    assert [path.name for path in tmp_path.iterdir()] == [done.path.name]


def test_the_metadata_say_what_it_is(tmp_path):
    for format in FORMATS:
        export("shinkai", tmp_path / f"a.{format}", format)
    session = onnxruntime.InferenceSession(str(tmp_path / "a.onnx"), providers=["CPUExecutionProvider"])
    about = session.get_modelmeta().custom_metadata_map
    assert about["style"] == "shinkai"
    assert about["opset"] == str(OPSET)
    assert "NCHW" in about["layout"]
    assert "non-commercial" in about["licence"]
    extra = {"about.json": ""}
    torch.jit.load(str(tmp_path / "a.torchscript"), _extra_files=extra)
    assert json.loads(extra["about.json"])["style"] == "shinkai"
    with safe_open(tmp_path / "a.safetensors", framework="pt") as file:
        assert file.metadata()["layout"] == about["layout"]


def test_what_is_exported_is_a_style_again(tmp_path, astronaut):
    """Our own ONNX and safetensors files can be named in place of a style."""
    painted = load(export("hayao", tmp_path / "h.safetensors", "safetensors").path).paint(astronaut)
    again = load(export("hayao", tmp_path / "h.onnx", "onnx").path).paint(astronaut)
    difference = np.abs(painted.astype(int) - again)[32:-32, 32:-32]
    assert difference.mean() < 0.5


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
