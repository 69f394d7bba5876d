"""The command line: a photo, a folder, and what is wrong with either."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from animegan.images import files
from tests.conftest import ROOT
from tests.images.test_files import BAD_FILES, bomb
from tests.support.cli import complaint, invoke, refused, run


@pytest.fixture
def photo(tmp_path, astronaut):
    path = tmp_path / "eileen.jpg"
    exif = Image.Exif()
    exif[0x8825] = {1: "N", 2: (28.0, 34.0, 0.0)}  # where it was taken
    Image.fromarray(astronaut).save(path, quality=95, exif=exif)
    return path


@pytest.mark.slow
def test_one_photo_to_one_file(photo, tmp_path):
    out = tmp_path / "anime.png"
    done = run("stylize", photo, "-o", out, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["input"] == str(photo)
    assert report["output"] == str(out)
    assert report["style"] == "anime"
    assert report["size"] == [512, 512]
    assert len(report["faces"]) == 1
    assert {"sharpness", "noise", "contrast"} <= set(report["quality"])
    assert report["enhanced"] == []
    assert report["seconds"]["total"] > 0
    with Image.open(out) as picture:
        assert picture.size == (512, 512)
        assert not picture.getexif()
        assert picture.info == {"Software": "animegan"}
    difference = np.abs(files.load(out).astype(int) - files.load(photo))
    assert difference.mean() > 3


@pytest.mark.slow
def test_options_are_heard(photo, tmp_path):
    done = invoke(
        "stylize", photo, "-o", tmp_path / "o.webp", "--no-faces", "--enhance", "on", "--strength", "0.5",
        "--vividness", "1.2", "--guided", "--json",
    )  # fmt: skip
    assert done.exit_code == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["faces"] == []
    assert report["enhanced"]
    assert Image.open(tmp_path / "o.webp").format == "WEBP"


@pytest.mark.slow
def test_a_folder_and_one_bad_file(photo, tmp_path):
    """The others are drawn, the bad one is named, the exit code says that something went wrong."""
    folder = tmp_path / "in"
    folder.mkdir()
    small = Image.open(photo).resize((96, 96))
    small.save(folder / "a.jpg")
    small.save(folder / "a.png")
    (folder / "b.jpg").write_bytes(BAD_FILES["html"])
    (folder / "notes.txt").write_text("not taken for a photo")
    out = tmp_path / "out"
    done = run("stylize", folder, "-o", out, "--json")
    assert done.returncode == 2
    assert sorted(os.listdir(out)) == ["a.jpg-anime.png", "a.png-anime.png"]
    assert [json.loads(line)["size"] for line in done.stdout.splitlines()] == [[96, 96], [96, 96]]
    assert "b.jpg" in done.stderr
    assert "1 of 3" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", [*BAD_FILES, "one pixel", "huge"])
def test_bad_files(name, tmp_path):
    path = tmp_path / "bad.jpg"
    if name == "one pixel":
        Image.new("RGB", (1, 1)).save(path)
    else:
        path.write_bytes(bomb(20_000, 20_000) if name == "huge" else BAD_FILES[name])
    refused("stylize", path, "-o", tmp_path / "out.png")
    assert os.listdir(tmp_path) == ["bad.jpg"]


def test_missing_photo_and_unknown_style(photo, tmp_path):
    assert "nowhere.jpg" in refused("stylize", tmp_path / "nowhere.jpg", "-o", tmp_path / "o.png")
    message = refused("stylize", photo, "-o", tmp_path / "o.png", "--style", "picasso")
    assert "picasso" in message
    assert "hayao" in message
    assert "0 to 1.5" in refused("stylize", photo, "-o", tmp_path / "o.png", "--strength", "7")
    assert "auto, on, off or super-resolution" in refused(
        "stylize", photo, "-o", tmp_path / "o.png", "--enhance", "yes"
    )
    assert os.listdir(tmp_path) == ["eileen.jpg"]


def test_outputs_that_cannot_be(photo, tmp_path):
    (tmp_path / "file").write_text("in the way")
    refused("stylize", photo, "-o", tmp_path / "o.tga")
    refused("stylize", photo, "-o", tmp_path / "file" / "below")
    assert "is one of the photos" in refused("stylize", photo, "-o", photo)
    assert "name a folder" in refused("stylize", photo, tmp_path / "file", "-o", tmp_path / "o.png")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "no photo" in refused("stylize", empty, "-o", tmp_path / "o")
    assert sorted(os.listdir(tmp_path)) == ["eileen.jpg", "empty", "file"]


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that not even root may write to")
def test_a_folder_that_nobody_may_write_to(photo):
    refused("stylize", photo, "-o", "/proc/o.png")
    refused("stylize", photo, "-o", "/proc/o/")


def test_styles_as_json():
    done = invoke("styles", "--json")
    assert done.exit_code == 0
    free = ["anime", "cel", "dusk", "watercolour", "manga"]
    built_in = [*free, "film", "anime-portrait", "hayao", "shinkai", "portrait"]
    named = [*built_in, "hayao-v2", "shinkai-v2", "paprika", "face-paint"]
    listed = json.loads(done.stdout)
    assert [style["id"] for style in listed] == named
    assert all(style["label"] and style["good_for"] and style["licence"] for style in listed)
    assert [style["at_hand"] for style in listed[: len(built_in)]] == [True] * len(built_in)
    assert all(1_000_000 < style["bytes"] < 4_200_000 for style in listed[: len(built_in)])
    assert [style["id"] for style in listed if "commercial use as well" in style["licence"]] == free
    (hayao,) = [style for style in json.loads(done.stdout) if style["id"] == "hayao"]
    assert hayao["at_hand"] is True
    assert "non-commercial" in hayao["licence"]
    assert "hayao" in invoke("styles").stdout


@pytest.mark.slow
def test_styles_load_neither_torch_nor_opencv():
    code = (
        "import sys; from typer.testing import CliRunner; from animegan.__main__ import app;"
        "assert CliRunner().invoke(app, ['styles', '--json']).exit_code == 0;"
        "assert not {'torch', 'cv2'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


@pytest.mark.slow
def test_a_style_that_the_hub_does_not_give(photo, tmp_path):
    """No Hub, no cache: one sentence, and no output."""
    environment = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_HOME": str(tmp_path / "home"), "NO_PROXY": "127.0.0.1"}
    done = run("stylize", photo, "-o", tmp_path / "o.png", "--style", "paprika", env=environment, timeout=120)
    assert "built-in" in complaint(done)
    assert not (tmp_path / "o.png").exists()
