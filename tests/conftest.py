"""What several tests share: photographs that scikit-image carries, and one pipeline."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch

import animegan

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def _fixed_seeds():
    torch.manual_seed(0)
    np.random.seed(0)


@pytest.fixture(scope="session")
def astronaut() -> np.ndarray:
    """A sharp portrait, ``(512, 512, 3) uint8``, one face."""
    return skimage.data.astronaut()


@pytest.fixture(scope="session")
def coffee() -> np.ndarray:
    """A still life, ``(400, 600, 3) uint8``, no face."""
    return skimage.data.coffee()


@pytest.fixture(scope="session")
def pipeline() -> animegan.Pipeline:
    return animegan.Pipeline()


@pytest.fixture(scope="session")
def drawn(pipeline, astronaut) -> animegan.Result:
    """The astronaut as anime, with everything as it is by default."""
    return pipeline.stylize(astronaut)
