"""The random degradations that the restorer learns to undo."""

import numpy as np
import pytest

from animegan.images import metrics
from animegan.training.built_in import compound, degrade

KERNELS = [degrade.gaussian_kernel(2.5, 1.0, 0.7), degrade.motion_kernel(7, 1.0), degrade.disc_kernel(2.5)]


@pytest.mark.parametrize("kernel", KERNELS)
def test_blurs_keep_brightness_and_position(kernel):
    assert kernel.sum() == pytest.approx(1, abs=1e-4)
    assert kernel.min() >= 0
    y, x = np.mgrid[: kernel.shape[0], : kernel.shape[1]] - (kernel.shape[0] // 2)
    assert abs((x * kernel).sum()) < 1e-3
    assert abs((y * kernel).sum()) < 1e-3


@pytest.mark.parametrize(
    "stage", [degrade.gaussian, degrade.motion, degrade.defocus, degrade.rescale, degrade.noise, degrade.jpeg]
)
def test_every_stage_degrades(stage, astronaut):
    photo = astronaut.astype(np.float32)
    bad = stage(photo, np.random.default_rng(3))
    assert bad.shape == photo.shape
    assert bad.dtype == np.float32
    assert 18 < metrics.psnr(np.clip(bad, 0, 255).astype(np.uint8), astronaut) < 45


def test_degradation_is_the_same_for_the_same_seed_and_spares_some(astronaut):
    photo = astronaut[:96, :96]
    one, two = (degrade.degrade(photo, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    spared = sum(np.array_equal(degrade.degrade(photo, np.random.default_rng(n)), photo) for n in range(100))
    assert 1 <= spared <= 25


@pytest.mark.parametrize("size", [1.0, 2.5])
def test_compound_degradation_is_deterministic_and_loses_detail(size, astronaut):
    photo = astronaut[:192, :192]
    values = []
    for seed in range(6):
        one, two = (compound.compound(photo, np.random.default_rng(seed), size) for _ in range(2))
        np.testing.assert_array_equal(one, two)
        assert (one.shape, one.dtype) == (photo.shape, np.uint8)
        values.append(metrics.psnr(one, photo))
    assert np.median(values) < 30


def test_mild_degradation_keeps_the_photo(astronaut):
    photo = astronaut[:192, :192]
    values = [metrics.psnr(compound.mild(photo, np.random.default_rng(seed)), photo) for seed in range(12)]
    assert np.median(values) > 26
