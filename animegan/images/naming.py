"""What the drawings of photos and clips are called, also where names are equal."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Container, Sequence
from itertools import count
from pathlib import Path


def drawings_of(
    photos: Sequence[Path], called: Callable[[str], Path], is_ours: Callable[[Path], bool], dot: str = "."
) -> list[Path]:
    """The files for the drawings of photos, or clips, that share a name but for suffix and folder. One alone has that
    name, and keeps it when others come; those have longer ones.

    Args:
        called: gives the file of a drawing that has a name.
        is_ours: tells whether this program wrote a file.
        dot: stands before the suffix in longer names.
    """
    longer = [called(name.replace(".", dot)) for name in telling_names(photos)]
    if len(photos) == 1:
        (own,) = longer
        return longer if os.path.exists(own) and is_ours(own) else [called(photos[0].stem)]
    owner = owner_of(called(photos[0].stem), photos, longer)
    return [called(photo.stem) if photo == owner else own for photo, own in zip(photos, longer, strict=True)]


def free(path: Path, taken: set[str], originals: Container[str] = ()) -> Path:
    """The path, or one with a number where another drawing (``taken``, to which it is added) or a photo has it."""
    found, number = path, 2
    while os.path.realpath(found).casefold() in taken or os.path.realpath(found) in originals:
        found, number = path.with_name(f"{path.stem}-{number}{path.suffix}"), number + 1
    taken.add(os.path.realpath(found).casefold())
    return found


def telling_names(photos: Sequence[Path]) -> list[str]:
    """For each photo a name that none of the others has: its own with the suffix, behind as many of its folders as it
    takes, as in ``a.jpg``, ``2024-a.jpg``. It stays the same when photos with other names come or go.
    """
    parts = [Path(os.path.abspath(photo)).parts for photo in photos]
    names = [each[-1] for each in parts]
    for depth in count(2):
        shared = Counter(name.casefold() for name in names)
        again = [at for at, name in enumerate(names) if shared[name.casefold()] > 1 and depth <= len(parts[at])]
        if not again:
            return names
        for at in again:
            names[at] = "-".join(part.strip(os.sep) for part in parts[at][-depth:])
    raise AssertionError("paths are not endless")


def owner_of(drawing: Path, photos: Sequence[Path], others: Sequence[Path]) -> Path | None:
    """The photo that ``drawing``, which is named after what several photos share, was made of: the only one that was
    there before it, and whose drawing is not among ``others``, which are called after one photo each. None: none, or
    nobody can tell.
    """
    try:
        drawn = drawing.stat().st_mtime_ns
        older = [
            photo
            for photo, other in zip(photos, others, strict=True)
            if not os.path.exists(other) and photo.stat().st_ctime_ns <= drawn
        ]
    except OSError:
        return None
    return older[0] if len(older) == 1 else None
