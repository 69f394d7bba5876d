"""Photographs that come inside Python packages, so that anybody can run the benchmarks.

    python -m benchmarks.public_photos photos/

writes them into a folder, for the commands that want one. All packages are in requirements-dev.txt; nothing is
downloaded. Where the figures of docs/ were measured on other photographs, the text says so.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from animegan.images import files
from animegan.images.resize import Picture

PHOTOS: Mapping[str, tuple[str, str]] = {
    "astronaut": ("skimage", "data/astronaut.png"),
    "camera": ("skimage", "data/camera.png"),
    "chelsea": ("skimage", "data/chelsea.png"),
    "coffee": ("skimage", "data/coffee.png"),
    "motorcycle": ("skimage", "data/motorcycle_left.png"),
    "rocket": ("skimage", "data/rocket.jpg"),
    "china": ("sklearn", "datasets/images/china.jpg"),
    "flower": ("sklearn", "datasets/images/flower.jpg"),
    "cheetah": ("gradio", "media_assets/images/cheetah1.jpg"),
    "running-cheetah": ("gradio", "media_assets/images/cheetah.jpg"),
    "lion": ("gradio", "media_assets/images/lion.jpg"),
    "tower": ("gradio", "media_assets/images/tower.jpg"),
    "grace-hopper": ("matplotlib", "mpl-data/sample_data/grace_hopper.jpg"),
}
"""Name → package, and the file inside it."""
PORTRAITS = ("astronaut", "grace-hopper")
"""Those with a large face."""

Folder: TypeAlias = Annotated[
    Path | None,
    typer.Argument(exists=True, file_okay=False, help="A folder of photos; without one, those inside packages."),
]
"""The argument of every benchmark that draws photos."""


def path_of(name: str) -> Path:
    """Return the file of one of `PHOTOS`.

    Raises:
        FileNotFoundError: its package is not installed, or no longer has it.
    """
    package, file = PHOTOS[name]
    spec = find_spec(package)
    for place in (spec.submodule_search_locations if spec else None) or []:
        if (path := Path(place) / file).is_file():
            return path
    raise FileNotFoundError(f"{package} has no {file}: install requirements-dev.txt.")


def load(name: str) -> Picture:
    """Return one of `PHOTOS`, ``(H, W, 3) uint8`` sRGB."""
    return files.load(path_of(name))


def chosen(folder: Path | None, n: int, seed: int = 0, names: tuple[str, ...] = tuple(PHOTOS)) -> list[Path]:
    """Return ``n`` photos of a folder, in the random order of ``seed``; None: as many of the public ``names``."""
    paths = files.all_below(folder) if folder else [path_of(name) for name in names]
    random.Random(seed).shuffle(paths)
    return paths[:n]


def main(out: Annotated[Path, typer.Argument(help="The folder, which is made if it is not there.")]) -> None:
    """Write the photographs into a folder."""
    out.mkdir(parents=True, exist_ok=True)
    for name in PHOTOS:
        path = path_of(name)
        shutil.copyfile(path, out / f"{name}{path.suffix}")


if __name__ == "__main__":
    typer.run(main)
