"""Export of built-in generators and of the enlarger to other formats."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest
import torch
from typer.testing import CliRunner

from animegan import errors
from animegan.__main__ import app
from animegan.images.metrics import psnr
from animegan.networks import restorers
from animegan.networks.checkpoints import metadata, read_compact
from animegan.networks.enlarger import AGAIN, SOURCE, Enlarger
from animegan.networks.export import FORMATS, MAX_DIFFERENCE, MIN_INT8_PSNR, OPSET, Exported, export
from animegan.networks.modules import parameter_count
from animegan.networks.painters import load, open_onnx
from animegan.styles import weights
from animegan.styles.lookup import find_style
from tests.support.cli import invoke, refused
from tests.support.own_styles import write_style

QUICK = ("hayao", "safetensors")
"""The other styles and formats take several seconds each."""
EXPORTS = [
    pytest.param(style, format, marks=[] if (style, format) == QUICK else [pytest.mark.slow])
    for style in ("hayao", "portrait")
    for format in FORMATS
]


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Callable[[str, str], Exported]:
    """Exports a style in a format, each once, into a folder of its own."""
    return cache(lambda style, format: export(style, tmp_path_factory.mktemp(style) / f"{style}.{format}", format))


@pytest.mark.long
@pytest.mark.parametrize(("style", "format"), EXPORTS)
def test_the_file_draws_the_same(exported, style, format):
    done = exported(style, format)
    assert done.difference <= MAX_DIFFERENCE
    assert list(done.path.parent.iterdir()) == [done.path]


def about(file: Path) -> dict[str, str]:
    """The metadata of an exported file."""
    if file.suffix == ".onnx":
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        return session.get_modelmeta().custom_metadata_map
    if file.suffix == ".torchscript":
        extra = {"about.json": ""}
        torch.jit.load(str(file), _extra_files=extra)
        return json.loads(extra["about.json"])
    return metadata(file)


def outcome(file: Path, values: np.ndarray) -> np.ndarray:
    """What an ONNX or TorchScript file makes of ``(1, 3, H, W)``."""
    if file.suffix == ".onnx":
        return open_onnx(file)[1](values)
    with torch.inference_mode():
        return torch.jit.load(str(file))(torch.from_numpy(values)).numpy()


def values_of(photo: np.ndarray) -> np.ndarray:
    return (photo.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None]


@pytest.mark.long
def test_the_metadata_describe_the_file(exported, tmp_path):
    of_torch, of_onnx, of_safetensors = (about(exported("hayao", format).path) for format in FORMATS)
    assert of_onnx["style"] == "hayao"
    assert of_onnx["opset"] == str(OPSET)
    assert of_onnx["scale"] == "1"
    assert "NCHW" in of_onnx["layout"]
    assert "non-commercial" in of_onnx["licence"]
    assert "whole" in of_onnx["context"]
    assert of_torch["style"] == "hayao"
    assert of_safetensors["layout"] == of_onnx["layout"]
    of_manga = about(export("manga", tmp_path / "m.safetensors", "safetensors").path)
    assert "screentone" in of_manga["finish"]
    assert "free for any use" in of_manga["licence"]
    assert "context" not in of_manga


@pytest.mark.long
def test_an_exported_file_can_be_used_as_a_style(exported, astronaut):
    """Our own ONNX and safetensors files can replace a style."""
    painted, again = (load(exported("hayao", format).path).paint(astronaut) for format in ("safetensors", "onnx"))
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
    x = values_of(photo)
    network = read_compact(weights.locate(find_style("hayao"))).eval()
    with torch.inference_mode():
        outputs = [outcome(int8, x), network(torch.from_numpy(x)).numpy()]
    drawing, original = (np.clip((y + 1) * 127.5, 0, 255).round().astype(np.uint8) for y in outputs)
    assert psnr(drawing, original) >= MIN_INT8_PSNR


@pytest.mark.slow
def test_int8_is_small_states_its_psnr_and_is_a_style(int8, astronaut):
    assert int8.stat().st_size < 0.35 * 4 * parameter_count(read_compact(weights.locate(find_style("hayao"))))
    said = about(int8)
    assert "dB" in said["int8"]
    assert said["style"] == "hayao"
    original = load(weights.locate(find_style("hayao"))).paint(astronaut)
    assert psnr(load(int8).paint(astronaut)[32:-32, 32:-32], original[32:-32, 32:-32]) > 30


@pytest.mark.slow
def test_an_int8_file_that_differs_too_much_is_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr("animegan.networks.export.MIN_INT8_PSNR", 99.0)
    style = write_style(tmp_path / "mine.safetensors")
    with pytest.raises(errors.BadOptionError, match="changes too much in int8"):
        export(str(style), tmp_path / "a.onnx", "onnx", int8=True)
    assert list(tmp_path.iterdir()) == [style]


def test_int8_that_is_not_possible_is_a_named_error(tmp_path, monkeypatch):
    with pytest.raises(errors.BadOptionError, match="ONNX only"):
        export("hayao", tmp_path / "a.pt", "torchscript", int8=True)
    monkeypatch.setattr("animegan.examples.FOLDER", tmp_path / "nowhere")
    with pytest.raises(errors.BadOptionError, match="example photographs"):
        export("hayao", tmp_path / "a.onnx", "onnx", int8=True)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def at_small_sizes(monkeypatch):
    monkeypatch.setattr("animegan.networks.export.SIZES", ((32, 64), (64, 48)))


@pytest.mark.usefixtures("at_small_sizes")
@pytest.mark.parametrize("format", [pytest.param("onnx", marks=pytest.mark.slow), "torchscript", "safetensors"])
def test_the_enlarger_is_exported(tmp_path, coffee, format):
    done = export("enlarger", tmp_path / f"e.{format}", format)
    assert done.difference <= MAX_DIFFERENCE
    said = about(done.path)
    assert (said["name"], said["scale"]) == ("enlarger", "2")
    assert "free for any use" in said["licence"]
    assert "multiples of 2" in said["layout"]
    if format == "safetensors":
        assert np.array_equal(restorers.load(done.path).double(coffee[:40, :50]), Enlarger().double(coffee[:40, :50]))
    else:
        assert outcome(done.path, values_of(coffee[:64, :96])).shape == (1, 3, 128, 192)


@pytest.mark.slow
@pytest.mark.usefixtures("at_small_sizes")
@pytest.mark.parametrize(
    ("style", "format", "scale"), [("anime", "onnx", 2), ("cel", "torchscript", 2), ("hayao", "torchscript", 4)]
)
def test_a_style_and_the_enlarger_are_one_file(tmp_path, coffee, style, format, scale):
    """It draws what the two draw one after the other, and has the stricter licence."""
    done = export(style, tmp_path / f"a.{format}", format, scale=scale)
    said, photo = about(done.path), values_of(coffee[:64, :96])
    assert said["scale"] == str(scale)
    assert said["licence"] == find_style(style).licence
    drawing = torch.from_numpy(photo)
    with torch.inference_mode():
        drawing = read_compact(weights.locate(find_style(style))).eval()(drawing)
        for source in (SOURCE, AGAIN)[: scale // 2]:
            drawing = read_compact(weights.fetch(source)).eval()(drawing.clamp(-1, 1))
    drawn = outcome(done.path, photo)
    assert drawn.shape == (1, 3, scale * 64, scale * 96)
    assert np.abs(drawn - drawing.numpy()).max() <= MAX_DIFFERENCE


@pytest.mark.slow
@pytest.mark.usefixtures("at_small_sizes")
def test_the_enlarger_is_too_fine_for_int8_and_a_file_that_enlarges_is_no_style(tmp_path, coffee):
    with pytest.raises(errors.BadOptionError, match="'enlarger' changes too much in int8"):
        export("enlarger", tmp_path / "e.onnx", "onnx", int8=True)
    assert not list(tmp_path.iterdir())
    done = export("enlarger", tmp_path / "e.onnx", "onnx")
    with pytest.raises(errors.NotAModelError, match=r"e\.onnx"):
        load(done.path).paint(coffee)
    with pytest.raises(errors.NotAModelError, match="enlarge"):
        load(weights.fetch(SOURCE))


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["hayao", "a.onnx", "--scale", "3"], "The scale is 1, 2 or 4, not 3."),
        (["enlarger", "a.onnx", "--scale", "2"], "'enlarger' enlarges already"),
        (
            ["hayao", "a.safetensors", "--scale", "4", "--format", "safetensors"],
            "choose the format onnx or torchscript",
        ),
        (["enlarger", "a.pt", "--int8", "--format", "torchscript"], "ONNX only"),
    ],
)
def test_an_enlarged_export_that_is_not_possible_is_one_sentence(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    assert sentence in refused("export", *arguments)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.usefixtures("at_small_sizes")
def test_the_command_exports_a_style_and_the_enlarger(tmp_path):
    done = invoke("export", "cel", tmp_path / "cel.pt", "--scale", "2", "--format", "torchscript")
    assert done.exit_code == 0, done.output
    assert "torchscript, at most" in done.output
    assert outcome(tmp_path / "cel.pt", np.zeros((1, 3, 32, 48), np.float32)).shape == (1, 3, 64, 96)


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
