"""Where people are in photographs, by MediaPipe's selfie segmentation: what the mask of people learns.

MediaPipe is no dependency of the project: docs/training.md says how to install it beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast

import numpy as np

from animegan.faces.finder import Finder
from animegan.images import files
from animegan.images.mattes import Matte, guided, stretched
from animegan.images.resize import Array, Picture, shrink, to_uint8
from animegan.storage import written_whole
from animegan.training.built_in.data import SOURCES, source_of
from animegan.training.built_in.drawn_faces.measured import solutions
from animegan.training.crops import photos_in

SIDE = 448
"""Pixels: photographs are kept at a long side of at most this."""
CERTAIN = (0.2, 0.8)
"""Below and above these, the labeller's doubt is taken for none."""
FOLLOW = (8, 1e-4)
"""Radius and eps of the guided filter that lets a label follow hair."""
NOBODY = 0.01
"""Share of a scene up to which what the labeller saw is taken for nothing."""
SEEN = 0.6
"""Share of every face in a scene that its label must cover."""

OFTEN = 5
"""How often a real portrait is shown for each generated one, whose backgrounds are simpler."""

People = tuple[list[Path], list[Path], list[Path]]
"""Portraits, other photographs of which some show people, and those of both kinds that are kept out of training."""


def photographs(folder: Path) -> People:
    """Portraits and scenes to train on, and those that are kept out: all of ``more/faces``, every 12th of
    ``more/synthetic-faces``, and every 43rd scene.
    """
    generated = photos_in(folder / "more/synthetic-faces")
    scenes = [photo for part in SOURCES["scenes"] for photo in photos_in(folder / part)]
    kept_out = [*photos_in(folder / "more/faces"), *generated[::12][:120], *scenes[::43]]
    unseen = set(kept_out)
    portraits = [path for path in [*photos_in(folder / "faces"), *generated] if path not in unseen]
    return portraits, [path for path in scenes if path not in unseen], kept_out


def weighted(portraits: list[Path]) -> list[Path]:
    """The portraits, the real ones `OFTEN` times."""
    return [path for path in portraits for _ in range(OFTEN if path.parent.name == "faces" else 1)]


class Labeller:
    """MediaPipe's selfie segmentation (Apache-2.0)."""

    def __init__(self) -> None:
        """
        Raises:
            MissingExtraError: MediaPipe is not installed.
        """
        networks = solutions()
        self._segment = networks.selfie_segmentation.SelfieSegmentation(0).process
        self._pose = networks.pose.Pose(static_image_mode=True).process

    def __call__(self, photo: Picture) -> Matte:
        """How certain it is of a person in each pixel of ``(H, W, 3)``; the mean of the photo and its mirror image."""
        views = (photo, np.ascontiguousarray(photo[:, ::-1]))
        straight, mirrored = (np.asarray(self._segment(view).segmentation_mask, np.float32) for view in views)
        return cast(Matte, np.clip((straight + mirrored[:, ::-1]) / 2, 0, 1))

    def sees_a_body(self, photo: Picture) -> bool:
        """Whether MediaPipe finds a person's pose, as of one who turns their back."""
        return self._pose(np.ascontiguousarray(photo)).pose_landmarks is not None


class Labels:
    """Labels in a cache folder: ``(H, W, 4) uint8`` each, a photograph and its matte; an empty array where it cannot be
    told who is in it."""

    def __init__(self, cache: Path):
        self.cache = cache
        cache.mkdir(parents=True, exist_ok=True)

    def _file(self, photo: Path) -> Path:
        return self.cache / f"{'-'.join(source_of(photo))}-{photo.stem}.npy"

    def missing(self, photos: Iterable[Path]) -> list[Path]:
        """The photographs without a label."""
        return [photo for photo in photos if not self._file(photo).exists()]

    def label(self, photos: Iterable[Path]) -> Iterator[Path]:
        """Label the missing photographs. Yields each.

        Raises:
            MissingExtraError: MediaPipe is not installed.
        """
        missing = self.missing(photos)
        if not missing:
            return
        labeller, finder = Labeller(), Finder()
        for path in missing:
            photo = cast(Picture, shrink(files.load(path), SIDE))
            matte = labelled(photo, labeller, None if "faces" in path.parent.name else finder)
            label = np.zeros((0, 0, 4), np.uint8) if matte is None else np.dstack([photo, to_uint8(255 * matte)])
            with written_whole(self._file(path)) as file:
                np.save(file, label)
            yield path

    def read(self, photos: Iterable[Path]) -> list[Array]:
        """All labels that exist so far, mapped from their files."""
        files_here = (file for file in map(self._file, photos) if file.exists())
        return [label for file in files_here if (label := np.load(file, mmap_mode="r")).size]


def labelled(photo: Picture, labeller: Labeller, finder: Finder | None) -> Matte | None:
    """The matte of the people in a photo; None: it cannot be told. With a ``finder`` it is empty where there is neither
    a face nor a body: the labeller takes animals and dolls for people.
    """
    matte = stretched(labeller(photo), *CERTAIN)
    if finder is not None:
        if matte.mean() <= NOBODY:
            return np.zeros_like(matte)
        boxes = [[max(0, round(n)) for n in face.box] for face in finder.find(photo)]
        if any(matte[y0:y1, x0:x1].mean() < SEEN for x0, y0, x1, y1 in boxes):
            return None
        if not boxes:
            return None if labeller.sees_a_body(photo) else np.zeros_like(matte)
    return guided(matte, photo, *FOLLOW)
