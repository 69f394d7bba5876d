"""The kinds of file in which a result can be had."""

from __future__ import annotations

from pathlib import Path

from animegan.images.files import save
from animegan.images.sheets import side_by_side
from animegan.images.wipe import save_wipe
from animegan.pipeline.result import Result

KINDS = ("png", "jpg", "webp", "pair", "gif", "repaired", "repair")
"""In the order of the page."""
OF_REPAIR = ("repaired", "repair")
"""Those that need a photo that was repaired."""


def kinds_of(result: Result | None) -> tuple[str, ...]:
    """The kinds that there are of a result."""
    return tuple(kind for kind in KINDS if kind not in OF_REPAIR or (result is not None and result.repair))


def write(result: Result, kind: str, name: str, folder: Path) -> Path:
    """Write a result as one of the `KINDS` into a folder; ``name`` is the photo's, without a suffix."""
    drawn = f"{name}-{result.style}"
    if kind == "gif":
        return save_wipe(*result.preview(max(result.image.shape)), folder / f"{drawn}.gif")
    file, picture = {
        "png": (f"{drawn}.png", lambda: result.pixels),
        "jpg": (f"{drawn}.jpg", lambda: result.pixels),
        "webp": (f"{drawn}.webp", lambda: result.pixels),
        "pair": (f"{drawn}-side-by-side.webp", lambda: side_by_side(*result.preview(max(result.image.shape)))),
        "repaired": (f"{name}-repaired.png", lambda: result.with_alpha(result.repaired_photo)),
        "repair": (
            f"{name}-repaired-side-by-side.webp",
            lambda: side_by_side(result.photo, result.repaired_photo),
        ),
    }[kind]
    return save(picture(), folder / file)
