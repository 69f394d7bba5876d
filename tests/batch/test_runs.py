"""Folders of any size, drawn on Ray: from bucket to bucket, as the docs say it, with Ctrl-C, and under fire."""

import io
import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from animegan.networks.engine import cores
from tests.conftest import ROOT
from tests.support.cli import invoke, tree, write_photos
from tests.support.processes import INTERRUPTIBLE, kill, python, until

pq = pytest.importorskip("pyarrow.parquet")
pytest.importorskip("ray")
pytest.importorskip("av")

from animegan.batch import run  # noqa: E402
from animegan.batch.cluster import cluster  # noqa: E402
from benchmarks import batch as fire  # noqa: E402
from tests.support.clips import pictures, write  # noqa: E402
from tests.support.object_store import Store  # noqa: E402

pytestmark = pytest.mark.slow
QUICK = ("--no-faces", "--enhance", "off", "--workers", "1")


@pytest.fixture(autouse=True, scope="module")
def not_nice() -> Iterator[None]:
    """Workers of Ray yield to all else, such as other tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_worker_niceness", "0")
        yield


@contextmanager
def drawing(folder: Path, photos: int, side: int) -> Iterator:
    """A process that draws some photos, and what waits until so many of them are drawn, and it goes on."""
    fire.make_photos(folder / "in", photos, side)
    command = ["-m", "animegan", "batch", "in", "out", *QUICK]
    process = python(*command, first=INTERRUPTIBLE, cwd=folder, start_new_session=True)
    try:
        yield process, lambda count: until(lambda: len(list(folder.glob("out/000/*.png"))) > count, process)
    finally:
        kill(process)


def check_all_drawn(folder: Path, photos: int) -> None:
    """Go on, and check that each photo is drawn and has one row."""
    done = invoke("batch", folder / "in", folder / "out", *QUICK)
    assert done.exit_code == 2, done.stderr  # for the one that is no photo
    counted = fire.counted(folder)
    assert counted["rows"] == counted["photos with a row"] == photos + 1, counted
    assert counted["whole drawings"] == counted["rows whose drawing is there"] == photos, counted
    assert len(counted["rows with an error"]) == 1, counted
    assert counted["files beside them"] == 0, counted


@pytest.mark.long
def test_ctrl_c_leaves_a_state_that_goes_on(tmp_path):
    with drawing(tmp_path, 30, 256) as (process, until_drawn):
        until_drawn(2)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=300)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert " ray " not in said
    assert said.endswith("Stopped. The same command goes on.\n")
    check_all_drawn(tmp_path, 30)


@pytest.mark.long
def test_under_fire(tmp_path):
    """The process that draws, the worker above it, and what leads them are killed, each in the middle of its work."""
    with drawing(tmp_path, 100, 64) as (process, until_drawn):
        for number, what in enumerate((fire.DRAWER, fire.WORKER, fire.LED)):
            until_drawn(5 + 20 * number)
            assert fire.kill_one(process, what) != "none"
        assert process.wait(60) == -signal.SIGKILL
    assert len(tree(tmp_path / "out" / "000")) < 100
    check_all_drawn(tmp_path, 100)


@pytest.fixture(scope="module")
def bucket() -> Iterator[Store]:
    """A bucket, and one Ray for the runs that follow: its start takes longer than a run."""
    bucket = Store()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in bucket.environment.items():
            patch.setenv(name, value)
        with cluster(None, None, 2) as (count, _):
            assert count == min(2, cores())

            @contextmanager
            def shared(address: str | None, workers: int | None, photos: int) -> Iterator[tuple[int, float]]:
                yield min(workers or 1, photos), 0.0

            patch.setattr(run, "cluster", shared)
            yield bucket
    bucket.close()


@pytest.fixture
def store(bucket: Store) -> Store:
    """The bucket, empty."""
    bucket.files.clear()
    return bucket


@pytest.mark.long
def test_from_bucket_to_bucket(store: Store, tmp_path):
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


def commands_of_the_docs() -> list[str]:
    """The commands of docs/large-folders.md that begin with python; those of a cluster need one."""
    text = (ROOT / "docs/large-folders.md").read_text()
    blocks = (block.partition("```")[0] for block in text.split("```sh\n")[1:])
    lines = [line for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("python -m animegan") and "--address" not in line]


@pytest.mark.long
@pytest.mark.parametrize("command", commands_of_the_docs())
def test_the_commands_of_the_docs(tmp_path, monkeypatch, store: Store, command):
    """As they are written; the bucket is on loopback."""
    monkeypatch.chdir(tmp_path)
    write_photos(tmp_path / "photos", "a.jpg", "2023/b.jpg", "2024/c.jpg", "2024-05/deep/d.jpg")
    store.files["photos/a.jpg"] = (tmp_path / "photos/a.jpg").read_bytes()
    done = invoke(*shlex.split(command)[3:])
    assert done.exit_code == 0, done.stderr
    drawn = [name for name in (*tree(tmp_path), *store.names) if "drawn/" in name and "manifest" not in name]
    assert drawn
    assert all(name.endswith(("-anime.png", "-watercolour.png")) for name in drawn)
