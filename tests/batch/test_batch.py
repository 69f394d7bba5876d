"""Folders of any size: what is listed, what it is called, what is remembered, and who may write."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animegan import errors
from animegan.options import Options
from animegan.styles.sources import BUILT_IN
from tests.images.test_transparency import cut_out
from tests.support.cli import refused, tree, write_photos
from tests.support.photo_files import encoded

pa = pytest.importorskip("pyarrow")
pytest.importorskip("ray")

import pyarrow.parquet as pq  # noqa: E402

from animegan.batch import lock, plan  # noqa: E402
from animegan.batch.child import _Painter  # noqa: E402
from animegan.batch.manifest import Manifest  # noqa: E402
from animegan.batch.places import Place, split_glob  # noqa: E402
from animegan.batch.task import Task, named, raised  # noqa: E402
from animegan.pipeline.pipeline import Pipeline  # noqa: E402
from tests.support.object_store import store  # noqa: E402, F401


def photos_of(source: Path | str, out: Path | str = "elsewhere") -> list[str]:
    folder, pattern = split_glob(str(source))
    problems: list[errors.AnimeganError] = []
    found = plan.photos_in(Place(folder), pattern, Place(str(out)), problems)
    assert problems == []
    return [path for path, _ in found]


def row(name: str, *, size: int = 10, output: str | None = None, error: str | None = None, later: float = 0) -> dict:
    finished = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=later)
    return {"input": name, "bytes": size, "output": output, "error": error, "finished": finished}


def test_photos_of_a_folder(tmp_path):
    """In folders of any depth, by all suffixes; no hidden ones, nothing of OUT, no other files, no circles."""
    write_photos(tmp_path, "a.jpg", "sub/b.PNG", "sub/deep/c.webp", "sub/b-anime.png", "sub/x-anime.png", ".d.jpg")
    write_photos(tmp_path, "drawn/a.jpg", ".git/e.jpg")
    (tmp_path / "notes.txt").touch()
    (tmp_path / "sub" / "again").symlink_to(tmp_path)
    for name in ("sub/x.jfif", "sub/y.JPE", "sub/z.hif"):
        (tmp_path / name).touch()
    expected = ["a.jpg", "sub/b-anime.png", "sub/b.PNG", "sub/x-anime.png", "sub/x.jfif", "sub/y.JPE", "sub/z.hif"]
    assert photos_of(tmp_path, tmp_path / "drawn") == [*expected, "sub/deep/c.webp"]


def test_files_that_are_no_photos_are_counted(tmp_path):
    write_photos(tmp_path, "a.jpg", "drawn/b.jpg")
    for name in ("notes.txt", "more.TXT", "list", "drawn/c.txt"):
        (tmp_path / name).touch()
    others: Counter[str] = Counter()
    plan.photos_in(Place(str(tmp_path)), None, Place(str(tmp_path / "drawn")), [], others)
    assert others == {".txt": 2, "no suffix": 1}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.jpg", ["a.jpg"]),
        ("**/*.jpg", ["a.jpg", "2024/b.jpg", "2024/may/c.jpg"]),
        ("20*/*", ["2024/b.jpg", "2025/d.png"]),
        ("2024/**", ["2024/b.jpg", "2024/may/c.jpg"]),
        ("202[56]/?.png", ["2025/d.png"]),
    ],
)
def test_globs(tmp_path, pattern, expected):
    """And the folders above the first wildcard are not mirrored."""
    write_photos(tmp_path, "a.jpg", "2024/b.jpg", "2024/may/c.jpg", "2025/d.png")
    folder, _ = split_glob(f"{tmp_path}/{pattern}")
    found = photos_of(f"{tmp_path}/{pattern}")
    assert [os.path.relpath(f"{folder}/{path}", tmp_path) for path in found] == expected


def test_a_folder_may_be_called_like_a_glob(tmp_path):
    write_photos(tmp_path, "holiday [2024]/a.jpg")
    assert photos_of(tmp_path / "holiday [2024]") == ["a.jpg"]


def test_an_address_keeps_its_parameters():
    folder, pattern = split_glob("s3://bucket/2024/*/a.jpg?region=eu-west-1")
    assert folder == "s3://bucket/2024?region=eu-west-1"
    assert pattern is not None
    assert pattern.match("may/a.jpg")
    assert split_glob("s3://bucket/photos?region=eu") == ("s3://bucket/photos?region=eu", None)


def named_by(names: list[str], rows: list[dict], tmp_path: Path, **settings) -> dict[str, str]:
    manifest = Manifest(Place(str(tmp_path)), "anime")
    if rows:
        manifest.add("part", rows)
    left = plan.todo([(name, 10) for name in names], manifest, "anime", "png", settings.get("retry_errors", False))
    return dict(zip(left.jobs["input"].to_pylist(), left.jobs["output"].to_pylist(), strict=True))


def test_drawings_keep_their_folders_and_never_share_a_name(tmp_path):
    assert named_by(["a.jpg", "a.png", "sub/a.jpg", "sub/A.jpg"], [], tmp_path) == {
        "a.jpg": "a-anime.png",
        "a.png": "a.png-anime.png",
        "sub/a.jpg": "sub/a-anime.png",
        "sub/A.jpg": "sub/A.jpg-anime.png",
    }


def test_the_drawing_of_a_photo_that_is_gone_is_not_replaced(tmp_path):
    assert named_by(["a.png"], [row("a.jpg", output="a-anime.png")], tmp_path) == {"a.png": "a.png-anime.png"}


def test_what_is_done_is_not_done_again(tmp_path):
    """A photo of another length is another photo, and an error stands until it is asked for."""
    rows = [
        row("done.jpg", output="done-anime.png"),
        row("changed.jpg", size=11, output="old name.png"),
        row("broken.jpg", error="NotAPhotoError: no"),
        row("own.png"),  # a drawing of ours
    ]
    names = ["done.jpg", "changed.jpg", "broken.jpg", "new.jpg", "own.png"]
    assert named_by(names, rows, tmp_path) == {"changed.jpg": "old name.png", "new.jpg": "new-anime.png"}
    left = plan.todo([(name, 10) for name in names], Manifest(Place(str(tmp_path)), "anime"), "anime", "png", False)
    assert (left.done, left.failed, left.own) == (1, 1, 1)
    again = named_by(names, [], tmp_path, retry_errors=True)
    assert again == {"changed.jpg": "old name.png", "broken.jpg": "broken-anime.png", "new.jpg": "new-anime.png"}


def test_one_row_a_photo_the_last(tmp_path):
    manifest = Manifest(Place(str(tmp_path)), "anime")
    manifest.add("part-1", [row("a.jpg", error="x", later=1), row("b.jpg", later=1)])
    manifest.add("part-2", [row("a.jpg", output="a.png", later=2), row("c.jpg")])
    manifest.add("part-2", [row("a.jpg", output="a.png", later=2), row("c.jpg"), row("d.jpg")])
    expected = [("a.jpg", "a.png"), ("b.jpg", None), ("c.jpg", None), ("d.jpg", None)]

    def rows() -> list[tuple]:
        return sorted((each["input"], each["output"]) for each in manifest.table().to_pylist())

    assert rows() == expected
    manifest.tidy("rows")
    assert rows() == expected
    assert tree(tmp_path) == ["manifest/anime/rows.parquet"]
    manifest.tidy("rows-2", without=["b.jpg"])
    assert [name for name, _ in rows()] == ["a.jpg", "c.jpg", "d.jpg"]
    assert tree(tmp_path) == ["manifest/anime/rows-2.parquet"]


def test_a_broken_manifest_is_named(tmp_path):
    manifest = Manifest(Place(str(tmp_path)), "anime")
    manifest.add("part", [row("a.jpg")])
    (tmp_path / "manifest/anime/part.parquet").write_bytes(b"no table")
    with pytest.raises(errors.OutputNotWritableError, match="remove its broken file"):
        manifest.table()


def test_a_manifest_of_an_older_version_has_neither_notes_nor_frames(tmp_path):
    manifest = Manifest(Place(str(tmp_path)), "anime")
    manifest.add("part", [row("a.jpg")])
    path = tmp_path / "manifest/anime/part.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["notes", "frames"]), path)
    assert [(each["notes"], each["frames"]) for each in manifest.part("part")] == [(None, None)]
    assert manifest.table().to_pylist()[0]["notes"] is None


def test_a_cut_out_stays_one_and_what_should_be_known_stands_in_the_manifest(tmp_path, monkeypatch, coffee):
    monkeypatch.setattr(Pipeline, "warm", lambda *_, **__: None)
    photo = np.ascontiguousarray(coffee[100:164, 150:230])
    sticker = cut_out(photo)
    (tmp_path / "sticker.png").write_bytes(encoded(sticker, "PNG"))
    (tmp_path / "cut-off.jpg").write_bytes(encoded(photo, "JPEG")[:-40])
    painter = _Painter(Task(str(tmp_path), str(tmp_path), Options("cel", enhance="off", faces=False)))
    notes = {
        output: painter.draw(input, output)["row"]["notes"]
        for input, output in (("sticker.png", "1.png"), ("sticker.png", "2.jpg"), ("cut-off.jpg", "3.png"))
    }
    assert notes["1.png"] is None
    assert "JPEG knows no transparency" in notes["2.jpg"]
    assert "cut off" in notes["3.png"]
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "1.png"))[:, :, 3], sticker[:, :, 3])


def run_of(tmp_path: Path, source: str = "in", format: str = "png", **settings) -> str:
    task = Task(str(tmp_path / source), str(tmp_path / "out"), Options(**settings))
    return plan.named_run(task, Place(task.out), format).run


def test_a_changed_option_is_a_new_run(tmp_path):
    """So are other photos, and another format; the same options go on, in any order."""
    assert run_of(tmp_path) == "anime"
    assert run_of(tmp_path, strength=0.5) == "anime-2"
    assert run_of(tmp_path, source="others") == "anime-3"
    assert run_of(tmp_path, format="jpg") == "anime-4"
    assert run_of(tmp_path, scale=4) == "anime-5"
    assert run_of(tmp_path, style="cel") == "cel"
    assert run_of(tmp_path, strength=0.5) == "anime-2"
    assert run_of(tmp_path) == "anime"
    task = Task(str(tmp_path / "in"), str(tmp_path / "out"), Options())
    others = (replace(task, quality=80), replace(task, keep_metadata="all"))
    assert len({plan.key_of(each, "jpg") for each in (task, *others)}) == 3
    assert plan.key_of(replace(task, overwrite=True, verbose=True), "jpg") == plan.key_of(task, "jpg")
    about = json.loads((tmp_path / "out/manifest/anime-2/_run.json").read_text())
    assert about["options"]["strength"] == 0.5


def test_weights_of_another_content_are_a_new_run(tmp_path):
    weights = tmp_path / "mine.safetensors"
    weights.write_bytes(b"one")
    assert run_of(tmp_path, style=str(weights)) == "mine"
    weights.write_bytes(b"two")
    assert run_of(tmp_path, style=str(weights)) == "mine-2"


@pytest.mark.parametrize(
    "name", ["restore.safetensors", "restore-faces.safetensors", "damage.safetensors", "enlarge.safetensors"]
)
def test_a_network_that_all_styles_share_trained_anew_is_a_new_run(tmp_path, monkeypatch, name):
    """Whichever it is: all of them change drawings."""
    assert run_of(tmp_path) == "anime"
    copy = shutil.copytree(BUILT_IN, tmp_path / "builtin")
    monkeypatch.setattr(plan, "BUILT_IN", copy)
    assert run_of(tmp_path) == "anime"
    (copy / name).write_bytes(b"trained anew")
    assert run_of(tmp_path) == "anime-2"


def test_another_version_is_a_new_run(tmp_path):
    assert run_of(tmp_path) == "anime"
    later = Task(str(tmp_path / "in"), str(tmp_path / "out"), Options(), version="99.0")
    assert plan.named_run(later, Place(later.out), "png").run == "anime-2"


def test_a_task_and_its_errors_cross_processes():
    task = Task("in", "out", Options("cel", strength=0.5), run="cel", key="1")
    assert Task.from_json(task.to_json()) == task
    error = raised(named(errors.WeightsCorruptError("No.")))
    assert isinstance(error, errors.WeightsCorruptError)
    assert str(error) == "No."


@pytest.mark.slow
def test_two_runs_in_one_folder(tmp_path):
    """The second is told so; a dead one's lock is free."""
    out = Place(str(tmp_path))
    with lock.locked(out), pytest.raises(errors.FolderInUseError, match="wait until it has ended"), lock.locked(out):
        pass
    code = "import os, sys, time; from animegan.batch import lock, places\n"
    code += "with lock.locked(places.Place(sys.argv[1])): print('in', flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    with pytest.raises(errors.FolderInUseError), lock.locked(out):
        pass
    other.kill()
    other.communicate()
    with lock.locked(out):
        pass
    assert tree(tmp_path) == []


@pytest.mark.slow
def test_two_runs_in_one_bucket(store):  # noqa: F811
    """Where nothing can be locked, a run that has been silent for long is taken for dead."""
    out = Place(store.address("drawn"))
    with lock.locked(out), pytest.raises(errors.FolderInUseError), lock.locked(out):
        pass
    assert store.names == []
    theirs = {"id": "other", "host": "elsewhere", "process": 1, "lived": time.time()}
    out.write(lock.LOCK, json.dumps(theirs).encode())
    with pytest.raises(errors.FolderInUseError, match="elsewhere"), lock.locked(out):
        pass
    out.write(lock.LOCK, json.dumps({**theirs, "lived": time.time() - 2 * lock.DEAD}).encode())
    with lock.locked(out):
        pass


@pytest.mark.slow
def test_a_bucket_is_a_place(store, tmp_path):  # noqa: F811
    """Through the client that pyarrow brings, against a server on loopback."""
    out = Place(store.address("drawn"))
    assert not out.is_local
    assert out.is_object_store
    out.write("sub/a.png", b"drawing" * 1000)
    assert out.read("sub/a.png") == b"drawing" * 1000
    assert list(out.files([])) == [("sub/a.png", 7000)]
    assert store.names == ["drawn/sub/a.png"]
    with pytest.raises(errors.PhotoNotFoundError, match="cannot be read"):
        out.read("sub/none.png")
    manifest = Manifest(out, "anime")
    manifest.add("part-1", [row("a.jpg")])
    manifest.add("part-2", [row("b.jpg")])
    manifest.tidy("rows")
    assert store.names == ["drawn/manifest/anime/rows.parquet", "drawn/sub/a.png"]
    assert manifest.part("part-1") == []
    assert len(manifest.part("rows")) == 2


def test_photos_in_a_zip(tmp_path):
    """A file system that only fsspec knows."""
    write_photos(tmp_path, "in/a.jpg", "in/sub/b.jpg")
    shutil.make_archive(str(tmp_path / "photos"), "zip", tmp_path / "in")
    source = Place(f"zip://::file://{tmp_path}/photos.zip")
    assert [path for path, _ in source.files([])] == ["a.jpg", "sub/b.jpg"]
    assert source.read("sub/b.jpg") == (tmp_path / "in/sub/b.jpg").read_bytes()


def test_elsewhere_a_file_is_never_seen_half_written(tmp_path, monkeypatch):
    """A file system without locks and without uploads: what a killed writer left goes with the next run."""
    from pyarrow import fs

    system = fs.SubTreeFileSystem(str(tmp_path), fs.LocalFileSystem())
    place = Place("other://place")
    place.__dict__["_reached"] = (system, "out")
    place.write("sub/a.png", b"whole")
    assert tree(tmp_path) == ["out/sub/a.png"]
    monkeypatch.setattr(Place, "_write", lambda self, path, data: self.system.open_output_stream(path).write(b"ha"))
    place.write("sub/b.png", b"half")
    monkeypatch.undo()
    (tmp_path / "out/.animegan-parts/left").write_bytes(b"ha")
    place.delete_parts()
    assert tree(tmp_path) == ["out/sub/a.png", "out/sub/b.png"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["in", "in"], "same folder"),
        (["none", "out"], "no photo in"),
        (["empty", "out"], "no photo in"),
        (["in/a.jpg", "out"], "animegan stylize"),
        (["in", "file/out"], "cannot be written"),
        (["nosuch://bucket/in", "out"], "cannot be reached"),
        (["in", "out", "--workers", "0"], "above 0"),
        (["in", "out", "--time-limit", "-1"], "above 0"),
        (["in", "out", "--style", "nosuch"], "no style"),
        (["in", "out", "--format", "gif"], "format"),
    ],
)
def test_bad_input_is_one_sentence_and_leaves_nothing(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path, "in/a.jpg")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    assert re.search(sentence, refused("batch", *arguments))
    assert tree(tmp_path) == ["file", "in/a.jpg"]


def test_without_the_extra(monkeypatch, tmp_path):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ray" else find(name))
    assert "animegan[batch]" in refused("batch", tmp_path, tmp_path / "out")


@pytest.mark.slow
def test_an_address_without_a_cluster(tmp_path):
    """One sentence, and nothing is left."""
    write_photos(tmp_path / "in", "a.jpg")
    assert "No Ray cluster" in refused("batch", tmp_path / "in", tmp_path / "out", "--address", "127.0.0.1:1")
    assert sorted(os.listdir(tmp_path)) == ["in"]
