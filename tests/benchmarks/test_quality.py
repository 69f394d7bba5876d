"""The benchmark of the measurements: photos judged by eye, and copies with little true resolution."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from animegan.images import files
from benchmarks import quality
from tests.support.pictures import blurred


@pytest.fixture
def folder(tmp_path, astronaut):
    """A sharp photo and a blurred copy."""
    (tmp_path / "photos" / "below").mkdir(parents=True)
    files.save(astronaut, tmp_path / "photos" / "sharp.png")
    files.save(blurred(astronaut, 4), tmp_path / "photos" / "below" / "blurred.png")
    return tmp_path / "photos"


def _labels(folder, sharp: str = "good", blur: str = "bad"):
    file = folder.parent / "labels.txt"
    lines = ["# judged by eye", f"sharp.png\t{sharp}\tsharp eyes", "", f"below/blurred.png\t{blur}\tblurred all over"]
    file.write_text("\n".join(lines) + "\n")
    return file


def test_photos_are_compared_with_what_the_eye_says(folder):
    comparison, report = quality.labelled(folder, quality.read_labels(_labels(folder)))
    assert (report["good"], report["bad"]) == (1, 1)
    assert report["auto"] == {"good repaired": 0, "good restored": 0, "bad restored": 1}
    assert report["area"]["damage (the trees)"] == report["area"][quality.LAPLACIAN] == 1
    assert report["wrong"] == {}
    assert comparison.good[0]["damage (the trees)"] < comparison.bad[0]["damage (the trees)"]


def test_photos_that_are_judged_wrongly_are_named(folder):
    _, report = quality.labelled(folder, quality.read_labels(_labels(folder, "bad", "good")))
    assert report["auto"] == {"good repaired": 1, "good restored": 1, "bad restored": 0}
    assert list(report["wrong"]) == ["sharp.png", "below/blurred.png"]
    assert report["wrong"]["sharp.png"].endswith("nothing done")
    assert report["wrong"]["below/blurred.png"].startswith("good, blurred all over: damage ")


@pytest.mark.parametrize("line", ["sharp.png good", "sharp.png\tfine\tsharp", "sharp.png\tgood"])
def test_a_line_that_is_no_label_is_named(tmp_path, line):
    file = tmp_path / "labels.txt"
    file.write_text(f"# comment\n{line}\n")
    with pytest.raises(typer.BadParameter, match=r"labels\.txt, line 2"):
        quality.read_labels(file)


def test_the_labels_of_the_project_name_each_photo_once():
    labels = quality.read_labels(Path(quality.__file__).parent / "labels.txt")
    assert len({label.name for label in labels}) == len(labels) > 100
    assert all(label.reason for label in labels)


def test_enlarged_copies_keep_the_size_and_hold_under_a_quarter(astronaut):
    copies = dict(quality.enlarged(astronaut, np.random.default_rng(0)))
    assert set(copies) == {name + end for name in quality.ENLARGE for end in ("", ", JPEG")}
    height, width = astronaut.shape[:2]
    for name in ("linear", "cubic", "lanczos"):
        assert copies[name].shape == astronaut.shape
        quarter = cv2.resize(copies[name], (width // 4, height // 4), interpolation=cv2.INTER_AREA)
        again = cv2.resize(quarter, (width, height), interpolation=cv2.INTER_CUBIC)
        assert np.abs(again.astype(int) - copies[name]).mean() < 2  # a quarter of the size holds all of it


@pytest.mark.slow
def test_the_command_reports_recipes_and_labels(folder):
    app = typer.Typer()
    app.command()(quality.main)
    picture = folder.parent / "plot.webp"
    command = [str(folder), "--n", "1", "--labels", str(_labels(folder)), "--plot", str(picture), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert report["photos"] == 1
    assert {"light", "heavy", "tiny", "old", "dark", "grainy"} < set(report["repaired by auto"])
    assert len(report["under a quarter of the resolution, judged sharp"]) == 2 * len(quality.ENLARGE)
    assert report["labels"]["auto"]["bad restored"] == 1
    assert files.load(picture).shape[1] == 700
