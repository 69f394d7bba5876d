"""Pairs of a photo and a drawing of it, from a folder of one's own: read, checked, and ready to cut crops from.

A folder of pairs holds ``photo/`` and ``drawn/``, with files of the same names (their suffixes may differ).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from animegan.errors import AnimeganError, BadPairsError, shown
from animegan.faces.face import FaceCrop, face_crop
from animegan.images import files as photos
from animegan.images import metrics
from animegan.images.resize import Picture, like, shrink
from animegan.images.sizes import PAINT_SIDE
from animegan.storage import written_whole
from animegan.training.crops import Pair, evenly, photos_in

INDEX = "index.json"
"""The file of a cache that says which pairs it holds."""
PHOTO, DRAWN = "photo", "drawn"
"""The two folders of a folder of pairs."""
FACE = "-face"
"""In the name of a file: it shows one face, cut out of a photo."""
LEAST, FEW = 4, 30
"""With fewer pairs than `LEAST` nothing is trained; with fewer than `FEW` the user is warned."""
MOST = 400
"""Pairs that are used at most, evenly spread over the folder: more add hours and little else."""
FACE_SIDE = 384
"""Pixels along a side of a face that is cut out for a face network."""
SEARCH_SIDE = 1280
"""Pixels: long side of the photo in which faces are searched and from which they are cut."""
MOST_DIFFERENT_SHAPE = 0.02
"""The largest accepted difference between the shapes (width over height) of photo and drawing."""
SAME = 40.0
"""dB: a drawing this close to its photo, or closer, is the photo."""
LEAST_LIKENESS = 0.4
"""Least accepted `likeness`: right pairs have more than 0.6, wrong ones less than 0.32."""
MOST_SHIFT = 0.015
"""Largest accepted shift between photo and drawing, in parts of the width or height."""
_PATTERN = 192
"""Pixels along a side of the edge pictures that are compared."""


@dataclass
class Checked:
    """The pairs of a folder that can be used."""

    pairs: list[Pair] = field(default_factory=list)
    """Scenes, with a long side of at most `PAINT_SIDE` pixels, the size at which scenes are painted."""
    faces: list[Pair] = field(default_factory=list)
    """Faces, upright, `FACE_SIDE` pixels along a side."""
    remarks: list[str] = field(default_factory=list)
    """What the user should know, in sentences."""


FindFaces = Callable[[Picture], list[FaceCrop]]
OnPair = Callable[[int, int], None]
"""Called with the number of files read so far and the number of all; it may raise to stop."""


def face_frames() -> FindFaces:
    """A function that returns the frames of the frontal faces in a photo, large ones only."""
    from animegan.faces.finder import Finder, worth_painting

    finder = Finder()
    return lambda photo: [face_crop(face) for face in worth_painting(finder.find(photo)) if not face.in_profile]


def check_folder(
    folder: Path,
    cache: Path,
    find_faces: FindFaces | None = None,
    on_pair: OnPair = lambda done, count: None,
    faces_named: bool = False,
) -> Checked:
    """Read the pairs of a folder, leave out those that cannot be used, and say why.

    ``cache`` is a folder for the pictures at training size, which stay on disk until a crop needs them. With
    ``find_faces`` faces are cut out as well; with ``faces_named`` they lie in the folder already, and have `FACE` in
    their names.

    Raises:
        BadPairsError: too few pairs are left.
    """
    files, checked = _files(folder)
    cache.mkdir(parents=True, exist_ok=True)
    resized = 0
    for number, (photo_path, drawn_path) in enumerate(files):
        on_pair(number, len(files))
        name, file = photo_path.stem, f"{number:05d}"
        try:
            photo, drawn = (shrink(photos.load(path), SEARCH_SIDE) for path in (photo_path, drawn_path))
        except AnimeganError as error:
            checked.remarks.append(f"Left out: {error}")
            continue
        if reason := problem(photo, drawn):
            checked.remarks.append(f"Left out: '{shown(photo_path.name)}', because {reason}.")
            continue
        both = photo, np.asarray(like(drawn, photo), np.uint8)
        if faces_named and FACE in name:
            checked.faces.append(_stored(cache / f"{file}-face.npy", name, *both))
            continue
        resized += photo.shape != drawn.shape
        checked.pairs.append(_stored(cache / f"{file}.npy", name, *(shrink(picture, PAINT_SIDE) for picture in both)))
        for index, frame in enumerate(find_faces(photo) if find_faces else ()):
            cut = (frame.cut(picture, FACE_SIDE) for picture in both)
            checked.faces.append(_stored(cache / f"{file}-face{index}.npy", name, *cut))
    if resized:
        checked.remarks.append(f"{resized} drawings have another size than their photos and were resized to it.")
    _check_count(checked, folder, faces_named or find_faces is not None)
    kinds = {"pairs": checked.pairs, "faces": checked.faces}
    stored = {kind: [[pair.name, pair.file.name if pair.file else ""] for pair in each] for kind, each in kinds.items()}
    with written_whole(cache / INDEX) as opened:
        opened.write(json.dumps({**stored, "remarks": checked.remarks}).encode())
    return checked


def _files(folder: Path) -> tuple[list[tuple[Path, Path]], Checked]:
    """The files of all pairs in a folder, and what was found odd about them.

    Raises:
        BadPairsError: there are none.
    """
    photo, drawn = ({path.stem: path for path in photos_in(folder / kind)} for kind in (PHOTO, DRAWN))
    checked = Checked()
    both = sorted(photo.keys() & drawn.keys())
    if not both:
        raise BadPairsError(
            "There are no pairs in '{folder}': put photos into {photo}/ and their drawings, under the same "
            "names, into {drawn}/.",
            folder=shown(folder),
            photo=PHOTO,
            drawn=DRAWN,
        )
    for without, kind in ((photo.keys() - drawn.keys(), DRAWN), (drawn.keys() - photo.keys(), PHOTO)):
        if without:
            names = ", ".join(shown(name) for name in sorted(without)[:5]) + (" …" if len(without) > 5 else "")
            checked.remarks.append(f"Left out, because {kind}/ has no file of that name: {names}.")
    if len(both) > MOST:
        checked.remarks.append(f"Of {len(both)} pairs, {MOST} are used.")
    return [(photo[name], drawn[name]) for name in evenly(both, MOST)], checked


def _check_count(checked: Checked, folder: Path, with_faces: bool) -> None:
    count = len(checked.pairs)
    if count < LEAST:
        first = f" {checked.remarks[0]}" if checked.remarks else ""
        raise BadPairsError(
            "Only {count} pairs in '{folder}' can be used, and at least {least} are needed: add more.{first}",
            count=count,
            folder=shown(folder),
            least=LEAST,
            first=first,
        )
    if with_faces and len(checked.faces) < LEAST:
        raise BadPairsError(
            "Only {faces} faces were found in the photos, and at least {least} are needed: add "
            "portraits, or leave the face network out.",
            faces=len(checked.faces),
            least=LEAST,
        )
    if count < FEW:
        checked.remarks.append(
            f"{count} pairs are few: the style will suit these photos better than others. {FEW} or more are good."
        )


def problem(photo: Picture, drawn: Picture) -> str | None:
    """Why a pair cannot be used, as the end of a sentence; None: it can."""
    (height, width), (drawn_height, drawn_width) = photo.shape[:2], drawn.shape[:2]
    if abs(width / height - drawn_width / drawn_height) > MOST_DIFFERENT_SHAPE * width / height:
        return f"the photo has {width}×{height} pixels and the drawing {drawn_width}×{drawn_height}: another shape"
    resized = np.asarray(like(drawn, photo), np.uint8)
    if metrics.psnr(resized, photo) >= SAME:
        return "the drawing equals the photo"
    alike, across, down = likeness(photo, resized)
    if alike < LEAST_LIKENESS:
        return f"the drawing does not show what the photo shows (likeness {alike:.2f} of 1)"
    if max(abs(across), abs(down)) > MOST_SHIFT:
        return f"the drawing is shifted by {across:+.1%} of the width and {down:+.1%} of the height"
    return None


def likeness(photo: Picture, drawn: Picture) -> tuple[float, float, float]:
    """How well the edges of two pictures of one shape match at the best shift, from 0 to 1, and that shift: how far
    ``drawn`` lies to the right and below, in parts of the width and height.

    Circular cross-correlation of edge pictures by FFT (Brown 1992, "A Survey of Image Registration Techniques").
    """
    a, b = _edges(photo), _edges(drawn)
    product = np.fft.fft2(b) * np.conj(np.fft.fft2(a))
    match = np.fft.ifft2(product).real / (np.linalg.norm(a) * np.linalg.norm(b) + 1e-9)
    half = _PATTERN // 2
    down, across = ((int(n) + half) % _PATTERN - half for n in np.unravel_index(match.argmax(), match.shape))
    return float(match.max()), across / _PATTERN, down / _PATTERN


def _edges(picture: Picture) -> npt.NDArray[np.float32]:
    """Square root of the gradient magnitude of the small greyscale picture, less its mean, faded out at the border."""
    small = cv2.resize(picture, (_PATTERN, _PATTERN), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255, (0, 0), 1.5)
    edges = np.sqrt(cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)))
    window = cv2.createHanningWindow((_PATTERN, _PATTERN), cv2.CV_32F)
    return np.asarray((edges - edges.mean()) * window, np.float32)


def _stored(file: Path, name: str, photo: npt.NDArray, drawn: npt.NDArray) -> Pair:
    """Write a pair to a file of the cache, and map it into memory."""
    with written_whole(file) as opened:
        np.save(opened, np.stack([photo, drawn]).astype(np.uint8))
    return _mapped(file, name)


def _mapped(file: Path, name: str) -> Pair:
    both = np.load(file, mmap_mode="r")
    return Pair(both[0], both[1], name=name, file=file)


def read_cache(cache: Path) -> Checked | None:
    """The pairs of a cache that `check_folder` filled; None if there are none, or not all of them."""
    try:
        index = json.loads((cache / INDEX).read_text())
        scenes, faces = ([_mapped(cache / each, name) for name, each in index[kind]] for kind in ("pairs", "faces"))
        return Checked(scenes, faces, index["remarks"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def split(pairs: Sequence[Pair]) -> tuple[list[Pair], list[Pair]]:
    """Those to train on, and those that are kept out: every 8th of them by name, at least one and at most 12."""
    count = min(12, max(1, len(pairs) // 8))
    kept = {(2 * n + 1) * len(pairs) // (2 * count) for n in range(count)}
    return [p for n, p in enumerate(pairs) if n not in kept], [pairs[n] for n in sorted(kept)]
