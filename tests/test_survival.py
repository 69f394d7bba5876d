"""What a machine does to a program: folders that may not be written to, full disks, processes that are killed.

Each is the real thing where it can be had: permissions bind (root as well), sizes of files are limited by the
system, SIGKILL falls in the middle of a write.
"""

import errno
import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from animegan import errors, files, photos
from animegan.__main__ import app

from .conftest import ROOT
from .hub import COMMIT, Hub
from .test_cli import complaint

CONTENT = b"these are weights" * 50_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
FETCH = """
import sys
from animegan import errors, weights
from animegan.styles import OnHub
from huggingface_hub import constants
constants.DOWNLOAD_CHUNK_SIZE = 1 << 14  # so that the file grows while it comes
try:
    print(weights.fetch(OnHub("owner/repo", *sys.argv[1:])).stat().st_size)
except errors.WeightsUnavailableError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
SAVE = """
import sys
import numpy as np
from animegan import errors, photos
noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
try:
    photos.save(noise, sys.argv[1])
except errors.OutputNotWritableError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
STOPPED = """
import os, time
from contextlib import contextmanager
from pathlib import Path
from animegan import files, photos

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
    with files.written_whole(path) as file:
        yield Slow(file)

def late(*paths, replace=os.replace):
    stop()
    replace(*paths)

if sys.argv[3] == "half":
    photos.written_whole = slowly
else:
    os.replace = late
"""
"""Put before `SAVE`: it stops, and says so by a file, when half is written, or when all but the move is done."""
SAVE_STOPPED = "import sys" + STOPPED + SAVE
BOUND = """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2):  # to override and to read past permissions; what is not in the set is lost by exec
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def python(*arguments, first: str | None = None, env=(), **settings) -> subprocess.Popen:
    """A Python process, begun by the code ``first`` where there is some."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **dict(env)}
    command = [sys.executable, *(["-c", first] if first else []), *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    )


def ended(process: subprocess.Popen) -> subprocess.CompletedProcess:
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def until(happens, process: subprocess.Popen) -> None:
    """Wait until something has happened while a process runs."""
    end = time.monotonic() + 60
    while not happens():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def sentence(text: str, error: str) -> str:
    """The one sentence of a named error."""
    assert text.startswith(error + ": "), text
    assert text.strip().endswith(".")
    assert len(text.strip().splitlines()) == 1, text
    return text


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def read_only(folder: Path) -> None:
    """Take away the right to write to a folder and to all that is in it."""
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)


@pytest.fixture(scope="module")
def _permissions_bind(tmp_path_factory):
    """Skips where a bound process may write to a read-only folder all the same."""
    folder = tmp_path_factory.mktemp("bound")
    folder.chmod(0o555)
    code = f"open({str(folder / 'file')!r}, 'w')"
    if not ended(python("-c", code, first=BOUND)).returncode:
        pytest.skip("this user cannot be bound by permissions")


class HeldHub(Hub):
    """A Hub that holds back what comes after the first piece of a body until ``go`` is set."""

    def __init__(self):
        self.go = threading.Event()
        self.go.set()
        super().__init__()

    @property
    def chunk_wait(self) -> float:
        self.go.wait(60)
        return 0.0

    @chunk_wait.setter
    def chunk_wait(self, seconds: float) -> None:
        pass


@pytest.fixture
def hub():
    hub = HeldHub()
    hub.files["owner/repo/weights.bin"] = CONTENT
    hub.files["owner/repo/others.bin"] = b"others"
    yield hub
    hub.go.set()
    hub.close()


def fetching(hub: Hub, home: Path, *source: str, first: str | None = None) -> subprocess.Popen:
    """A process that fetches weights with this HF_HOME."""
    env = {"HF_ENDPOINT": hub.address, "HF_HOME": home, "HF_HUB_CACHE": home / "hub", "NO_PROXY": "127.0.0.1"}
    env |= {"HF_TOKEN": "", "HF_HUB_OFFLINE": "0"}
    return python("-c", FETCH, *(source or ("weights.bin", COMMIT, SHA256)), first=first, env=env)


def fetched(*arguments, **settings) -> int:
    """Bytes of weights that a process fetched."""
    done = ended(fetching(*arguments, **settings))
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


def blobs(home: Path) -> list[Path]:
    return list(home.glob("hub/models--owner--repo/blobs/*"))


# Folders that may not be written to.


@pytest.mark.usefixtures("_permissions_bind")
def test_built_in_styles_draw_where_nothing_may_be_written(tmp_path, coffee):
    """The package read-only, the cache below a file, no home: only the drawing's own folder can be written to."""
    package, out = tmp_path / "installed" / "animegan", tmp_path / "out"
    shutil.copytree(ROOT / "animegan", package, ignore=shutil.ignore_patterns("training", "__pycache__"))
    (tmp_path / "file").touch()
    Image.fromarray(coffee[:96, :128]).save(tmp_path / "photo.png")
    out.mkdir()
    read_only(package)
    nowhere = tmp_path / "file" / "below"
    env = {"PYTHONPATH": package.parent, "HF_HOME": nowhere, "HF_HUB_CACHE": nowhere / "hub", "HOME": nowhere}
    command = ["-m", "animegan", "stylize", tmp_path / "photo.png", "-o", out, "--enhance", "on", "--json"]
    done = ended(python(*command, first=BOUND, env=env, cwd=out))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["enhanced"]
    assert names(out) == ["photo-anime.png"]


@pytest.mark.usefixtures("_permissions_bind")
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_cache_that_may_not_be_written_to(hub, tmp_path, mode):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    done = ended(fetching(hub, home, first=BOUND))
    assert "point HF_HOME to another folder" in sentence(done.stderr, "DiskFullError")
    assert names(tmp_path) == ["home"]


@pytest.mark.usefixtures("_permissions_bind")
def test_a_token_that_may_not_be_read_is_not_the_hub_s_fault(hub, tmp_path):
    token = tmp_path / "token"
    token.touch(0o000)
    done = ended(fetching(hub, tmp_path, first=BOUND))
    assert str(token) in sentence(done.stderr, "DiskFullError")


def test_a_style_whose_cache_cannot_be_made(tmp_path, monkeypatch, coffee):
    """HF_HOME below a file, on the command line: one sentence, exit code 2, no drawing."""
    from huggingface_hub import constants

    (tmp_path / "file").touch()
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "below" / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "file" / "below" / "token"))
    assert "HF_HOME" in said(["stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", "--style", "paprika"])
    assert names(tmp_path) == ["file", "photo.png"]
    listed = CliRunner().invoke(app, ["styles", "--json"])
    assert listed.exit_code == 0
    assert [style["at_hand"] for style in json.loads(listed.stdout)] == [True] * 9 + [False] * 4


@pytest.mark.usefixtures("_permissions_bind")
@pytest.mark.parametrize("source", [("weights.bin", COMMIT, SHA256), ("weights.bin", "main")])
def test_what_is_in_a_read_only_cache_is_used(hub, tmp_path, source):
    """With no Hub to ask."""
    assert fetched(hub, tmp_path, *source) == len(CONTENT)
    hub.close()
    read_only(tmp_path)
    before = [*tmp_path.rglob("*")]
    assert fetched(hub, tmp_path, *source, first=BOUND) == len(CONTENT)
    assert [*tmp_path.rglob("*")] == before


@pytest.mark.usefixtures("_permissions_bind")
def test_what_another_program_fetched_into_a_read_only_cache_is_used(hub, tmp_path):
    """Though it cannot be remembered. Which commit the branch means is asked of the Hub, or noted by that program."""
    assert fetched(hub, tmp_path, "weights.bin", COMMIT, SHA256) == len(CONTENT)
    reference = tmp_path / "hub" / "models--owner--repo" / "refs" / "main"
    reference.parent.mkdir(exist_ok=True)
    read_only(tmp_path)
    assert fetched(hub, tmp_path, "weights.bin", "main", first=BOUND) == len(CONTENT)
    hub.close()
    reference.parent.chmod(0o755)
    reference.write_text(COMMIT)
    assert fetched(hub, tmp_path, "weights.bin", "main", first=BOUND) == len(CONTENT)
    assert not (tmp_path / "hub" / "animegan-seen.json").exists()


@pytest.mark.usefixtures("_permissions_bind")
def test_a_wrong_file_in_a_read_only_cache_is_not_used(hub, tmp_path):
    """Nor is it said to be removed."""
    assert fetched(hub, tmp_path, "weights.bin", COMMIT) == len(CONTENT)
    read_only(tmp_path)
    done = ended(fetching(hub, tmp_path, "weights.bin", COMMIT, "0" * 64, first=BOUND))
    assert "cannot be removed" in sentence(done.stderr, "WeightsCorruptError")


@pytest.mark.usefixtures("_permissions_bind")
def test_weights_that_may_not_be_read(hub, tmp_path):
    assert fetched(hub, tmp_path) == len(CONTENT)
    (blob,) = blobs(tmp_path)
    blob.chmod(0o000)
    done = ended(fetching(hub, tmp_path, first=BOUND))
    assert "check its permissions" in sentence(done.stderr, "WeightsUnavailableError")


@pytest.mark.parametrize("content", ["[]", "null", '{"owner/repo/weights.bin@main": 3}', "{", "\0"])
def test_a_broken_memory_of_what_was_fetched_is_no_hindrance(tmp_path, monkeypatch, content):
    from animegan import weights

    monkeypatch.setattr(weights, "_seen_file", lambda: tmp_path / "seen.json")
    (tmp_path / "seen.json").write_text(content)
    assert weights._seen() == {}
    weights._remember("key", {"commit": COMMIT, "sha256": SHA256})
    assert weights._seen() == {"key": {"commit": COMMIT, "sha256": SHA256}}


# Disks that are full.


@pytest.mark.parametrize("suffix", photos.SUFFIXES)
def test_a_picture_that_does_not_fit(tmp_path, suffix):
    """Nothing is left of it, and the older drawing of that name is as it was."""
    target = tmp_path / f"drawing{suffix}"
    target.write_bytes(b"the older one")
    done = ended(python("-c", SAVE, target, first=LIMITED))
    assert "cannot be written (File too large): choose another place" in sentence(done.stderr, "OutputNotWritableError")
    assert names(tmp_path) == [target.name]
    assert target.read_bytes() == b"the older one"


@pytest.mark.parametrize("suffix", photos.SUFFIXES)
def test_a_full_disk_is_called_so(tmp_path, monkeypatch, suffix, coffee):
    class Full:
        def __init__(self, file):
            self.file, self.name = file, file.name

        def write(self, data):
            self.file.write(data[:1000])
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    @contextmanager
    def full(path):
        with files.written_whole(path) as file:
            yield Full(file)

    monkeypatch.setattr(photos, "written_whole", full)
    with pytest.raises(errors.OutputNotWritableError, match=r"free some space, or choose another place\.$"):
        photos.save(coffee, tmp_path / f"drawing{suffix}")
    assert names(tmp_path) == []


def test_a_drawing_that_does_not_fit(tmp_path, coffee):
    """On the command line: one sentence, exit code 2."""
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    command = ["-m", "animegan", "stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", "--no-faces"]
    assert "out.png" in complaint(ended(python(*command, first=LIMITED)))
    assert names(tmp_path) == ["photo.png"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a file that is always full")
def test_a_report_that_does_not_fit():
    with open("/dev/full", "w") as full:
        done = ended(python("-m", "animegan", "styles", "--json", stdout=full))
    assert done.returncode == 2
    assert done.stderr == "animegan: Standard output cannot be written (No space left on device): choose another.\n"


def test_weights_that_do_not_fit(hub, tmp_path):
    """None of them stays in the way of better days."""
    done = ended(fetching(hub, tmp_path, first=LIMITED))
    assert "free some space" in sentence(done.stderr, "DiskFullError")
    assert blobs(tmp_path) == []
    assert fetched(hub, tmp_path) == len(CONTENT)


# Processes that are killed.


def saving(target: Path, signal: Path, when: str) -> subprocess.Popen:
    """A process that has stopped in the middle of saving a picture."""
    process = python("-c", SAVE_STOPPED, target, signal, when)
    until(signal.exists, process)
    signal.unlink()
    return process


def kill(process: subprocess.Popen) -> None:
    process.kill()
    process.communicate()


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
    photos.save(coffee, target)
    np.testing.assert_array_equal(photos.load(target), coffee)
    assert names(folder) == ["drawing.png"]


@pytest.mark.parametrize("when", ["half", "whole"])
def test_who_still_saves_is_left_alone(tmp_path, coffee, when):
    folder = tmp_path / "drawings"
    folder.mkdir()
    slow = saving(folder / "slow.png", tmp_path / "signal", when)
    photos.save(coffee, folder / "quick.png")
    (tmp_path / "signal.go").touch()
    assert ended(slow).returncode == 0
    assert names(folder) == ["quick.png", "slow.png"]
    assert photos.load(folder / "slow.png").shape == (300, 300, 3)


def test_a_file_swept_away_before_it_was_locked_is_made_again(tmp_path, monkeypatch, coffee):
    """Between the making of a file and its lock another process takes it for a dead one's."""
    swept = []

    def sweep_once(file, how, flock=files.fcntl.flock):
        if not swept:
            swept.append(file.name)
            os.unlink(file.name)
        flock(file, how)

    monkeypatch.setattr(files.fcntl, "flock", sweep_once)
    photos.save(coffee, tmp_path / "drawing.png")
    assert swept
    np.testing.assert_array_equal(photos.load(tmp_path / "drawing.png"), coffee)


def begun(hub: HeldHub, home: Path) -> subprocess.Popen:
    """A process that has a part of the weights, and waits for the rest."""
    known = set(blobs(home))
    hub.go.clear()
    process = fetching(hub, home)
    until(lambda: any(path.stat().st_size for path in set(blobs(home)) - known), process)
    return process


def test_killed_while_it_downloads(hub, tmp_path):
    """Again and again; what came is not used, the next start fetches all of it, and the pieces are gone."""
    for _ in range(2):
        kill(begun(hub, tmp_path))
        assert len(blobs(tmp_path)) == 1
    assert not list(tmp_path.glob("hub/*/snapshots/*/weights.bin"))
    hub.go.set()
    assert fetched(hub, tmp_path) == len(CONTENT)
    assert [blob.read_bytes() == CONTENT for blob in blobs(tmp_path)] == [True]


def test_who_still_downloads_is_left_alone(hub, tmp_path):
    """Another file of that repository is fetched meanwhile."""
    slow = begun(hub, tmp_path)
    assert fetched(hub, tmp_path, "others.bin", COMMIT) == len(b"others")
    hub.go.set()
    done = ended(slow)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) == len(CONTENT)


# Names that cannot be.


def said(arguments: list) -> str:
    """The one sentence of a command that failed as it should."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == 2, done.exception
    assert done.stdout == ""
    return sentence(done.stderr, "animegan")


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "loop", "loop/below.png"])
def test_names_that_cannot_be(tmp_path, coffee, name):
    """Too long, or links that lead in a circle: as a photo, and as where the drawing goes."""
    os.symlink("loop", tmp_path / "loop")
    photo = photos.save(coffee[:32, :32], tmp_path / "photo.png")
    said(["stylize", tmp_path / name, "-o", tmp_path / "out.png"])
    said(["stylize", photo, "-o", tmp_path / name, "--no-faces"])
    assert names(tmp_path) == ["loop", "photo.png"]


def test_a_repository_that_cannot_be(tmp_path, coffee):
    photo = photos.save(coffee[:32, :32], tmp_path / "photo.png")
    said(["stylize", photo, "-o", tmp_path / "out.png", "--style", "hub:some--body/paints/anime.onnx"])


@pytest.mark.parametrize("suffix", [".jpg", ".webp"])
def test_a_picture_too_long_for_its_format_names_one_that_holds_it(tmp_path, suffix):
    long = np.zeros((16, 70_000, 3), np.uint8)
    with pytest.raises(errors.OutputNotWritableError, match=r"ends in \.png"):
        photos.save(long, tmp_path / f"long{suffix}")
    photos.save(long, tmp_path / "long.png")
    assert names(tmp_path) == ["long.png"]
