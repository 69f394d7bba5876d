"""Weights from a file, and a whole picture painted."""

import json

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from animegan import errors
from animegan.networks import painters
from animegan.networks.engine import choose_engine
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.networks.painters import TorchGenerator, load
from animegan.styles import weights
from animegan.styles.lookup import find_style
from tests.support.models import SMALL, shaken


@pytest.fixture(scope="module")
def hayao() -> TorchGenerator:
    painters = load(weights.locate(find_style("hayao")))
    assert isinstance(painters, TorchGenerator)
    return painters


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 333), (333, 16)])
def test_any_size(hayao, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    painted = hayao.paint(photo)
    assert painted.shape == photo.shape
    assert painted.dtype == np.uint8


def test_a_part_is_painted_as_in_the_whole(hayao, astronaut):
    """Cut out, with its surroundings, a part looks the same where it is known what it was cut from; alone its colours
    are its own.
    """
    whole = hayao.paint(astronaut)
    part, alone = (hayao.paint(astronaut[64:448, 64:448], of) for of in (astronaut, None))
    difference, apart = (np.abs(p[128:-128, 128:-128].astype(int) - whole[192:320, 192:320]) for p in (part, alone))
    assert difference.max() <= 1
    assert 0 < apart.mean() < 12


def test_the_thumbnail_of_a_large_picture_is_that_of_a_small_copy(hayao, astronaut):
    large = cv2.resize(astronaut, (2048, 2048), interpolation=cv2.INTER_CUBIC)
    small, same = hayao._thumbnail(large), hayao._thumbnail(astronaut)
    assert small.shape == (1, 3, 64, 64)
    assert (small - same).abs().mean() < 0.01
    assert hayao._thumbnail(np.zeros((16, 60_000, 3), np.uint8)).shape == (1, 3, 64, 64)  # a strip keeps a row


def test_the_border_is_painted_like_the_rest(hayao):
    """A flat picture stays flat up to its edge."""
    painted = hayao.paint(np.full((96, 96, 3), 150, np.uint8)).astype(int)
    assert np.abs(painted - painted[48, 48]).max() <= 4


def test_same_in_same_out(hayao, coffee):
    np.testing.assert_array_equal(hayao.paint(coffee), hayao.paint(coffee))


def written(path, config: dict, tensors: dict) -> str:
    save_file(tensors, path, metadata={"config": json.dumps(config)})
    return str(path)


def test_weights_come_back_from_a_file(tmp_path, coffee):
    network = CompactGenerator(SMALL)
    shaken(network)
    path = written(tmp_path / "g.safetensors", SMALL.to_dict(), network.state_dict())
    np.testing.assert_array_equal(load(path).paint(coffee), TorchGenerator(network, choose_engine()).paint(coffee))


def test_what_holds_no_generator_says_so(tmp_path):
    tensors = CompactGenerator(SMALL).state_dict()
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 100)
    (tmp_path / "empty.safetensors").touch()
    save_file(tensors, tmp_path / "no-config.safetensors")
    written(tmp_path / "shape.safetensors", CompactConfig().to_dict(), tensors)
    written(tmp_path / "lacking.safetensors", SMALL.to_dict(), {"head.weight": torch.zeros(4, 12, 3, 3)})
    for path in tmp_path.iterdir():
        with pytest.raises(errors.NotAModelError, match=path.name):
            load(path)


@pytest.mark.slow
@pytest.mark.parametrize("style", ["anime", "cel", "portrait"])
def test_tiles_equal_the_whole(style, astronaut, monkeypatch):
    """To within a level, seams and all; a tile sees as far as the network does."""
    painter = load(weights.locate(find_style(style)), choose_engine("cpu"))
    picture = astronaut[:400, :450]
    monkeypatch.setattr(painters, "TILE", 10_000)
    whole = painter.paint(picture)
    monkeypatch.setattr(painters, "TILE", 160)
    heard = []
    tiled = painter.paint(picture, on_tile=lambda done, count: heard.append((done, count)))
    assert heard == [(n, 6) for n in range(1, 7)]  # 2 rows, 3 columns
    assert np.abs(tiled.astype(int) - whole).max() <= 1


def test_how_far_a_network_sees():
    """Outside its reach a changed pixel changes nothing; inside it does."""
    config = CompactConfig((4, 6), (1, 1), (1,))
    torch.manual_seed(0)
    network = CompactGenerator(config)
    torch.nn.init.normal_(network.tail.weight)
    x = torch.rand(1, 3, 256, 16)
    changed = x.clone()
    changed[:, :, 128] += 1
    with torch.inference_mode():
        moved = (network(x) - network(changed)).abs().amax((0, 1, 3)).nonzero().flatten()
    assert 128 - config.reach <= moved.min() < 120
    assert 136 < moved.max() <= 128 + config.reach
