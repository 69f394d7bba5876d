"""Trains styles for the page, each in a process of its own, one at a time."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animegan import errors
from animegan.errors import AnimeganError, TrainingError
from animegan.page.serving.unzip import unpack
from animegan.styles.lookup import add, free_id, list_styles, remove
from animegan.styles.sources import BuiltIn, Style

PATIENCE_SECONDS = 30.0
"""A training that was told to stop has this long to end by itself."""


def bases() -> list[Style]:
    """The styles that a training may begin with, the one whose weights are free for any use first."""
    built_in = [style for style in list_styles() if isinstance(style.source, BuiltIn)]
    return sorted(built_in, key=lambda style: style.id != "cel")


@dataclass
class Training:
    """One training, and how it goes."""

    folder: Path
    name: str
    process: subprocess.Popen[str]
    fraction: float = 0.0
    remarks: list[str] = field(default_factory=list)
    error: AnimeganError | None = None
    """The named error that ended it."""
    listed: list[str] = field(default_factory=list)
    """Ids under which its styles are among the styles of the page."""

    @property
    def file(self) -> Path:
        """The style file; there is one after the first validation."""
        return self.folder / "style.safetensors"

    @property
    def file_name(self) -> str:
        """The name of a style file that tells which style it is."""
        plain = "".join(letter if letter.isalnum() else "-" for letter in self.name).strip("-")
        return f"{plain or 'my-style'}.safetensors"

    @property
    def sheet(self) -> Path:
        """The sheet that grows."""
        return self.file.with_suffix(".training") / "sheet.jpg"

    @property
    def is_running(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    @property
    def figures(self) -> dict[str, float]:
        """Step, PSNR and the photo's PSNR of the last validation; empty before the first."""
        with suppress(OSError, ValueError, IndexError):
            log = self.file.with_suffix(".training") / "scene" / "log.jsonl"
            return json.loads(log.read_text().splitlines()[-1])
        return {}

    def listen(self) -> None:
        """Read what the process says, until it ends."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with suppress(ValueError):
                said: dict[str, Any] = json.loads(line)
                self.fraction = float(said.get("fraction", self.fraction))
                if "remark" in said:
                    self.remarks.append(str(said["remark"]))
                if "error" in said:
                    kind = getattr(errors, str(said["error"]), None)
                    named = kind if isinstance(kind, type) and issubclass(kind, AnimeganError) else AnimeganError
                    self.error = named(str(said["message"]).replace(f"{self.folder}/", ""))

    def stop(self, patience: float = PATIENCE_SECONDS) -> None:
        """End it; what it has learned so far stays. 0 seconds of patience: at once."""
        if self.is_running and patience:
            self.process.send_signal(signal.SIGTERM if sys.platform == "win32" else signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(patience)
        self.process.kill()  # nothing happens if it has ended
        self.process.wait()


class Workshop:
    """The trainings of all visitors."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._trainings: dict[str, Training] = {}

    def begin(
        self, visitor: str, archive: Path, folder: Path, name: str, base: str, minutes: float, faces: bool
    ) -> Training:
        """Unpack a zip of pairs into an empty folder, and train a style there.

        Raises:
            BadPairsError: the zip cannot be used.
            TrainingError: another training runs.
        """
        if base not in [style.id for style in bases()]:
            raise TrainingError("A training begins with a built-in style: choose one of the list.")
        with self._lock:
            if any(training.is_running for training in self._trainings.values()):
                raise TrainingError("A training runs already: wait until it ends, or stop it.")
            self.leave(visitor)
            unpack(archive, folder / "pairs")
            command = [sys.executable, "-m", "animegan", "train", "--pairs", folder / "pairs"]
            command += ["-o", folder / "style.safetensors", "--base", base, "--minutes", minutes, "--json"]
            command += ["--name", name or "My style", *(["--faces"] if faces else [])]
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            training = self._trainings[visitor] = Training(folder, name or "My style", process)
        threading.Thread(target=training.listen, daemon=True).start()
        return training

    def of(self, visitor: str) -> Training | None:
        """The visitor's training, if there is one."""
        return self._trainings.get(visitor)

    def use(self, visitor: str) -> Style:
        """Put what the visitor's training has learned so far among the styles of the page.

        Raises:
            TrainingError: there is nothing yet.
        """
        training = self.of(visitor)
        if training is None or not training.file.is_file():
            raise TrainingError("There is no style yet: start a training, and wait for the first drawings.")
        copy = training.folder / str(len(training.listed)) / training.file_name  # the training goes on writing its file
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(training.file, copy)
        id = free_id(str(copy))
        training.listed.append(id)
        return add(str(copy), id)

    def leave(self, visitor: str) -> None:
        """End a visitor's training, and delete all of it."""
        with self._lock:
            if visitor in self._trainings:
                training = self._trainings.pop(visitor)
                training.stop(patience=0)
                for id in training.listed:
                    remove(id)
                shutil.rmtree(training.folder, ignore_errors=True)

    def close(self) -> None:
        """End all trainings, and delete all of them."""
        for visitor in list(self._trainings):
            self.leave(visitor)
