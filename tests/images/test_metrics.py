"""The metrics of pictures."""

import cv2
import numpy as np
import pytest

from animegan.images import metrics


def test_measures(astronaut):
    assert metrics.psnr(astronaut, astronaut) == float("inf")
    assert metrics.psnr(np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 255, np.uint8)) == 0
    assert metrics.ssim(astronaut, astronaut) == pytest.approx(1)
    from skimage.metrics import structural_similarity

    other = np.clip(astronaut + np.random.default_rng(0).normal(0, 20, astronaut.shape), 0, 255).astype(np.uint8)
    greys = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (other, astronaut)]
    reference = structural_similarity(*greys, gaussian_weights=True, use_sample_covariance=False, data_range=255)
    assert metrics.ssim(other, astronaut) == pytest.approx(reference, abs=0.01)
    assert metrics.line_strength(np.full((9, 9, 3), 80, np.uint8)) == 0
    blurred = np.asarray(cv2.GaussianBlur(astronaut, (0, 0), 2), np.uint8)
    assert metrics.line_strength(astronaut) > metrics.line_strength(blurred)
