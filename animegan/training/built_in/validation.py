"""What a network reaches on the photographs that were kept out of its training: figures, and a sheet to look at."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from animegan.images import files, metrics
from animegan.images.resize import Picture, like
from animegan.training.built_in import data
from animegan.training.crops import evenly
from animegan.training.targets import Draw
from animegan.training.trainer import Trainer, draw

Squares = dict[str, list[tuple[Picture, Picture]]]
"""Kind of photograph → (what the network is given, what it should make of it)."""
Figures = dict[str, dict[str, float]]
"""Kind of photograph, or ``all`` → figure by name."""
Rows = dict[str, list[list[Picture]]]
"""Kind of photograph → rows of photo, drawing, target."""


def kept_out_pairs(photos: Path, pairs: data.Pairs) -> Squares:
    """(photo, target's drawing) of the centre squares of all validation photographs, by kind; other sources last."""
    squares: Squares = {}
    for kind, paths in {**data.kept_out(photos), **data.other_sources(photos)}.items():
        views = [data.View(path, 0) for path in paths]
        list(pairs.label(views))
        if views:
            squares[kind] = [(np.array(pair.photo), np.array(pair.drawing)) for pair in pairs.read(views)]
    return squares


def validate(run: Trainer, squares: Squares, each: int = 4) -> Figures:
    """Measure the averaged weights of a run; log the figures, and write a sheet with ``each`` rows of every kind."""
    figures, rows = compare(partial(draw, run.averaged), squares)
    (run.folder / "sheets").mkdir(exist_ok=True)
    write_sheet(rows, run.folder / "sheets" / f"{run.step:06d}.jpg", each)
    run.log(figures)
    return figures


def compare(draw_one: Draw, squares: Squares) -> tuple[Figures, Rows]:
    """Metrics of a generator by kind and over all photographs, and the (photo, drawing, target) rows, which get the
    target's size.

    ``psnr`` and ``ssim`` are to the target; ``photo_*`` are those of the untouched photograph. ``lines`` is the mean
    Sobel magnitude over the target's. ``to_photo`` is the PSNR between drawing and photo: it shows how much was drawn
    at all. These are means over photographs. ``flat`` (`metrics.flat` over the target's), ``flatter`` (the same over
    the photo's) and ``chroma`` (`metrics.chroma` over the photo's) are ratios of sums over photographs, so that a
    photograph with little flat area or little colour has little influence.
    """
    rows = {
        kind: [[like(photo, target), like(draw_one(photo), target), target] for photo, target in pairs]
        for kind, pairs in squares.items()
    }
    each = {kind: [_figures(*row) for row in group] for kind, group in rows.items() if group}
    each["all"] = [figures for group in each.values() for figures in group]
    means: Figures = {}
    for kind, group in each.items():
        mean = {name: float(np.mean([figures[name] for figures in group])) for name in group[0]}
        flat, chroma = (np.array([mean.pop(f"{name}_{n}") for n in range(3)]) + 1e-9 for name in ("flat", "chroma"))
        mean |= {"flat": flat[1] / flat[2], "photo_flat": flat[0] / flat[2], "flatter": flat[1] / flat[0]}
        mean["chroma"] = chroma[1] / chroma[0]
        means[kind] = {name: round(float(value), 4) for name, value in mean.items()}
    return means, rows


def _figures(photo: Picture, drawing: Picture, target: Picture) -> dict[str, float]:
    figures = {"to_photo": metrics.psnr(drawing, photo)}
    for prefix, picture in (("", drawing), ("photo_", photo)):
        figures[f"{prefix}psnr"] = metrics.psnr(picture, target)
        figures[f"{prefix}ssim"] = metrics.ssim(picture, target)
        figures[f"{prefix}lines"] = metrics.line_strength(picture) / metrics.line_strength(target)
    for number, picture in enumerate((photo, drawing, target)):
        figures[f"flat_{number}"] = metrics.flat(picture)
        figures[f"chroma_{number}"] = metrics.chroma(picture)
    return figures


def summary(kind: str, figures: dict[str, float]) -> str:
    """The figures of one kind in a line."""
    f = figures
    return (
        f"{kind:16} PSNR {f['psnr']:.2f} dB (photo {f['photo_psnr']:.2f}), + {f['psnr'] - f['photo_psnr']:.2f}   "
        f"SSIM {f['ssim']:.3f} ({f['photo_ssim']:.3f})   lines {f['lines']:.1%}   flat {f['flat']:.1%}   "
        f"to the photo {f['to_photo']:.2f} dB, {f['flatter']:.2f} times as flat, chroma {f['chroma']:.2f}"
    )


def write_sheet(rows: Rows, path: Path, each: int) -> None:
    """Write a contact sheet with rows photo | drawing | target: ``each`` of every kind, evenly spread."""
    files.save(np.vstack([np.hstack(row) for group in rows.values() for row in evenly(group, each)]), path)
