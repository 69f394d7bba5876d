"""Weights from a file, and a whole picture painted."""

import json

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from animegan import errors, weights
from animegan.engine import choose
from animegan.generator import TorchGenerator, load
from animegan.networks import CompactConfig, CompactGenerator
from animegan.styles import find

from .test_networks import SMALL, shaken


@pytest.fixture(scope="module")
def hayao() -> TorchGenerator:
    return load(weights.locate(find("hayao")))


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 333), (333, 16)])
def test_any_size(hayao, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    painted = hayao.paint(photo)
    assert painted.shape == photo.shape
    assert painted.dtype == np.uint8


def test_a_part_is_painted_as_in_the_whole(hayao, astronaut):
    """No statistics over the picture: cut out, with its surroundings, a part looks the same."""
    whole = hayao.paint(astronaut)
    part = hayao.paint(astronaut[64:448, 64:448])
    difference = np.abs(part[128:-128, 128:-128].astype(int) - whole[192:320, 192:320])
    assert difference.max() <= 1


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
    network = shaken(CompactGenerator(SMALL))
    path = written(tmp_path / "g.safetensors", SMALL.to_dict(), network.state_dict())
    np.testing.assert_array_equal(load(path).paint(coffee), TorchGenerator(network, choose()).paint(coffee))


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
