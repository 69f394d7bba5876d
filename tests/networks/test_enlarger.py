"""What enlarges drawings: any size, tile by tile, and how often."""

import cv2
import numpy as np
import pytest

from animegan.errors import NotAModelError
from animegan.images.metrics import psnr
from animegan.networks import enlarger
from animegan.networks.engine import choose_engine
from animegan.networks.enlarger import Enlarger, doublings
from animegan.styles import weights
from animegan.styles.sources import BuiltIn


@pytest.fixture(scope="module")
def exact() -> Enlarger:
    """In single precision, as every machine can."""
    return Enlarger(engine=choose_engine("cpu"))


@pytest.mark.parametrize("size", [(1, 1), (16, 23), (3, 200), (61, 90)])
def test_any_size_is_doubled(exact, size):
    drawing = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    doubled = exact.double(drawing)
    assert (doubled.shape, doubled.dtype) == ((2 * size[0], 2 * size[1], 3), np.uint8)


def test_it_is_the_same_drawing_in_its_place(exact, coffee):
    """A pixel away in any direction it fits less well."""
    drawing = np.ascontiguousarray(coffee[100:228, 100:260])
    doubled = exact.double(drawing)

    def likeness(down: int, across: int) -> float:
        moved = np.roll(doubled, (down, across), (0, 1))
        return psnr(cv2.resize(moved, (160, 128), interpolation=cv2.INTER_AREA)[4:-4, 4:-4], drawing[4:-4, 4:-4])

    assert likeness(0, 0) > 28
    assert all(likeness(0, 0) > likeness(*away) + 2 for away in ((1, 0), (-1, 0), (0, 1), (0, -1)))


@pytest.mark.parametrize("again", [False, True])
def test_tiles_join_exactly(exact, coffee, monkeypatch, again):
    drawing = np.ascontiguousarray(coffee[:150, :215])
    whole, heard = exact.double(drawing, again=again), []
    monkeypatch.setattr(enlarger, "TILE", 64)
    tiled = exact.double(drawing, lambda done, count: heard.append((done, count)), again=again)
    assert heard == [(number, 6) for number in range(1, 7)]
    assert np.abs(tiled.astype(int) - whole).max() <= 1  # as machines round
    assert (tiled != whole).mean() < 1e-3


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128), (230, 60, 40), (30, 90, 200)])
def test_flat_colour_stays_flat(exact, colour, again):
    doubled = exact.double(np.full((48, 64, 3), colour, np.uint8), again=again)
    assert np.ptp(doubled, axis=(0, 1)).max() <= 2
    assert doubled.std(axis=(0, 1)).max() < 0.6
    assert np.abs(doubled.astype(int) - colour).max() <= 6


@pytest.mark.parametrize("name", ["cel.safetensors", "damage.safetensors"])
def test_a_file_that_does_not_double_is_no_enlarger(name):
    with pytest.raises(NotAModelError, match=name):
        Enlarger(weights.fetch(BuiltIn(name)))


@pytest.mark.parametrize(
    ("ratio", "scale", "count"),
    [
        (0.5, 1, 0),
        (1.0, 1, 0),
        (1.005, 1, 0),  # sides are rounded
        (1.1, 1, 1),
        (2.0, 1, 1),
        (2.1, 1, 2),
        (12.0, 1, 2),
        (2.0, 2, 1),
        (4.0, 4, 2),
        (24.0, 2, 3),
        (48.0, 4, 4),
    ],
)
def test_how_often_a_drawing_is_doubled(ratio, scale, count):
    assert doublings(ratio, scale) == count
