"""Nothing is overwritten, skipped in silence, or ended by one error."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from PIL import Image

from animegan.__main__ import app
from animegan.images import files, marks
from animegan.pipeline.pipeline import Pipeline
from tests.support.cli import invoke, refused, tree, write_photos
from tests.support.own_styles import write_style
from tests.support.photo_files import encoded, turned_exif

QUICK = ("--no-faces", "--enhance", "off")


@pytest.fixture(scope="module")
def loaded() -> Pipeline:
    return Pipeline(threads=1)


@pytest.fixture(autouse=True)
def _loaded_once(monkeypatch, loaded):
    """The networks are loaded once for all commands."""
    monkeypatch.setattr("animegan.pipeline.pipeline.Pipeline", lambda *_, **__: loaded)


def draw(*arguments):
    return invoke("stylize", *arguments, *QUICK)


def contents(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in tree(folder)}


# Nothing is overwritten.


def test_what_a_shell_makes_of_a_forgotten_folder(tmp_path):
    """``-o two/*.jpg``: the first photo is taken for the output."""
    write_photos(tmp_path, "holiday1.jpg", "holiday2.jpg")
    before = contents(tmp_path)
    said = refused("stylize", tmp_path / "holiday2.jpg", "-o", tmp_path / "holiday1.jpg")
    assert "holiday1.jpg' is there already, and is not replaced: choose another name, or allow it with" in said
    assert contents(tmp_path) == before


def test_a_drawing_of_ours_is_replaced_and_another_file_only_on_demand(tmp_path):
    write_photos(tmp_path, "a.png", "b.png")
    for _ in range(2):
        assert draw(tmp_path / "a.png", "-o", tmp_path / "o.png").exit_code == 0
    assert draw(tmp_path / "a.png", "-o", tmp_path / "b.png", "--overwrite").exit_code == 0
    assert marks.is_ours(tmp_path / "b.png")
    said = refused("stylize", tmp_path / "a.png", "-o", tmp_path / "a.png", "--overwrite")
    assert "is one of the photos" in said  # never


def test_in_a_folder_one_file_in_the_way_stops_only_its_own_photo(tmp_path):
    write_photos(tmp_path / "in", "a.jpg", "b.jpg")
    write_photos(tmp_path / "out", "a-anime.png")
    theirs = contents(tmp_path / "out")["a-anime.png"]
    done = draw(tmp_path / "in", "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "a-anime.png' is there already" in done.stderr
    assert contents(tmp_path / "out")["a-anime.png"] == theirs
    assert tree(tmp_path / "out") == ["a-anime.png", "b-anime.png"]


def outputs(folder: Path, target: Path) -> dict[str, list[object]]:
    """Every command that writes a file: how it is told to write it to ``target``, and photo, clip and style."""
    photo, style = folder / "a.png", folder / "mine.safetensors"
    return {
        "stylize": ["stylize", photo, "-o", target.with_suffix(".png")],
        "video": ["video", folder / "clip.gif", "-o", target.with_suffix(".gif")],
        "export": ["export", "cel", target.with_suffix(".onnx")],
        "train": ["train", "--pairs", folder, "-o", target.with_suffix(".safetensors")],
        "evaluate": ["evaluate", folder, "--sheet", target.with_suffix(".png")],
        "evaluate-faces": ["evaluate-faces", folder, "--sheet", target.with_suffix(".png")],
        "style show": ["style", "show", style, "--preview", target.with_suffix(".png")],
    }


OWN_RULES = {"batch", "embed", "watch"}
"""Their output is a folder: of drawings, each checked on its own; of a page, that holds nothing else; of drawings that
a journal knows, which alone are replaced."""


def test_every_command_that_writes_has_the_option():
    group: Any = typer.main.get_command(app)
    commands = dict(group.commands) | {f"style {name}": one for name, one in group.commands["style"].commands.items()}
    writing = {
        name
        for name, command in commands.items()
        if {"out", "sheet", "preview"} & {parameter.name for parameter in command.params}
    }
    assert writing == set(outputs(Path(), Path("o"))) | OWN_RULES
    for name in writing - {"embed", "watch"}:
        assert "overwrite" in {parameter.name for parameter in commands[name].params}, name


@pytest.mark.parametrize("command", outputs(Path(), Path("o")))
def test_no_command_replaces_what_it_did_not_write(tmp_path, command):
    """It says so before it computes anything."""
    write_photos(tmp_path, "a.png")
    write_style(tmp_path / "mine.safetensors")
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "clip.gif", save_all=True, append_images=frames[1:])
    arguments = outputs(tmp_path, tmp_path / "theirs")[command]
    target = next(Path(str(each)) for each in reversed(arguments) if "theirs" in str(each))
    target.write_bytes(b"theirs")
    assert f"{target.name}' is there already, and is not replaced" in refused(*arguments)
    assert target.read_bytes() == b"theirs"


def test_a_style_of_ours_may_be_shown_and_its_picture_replaced(tmp_path):
    preview = tmp_path / "preview.png"
    preview.write_bytes(b"theirs")
    style = write_style(tmp_path / "mine.safetensors")
    assert "no preview" in refused("style", "show", style, "--preview", preview, "--overwrite")


# Nothing is skipped in silence.


def test_photos_that_are_called_like_drawings(tmp_path):
    write_photos(tmp_path, "anna.jpg", "anna-portrait.jpg", "anna-dusk.jpg")
    done = draw(tmp_path, "-o", tmp_path / "out")
    assert done.exit_code == 0
    assert tree(tmp_path / "out") == ["anna-anime.png", "anna-dusk-anime.png", "anna-portrait-anime.png"]
    assert "Left out" not in done.stderr


def test_a_drawing_is_called_as_no_photo_that_is_there(tmp_path):
    write_photos(tmp_path, "anna.jpg", "anna-dusk.jpg")
    before = contents(tmp_path)
    assert draw(tmp_path, "-o", tmp_path, "--style", "dusk", "--format", "jpg").exit_code == 0
    assert tree(tmp_path) == ["anna-dusk-2.jpg", "anna-dusk-dusk.jpg", "anna-dusk.jpg", "anna.jpg"]
    assert before.items() <= contents(tmp_path).items()


def test_what_is_left_out_is_said_in_one_line(tmp_path):
    """How many and why, and the names where there are not many."""
    write_photos(tmp_path, "a.jpg", "inside/b.jpg")
    files.save(np.zeros((24, 32, 3), np.uint8), tmp_path / "whatever.webp")
    for name in (".DS_Store", "._a.jpg", "c.MOV", "notes.txt", "no suffix"):
        (tmp_path / name).write_bytes(b"-")
    done = draw(tmp_path, "-o", tmp_path / "out")
    assert done.exit_code == 0
    (said,) = [line for line in done.stderr.splitlines() if "Left out" in line]
    assert said == (
        "Left out: 1 drawing of this program; 2 hidden; 1 folder, for --recursive (inside); "
        "1 clip, for 'animegan video' (c.MOV); 2 files that are no photos (no suffix, notes.txt)."
    )


@pytest.mark.parametrize("first", [("I.jpg", "I.webp"), ("I.jpg",), ("I.webp", "I.png", "i.bmp")])
def test_a_photo_that_comes_later_with_an_equal_name(tmp_path, first):
    """Each is drawn once, under a name that stays the same."""
    write_photos(tmp_path / "in", *first)
    command = (tmp_path / "in", "-o", tmp_path / "out", "--skip-existing")
    assert draw(*command).exit_code == 0
    before = contents(tmp_path / "out")
    assert len(before) == len(first)
    write_photos(tmp_path / "in", "I.jpeg")
    done = draw(*command, "--json")
    assert [Path(json.loads(line)["input"]).name for line in done.stdout.splitlines()] == ["I.jpeg"]
    assert before.items() <= contents(tmp_path / "out").items()
    assert len(tree(tmp_path / "out")) == len(first) + 1
    assert draw(*command, "--json").stdout == ""
    assert draw(tmp_path / "in", "-o", tmp_path / "out").exit_code == 0  # all of them again
    assert len(tree(tmp_path / "out")) == len(first) + 1


def test_equal_names_from_several_folders(tmp_path):
    """Cameras count from 1 again; another folder before the others changes no name."""
    write_photos(tmp_path, "2023/I.jpg", "2024/I.jpg", "2022/I.jpg")
    folders = [tmp_path / name for name in ("2022", "2023", "2024")]
    command = ("-o", tmp_path / "out", "--skip-existing")
    assert draw(*folders[1:], *command).exit_code == 0
    before = contents(tmp_path / "out")
    assert sorted(before) == ["2023-I.jpg-anime.png", "2024-I.jpg-anime.png"]
    assert draw(*folders, *command).exit_code == 0
    assert tree(tmp_path / "out") == ["2022-I.jpg-anime.png", *sorted(before)]
    assert before.items() <= contents(tmp_path / "out").items()


def test_a_photo_that_is_named_twice_is_drawn_once(tmp_path):
    write_photos(tmp_path, "a.jpg", "b.jpg")
    assert draw(tmp_path / "a.jpg", tmp_path, tmp_path / "a.jpg", "-o", tmp_path / "out").exit_code == 0
    assert tree(tmp_path / "out") == ["a-anime.png", "b-anime.png"]


# One error ends nothing.

TORCH = "[enforce fail at alloc_cpu.cpp:121] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            ZeroDivisionError("division by zero"),
            "'b.jpg': The drawing failed (ZeroDivisionError: division by zero): look",
        ),
        (KeyError("two\nlines"), "'b.jpg': The drawing failed (KeyError: 'two\\nlines'): look closer with --verbose"),
        (MemoryError(), "'b.jpg': There is not enough memory: make the photo smaller"),
        (RuntimeError(TORCH), "'b.jpg': There is not enough memory"),
    ],
)
def test_an_error_that_nobody_foresaw(tmp_path, monkeypatch, error, said):
    write_photos(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    broken, stylize = tmp_path / "b.jpg", Pipeline.stylize

    def fail(self, photo, *arguments, **settings):
        if photo == broken:
            raise error
        return stylize(self, photo, *arguments, **settings)

    monkeypatch.setattr(Pipeline, "stylize", fail)
    done = draw(tmp_path, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert tree(tmp_path / "out") == ["a-anime.png", "c-anime.png"]
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("animegan: ")]
    assert said in line
    assert "Traceback" not in done.stderr
    assert "1 of 3 photos could not be drawn." in done.stderr


def test_verbose_shows_where(tmp_path, monkeypatch):
    write_photos(tmp_path, "a.jpg")

    def fail(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(Pipeline, "stylize", fail)
    done = draw(tmp_path / "a.jpg", "-o", tmp_path / "o.png", "--verbose")
    assert done.exit_code == 2
    assert "Traceback" in done.stderr
    assert 'raise ZeroDivisionError("division by zero")' in done.stderr
    assert tree(tmp_path) == ["a.jpg"]


def test_a_lack_of_memory_while_a_photo_is_decoded_does_not_make_it_broken(tmp_path, monkeypatch):
    write_photos(tmp_path, "a.png")

    def fail(*_, **__):
        raise MemoryError

    monkeypatch.setattr(Image.Image, "load", fail)
    assert "not enough memory" in refused("stylize", tmp_path / "a.png", "-o", tmp_path / "o.png")


# Metadata and quality.


def test_what_is_kept_and_how_small(tmp_path, coffee):
    exif = Image.Exif()
    exif[0x0112] = 3
    exif[0x8769] = {0x9003: "2019:07:14 18:30:05"}
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0)}
    Image.fromarray(coffee[:96, :128]).save(tmp_path / "a.jpg", exif=exif)
    sizes = []
    for keep, quality in (("none", 95), ("date", 40)):
        out = tmp_path / f"{keep}.jpg"
        assert draw(tmp_path / "a.jpg", "-o", out, "--keep-metadata", keep, "--quality", quality).exit_code == 0
        with Image.open(out) as drawing:
            taken = drawing.getexif().get_ifd(0x8769).get(0x9003)
            assert (taken is not None) == (keep == "date")
            assert not {0x0112, 0x8825} & dict(drawing.getexif()).keys()
        sizes.append(out.stat().st_size)
    assert sizes[1] < sizes[0] / 2
    command = ("stylize", tmp_path / "a.jpg", "-o")
    assert "none, date or all" in refused(*command, tmp_path / "o.jpg", "--keep-metadata", "x")
    assert "A PNG has no quality" in refused(*command, tmp_path / "o.png", "--quality", 80)
    assert "A PNG has no quality" in refused("stylize", tmp_path, "-o", tmp_path / "new", "--quality", 80)
    assert "--quality" in refused(*command, tmp_path / "o.jpg", "--quality", 0)


# Twenty years of files.


def good_photos() -> dict[str, bytes]:
    """Whole photos of many kinds, and odd ones that are drawn all the same."""
    y, x = np.mgrid[:24, :32]
    pixels = np.stack([8 * x, 10 * y, 90 + 0 * x], axis=2).astype(np.uint8)
    photo, jpeg = Image.fromarray(pixels), encoded(pixels, "JPEG")
    return {
        "a.jpg": jpeg,
        "a.png": encoded(pixels, "PNG"),
        "b.JFIF": jpeg,
        "c.jpe": encoded(photo.convert("CMYK"), "JPEG"),
        "d.bmp": encoded(pixels, "BMP"),
        "e.gif": encoded(photo, "GIF", save_all=True, append_images=[photo.rotate(90)]),
        "f.tif": encoded(photo.convert("F"), "TIFF"),
        "g.webp": encoded(photo.convert("RGBA"), "WEBP"),
        "h.ppm": encoded(pixels, "PPM"),
        "i.heic": encoded(pixels, "HEIF"),
        "j.avif": encoded(pixels, "AVIF"),
        "k.png": encoded(photo.convert("I;16"), "PNG"),
        "l.png": encoded(pixels, "PNG", exif=b"Exif\0\0no TIFF header here"),
        "m.jpg": encoded(pixels, "JPEG", exif=turned_exif(6)),
        "n.jpg": jpeg + b"trailing junk",
        "o.jpg": jpeg[: len(jpeg) * 19 // 20],
        "p.jpg": encoded(pixels, "PNG"),
        "q as\u0142\u2019s \U0001f4f7.jpg": jpeg,
    }


BROKEN = {"text.jpg": b"this is no photo", "empty.png": b"", "page.webp": b"<html>", "junk.HEIC": bytes(400)}
OTHERS = {"clip.mp4": b"-", "clip.MOV": b"-", "notes.txt": b"-", "photo.xmp": b"<x/>", "list": b"-"}


@pytest.mark.parametrize("folders", [1, pytest.param(7, marks=pytest.mark.long)])
def test_a_mixed_folder(tmp_path, folders):
    """All that can be drawn is drawn; every other file is named, each failure in one line. Seven folders of thirty:
    more than two hundred files.
    """
    good = good_photos()
    jpeg, png = good["a.jpg"], good["a.png"]
    broken = {**BROKEN, "cut.png": png[:40], "tiny.jpg": jpeg[:30], "half.jpg": jpeg[: len(jpeg) // 3]}
    years = [str(2001 + number) for number in range(folders)]
    for year in years:
        (tmp_path / "in" / year).mkdir(parents=True)
        for name, data in {**good, **broken, **OTHERS}.items():
            (tmp_path / "in" / year / name).write_bytes(data)
    before = contents(tmp_path / "in")
    done = draw(tmp_path / "in", "-o", tmp_path / "out", "-r")
    assert done.exit_code == 2
    assert len(tree(tmp_path / "out")) == len(good) * folders
    complaints = [line for line in done.stderr.splitlines() if line.startswith("animegan: ")]
    failures = [line for line in complaints if "o.jpg: " not in line and "e.gif: " not in line]
    assert len(failures) == len(broken) * folders, failures
    (left_out,) = [line for line in done.stderr.splitlines() if line.startswith("Left out: ")]
    for year in years:
        for name in broken:
            told = f"'{name}'" if folders == 1 else f"'{tmp_path / 'in' / year / name}'"
            assert sum(told in line for line in failures) == 1, name
        assert all(f"{year}/{name}" in left_out for name in OTHERS)
        assert sum(f"{year}/o.jpg: " in line for line in complaints) == 1  # lacks its last bytes
    assert f"{len(failures)} of {len(failures) + len(good) * folders} photos could not be drawn." in done.stderr
    assert contents(tmp_path / "in") == before
