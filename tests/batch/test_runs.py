"""Folders of any size, drawn: from bucket to bucket, with poison, with Ctrl-C, and under fire."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animegan.networks.enlarger import Enlarger
from animegan.options import Options
from animegan.pipeline import models
from tests.conftest import ROOT
from tests.support.cli import invoke, refused, tree, write_photos
from tests.support.processes import INTERRUPTIBLE, ended, python, until

pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("ray")
pytest.importorskip("av")

from animegan.batch import child  # noqa: E402
from animegan.batch.drawer import Drawer  # noqa: E402
from animegan.batch.task import Task  # noqa: E402
from benchmarks import batch as fire  # noqa: E402
from tests.support.clips import pictures, write  # noqa: E402
from tests.support.object_store import Store, store  # noqa: E402, F401

pytestmark = pytest.mark.slow
QUICK = ("--no-faces", "--enhance", "off", "--workers", "1")


@pytest.mark.long
def test_from_bucket_to_bucket(store: Store, tmp_path):  # noqa: F811
    """Folders are mirrored; a broken photo is a row with its error; what is done is not done again. One is a clip."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 32), (200, 120, 60)).save(buffer, "jpeg")
    for name in ("a.jpg", "sub/b.jpg", "sub/deep/c.jpg"):
        store.files[f"photos/{name}"] = buffer.getvalue()
    store.files["photos/broken.jpg"] = b"this is no photo"
    store.files["photos/sub/clip.mov"] = write(tmp_path / "clip.mov", pictures(3)).read_bytes()
    arguments = ("batch", store.address("photos"), store.address("drawn"), *QUICK)
    done = invoke(*arguments)
    assert done.exit_code == 2, done.stderr
    assert "broken.jpg: The file is no picture" in done.stderr
    drawings = {"drawn/a-anime.png", "drawn/sub/b-anime.png", "drawn/sub/deep/c-anime.png"}
    names = [name for name in store.names if name.startswith("drawn/") and not name.endswith("_run.json")]
    (manifest,) = set(names) - drawings - {"drawn/sub/clip-anime.mp4"}
    for name in drawings:
        with Image.open(io.BytesIO(store.files[name])) as drawing:
            assert drawing.size == (40, 32)
            assert drawing.info == {"Software": "animegan"}
    rows = {row["input"]: row for row in pq.read_table(io.BytesIO(store.files[manifest])).to_pylist()}
    assert sorted(rows) == ["a.jpg", "broken.jpg", "sub/b.jpg", "sub/clip.mov", "sub/deep/c.jpg"]
    assert (rows["sub/clip.mov"]["output"], rows["sub/clip.mov"]["frames"]) == ("sub/clip-anime.mp4", 3)
    assert rows["broken.jpg"]["error"].startswith("NotAPhotoError: ")
    assert rows["broken.jpg"]["output"] is None
    assert (rows["a.jpg"]["width"], rows["a.jpg"]["height"], rows["a.jpg"]["faces"]) == (40, 32, 0)
    assert rows["a.jpg"]["quality"]["exposure"] > 0
    before = {name: store.files[name] for name in store.names}
    again = invoke(*arguments)
    assert again.exit_code == 2
    assert "4 drawings were there already" in again.stderr
    assert {name: store.files[name] for name in store.names} == before


def test_an_address_without_a_cluster(tmp_path):
    """One sentence, and nothing is left."""
    write_photos(tmp_path / "in", "a.jpg")
    assert "No Ray cluster" in refused("batch", tmp_path / "in", tmp_path / "out", "--address", "127.0.0.1:1")
    assert sorted(os.listdir(tmp_path)) == ["in"]


def drawer_of(tmp_path: Path, **limits: float) -> Drawer:
    options = Options(faces=False, enhance="off")
    return Drawer(Task(str(tmp_path / "in"), str(tmp_path / "out"), options, **limits))  # type: ignore[arg-type]


@pytest.mark.long
def test_a_photo_that_takes_too_much_memory(tmp_path):
    write_photos(tmp_path / "in", "small.jpg")
    Image.fromarray(np.zeros((6000, 8000, 3), np.uint8)).save(tmp_path / "in" / "large.png")
    drawer = drawer_of(tmp_path, memory_limit=1.0)
    row = drawer.draw("large.png", "large-anime.png", 1)
    assert row["error"].startswith("DrawingStoppedError: It took more than 1 GB of memory")
    assert drawer.draw("small.jpg", "small-anime.png", 1)["output"] == "small-anime.png"
    drawer.close()
    assert tree(tmp_path / "out") == ["small-anime.png"]


def test_a_photo_that_takes_too_long(tmp_path, monkeypatch):
    """Nothing stays of what its process had for a while."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    write_photos(tmp_path / "in", "small.jpg")
    Image.fromarray(np.zeros((6000, 8000, 3), np.uint8)).save(tmp_path / "in" / "large.png")
    drawer = drawer_of(tmp_path, time_limit=0.02)
    row = drawer.draw("large.png", "large-anime.png", 1)
    assert row["error"].startswith("DrawingStoppedError: It took more than 0.02 seconds")
    drawer.close()
    assert not (tmp_path / "out").exists()
    assert not list((tmp_path / "temporary").iterdir())


def test_photos_are_enlarged_by_one_network_and_one_that_gets_too_large_is_a_row_with_an_error(tmp_path, monkeypatch):
    write_photos(tmp_path / "in", "a.jpg", "b.jpg")
    Image.new("L", (3600, 3600)).save(tmp_path / "in" / "large.png")
    loaded: list[Enlarger] = []
    monkeypatch.setattr(models, "Enlarger", lambda **settings: loaded.append(Enlarger(**settings)) or loaded[-1])
    options = Options(faces=False, enhance="off", scale=4)
    painter = child._Painter(Task(str(tmp_path / "in"), str(tmp_path / "out"), options))
    rows = [painter.draw(f"{name}", f"{name}-anime.png")["row"] for name in ("a.jpg", "large.png", "b.jpg")]
    assert [row.get("output") for row in rows] == ["a.jpg-anime.png", None, "b.jpg-anime.png"]
    assert "more than 200 megapixels: ask for a smaller scale" in rows[1]["error"]
    assert rows[1]["error"].startswith("PhotoTooLargeError: ")
    with Image.open(tmp_path / "in" / "a.jpg") as photo, Image.open(tmp_path / "out" / "a.jpg-anime.png") as drawing:
        assert drawing.size == (4 * photo.width, 4 * photo.height)
    assert len(loaded) == 1


class Poisoned(Drawer):
    """A drawer whose process is killed by every poison, and by the first photo."""

    sent = 0

    def send(self, line):
        super().send(line)
        photo = json.loads(line).get("input")
        self.sent += photo is not None
        if photo == "poison.jpg" or (photo and self.sent == 1):
            self.child.kill()


@pytest.mark.long
def test_a_photo_that_kills_its_process_is_a_row_with_an_error(tmp_path):
    """One whose process was killed by someone else is drawn."""
    write_photos(tmp_path / "in", "poison.jpg", "unlucky.jpg")
    drawer = Poisoned(drawer_of(tmp_path).task)
    assert drawer.draw("unlucky.jpg", "unlucky-anime.png", 1)["output"] == "unlucky-anime.png"
    row = drawer.draw("poison.jpg", "poison-anime.png", 1)
    assert "died (SIGKILL)" in row["error"]
    assert "output" not in row
    drawer.close()


@pytest.mark.long
def test_ctrl_c_leaves_a_state_that_goes_on(tmp_path):
    fire.make_photos(tmp_path / "in", 30, 256)
    command = ["-m", "animegan", "batch", "in", "out", *QUICK]
    process = python(*command, first=INTERRUPTIBLE, cwd=tmp_path, start_new_session=True)
    until(lambda: len(list(tmp_path.glob("out/000/*.png"))) > 2, process)
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert " ray " not in said
    assert said.endswith("Stopped. The same command goes on.\n")
    done = ended(python(*command, cwd=tmp_path))
    assert done.returncode == 2, done.stderr  # for the one that is no photo
    counted = fire.counted(tmp_path)
    assert counted["rows"] == counted["photos with a row"] == 31
    assert counted["whole drawings"] == counted["rows whose drawing is there"] == 30
    assert counted["files beside them"] == 0


@pytest.mark.long
def test_under_fire(tmp_path):
    """Leader, workers and the processes that draw are killed, all of them with this seed: each photo is drawn, and has
    one row.
    """
    fire.make_photos(tmp_path / "in", 100, 64)
    counted = fire.under_fire(tmp_path, 8, 2, random.Random(68), most=4)
    assert counted["rows"] == counted["photos with a row"] == 101, counted
    assert counted["whole drawings"] == counted["rows whose drawing is there"] == 100, counted
    assert len(counted["rows with an error"]) == 1, counted
    assert counted["files beside them"] == 0, counted


def commands_of_the_docs() -> list[str]:
    """The commands of docs/large-folders.md that begin with python; those of a cluster need one."""
    text = (ROOT / "docs/large-folders.md").read_text()
    blocks = (block.partition("```")[0] for block in text.split("```sh\n")[1:])
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python -m animegan") and "--address" not in line]


@pytest.mark.long
@pytest.mark.parametrize("command", commands_of_the_docs())
def test_the_commands_of_the_docs(tmp_path, store: Store, command):  # noqa: F811
    """As they are written; the bucket is on loopback."""
    write_photos(tmp_path / "photos", "a.jpg", "2023/b.jpg", "2024/c.jpg", "2024-05/deep/d.jpg")
    store.files["photos/a.jpg"] = (tmp_path / "photos/a.jpg").read_bytes()
    env = {**os.environ, "PYTHONPATH": str(ROOT), **store.environment}
    shell = command.replace("python ", f"{sys.executable} ", 1)
    done = subprocess.run(shell, shell=True, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    drawn = [name for name in (*tree(tmp_path), *store.names) if "drawn/" in name and "manifest" not in name]
    assert drawn
    assert all(name.endswith(("-anime.png", "-watercolour.png")) for name in drawn)
