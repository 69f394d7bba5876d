"""The repaired photo on the command line, and bad photos without a sharp original."""

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from animegan.images import files
from animegan.images.marks import is_ours
from tests.conftest import ROOT
from tests.support.cli import invoke, refused

BLURRY, SHARP = ROOT / "examples" / "2-astronaut-blurry.jpg", ROOT / "examples" / "1-astronaut.jpg"


@pytest.mark.slow
def test_repaired_photos_are_written_beside_their_drawings(tmp_path):
    """A sharp photo needs no repair, so there is no second copy of it."""
    done = invoke("stylize", BLURRY, SHARP, "-o", tmp_path / "out", "--save-repaired", "--json")
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "1-astronaut-anime.png",
        "2-astronaut-blurry-anime-repaired.png",
        "2-astronaut-blurry-anime.png",
    ]
    blurry = next(row for row in map(json.loads, done.stdout.splitlines()) if "blurry" in row["input"])
    assert is_ours(blurry["repaired"])  # so that it is not drawn again
    with Image.open(blurry["repaired"]) as repaired:
        assert repaired.size == (512, 512)
        bad, sharp = files.load(BLURRY), files.load(SHARP)
        assert np.square(np.asarray(repaired, float) - sharp).mean() < np.square(bad.astype(float) - sharp).mean()


def test_a_repaired_photo_replaces_no_photo(tmp_path):
    shutil.copy(SHARP, tmp_path / "a-repaired.png")
    assert "one of the photos" in refused("stylize", tmp_path, "-o", tmp_path / "a.png", "--save-repaired")
    assert "--save-repaired" in refused("stylize", SHARP, "-o", "-", "--save-repaired")


@pytest.mark.slow
def test_really_bad_photos_are_measured_without_an_original(tmp_path):
    (tmp_path / "bad").mkdir()
    shutil.copy(BLURRY, tmp_path / "bad")
    done = invoke("evaluate", "--real", tmp_path / "bad", "--sheet", tmp_path / "sheet.png", "--json")
    report = json.loads(done.stdout)
    assert (report["n"], report["repaired"], report["faces"]) == (1, 1, [1, 1])
    assert report["detail"][0] < report["detail"][1]
    assert report["lost"][0] > report["lost"][1]
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.width > 2.9 * sheet.height  # three pictures side by side
