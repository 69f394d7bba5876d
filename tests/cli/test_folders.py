"""Folders on the command line: which photos are drawn, in what order, and what their drawings are called."""

import json
import os
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.cli import jobs
from animegan.images.files import save
from animegan.styles.lookup import find_style
from tests.support.cli import invoke, refused, tree, write_photos

ANIME = find_style("anime")


def planned(folder: Path, *sources: str, out: str = "out", **settings) -> list[tuple[str, str]]:
    """(photo, drawing) for what is named, relative to a folder; nothing else may be in the way."""
    plan = jobs.plan([str(folder / source) for source in sources or ["."]], f"{folder}/{out}", ANIME, **settings)
    assert plan.problems == []
    return [(os.path.relpath(job.source or "", folder), os.path.relpath(job.target or "", folder)) for job in plan.jobs]


def photos_of(folder: Path, *sources: str, **settings) -> list[str]:
    return [photo for photo, _ in planned(folder, *sources, **settings)]


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


NATURAL = [
    "0.jpg", "1.jpg", "01b.jpg", "2/9.jpg", "2/10.jpg", "10/1.jpg", "a.jpg", "B.jpg", "photo2.jpg", "photo10.jpg",
    "photo10b.jpg", "²5.jpg",
]  # fmt: skip


def test_natural_order(tmp_path):
    """photo2 before photo10; of what was named, and of what was found."""
    touch(tmp_path, *NATURAL)
    shuffled = random.Random(0).sample(NATURAL, len(NATURAL))
    assert photos_of(tmp_path, *shuffled) == NATURAL
    assert photos_of(tmp_path, recursive=True) == NATURAL


def test_only_photos_of_a_folder_are_taken(tmp_path):
    """No hidden ones, no folders that are called so, no other files, and nothing below without --recursive."""
    touch(tmp_path, "a.JPG", "b.heic", ".c.jpg", "._a.jpg", "notes.txt", "x.jpg/d.jpg", ".git/e.jpg", "sub/f.webp")
    (tmp_path / "dangling.png").symlink_to("nowhere.png")
    assert photos_of(tmp_path) == ["a.JPG", "b.heic"]
    assert photos_of(tmp_path, recursive=True) == ["a.JPG", "b.heic", "sub/f.webp", "x.jpg/d.jpg"]
    assert photos_of(tmp_path, ".git", ".c.jpg") == [".c.jpg", ".git/e.jpg"]  # who names it, means it


def test_links_that_lead_in_a_circle_are_not_followed(tmp_path):
    touch(tmp_path, "sub/a.jpg")
    (tmp_path / "sub" / "again").symlink_to(tmp_path)
    assert photos_of(tmp_path, recursive=True) == ["sub/a.jpg"]


def test_drawings_keep_the_folders_of_their_photos(tmp_path):
    touch(tmp_path, "in/a.jpg", "in/sub/a.jpg", "in/sub/a.png", "in/sub/deep/b.jpg")
    assert planned(tmp_path, "in", recursive=True) == [
        ("in/a.jpg", "out/a-anime.png"),
        ("in/sub/a.jpg", "out/sub/a.jpg-anime.png"),
        ("in/sub/a.png", "out/sub/a.png-anime.png"),
        ("in/sub/deep/b.jpg", "out/sub/deep/b-anime.png"),
    ]


@pytest.mark.parametrize("format", ["png", "jpg", "webp"])
def test_the_kind_of_the_files_in_a_folder(tmp_path, format):
    touch(tmp_path, "a.jpg")
    assert planned(tmp_path, out="out", format=format) == [("a.jpg", f"out/a-anime.{format}")]


def test_the_drawings_beside_their_photos_are_no_photos(tmp_path):
    """Whatever they are called; but what is only called like one is a photo."""
    drawings = ["a-anime.png", "b.jpg", "a-anime-repaired.webp", "portrait.jpeg"]
    photos = ["a.jpg", "b-anime.png", "a-anime.heic", "c-cel.jpg", "a-2.png"]
    touch(tmp_path, *photos)
    for name in drawings:
        save(np.zeros((24, 32, 3), np.uint8), tmp_path / name)
    assert sorted(photos_of(tmp_path)) == sorted(photos)
    assert photos_of(tmp_path, "b.jpg") == ["b.jpg"]  # who names it, means it


def test_what_lies_in_the_output_is_no_photo(tmp_path):
    """Where it lies inside the input; the input itself may be the output."""
    touch(tmp_path, "a.jpg", "out/b.jpg", "out/sub/c.jpg", "outer/d.jpg")
    assert photos_of(tmp_path, recursive=True) == ["a.jpg", "outer/d.jpg"]
    assert photos_of(tmp_path, out=".") == ["a.jpg"]
    touch(tmp_path / "one", "a.jpg", "drawn.png")
    assert photos_of(tmp_path, "one", out="one/drawn.png", overwrite=True) == ["one/a.jpg"]


def test_problems_keep_nobody_else_from_being_drawn(tmp_path, monkeypatch):
    """A missing photo, a folder without one, one that may not be read, a name that gets too long."""
    long = "x" * 246 + ".jpg"
    touch(tmp_path, "a.jpg", "locked/b.jpg", long)
    (tmp_path / "empty").mkdir()

    def scandir(path, scandir=os.scandir):
        if str(path).endswith("locked"):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scandir)
    sources = [str(tmp_path / name) for name in ("missing.jpg", "empty", ".")]
    plan = jobs.plan(sources, str(tmp_path / "out"), ANIME, recursive=True)
    assert [job.source and job.source.name for job in plan.jobs] == ["a.jpg"]
    said = " ".join(str(problem) for problem in plan.problems)
    assert "There is no photo at" in said
    assert "There is no photo in the folder" in said
    assert "locked' cannot be read (Permission denied): check its permissions" in said
    assert "choose a shorter name" in said
    assert len(plan.problems) == 4


def test_one_place_for_several_photos(tmp_path):
    touch(tmp_path, "a.jpg", "b.jpg")
    for out, name in ((str(tmp_path / "o.png"), "the one file"), ("-", "standard output")):
        for sources in ((".",), ("a.jpg", "b.jpg"), ("a.jpg", "missing.jpg")):
            with pytest.raises(errors.BadOptionError, match=f"2 photos do not fit in {name}"):
                jobs.plan([str(tmp_path / source) for source in sources], out, ANIME)


def test_a_file_whose_name_says_the_same_as_the_format(tmp_path):
    touch(tmp_path, "a.jpg")
    assert planned(tmp_path, out="o.jpeg", format="jpg") == [("a.jpg", "o.jpeg")]
    assert planned(tmp_path, out="o.png/", format="jpg") == [("a.jpg", "o.png/a-anime.jpg")]  # a folder, by its slash


# Drawn.


def draw(*arguments):
    return invoke("stylize", *arguments, "--no-faces", "--enhance", "off")


def test_a_tree_of_photos(tmp_path):
    """One JSON line a photo, in order; what is there already is left alone when that is asked for."""
    write_photos(tmp_path, "in/photo10.png", "in/photo2.png", "in/sub/a.png")
    command = tmp_path / "in", "-o", tmp_path / "in" / "out", "-r", "--format", "webp", "--json"
    done = draw(*command)
    assert done.exit_code == 0, done.output
    drawings = ["photo2-anime.webp", "photo10-anime.webp", "sub/a-anime.webp"]
    assert [Path(json.loads(line)["output"]).name for line in done.stdout.splitlines()] == [
        Path(drawing).name for drawing in drawings
    ]
    assert tree(tmp_path / "in" / "out") == sorted(drawings)
    assert Image.open(tmp_path / "in" / "out" / drawings[0]).format == "WEBP"

    (tmp_path / "in" / "out" / drawings[0]).write_bytes(b"the older one")
    (tmp_path / "in" / "out" / drawings[1]).unlink()
    again = draw(*command, "--skip-existing")
    assert again.exit_code == 0
    assert [Path(json.loads(line)["output"]).name for line in again.stdout.splitlines()] == [drawings[1]]
    assert "2 of 3 drawings were there already." in again.stderr
    assert (tmp_path / "in" / "out" / drawings[0]).read_bytes() == b"the older one"
    assert draw(*command, "--skip-existing").stdout == ""


def test_a_folder_drawn_into_itself_again_and_again(tmp_path):
    write_photos(tmp_path, "a.png", "b.png")
    for _ in range(2):
        assert draw(tmp_path, "-o", tmp_path).exit_code == 0
        assert tree(tmp_path) == ["a-anime.png", "a.png", "b-anime.png", "b.png"]


def test_folders_above_the_drawing_are_made(tmp_path):
    write_photos(tmp_path, "a.png")
    assert draw(tmp_path / "a.png", "-o", tmp_path / "new" / "er" / "o.png").exit_code == 0
    assert draw(tmp_path / "a.png", "-o", tmp_path / "new" / "est").exit_code == 0
    assert tree(tmp_path / "new") == ["er/o.png", "est/a-anime.png"]


def test_folders_in_which_nothing_was_drawn_are_not_left(tmp_path):
    (tmp_path / "junk.jpg").write_bytes(b"junk")
    assert "no picture that can be read" in refused("stylize", tmp_path / "junk.jpg", "-o", tmp_path / "new" / "er")
    assert "no picture that can be read" in refused("stylize", tmp_path / "junk.jpg", "-o", tmp_path / "new" / "o.png")
    assert os.listdir(tmp_path) == ["junk.jpg"]


def test_missing_photos_and_the_others(tmp_path):
    write_photos(tmp_path, "a.png", "b.png")
    photos = [tmp_path / name for name in ("b.png", "missing.png", "a.png")]
    done = draw(*photos, "-o", tmp_path / "out")
    assert done.exit_code == 2
    assert "missing.png': check the path." in done.stderr
    assert "1 of 3 photos could not be drawn." in done.stderr
    assert tree(tmp_path / "out") == ["a-anime.png", "b-anime.png"]


def test_what_all_photos_would_meet_is_said_once(tmp_path):
    """Weights that are none."""
    write_photos(tmp_path, "a.png", "b.png", "c.png")
    (tmp_path / "mine.safetensors").write_bytes(b"no weights")
    done = draw(tmp_path, "-o", tmp_path / "out", "--style", tmp_path / "mine.safetensors")
    assert done.exit_code == 2
    assert done.stderr.count("animegan: ") == 1
    assert "3 of 3 photos could not be drawn." in done.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("limit", "said"), [(1, True), (2, False)])
def test_a_large_folder_is_told_of_the_other_command(tmp_path, monkeypatch, limit, said):
    monkeypatch.setattr("animegan.cli.stylize.LARGE", limit)
    write_photos(tmp_path / "in", "a.jpg", "b.jpg")
    done = invoke("stylize", tmp_path / "in", "-o", tmp_path / "out", "--no-faces", "--enhance", "off")
    assert done.exit_code == 0
    assert ("animegan batch" in done.stderr) == said
