"""Memory: what photos of many sizes leave behind goes back to the system."""

import platform

import numpy as np
import pytest

from animegan.pipeline.pipeline import TIDY_AFTER, Pipeline
from benchmarks.process import memory

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc keeps freed memory and gives it")
PLAIN = {"faces": False, "enhance": "off"}


def megabytes() -> float:
    return (memory("VmRSS") or 0) / 1e6


def test_freed_memory_goes_back_after_some_photos(pipeline, coffee):
    """160 MB with a block in use here and there, so that it is free, and stays with the process."""
    photo = np.ascontiguousarray(coffee[:24, :32])
    pipeline.stylize(photo, **PLAIN)
    blocks = [np.ones(100_000, np.uint8) for _ in range(1600)]
    kept = blocks[::40]
    del blocks
    before = megabytes()
    for _ in range(TIDY_AFTER):
        pipeline.stylize(photo, **PLAIN)
    assert megabytes() < before - 100
    assert all(block[-1] == 1 for block in kept)


@pytest.mark.long
def test_memory_stays_flat_over_photos_of_every_size():
    """After 200 photos, nothing more is taken: not another 3 % for the next 400."""
    pipeline, rng = Pipeline(threads=1), np.random.default_rng(0)
    noise = rng.integers(0, 256, (270, 270, 3), np.uint8)
    taken = []
    for number in range(1, 601):
        height, width = rng.integers(36, 270, 2)
        pipeline.stylize(noise[:height, :width], **PLAIN)
        if number >= 200 and number % TIDY_AFTER == 0:
            taken.append(megabytes())
    assert max(taken) < 1.03 * taken[0]
