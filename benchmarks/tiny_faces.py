"""How tiny faces are drawn, with the restorer of faces (`animegan.faces.thresholds`) and without it.

    python -m benchmarks.tiny_faces [PHOTOS] [--n 24] [--style anime] [--json]

Portraits are shrunk until the frame around their face has few pixels, as in a photo of a group. The figures compare
the face in the drawing with the drawing of the large portrait, shrunk as much: means over the portraits in which one
face is found at both sizes.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated
from unittest import mock

import cv2
import numpy as np
import typer

from animegan.faces import painting
from animegan.faces.face import face_crop
from animegan.faces.thresholds import FACES
from animegan.images import files, metrics
from animegan.images.resize import Picture, to_long_side
from animegan.pipeline.pipeline import Pipeline
from benchmarks import public_photos
from benchmarks.public_photos import Folder

SIDES = 45, 60, 75, 90, 105, 120, 150, 180, 210
"""Pixels along the frame of a shrunk face."""
WAYS = {"without": (-2, -1), "with": (FACES.tiny, FACES.plain), "alone": (9998, 9999)}
"""Name of a way to enlarge a face → the sides between which both restorers do: only that of scenes; as it is; only that
of faces."""
PORTRAIT_SIDE = 512
"""Pixels: the long side of the portraits before they are shrunk."""
BORDER = 40
"""Pixels that are mirrored around a shrunk portrait: a picture that is all face is none of a group."""


def shrunk(picture: Picture, factor: float) -> Picture:
    """Shrink a picture, ``(H, W, 3) uint8``, by ``factor``, and mirror `BORDER` around it."""
    small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.copyMakeBorder(small, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REFLECT_101), np.uint8)


def drawn(portrait: Picture, side: int, style: str, drawer: Pipeline) -> dict[str, tuple[float, float]] | None:
    """PSNR and SSIM of the face, for each of `WAYS`; None if it is not found."""
    large = drawer.stylize(portrait, style, enhance="off")
    if len(large.faces) != 1:
        return None
    factor = side / face_crop(large.faces[0]).side
    photo, wanted = shrunk(portrait, factor), shrunk(large.image, factor)
    found = {}
    for name, (tiny, plain) in WAYS.items():
        with mock.patch.object(painting, "FACES", replace(FACES, tiny=tiny, plain=plain)):
            small = drawer.stylize(photo, style, enhance="off")
        if len(small.faces) != 1:
            return None
        left, top, right, bottom = (max(0, round(value)) for value in small.faces[0].box)
        face, target = small.image[top:bottom, left:right], wanted[top:bottom, left:right]
        found[name] = metrics.psnr(face, target), metrics.ssim(face, target)
    return found


def main(
    folder: Folder = None,
    n: Annotated[int, typer.Option("--n", min=1, help="Draw this many portraits.")] = 24,
    style: Annotated[str, typer.Option(help="The style of the drawings.")] = "anime",
    seed: int = 0,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Print a line for each size of the faces."""
    paths = public_photos.chosen(folder, n, seed, public_photos.PORTRAITS)
    portraits = [to_long_side(files.load(path), PORTRAIT_SIDE) for path in paths]
    drawer, lines = Pipeline(), []
    for side in SIDES:
        rows = [row for portrait in portraits if (row := drawn(portrait, side, style, drawer)) is not None]
        if not rows:
            continue
        means = {name: np.mean([row[name] for row in rows], 0).round(3).tolist() for name in rows[0]}
        gains = [row["with"][0] - row["without"][0] for row in rows]
        lines.append({"side": side, "faces": len(rows), **means, "worst": round(min(gains), 2)})
    if as_json:
        typer.echo(json.dumps({"style": style, "sizes": lines}))
        return
    for line in lines:
        (db, ssim), (db_with, ssim_with), (db_alone, _) = (line[name] for name in WAYS)
        typer.echo(
            f"{line['side']:4} px, {line['faces']:3} faces: {db:.2f} → {db_with:.2f} dB, "
            f"SSIM {ssim:.3f} → {ssim_with:.3f}, worst {line['worst']:+.2f} dB; alone {db_alone:.2f} dB"
        )


if __name__ == "__main__":
    typer.run(main)
