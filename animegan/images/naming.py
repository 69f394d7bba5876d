"""What the drawings of photos with equal names are called."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path


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
