"""A folder that is watched: whole photos alone, each once, also over restarts."""

import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from animegan.cli import watch
from animegan.cli.watch import JOURNAL, Watcher
from animegan.errors import HubUnreachableError, NotAPhotoError, OutputNotWritableError
from animegan.images import files
from tests.conftest import ROOT


def photo(seed: int = 0, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (32, 48, 3), np.uint8)).save(buffer, kind)
    return buffer.getvalue()


class Folders:
    """A folder where photos arrive, one for the drawings, and who looks after them."""

    def __init__(self, path: Path):
        self.source, self.out = path / "in", path / "out"
        self.source.mkdir()
        self.out.mkdir()
        self.asked: list[str] = []
        self.error: Exception | None = None
        self.begin()

    def begin(self, style: str = "anime", suffix: str = ".png") -> None:
        """Start the command, or start it again."""
        self.watcher = Watcher(self.source, self.out, style, suffix, self.draw)

    def draw(self, photo: Path, target: Path) -> None:
        self.asked.append(f"{photo.name} > {target.name}")
        if self.error is not None:
            raise self.error
        target.write_bytes(b"drawn " + photo.read_bytes()[-4:])

    def arrive(self, name: str, content: bytes, age: float = 0) -> None:
        (self.source / name).write_bytes(content)
        moment = time.time() - age
        os.utime(self.source / name, (moment, moment))

    def look(self, times: int = 2) -> list[str]:
        """What is drawn in so many looks."""
        self.asked.clear()
        for _ in range(times):
            self.watcher.look()
        return list(self.asked)


@pytest.fixture
def folders(tmp_path) -> Folders:
    return Folders(tmp_path)


def test_what_arrives_is_drawn_once_at_the_second_look(folders):
    folders.arrive("a.jpg", photo())
    assert folders.look(1) == []
    assert folders.look(1) == ["a.jpg > a-anime.png"]
    assert folders.look(3) == []
    folders.arrive("b.webp", photo(kind="WEBP"), age=9)
    folders.arrive("c.JPG", photo(), age=10)
    assert folders.look() == ["c.JPG > c-anime.png", "b.webp > b-anime.png"]  # as they came
    assert folders.watcher.drawn == 3


def test_a_file_that_grows_waits_until_it_is_whole(folders):
    """As browsers, cameras and shares write them: in parts, with a pause in between."""
    content = photo()
    for end in (100, 200, len(content) - 2):
        folders.arrive("a.jpg", content[:end])
        assert folders.look(1) == []
    assert folders.look(3) == []  # the writer pauses
    folders.arrive("a.jpg", content)
    assert folders.look() == ["a.jpg > a-anime.png"]


def test_what_stays_in_parts_is_handed_on_after_a_while(folders, capsys):
    """For the pipeline to say what is wrong with it, once."""
    folders.error = NotAPhotoError("'a.jpg' is broken: choose another file.")
    folders.arrive("a.jpg", photo()[:200], age=watch.PATIENCE + 1)
    assert len(folders.look(5)) == 1
    assert capsys.readouterr().err.count("'a.jpg' is broken") == 1
    folders.error = None
    folders.arrive("a.jpg", photo())
    assert folders.look() == ["a.jpg > a-anime.png"]


@pytest.mark.parametrize("name", [".a.jpg", "a.jpg.part", "a.jpg.crdownload", "notes.txt", "a.mp4", "a"])
def test_what_is_no_photo_or_not_ready_by_its_name(folders, name):
    folders.arrive(name, photo())
    (folders.source / "b.jpg").mkdir()
    assert folders.look() == []


def test_nothing_is_drawn_twice_after_a_restart(folders):
    folders.arrive("a.jpg", photo())
    folders.arrive("a.png", photo(kind="PNG"), age=5)
    assert folders.look() == ["a.png > a-anime.png", "a.jpg > a-anime-2.png"]
    (folders.out / "a-anime.png").unlink()  # somebody took it away
    folders.begin()
    folders.arrive("new.jpg", photo())
    assert folders.look() == ["new.jpg > new-anime.png"]
    folders.begin(style="cel")
    assert len(folders.look()) == 3


@pytest.mark.parametrize("drawn", [True, False])
def test_a_stop_in_the_middle_of_a_drawing(folders, drawn):
    """Killed just after the drawing was written, or before: it is there once, under the same name."""
    folders.arrive("a.jpg", photo())
    write = folders.watcher._draw

    def killed(source: Path, target: Path) -> None:
        if drawn:
            write(source, target)
        raise KeyboardInterrupt

    folders.watcher._draw = killed
    with pytest.raises(KeyboardInterrupt):
        folders.look()
    folders.begin()
    assert folders.look() == ([] if drawn else ["a.jpg > a-anime.png"])
    assert sorted(path.name for path in folders.out.iterdir()) == [JOURNAL, "a-anime.png"]


def test_a_photo_that_changes_is_drawn_anew_in_its_place(folders):
    folders.arrive("a.jpg", photo())
    folders.look()
    folders.arrive("a.jpg", photo(1), age=60)
    assert folders.look() == ["a.jpg > a-anime.png"]
    assert (folders.out / "a-anime.png").read_bytes() == b"drawn " + photo(1)[-4:]


def test_a_file_that_is_not_ours_is_not_overwritten(folders):
    (folders.out / "a-anime.png").write_bytes(b"a holiday")
    folders.arrive("a.jpg", photo())
    assert folders.look() == ["a.jpg > a-anime-2.png"]
    assert (folders.out / "a-anime.png").read_bytes() == b"a holiday"


def test_drawings_in_the_same_folder_are_not_drawn(folders):
    folders.out = folders.source
    folders.begin()
    folders.arrive("a.jpg", photo())
    assert folders.look(4) == ["a.jpg > a-anime.png"]
    folders.begin()
    assert folders.look(4) == []


def test_one_error_does_not_end_it_but_one_of_all_photos_does(folders, capsys):
    folders.arrive("a.jpg", photo(), age=3)
    folders.arrive("b.jpg", photo(), age=2)
    folders.error = ZeroDivisionError("no reason")
    assert folders.look(3) == ["a.jpg > a-anime.png", "b.jpg > b-anime.png"]
    said = capsys.readouterr().err
    assert "'a.jpg': The drawing failed (ZeroDivisionError: no reason): look closer with --verbose" in said
    assert "Traceback" not in said
    for error in (HubUnreachableError("Offline."), OutputNotWritableError("The disk is full.")):
        folders.begin()
        folders.error = error
        with pytest.raises(type(error)):
            folders.look(3)
    folders.error = None
    folders.begin()
    assert len(folders.look()) == 2


def test_a_lack_of_memory_is_said_and_verbose_shows_where(folders, capsys):
    folders.arrive("a.jpg", photo())
    folders.error = MemoryError()
    folders.watcher._verbose = True
    folders.look(3)
    said = capsys.readouterr().err
    assert "'a.jpg': There is not enough memory: make the photo smaller" in said
    assert "raise self.error" in said


def test_a_name_that_is_too_long_for_a_drawing_is_one_line(folders, capsys):
    """The others are drawn, and a next start does not stop there, either."""
    folders.arrive("b.jpg", photo(), age=3)
    folders.arrive(f"{'x' * 250}.jpg", photo(1), age=9)
    for expected in (["b.jpg > b-anime.png"], []):
        assert folders.look(3) == expected
        assert capsys.readouterr().err.count("choose a shorter name") == 1
        folders.begin()


def test_a_drawing_of_this_program_is_no_photo(folders, capsys):
    """By its mark, whatever it is called."""
    files.save(np.zeros((32, 48, 3), np.uint8), folders.source / "a.png")
    folders.arrive("b-anime.jpg", photo())
    assert folders.look(4) == ["b-anime.jpg > b-anime-anime.png"]
    assert capsys.readouterr().err.splitlines() == ["Left out: a.png, a drawing of this program."]


def test_a_folder_that_is_away_for_a_while(folders, capsys):
    folders.arrive("a.jpg", photo())
    folders.look()
    folders.source.rename(folders.source.with_name("away"))
    assert folders.look(3) == []
    assert capsys.readouterr().err.count("cannot be read now") == 1
    folders.source.with_name("away").rename(folders.source)
    folders.arrive("b.jpg", photo())
    assert folders.look() == ["b.jpg > b-anime.png"]


@pytest.mark.parametrize("content", ["{", "[]", '{"a.jpg-anime.png": {}}', '{"a.jpg-anime.png": 3}'])
def test_a_journal_that_is_broken_is_said(folders, content):
    (folders.out / JOURNAL).write_text(content)
    with pytest.raises(OutputNotWritableError, match="delete it, and all photos are drawn again"):
        folders.begin()


def test_a_journal_leads_to_no_other_folder(folders):
    folders.arrive("a.jpg", photo())
    entry = {"photo": [0, 0], "drawing": "../in/a.jpg", "begun": 0, "done": True}
    (folders.out / JOURNAL).write_text(json.dumps({"a.jpg-anime.png": entry}))
    folders.begin()
    assert folders.look() == ["a.jpg > a.jpg"]
    assert (folders.source / "a.jpg").read_bytes() == photo()


def heeds_ctrl_c() -> None:
    """Runs in the child: under nohup it would ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.slow
def test_ctrl_c_ends_it_cleanly(tmp_path, still):
    """The whole command: it draws what is there as it was told, and leaves no lock and no part of a file."""
    source, out = tmp_path / "in", tmp_path / "drawn"
    source.mkdir()
    exif = Image.Exif()
    exif[0x0132] = "2019:07:14 18:30:05"
    Image.open(still).save(source / "cup.jpg", exif=exif)
    command = [sys.executable, "-m", "animegan", "watch", str(source), str(out), "--every", "0.1", "--no-faces"]
    command += ["--keep-metadata", "date", "--quality", "50", "--format", "jpg"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, preexec_fn=heeds_ctrl_c)
    try:
        deadline = time.monotonic() + 300  # a busy machine is slow
        while not (out / "cup-anime.jpg").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "Traceback" not in said
    assert said.splitlines()[-1] == "Ended: 1 drawn."
    assert sorted(path.name for path in out.iterdir()) == [JOURNAL, "cup-anime.jpg"]
    opened: Any = Image.open(out / "cup-anime.jpg")
    with opened as drawing:
        assert drawing.getexif()[0x0132] == "2019:07:14 18:30:05"
        assert drawing.quantization[0][0] == 16  # of quality 50
