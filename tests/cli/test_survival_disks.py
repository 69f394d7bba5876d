"""Disks that are full."""

import errno
import os
from contextlib import contextmanager

import numpy as np
import pytest
from PIL import Image

from animegan import errors, storage
from animegan.images import files
from tests.support.cli import complaint
from tests.support.hub import CONTENT
from tests.support.processes import LIMITED, SAVE, blobs, ended, fetched, fetching, names, python, sentence


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_a_picture_that_does_not_fit(tmp_path, suffix):
    """Nothing is left of it, and the older drawing of that name is as it was."""
    target = tmp_path / f"drawing{suffix}"
    target.write_bytes(b"the older one")
    done = ended(python("-c", SAVE, target, first=LIMITED))
    assert "cannot be written (File too large): choose another place" in sentence(done.stderr, "OutputNotWritableError")
    assert names(tmp_path) == [target.name]
    assert target.read_bytes() == b"the older one"


@pytest.mark.parametrize("suffix", files.SUFFIXES)
def test_a_full_disk_is_called_so(tmp_path, monkeypatch, suffix, coffee):
    class Full:
        def __init__(self, file):
            self.file, self.name = file, file.name

        def write(self, data):
            self.file.write(data[:1000])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def full(path, mode, written_whole=storage.written_whole):
        with written_whole(path, mode) as file:
            yield Full(file)

    monkeypatch.setattr(storage, "written_whole", full)
    with pytest.raises(errors.OutputNotWritableError, match=r"free some space, or choose another place\.$"):
        files.save(coffee, tmp_path / f"drawing{suffix}")
    assert names(tmp_path) == []


@pytest.mark.slow
def test_a_drawing_that_does_not_fit(tmp_path, coffee):
    """On the command line: one sentence, exit code 2."""
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    command = ["-m", "animegan", "stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", "--no-faces"]
    assert "out.png" in complaint(ended(python(*command, first=LIMITED)))
    assert names(tmp_path) == ["photo.png"]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
def test_a_report_that_does_not_fit():
    with open("/dev/full", "w") as full:
        done = ended(python("-m", "animegan", "styles", "--json", stdout=full))
    assert done.returncode == 2
    assert done.stderr == "animegan: Standard output cannot be written (No space left on device): choose another.\n"


@pytest.mark.slow
def test_weights_that_do_not_fit(hub, tmp_path):
    """Nothing of them is left, and they come once there is room."""
    done = ended(fetching(hub, tmp_path, first=LIMITED))
    assert "free some space" in sentence(done.stderr, "DiskFullError")
    assert blobs(tmp_path) == []
    assert fetched(hub, tmp_path) == len(CONTENT)


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_picture_too_long_for_its_format_names_one_that_holds_it(tmp_path, suffix):
    long = np.zeros((16, 70_000, 3), np.uint8)
    with pytest.raises(errors.OutputNotWritableError, match=r"ends in \.png"):
        files.save(long, tmp_path / f"long{suffix}")
    files.save(long, tmp_path / "long.png")
    assert names(tmp_path) == ["long.png"]
