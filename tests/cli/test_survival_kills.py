"""Processes that are killed."""

import subprocess
from pathlib import Path

import filelock
import numpy as np
import pytest

from animegan.images import files
from tests.support.hub import COMMIT, CONTENT, HeldHub
from tests.support.processes import SAVE, blobs, ended, fetched, fetching, kill, names, python, until

STOPPED = """
import os, time
from contextlib import contextmanager
from pathlib import Path
from animegan import storage
from animegan.images import files as photos

def stop():
    Path(sys.argv[2]).touch()
    while not Path(sys.argv[2] + ".go").exists():
        time.sleep(0.01)

class Slow:
    def __init__(self, file):
        self.file, self.name = file, file.name
    def write(self, data):
        self.file.write(data[: len(data) // 2])
        self.file.flush()
        stop()
        self.file.write(data[len(data) // 2 :])

@contextmanager
def slowly(path):
    with storage.output_file(path) as file:
        yield Slow(file)

def late(*paths, replace=os.replace):
    stop()
    replace(*paths)

if sys.argv[3] == "half":
    photos.output_file = slowly
else:
    os.replace = late
"""
"""Put before `SAVE`: it stops, and says so by a file, when half is written, or when all but the move is done."""
SAVE_STOPPED = "import sys" + STOPPED + SAVE


@pytest.fixture
def hub():
    hub = HeldHub()
    hub.files["owner/repo/weights.bin"] = CONTENT
    hub.files["owner/repo/others.bin"] = b"others"
    yield hub
    hub.go.set()
    hub.close()


def saving(target: Path, signal: Path, when: str) -> subprocess.Popen:
    """A process that has stopped in the middle of saving a picture."""
    process = python("-c", SAVE_STOPPED, target, signal, when)
    until(signal.exists, process)
    signal.unlink()
    return process


@pytest.mark.slow
@pytest.mark.parametrize("when", ["half", "whole"])
def test_killed_while_it_saves(tmp_path, coffee, when):
    """Again and again; the older drawing is unharmed, the next one is whole, and nothing else is left."""
    folder = tmp_path / "drawings"
    folder.mkdir()
    target = folder / "drawing.png"
    target.write_bytes(b"the older one")
    for _ in range(2):
        kill(saving(target, tmp_path / "signal", when))
        assert target.read_bytes() == b"the older one"
        assert len(names(folder)) == 2  # what this one left; the one before was swept away
    files.save(coffee, target)
    np.testing.assert_array_equal(files.load(target), coffee)
    assert names(folder) == ["drawing.png"]


@pytest.mark.parametrize("when", ["half", "whole"])
def test_a_process_that_still_saves_is_left_alone(tmp_path, coffee, when):
    folder = tmp_path / "drawings"
    folder.mkdir()
    slow = saving(folder / "slow.png", tmp_path / "signal", when)
    files.save(coffee, folder / "quick.png")
    (tmp_path / "signal.go").touch()
    assert ended(slow).returncode == 0
    assert names(folder) == ["quick.png", "slow.png"]
    assert files.load(folder / "slow.png").shape == (300, 300, 3)


def test_a_file_swept_away_before_it_was_locked_is_made_again(tmp_path, monkeypatch, coffee):
    """Between the making of a file and its lock another process takes it for a dead one's."""
    swept = []

    def sweep_once(descriptor, *, blocking, lock=filelock.lock_descriptor):
        if not swept:
            (part,) = tmp_path.glob("*.part")
            swept.append(part)
            part.unlink()
        return lock(descriptor, blocking=blocking)

    monkeypatch.setattr(filelock, "lock_descriptor", sweep_once)
    files.save(coffee, tmp_path / "drawing.png")
    assert swept
    np.testing.assert_array_equal(files.load(tmp_path / "drawing.png"), coffee)


def begun(hub: HeldHub, home: Path) -> subprocess.Popen:
    """A process that has a part of the weights, and waits for the rest."""
    known = set(blobs(home))
    hub.go.clear()
    process = fetching(hub, home)
    until(lambda: any(path.stat().st_size for path in set(blobs(home)) - known), process)
    return process


@pytest.mark.slow
def test_killed_while_it_downloads(hub, tmp_path):
    """Again and again; what came is not used, the next start fetches all of it, and the pieces are gone."""
    for _ in range(2):
        kill(begun(hub, tmp_path))
        assert len(blobs(tmp_path)) == 1
    assert not list(tmp_path.glob("hub/*/snapshots/*/weights.bin"))
    hub.go.set()
    assert fetched(hub, tmp_path) == len(CONTENT)
    assert [blob.read_bytes() == CONTENT for blob in blobs(tmp_path)] == [True]


@pytest.mark.slow
def test_a_process_that_still_downloads_is_left_alone(hub, tmp_path):
    """Another file of that repository is fetched meanwhile."""
    slow = begun(hub, tmp_path)
    assert fetched(hub, tmp_path, "others.bin", COMMIT) == len(b"others")
    hub.go.set()
    done = ended(slow)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(CONTENT)
