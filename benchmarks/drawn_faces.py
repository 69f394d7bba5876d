"""What drawn faces keep of the people: skin, beards, irises, teeth, closed eyes, and whether they are found again.

    python -m benchmarks.drawn_faces PHOTOS [--every N] [--sheet FILE] [--weights FILE]

in the environment for drawing faces of docs/training.md. PHOTOS is a folder; the sheet shows photo | drawing. With
--weights a network draws, such as animegan/builtin/likeness.safetensors; then the drawings of the program are its
targets.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from animegan.faces.face import face_crop
from animegan.faces.finder import Finder
from animegan.faces.thresholds import FACES
from animegan.images import files, sheets
from animegan.images.blend import mix
from animegan.images.metrics import line_strength, psnr
from animegan.images.resize import Picture, resize, shrink
from animegan.networks.painters import Painter, load, paint_head
from animegan.training.built_in.drawn_faces import eyes, features
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.compose import Drawn, draw_face
from animegan.training.built_in.drawn_faces.measured import Measured, Measurer
from animegan.training.built_in.drawn_faces.pairs import SIDE
from animegan.training.built_in.drawn_faces.palette import Palette
from animegan.training.built_in.drawn_faces.regions import Regions
from animegan.training.targets import to_lab

COLOURED = 8.0
"""Chroma from which an iris has a hue."""


def main(
    photos: Path,
    every: Annotated[int, typer.Option(help="Take every so many photos.")] = 1,
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet.")] = None,
    weights: Annotated[Path | None, typer.Option(exists=True, help="A network for faces, which draws instead.")] = None,
) -> None:
    """Print the figures of a folder of photos."""
    finder, measure, rows, pictures = Finder(), Measurer(), [], []
    network = load(weights) if weights else None
    for path in files.all_below(photos)[::every]:
        photo = files.load(path)
        found = finder.find(photo)
        crop = face_crop(found[0]).cut(photo, SIDE) if found else None
        measured = measure(crop) if crop is not None else None
        if crop is None or measured is None:
            typer.echo(f"{path.name}: no face")
            continue
        target = draw_face(crop, measured)
        drawing = target.drawing if network is None else by_network(network, crop)
        rows.append({**figures(crop, drawing, measured), "found again": float(bool(finder.find(drawing)))})
        if network is not None:
            rows[-1] |= to_target(crop, drawing, target)
        pictures.append((sheets.side_by_side(shrink(crop, 256), shrink(drawing, 256)), path.stem))
    report(rows)
    if sheet:
        files.save(sheets.gallery(pictures, 6), sheet)


def by_network(network: Painter, crop: Picture) -> Picture:
    """The drawing of a face, ``(SIDE, SIDE, 3)``, by a network."""
    drawn, _ = paint_head(network, resize(crop, FACES.small_canvas, FACES.small_canvas))
    return resize(drawn, SIDE, SIDE)


def to_target(photo: Picture, drawing: Picture, target: Drawn) -> dict[str, float]:
    """How near a network comes to its target, inside the head, at the size at which it draws."""
    side = FACES.small_canvas
    whole = mix(photo, target.drawing, target.head)
    small = [resize(picture, side, side) for picture in (whole, mix(photo, drawing, target.head), photo)]
    wanted, drawn, before = small
    return {
        "dB to the target": psnr(drawn, wanted),
        "dB of the photo": psnr(before, wanted),
        "lines over the target's": line_strength(drawn) / line_strength(wanted),
    }


def figures(photo: Picture, drawing: Picture, measured: Measured) -> dict[str, float]:
    """What one drawing kept; a figure that its photo cannot have is missing."""
    shape = g.Shape(measured)
    palette = Palette(Regions(photo, shape))
    regions, before, after = palette.regions, to_lab(photo), to_lab(drawing)
    one = dict[str, float]()
    near = np.min([np.hypot(*regions.beside(at)) for at in (*g.CHEEKS[0], *g.CHEEKS[1], 151, 9)], axis=0)
    skin = (near < 0.07) & (regions.hair < 0.2) & (regions.beard < 0.2)
    if skin.sum() > 100:
        own, drawn = before[skin].mean(0), after[skin].mean(0)
        one |= {"skin L": own[0], "skin ΔL": drawn[0] - own[0], "skin Δhue": _apart(own, drawn)}
    beard = regions.beard > 0.7
    if beard.sum() > 600:
        one["beard ΔL"] = float(after[beard][:, 0].mean() - before[beard][:, 0].mean())
    one["mouth moved"] = float(np.linalg.norm((shape.drawn - shape.points)[[61, 291]], axis=1).max() / shape.unit)
    if not regions.mouth_covered and features.teeth_seen(palette):
        one["teeth drawn"] = float(_white(after, shape.drawn[[*g.MOUTH_ABOVE, *g.MOUTH_BELOW[::-1]]]) > 0.15)
    for which, eye in enumerate(g.EYES):
        outline = shape.drawn[[*eye.top, *eye.bottom[::-1]]]
        if shape.opening(which) < eyes.CLOSED:
            one["closed eyes closed"] = float(_white(after, outline) < 0.05)
        seen = palette.iris_seen(which)
        if np.hypot(*seen[1:]) > COLOURED and shape.opening(which) > eyes.NARROW and not any(regions.lenses_dark):
            inside = after[g.polygon(photo.shape, outline) > 0.8]
            vivid = inside[np.hypot(inside[:, 1], inside[:, 2]) > 10]
            if len(vivid) > 20:
                one["iris Δhue"] = abs(_apart(seen, np.median(vivid, axis=0)))
    return one


def _apart(own: np.ndarray, drawn: np.ndarray) -> float:
    """Degrees between the hues of two colours in Lab."""
    angle = np.degrees(np.arctan2(drawn[2], drawn[1]) - np.arctan2(own[2], own[1]))
    return float((angle + 180) % 360 - 180)


def _white(lab: np.ndarray, outline: np.ndarray) -> float:
    """The share of white pixels in a shape."""
    inside = lab[g.polygon(lab.shape, outline) > 0.8]
    return float(((inside[:, 0] > 72) & (np.hypot(inside[:, 1], inside[:, 2]) < 9)).mean()) if len(inside) else 0.0


def report(rows: list[dict[str, float]]) -> None:
    """Print means, and the skin's by thirds of its lightness."""
    columns = defaultdict(list)
    for row in rows:
        for name, value in row.items():
            columns[name].append(value)
    for name, values in columns.items():
        most = f", at most {np.abs(values).max():.3g}" if "Δ" in name or name == "mouth moved" else ""
        typer.echo(f"{name}: mean |{np.abs(values).mean():.3g}| of {len(values)}{most}")
    skins = sorted((row["skin L"], row["skin ΔL"]) for row in rows if "skin L" in row)
    for third in np.array_split(np.array(skins), 3):
        typer.echo(f"skin of L* {third[:, 0].mean():.0f}: mean |ΔL*| {np.abs(third[:, 1]).mean():.1f}")


if __name__ == "__main__":
    typer.run(main)
