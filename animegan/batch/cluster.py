"""Ray, on this machine or on a cluster that runs."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import ray
from ray import data

from animegan.batch.lock import lives
from animegan.errors import AnimeganError, BadOptionError, shown

FOLDER = "animegan-ray-"
"""Begins the name of Ray's folder for a run on this machine; the number of the process follows."""
STARTS = 4
"""Tries to start Ray: on a busy machine it gives itself up after 30 seconds."""
REACH_SECONDS = 10
"""How long a cluster may take to answer at its address."""
STORE = 150_000_000
"""Bytes of Ray's store of objects on this machine: only names of photos and rows of the manifest go through it."""


@contextmanager
def cluster(address: str | None, workers: int | None, photos: int) -> Iterator[tuple[int, float]]:
    """Start Ray on this machine, or join the cluster at an address; leave it at the end.

    One processor stays free for reading the list of photos: workers on all of them would wait for it for ever.

    Args:
        workers: how many to use; None: as many as there are processors, and photos.

    Yields:
        How many workers there are, and what part of a GPU each has.

    Raises:
        BadOptionError: no cluster is there, or it has fewer processors.
        AnimeganError: Ray does not start on this machine.
    """
    _quiet()
    folder = None
    try:
        if address is None:
            count = min(workers or _processors(), photos)
            folder = _new_folder()
            _start(count, folder)
        else:
            most = _join(address, workers)
            count = min(workers or most, photos)
        yield count, min(1.0, ray.cluster_resources().get("GPU", 0) / count)
    finally:
        ray.shutdown()
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


def _processors() -> int:
    from animegan.networks.engine import cores  # brings PyTorch, which takes seconds, and which workers do not need

    return cores()


def _join(address: str, workers: int | None) -> int:
    """Join a cluster; return how many workers it may have."""
    try:
        host, _, port = address.removeprefix("ray://").rpartition(":")
        if host and port.isdigit():  # where nothing listens, Ray itself would try for minutes
            socket.create_connection((host, int(port)), REACH_SECONDS).close()
        ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False)
    except (ConnectionError, RuntimeError, ValueError, OSError) as error:
        raise BadOptionError(
            "No Ray cluster answers at '{address}': start one with 'ray start --head', or leave --address out.",
            address=shown(address),
        ) from error
    most = int(ray.cluster_resources().get("CPU", 1)) - 1
    if most < 1 or (workers or 1) > most:
        raise BadOptionError(
            "This cluster has {processors} processors, and one stays free for the list of photos: "
            "ask for at most {most} workers.",
            processors=most + 1,
            most=max(0, most),
        )
    return most


def _new_folder() -> Path:
    """The folder for a Ray of our own; those of runs that were killed are deleted."""
    short = Path("/tmp")  # Ray's sockets lie there, and the system bounds the length of their names
    parent = short if short.is_dir() and os.access(short, os.W_OK) else Path(tempfile.gettempdir())
    for folder in parent.glob(f"{FOLDER}*"):
        with suppress(ValueError):
            if not lives(int(folder.name.removeprefix(FOLDER))):
                shutil.rmtree(folder, ignore_errors=True)
    return parent / f"{FOLDER}{os.getpid()}"


def _start(workers: int, folder: Path) -> None:
    """Start a Ray of our own, which ends with this process."""
    for left in reversed(range(STARTS)):
        try:
            with _hushed():
                ray.init(
                    address="local",  # not the cluster that this machine may belong to
                    num_cpus=workers + 1,
                    object_store_memory=STORE,
                    include_dashboard=False,
                    logging_level=logging.ERROR,
                    log_to_driver=False,
                    _temp_dir=str(folder),
                )
            return
        except Exception as error:  # Ray raises this class itself
            ray.shutdown()
            if not left:
                raise AnimeganError(
                    "Ray does not start on this machine ({why}): try again when it is less busy.",
                    why=shown(error)[:120],
                ) from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Hide standard error from Ray's native code, whose first report is that it will report only fatal errors."""
    try:
        kept = os.dup(2)
    except OSError:  # there is no standard error
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _quiet() -> None:
    """Ray reports neither to its makers nor to the screen; the progress bar is ours."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    os.environ.setdefault("RAY_enable_worker_prestart", "0")  # the run says how many processes it needs
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    context = data.DataContext.get_current()
    context.enable_progress_bars = False
    context.print_on_execution_start = False
