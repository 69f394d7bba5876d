"""Python processes with bounds: what the system does to a program, done to one of its own.

Each is the real thing where it can be had: permissions bind (root as well), sizes of files are limited by the system,
SIGKILL falls in the middle of a write.
"""

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import ROOT
from tests.support.hub import COMMIT, CONTENT, Hub

SHA256 = hashlib.sha256(CONTENT).hexdigest()
FETCH = """
import sys
from animegan import errors
from animegan.styles import weights
from animegan.styles.sources import OnHub
from huggingface_hub import constants
weights.PATIENCE = 60  # a busy machine answers late
constants.DOWNLOAD_CHUNK_SIZE = 1 << 14  # so that the file grows while it comes
try:
    print(weights.fetch(OnHub("owner/repo", *sys.argv[1:])).stat().st_size)
except errors.WeightsUnavailableError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
SAVE = """
import sys
import numpy as np
from animegan import errors
from animegan.images import files as photos
noise = np.random.default_rng(0).integers(0, 256, (300, 300, 3), np.uint8)
try:
    photos.save(noise, sys.argv[1])
except errors.OutputNotWritableError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
"""Saves noise to a path."""
BOUND = """
import ctypes, os, sys
if os.geteuid() == 0:
    for capability in (1, 2):  # to override and to read past permissions; what is not in the set is lost by exec
        ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Begins a Python process that permissions bind."""
LIMITED = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Begins a Python process whose files may not grow beyond 20 kB."""
INTERRUPTIBLE = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""
"""Begins a Python process that Ctrl-C ends, even where this one ignores it, as under nohup or behind an &."""


def python(*arguments, first: str | None = None, env=(), **settings) -> subprocess.Popen:
    """A Python process, begun by the code ``first`` where there is some."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", **dict(env)}
    command = [sys.executable, *(["-c", first] if first else []), *map(str, arguments)]
    return subprocess.Popen(
        command, env=environment, text=True, **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **settings}
    )


def ended(process: subprocess.Popen) -> subprocess.CompletedProcess:
    """What came of a process, once it has ended."""
    out, err = process.communicate(timeout=300)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def until(happens, process: subprocess.Popen) -> None:
    """Wait until something has happened while a process runs."""
    end = time.monotonic() + 300
    while not happens():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def kill(process: subprocess.Popen) -> None:
    """End a process by SIGKILL, and wait for its end."""
    process.kill()
    process.communicate()


def sentence(text: str, error: str) -> str:
    """The one sentence of a named error."""
    assert text.startswith(error + ": "), text
    assert text.strip().endswith(".")
    assert len(text.strip().splitlines()) == 1, text
    return text


def names(folder: Path) -> list[str]:
    """What lies in a folder."""
    return sorted(os.listdir(folder))


def read_only(folder: Path) -> None:
    """Take away the right to write to a folder and to all that is in it."""
    for path in [*folder.rglob("*"), folder]:
        if not path.is_symlink():
            path.chmod(0o555 if path.is_dir() else 0o444)


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
    """The files of that repository in the cache of an HF_HOME."""
    return list(home.glob("hub/models--owner--repo/blobs/*"))
