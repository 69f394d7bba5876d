"""Photos with transparent parts, or without their end, on the command line."""

import json

import numpy as np
from PIL import Image

from animegan.images import files
from tests.images.test_transparency import cut_out
from tests.support.cli import invoke, refused
from tests.support.photo_files import encoded

QUICK = ("--style", "cel", "--enhance", "off", "--no-faces")


def test_cut_outs_and_cut_off_photos(coffee, tmp_path):
    """Each comes back as it can, with one line a photo of which something is to be said."""
    photo = np.ascontiguousarray(coffee[100:164, 150:230])
    sticker, out = cut_out(photo), tmp_path / "out"
    Image.fromarray(sticker).save(tmp_path / "a.png")
    data = encoded(photo, "JPEG")
    (tmp_path / "b.jpg").write_bytes(data[:-40])
    done = invoke("stylize", tmp_path / "a.png", tmp_path / "b.jpg", "-o", out, "--json", *QUICK)
    assert done.exit_code == 0
    with Image.open(out / "a-cel.png") as drawn:
        np.testing.assert_array_equal(np.asarray(drawn)[:, :, 3], sticker[:, :, 3])
    notes = {line["input"][-5:]: line["notes"] for line in map(json.loads, done.stdout.splitlines())}
    assert notes["a.png"] == []
    assert "cut off" in notes["b.jpg"][0]
    assert [line for line in done.stderr.splitlines() if "cut off" in line] == [
        f"animegan: {tmp_path / 'b.jpg'}: {notes['b.jpg'][0]}"
    ]


def test_a_jpeg_of_a_cut_out_is_white_or_of_a_colour(coffee, tmp_path):
    Image.fromarray(cut_out(coffee[100:164, 150:230])).save(tmp_path / "a.png")
    done = invoke("stylize", tmp_path / "a.png", "-o", tmp_path / "white.jpg", *QUICK)
    assert "JPEG knows no transparency" in done.stderr
    assert files.load(tmp_path / "white.jpg")[:3].min() > 240
    done = invoke("stylize", tmp_path / "a.png", "-o", tmp_path / "red.png", "--background", "#f00", *QUICK)
    assert "transparency" not in done.stderr
    with Image.open(tmp_path / "red.png") as drawn:
        assert (drawn.mode, drawn.getpixel((0, 0))) == ("RGB", (255, 0, 0))


def test_a_background_that_is_no_colour(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    said = refused("stylize", tmp_path / "a.png", "-o", tmp_path / "b.png", "--background", "whyte")
    assert "white or #ffcc88, not 'whyte'" in said
