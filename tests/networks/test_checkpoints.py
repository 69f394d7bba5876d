"""Weights files of others: ONNX files, and checkpoints of AnimeGANv2."""

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from animegan import errors
from animegan.networks.modules import AnimeGANv2Generator
from animegan.networks.painters import OnnxGenerator, load
from animegan.pipeline.models import MAX_PAINTERS
from animegan.styles.lookup import find_style
from tests.support.hub import COMMIT
from tests.support.models import shaken, write_onnx


@pytest.fixture(scope="module")
def network() -> AnimeGANv2Generator:
    """AnimeGANv2's generator with random weights."""
    torch.manual_seed(0)
    network = AnimeGANv2Generator()
    shaken(network)
    return network


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory, network) -> Path:
    """Its checkpoint, as people share it."""
    path = tmp_path_factory.mktemp("published") / "painter.pt"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="module")
def published(checkpoint, network) -> Path:
    """The folder of that checkpoint, with ONNX files of the same network."""
    folder = checkpoint.parent
    write_onnx(network, folder / "painter.onnx")
    write_onnx(network, folder / "fixed.onnx", channels_last=False, side=128)
    return folder


@pytest.mark.slow
def test_onnx_and_checkpoint_of_one_network_paint_the_same(published, coffee):
    photo = coffee[:96, :128]
    painted = [load(published / name).paint(photo).astype(int) for name in ("painter.pt", "painter.onnx")]
    x = torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    network = AnimeGANv2Generator().eval()
    network.load_state_dict(torch.load(published / "painter.pt", weights_only=True))
    with torch.inference_mode():
        expected = ((network(x)[0].permute(1, 2, 0) + 1) * 127.5).numpy()
    for picture in painted:
        assert np.abs(picture - expected).max() <= 1


@pytest.mark.slow
@pytest.mark.parametrize("size", [(16, 16), (70, 333), (129, 128), (150, 210)])
@pytest.mark.parametrize("name", ["painter.onnx", "fixed.onnx"])
def test_any_size_with_any_file(published, name, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert load(published / name).paint(photo).shape == photo.shape


@pytest.mark.slow
@pytest.mark.parametrize("size", [(16, 16), (70, 333), (129, 128), (150, 210)])
def test_any_size_with_a_checkpoint(checkpoint, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert load(checkpoint).paint(photo).shape == photo.shape


@pytest.mark.slow
def test_layout_and_size_are_read_from_the_model(published):
    free, fixed = OnnxGenerator(published / "painter.onnx"), OnnxGenerator(published / "fixed.onnx")
    assert (free.channels_last, free.fixed) == (True, None)
    assert (fixed.channels_last, fixed.fixed) == (False, (128, 128))


@pytest.mark.slow
def test_tiles_leave_no_seam(published):
    """What a fixed size model makes of a flat picture is as flat across tiles as inside one."""
    painter: Any = load(published / "fixed.onnx")
    flat = np.full((300, 400, 3), 120, np.uint8)
    painter._run = lambda tile: tile.astype(np.float32) / 127.5 - 1
    np.testing.assert_array_equal(painter.paint(flat), flat)
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8)[:, None], (300, 1, 3))
    np.testing.assert_allclose(painter.paint(ramp).astype(int), ramp, atol=1)


def test_files_that_are_no_model(tmp_path):
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    (tmp_path / "junk.pt").write_bytes(b"junk")
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 50)
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 50)
    for path in tmp_path.iterdir():
        with pytest.raises(errors.NotAModelError, match=path.name):
            load(path)


def test_a_checkpoint_cannot_run_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'owned'}",)

    torch.save(Evil(), tmp_path / "evil.pt")
    with pytest.raises(errors.NotAModelError):
        load(tmp_path / "evil.pt")
    assert not (tmp_path / "owned").exists()


def test_a_file_of_one_s_own_is_a_style(checkpoint, pipeline, coffee):
    small = np.ascontiguousarray(coffee[:64, :96])
    result = pipeline.stylize(small, str(checkpoint))
    assert result.image.shape == small.shape
    assert find_style(str(checkpoint)).slug == "painter"


@pytest.mark.slow
def test_a_style_from_the_hub_paints(hub, published, pipeline, coffee):
    hub.files["someone/paints/anime/painter.onnx"] = (published / "painter.onnx").read_bytes()
    heard = []
    name = f"hub:someone/paints/anime/painter.onnx@{COMMIT}"
    small = np.ascontiguousarray(coffee[:64, :96])
    result = pipeline.stylize(small, style=name, on_progress=lambda fraction, what: heard.append(what))
    assert result.image.shape == small.shape
    assert any(what.startswith("Downloading weights: ") for what in heard)
    assert "/" not in find_style(name).slug


@pytest.mark.slow
def test_models_are_bounded(pipeline, checkpoint, coffee, tmp_path):
    small = np.ascontiguousarray(coffee[:32, :32])
    paths = [tmp_path / f"copy{number}.pt" for number in range(MAX_PAINTERS + 1)]
    for path in paths:
        shutil.copy(checkpoint, path)
        pipeline.stylize(small, style=str(path))
    assert len(pipeline.models.painters) == MAX_PAINTERS
    assert str(paths[-1]) in {version.id for version in pipeline.models.painters}
