"""One run at a time in one place."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

from pyarrow import fs

from animegan import storage
from animegan.batch.manifest import MANIFEST
from animegan.batch.places import Place
from animegan.errors import FolderInUseError, OutputNotWritableError, shown

LOCK = f"{MANIFEST}/_lock.json"
BEAT, DEAD = 20.0, 90.0
"""Seconds: where a file cannot be locked, a run writes every so often that it lives, and is taken for dead after so
long a silence."""


@contextmanager
def locked(out: Place) -> Iterator[None]:
    """Keep other runs out of a place.

    On this machine the system's lock of a file does it, which ends with its process. Elsewhere, a file says which run
    it is, and when it last lived.

    Raises:
        FolderInUseError: another run is there.
        OutputNotWritableError: nothing can be written there.
    """
    with ExitStack() as stack:
        try:
            if out.is_local:
                path = out.path(LOCK)
                os.makedirs(os.path.dirname(path), exist_ok=True)
                busy = _in_use(out, "on this machine, or one that shares the folder")
                stack.enter_context(storage.locked(path, busy))
            else:
                stack.enter_context(_locked_there(out))
        except OSError as error:
            raise storage.not_writable(out.address, error) from error
        yield


@contextmanager
def _locked_there(out: Place) -> Iterator[None]:
    mine: dict[str, Any] = {"id": uuid.uuid4().hex, "host": socket.gethostname(), "process": os.getpid()}

    def beat() -> None:
        out.write(LOCK, json.dumps({**mine, "lived": time.time()}).encode())

    def go_on() -> None:
        while not over.wait(BEAT):
            with suppress(OSError):  # the next one may succeed
                beat()

    _check_free(out, mine)
    beat()
    time.sleep(0.2)  # of two that begin at once, the last to write stays
    _check_free(out, mine)
    over = threading.Event()
    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        with suppress(OutputNotWritableError):
            out.delete(LOCK)


def _check_free(out: Place, mine: dict[str, Any]) -> None:
    """Check that no other run that lives says that the place is its own.

    Raises:
        FolderInUseError: one does.
    """
    if out.kind(LOCK) is fs.FileType.NotFound:
        return
    try:
        theirs = json.loads(out.read(LOCK))
        silent = time.time() - float(theirs["lived"])
        same_host, process = theirs["host"] == mine["host"], int(theirs["process"])
    except (ValueError, KeyError, TypeError):  # not ours, or not yet whole
        return
    if theirs.get("id") == mine["id"] or silent > DEAD or (same_host and not lives(process)):
        return
    raise _in_use(out, f"on '{shown(theirs['host'])}'")


def lives(process: int) -> bool:
    """Whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _in_use(out: Place, where: str) -> FolderInUseError:
    return FolderInUseError(
        "Another run writes into '{address}' {where}: wait until it has ended, or name another place.",
        address=shown(out.address),
        where=where,
    )
