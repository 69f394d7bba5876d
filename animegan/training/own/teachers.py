"""Teachers: programs whose drawings a style of one's own learns. They run only when the user names them.

A teacher is named by one of

- steps of our targets, ONNX files among them: ``cel,hayao.onnx`` (see `animegan.training.targets`);
- ``module:function``, a function of Python from picture to picture, ``(H, W, 3) uint8`` RGB;
- a command in which ``{in}`` and ``{out}`` stand for the files to read and to write.
"""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from animegan.errors import AnimeganError, BadOptionError, PhotoNotFoundError, TeacherFailedError, shown
from animegan.images import files as photos
from animegan.images.resize import Picture, shrink
from animegan.images.sizes import PAINT_SIDE
from animegan.networks.engine import cores
from animegan.training import targets
from animegan.training.crops import evenly
from animegan.training.own.pairs import DRAWN, FACE, FACE_SIDE, MOST, PHOTO, SEARCH_SIDE, FindFaces

PATIENCE = 300.0
"""Seconds that a command may take for one picture."""


@dataclass(frozen=True)
class Teacher:
    """A program that draws."""

    name: str
    """As in metadata: without folders."""
    draw: Callable[[Picture], Picture]
    """From picture to picture, ``(H, W, 3) uint8`` RGB."""
    is_ours: bool = False
    """Whether its drawings are free, because our own code makes them."""
    at_once: int = 1
    """Pictures that may be drawn at the same time."""


def parse(text: str) -> Teacher:
    """Read a teacher from the command line.

    Raises:
        BadOptionError: it is none of the three kinds, or there is no such module or function.
        NotAModelError: an ONNX file holds no generator.
    """
    if "{in}" in text or "{out}" in text:
        return _command(text)
    if re.fullmatch(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*", text):
        return _function(text)
    target = targets.parse(text)
    ours = all(step.name in targets.STEPS for step in target.steps)
    return Teacher(target.text, target, ours, at_once=cores())


def _function(text: str) -> Teacher:
    module, _, name = text.partition(":")
    if "" not in sys.path:
        sys.path.insert(0, "")  # a module in the current folder, as 'python -m' finds it
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BadOptionError(
            "The teacher '{text}' is not there ({why}): write module:function.", text=text, why=error
        ) from error
    if not callable(function):
        raise BadOptionError("The teacher '{text}' is no function: name one that takes and gives a picture.", text=text)
    return Teacher(text, cast("Callable[[Picture], Picture]", function))


def _command(text: str) -> Teacher:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise BadOptionError("The teacher's command cannot be read ({why}): check its quotes.", why=error) from error
    if not ("{in}" in text and "{out}" in text):
        raise BadOptionError("A teacher's command names both files: write {in} and {out} where they belong.")

    def draw(photo: Picture) -> Picture:
        with tempfile.TemporaryDirectory(prefix="animegan-") as folder:
            given, drawn = f"{folder}/photo.png", f"{folder}/drawn.png"
            photos.save(photo, given)
            command = [word.replace("{in}", given).replace("{out}", drawn) for word in words]
            try:
                done = subprocess.run(
                    command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE, check=False
                )
            except subprocess.TimeoutExpired as error:
                raise TeacherFailedError("it took longer than {patience:g} seconds", patience=PATIENCE) from error
            except OSError as error:
                raise TeacherFailedError(
                    "'{words}' cannot be run ({why})", words=words[0], why=error.strerror
                ) from error
            if done.returncode:
                last = shown((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
                raise TeacherFailedError("exit code {code}: {last}", code=done.returncode, last=last)
            return photos.load(drawn)

    return Teacher(Path(words[0]).name, draw)


def draw_all(
    teacher: Teacher, folder: Path, out: Path, find_faces: FindFaces | None = None
) -> Iterator[tuple[int, int]]:
    """Let a teacher draw the photos of a folder, and make ``out`` a folder of pairs. With ``find_faces``, it draws each
    face once more on its own. What is drawn already is not drawn again. Yields how many are done, and of how many.

    Raises:
        PhotoNotFoundError: there are no photos.
        TeacherFailedError: the teacher fails on a photo.
    """
    found = [path for path in photos.all_below(folder) if not path.name.startswith(".")]
    if not found:
        raise PhotoNotFoundError("There is no photo in the folder '{folder}': name another.", folder=shown(folder))
    found = evenly(found, MOST)
    for kind in (PHOTO, DRAWN):
        (out / kind).mkdir(parents=True, exist_ok=True)

    def draw(numbered: tuple[int, Path]) -> None:
        number, path = numbered
        stored = f"{number:05d}"
        done = out / f"{stored}.done"
        if done.exists():
            return
        try:
            photo = photos.load(path)
        except AnimeganError:
            return  # a broken photo is no reason to stop
        pictures = {stored: shrink(photo, PAINT_SIDE)}
        searched = shrink(photo, SEARCH_SIDE)
        for index, frame in enumerate(find_faces(searched) if find_faces else ()):
            pictures[f"{stored}{FACE}{index}"] = frame.cut(searched, FACE_SIDE)
        for name, picture in pictures.items():
            photos.save(_drawn(teacher, np.asarray(picture, np.uint8), path), out / DRAWN / f"{name}.png")
            photos.save(picture, out / PHOTO / f"{name}.png")
        done.touch()

    with ThreadPoolExecutor(1 if find_faces else teacher.at_once) as pool:
        for count, _ in enumerate(pool.map(draw, enumerate(found)), 1):
            yield count, len(found)


def _drawn(teacher: Teacher, photo: Picture, path: Path) -> Picture:
    """One drawing, checked.

    Raises:
        TeacherFailedError: the teacher fails, or gives no picture.
    """
    try:
        return photos.load(teacher.draw(photo))
    except Exception as error:  # it is any program
        reason = shown(str(error).strip().rstrip(".") or type(error).__name__)
        raise TeacherFailedError(
            "The teacher '{name}' failed on '{photo}' ({reason}): put it right, then start "
            "again; what is drawn already is kept.",
            name=shown(teacher.name),
            photo=shown(path.name),
            reason=reason,
        ) from error
