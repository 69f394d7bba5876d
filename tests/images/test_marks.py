"""The mark by which our own drawings are known."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from animegan.images import files, marks

PICTURE = np.full((24, 32, 3), 90, np.uint8)


@pytest.mark.parametrize("suffix", files.SUFFIXES)
@pytest.mark.parametrize("name", ["drawn", "holiday-anime-2", "IMG_0001"])
def test_what_we_write_is_ours_whatever_it_is_called(tmp_path, suffix, name):
    assert marks.is_ours(files.save(PICTURE, tmp_path / f"{name}{suffix}"))


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "gif", "tiff", "avif"])
def test_what_others_write_is_not(tmp_path, format):
    """Not even under a name of ours."""
    path = tmp_path / "a-anime.png"
    Image.fromarray(PICTURE).save(path, format)
    assert not marks.is_ours(path)


def test_what_another_program_has_changed_is_not(tmp_path):
    """It puts its own name in the place of ours."""
    exif = Image.Exif()
    exif[marks.SOFTWARE] = "GIMP 3.0"
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Software", "gimp")
    changes: dict[str, dict[str, Any]] = {".jpg": {"exif": exif}, ".webp": {"exif": exif}, ".png": {"pnginfo": texts}}
    for suffix, theirs in changes.items():
        path = files.save(PICTURE, tmp_path / f"a{suffix}")
        with Image.open(path) as picture:
            picture.load()
        picture.save(path, **theirs)
        assert not marks.is_ours(path), suffix


@pytest.mark.parametrize("data", [b"", b"GIF8", b"animegan", b"\x89PNG\r\n\x1a\nanimegan", b"RIFF\0\0\0\0WEBPVP8X"])
def test_junk_is_not_and_does_no_harm(tmp_path, data):
    (tmp_path / "junk").write_bytes(data)
    assert not marks.is_ours(tmp_path / "junk")
    assert not marks.is_ours(io.BytesIO(data))
    assert not marks.is_ours(tmp_path / "missing")
    assert not marks.is_ours(tmp_path)


def animation(path: Path) -> Path:
    frames = [Image.fromarray(np.full((24, 32, 3), shade, np.uint8)) for shade in (20, 120, 220)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=[100, 200, 300], loop=3)
    return path


@pytest.mark.parametrize("suffix", [".gif", ".webp", ".png"])
def test_an_animation_is_marked_and_plays_as_before(tmp_path, suffix):
    path = animation(tmp_path / f"a{suffix}")
    assert not marks.is_ours(path)
    with Image.open(path) as before:
        shown = [np.asarray(before.convert("RGB")) for at in range(3) if before.seek(at) is None]
    with path.open("r+b") as file:
        marks.mark_animation(file)
    assert marks.is_ours(path)
    with Image.open(path) as after:
        assert (getattr(after, "n_frames", 1), after.info["loop"]) == (3, 3)
        for at, picture in enumerate(shown):
            after.seek(at)
            assert np.array_equal(np.asarray(after.convert("RGB")), picture)


def test_other_files_are_not_marked(tmp_path):
    path = tmp_path / "a.bmp"
    Image.fromarray(PICTURE).save(path)
    data = path.read_bytes()
    with path.open("r+b") as file:
        marks.mark_animation(file)
    assert path.read_bytes() == data
