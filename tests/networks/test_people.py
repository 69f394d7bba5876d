"""The mask of people: its file, and what it sees."""

import numpy as np
import pytest

from animegan.errors import NotAModelError
from animegan.images.resize import resize
from animegan.networks.painters import load
from animegan.networks.people import SOURCE, PersonMask
from animegan.styles.sources import BUILT_IN
from animegan.styles.weights import fetch


@pytest.fixture(scope="module")
def people() -> PersonMask:
    return PersonMask()


def test_the_file_is_small():
    assert fetch(SOURCE).stat().st_size <= 600_000


@pytest.mark.parametrize("side", [90, 512])
def test_a_face_is_seen_and_the_wall_is_not(people, astronaut, side):
    matte = people.find(np.ascontiguousarray(resize(astronaut, side, side)))
    assert matte.shape == (side, side)
    eighth = side // 8
    assert matte[eighth : 3 * eighth, 3 * eighth : 4 * eighth].mean() > 0.75
    assert matte[: 2 * eighth, :eighth].mean() < 0.1


@pytest.mark.parametrize("size", [(16, 40), (33, 500)])
def test_any_size_has_a_matte(people, size):
    matte = people.find(np.full((*size, 3), 90, np.uint8))
    assert matte.shape == size
    assert ((matte >= 0) & (matte <= 1)).all()


@pytest.mark.parametrize("name", ["cel.safetensors", "damage.safetensors"])
def test_other_weights_are_refused(name):
    with pytest.raises(NotAModelError):
        PersonMask(BUILT_IN / name)


def test_a_mask_is_no_style():
    with pytest.raises(NotAModelError):
        load(fetch(SOURCE))


@pytest.mark.parametrize("colour", [(90, 90, 90), (200, 40, 30), (240, 240, 240)])
def test_a_plain_colour_is_nobody(colour):
    assert not PersonMask().find(np.full((64, 96, 3), colour, np.uint8)).any()
