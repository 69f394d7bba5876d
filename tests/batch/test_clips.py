"""Clips in folders of any size: they are drawn beside the photos, each with its row."""

import hashlib
import json
import os
import queue
import shutil
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from animegan import video
from animegan.options import Options
from animegan.pipeline.pipeline import Pipeline
from tests.support.cli import tree, write_photos

for extra in ("pyarrow", "ray", "av"):
    pytest.importorskip(extra)

from animegan.batch import drawer, plan  # noqa: E402
from animegan.batch.child import _Painter  # noqa: E402
from animegan.batch.manifest import Manifest  # noqa: E402
from animegan.batch.places import Place  # noqa: E402
from animegan.batch.task import Task  # noqa: E402
from tests.support.clips import pictures, write  # noqa: E402
from tests.video.test_tracks import subtitled  # noqa: E402


@pytest.fixture
def clips(tmp_path) -> Path:
    """A folder with a photo, a GIF that moves, a clip, one of another kind with subtitles, and a broken one."""
    folder = tmp_path / "in"
    write_photos(folder, "a.jpg")
    first, *others = map(Image.fromarray, pictures(3))
    first.save(folder / "moving.gif", save_all=True, append_images=others)
    (folder / "sub").mkdir()
    write(folder / "sub" / "a.MOV", pictures(4), sound="aac")
    subtitled(folder / "disc.mkv", "dvd_subtitle")
    (folder / "broken.mp4").write_bytes(b"no clip")
    return folder


def drawn_by(source: Path | str, out: Path | str, **settings) -> dict[str, dict]:
    """The rows of all that lies in a place, by its path, drawn in this process."""
    photos = plan.photos_in(Place(str(source)), None, Place(str(out)), [])
    task = Task(str(source), str(out), Options("cel", enhance="off", faces=False), **settings)
    jobs = plan.todo(photos, Manifest(Place(task.out), "cel"), "cel", "png", retry_errors=False).jobs.to_pylist()
    painter = _Painter(task)
    return {job["input"]: painter.draw(job["input"], job["output"])["row"] for job in jobs}


def test_clips_are_drawn_with_the_photos(clips, tmp_path, monkeypatch):
    """As MP4 with their sound; what is wrong with one, or left out, stands in its row; drawings are not drawn again."""
    monkeypatch.setattr(Pipeline, "warm", lambda *_, **__: None)
    out = tmp_path / "out"
    rows = drawn_by(clips, out)
    outputs = {name: row.get("output") for name, row in rows.items()}
    assert outputs == {
        "a.jpg": "a-cel.png",
        "broken.mp4": None,
        "disc.mkv": "disc-cel.mp4",
        "moving.gif": "moving-cel.png",
        "sub/a.MOV": "sub/a-cel.mp4",
    }
    assert tree(out) == sorted(name for name in outputs.values() if name)
    assert rows["broken.mp4"]["error"].startswith("NotAVideoError: 'broken.mp4' is no video")
    clip = rows["sub/a.MOV"]
    assert (clip["frames"], clip["width"], clip["height"], clip["notes"]) == (4, 96, 64, None)
    assert clip["hash"] == hashlib.sha256((clips / "sub/a.MOV").read_bytes()).hexdigest()
    assert rows["disc.mkv"]["notes"] == "A .mp4 file cannot hold subtitles (dvd_subtitle): left out."
    probed = video.probe(out / "sub/a-cel.mp4")
    assert (probed.count, probed.has_sound) == (4, True)
    again = drawn_by(out, tmp_path / "again")
    assert all(row.keys() == {"input", "style", "seconds"} or "output" not in row for row in again.values())
    assert not (tmp_path / "again").exists()


def test_a_clip_replaces_no_file_of_somebody_else(clips, tmp_path, monkeypatch):
    monkeypatch.setattr(Pipeline, "warm", lambda *_, **__: None)
    for name in ("a.jpg", "moving.gif", "disc.mkv", "broken.mp4"):
        (clips / name).unlink()
    there = tmp_path / "out" / "sub" / "a-cel.mp4"
    there.parent.mkdir(parents=True)
    there.write_bytes(b"mine")
    assert "is there already, and is not replaced" in drawn_by(clips, tmp_path / "out")["sub/a.MOV"]["error"]
    assert there.read_bytes() == b"mine"
    assert drawn_by(clips, tmp_path / "out", overwrite=True)["sub/a.MOV"]["frames"] == 4
    assert drawn_by(clips, tmp_path / "out")["sub/a.MOV"]["frames"] == 4  # our own


def test_clips_come_from_anywhere_and_go_anywhere(clips, tmp_path, monkeypatch):
    """File systems that only fsspec knows: from a zip into memory."""
    import fsspec

    monkeypatch.setattr(Pipeline, "warm", lambda *_, **__: None)
    for name in ("a.jpg", "moving.gif", "disc.mkv", "broken.mp4"):
        (clips / name).unlink()
    shutil.make_archive(str(tmp_path / "clips"), "zip", clips)
    (row,) = drawn_by(f"zip://::file://{tmp_path}/clips.zip", "memory://drawn").values()
    assert (row["output"], row["frames"]) == ("sub/a-cel.mp4", 4)
    path = tmp_path / "drawn.mp4"
    path.write_bytes(fsspec.filesystem("memory").cat("/drawn/sub/a-cel.mp4"))
    assert video.probe(path).count == 4


def test_each_frame_of_a_clip_has_the_time_of_a_photo(tmp_path, monkeypatch):
    """On a clock that goes on by a second with each look: a frame after two, the end after eight."""
    monkeypatch.setattr(drawer.time, "monotonic", count().__next__)
    drawing = drawer.Drawer(Task(str(tmp_path), str(tmp_path), Options()))
    drawing.child = SimpleNamespace(pid=os.getpid())
    said = iter([None, None, "frame", None, None, "frame", None, None, "row"])

    def get(timeout: float) -> str:
        if (word := next(said)) is None:
            raise queue.Empty
        return json.dumps({word: True})

    monkeypatch.setattr(drawing, "_answers", SimpleNamespace(get=get))
    assert drawing._answer(3) == {"row": True}
