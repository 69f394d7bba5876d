"""What a network learns to draw: steps from picture to picture, one after the other.

A step is one of ours by name (`STEPS`), a foreign generator (an ONNX file), or ``film:`` and such a file (`film`).
``cel,hayao.onnx,bright`` is a cel, drawn by Hayao, in brighter light. Pictures are ``(H, W, 3) uint8`` RGB, and stay
as large as they are.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from animegan import blend
from animegan.errors import BadOptionError

Draw = Callable[[np.ndarray], np.ndarray]

VERSION = 1
"""Of the steps of ours: raise it when one of them draws otherwise, for drawings are kept by it."""
BORDER = 16
"""Pixels of mirrored picture around what `l0_smooth` sees."""


@dataclass(frozen=True)
class Step:
    """One step of a target."""

    name: str
    """As `parse` takes it, a file without its folder."""
    key: str
    """What tells its drawings from those of any other step; fit for the name of a folder."""
    draw: Draw


@dataclass(frozen=True)
class Target:
    """Steps from left to right: a picture goes through all of them."""

    steps: tuple[Step, ...]

    def __call__(self, picture: np.ndarray) -> np.ndarray:
        for step in self.steps:
            picture = step.draw(picture)
        return picture

    @property
    def text(self) -> str:
        """The steps by name, as `parse` takes them where the files are at hand."""
        return ",".join(step.name for step in self.steps)

    def key(self, steps: int | None = None) -> str:
        """What tells the drawings of the first ``steps`` steps (None: of all) from any others."""
        return "+".join(["photo", *(step.key for step in self.steps[:steps])])


def compose(*parts: Target | Draw | str) -> Target:
    """A target of parts from left to right: targets, functions from picture to picture, or what `parse` takes."""
    steps: list[Step] = []
    for part in parts:
        if isinstance(part, str):
            part = parse(part)
        if isinstance(part, Target):
            steps.extend(part.steps)
        else:
            name = getattr(part, "__name__", type(part).__name__)
            steps.append(Step(name, name, part))
    return Target(tuple(steps))


def parse(text: str, folder: Path | None = None) -> Target:
    """A target as the command line writes it: steps, parted by commas. ``folder`` is where files lie that are named
    without one; None: here.

    Raises:
        BadOptionError: a step is neither one of ours nor an ONNX file.
        NotAModelError: a file holds no generator.
    """
    return Target(tuple(_step(part.strip(), folder or Path()) for part in text.split(",")))


def _step(name: str, folder: Path) -> Step:
    if name in STEPS:
        return Step(name, f"{name}{VERSION}", STEPS[name])
    kind, _, file = name.rpartition(":")
    path = folder / file
    if kind not in ("", "film") or path.suffix != ".onnx" or not path.is_file():
        raise BadOptionError(
            f"'{name}' is no step of a target: write {', '.join(STEPS)}, an ONNX file, or film: and an ONNX file."
        )
    from animegan.generator import OnnxGenerator

    draw = OnnxGenerator(path, threads=1).paint  # pictures are drawn side by side, one a core
    key = f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
    if kind:
        return Step(f"film:{path.name}", f"film{VERSION}-{key}", lambda picture: film(picture, draw))
    return Step(path.name, key, draw)


def cel(photo: np.ndarray) -> np.ndarray:
    """An animation cel: flat colour in few shades, vivid, with ink lines."""
    return _cel(photo, texture=2.5, flatness=0.012, shades=6, steepness=6.0, mix=0.65)


def soft_cel(photo: np.ndarray) -> np.ndarray:
    """A cel of a face: finer, so that strands of hair, eyes and teeth are kept, and with softer shades."""
    return _cel(photo, 1.5, 0.008, shades=6, steepness=5.0, mix=0.45, ink=0.8, colour=1.1, skin=0.86)


def _cel(
    photo: np.ndarray,
    texture: float,
    flatness: float,
    shades: int,
    steepness: float,
    mix: float,
    ink: float = 0.92,
    colour: float = 1.3,
    skin: float = 1.04,
) -> np.ndarray:
    """``texture``: pixels, what is finer is taken out; ``flatness``: λ of the L0 smoothing; ``shades`` of light, their
    ``steepness``, and how much of the light is laid in them (``mix``); ``ink``: how black lines are; ``colour`` and
    ``skin``: factors of the chroma, see `vivid`.
    """
    plain = without_texture(photo, texture)
    smooth = cv2.bilateralFilter(l0_smooth(plain, flatness), 7, 25, 5)
    lab = to_lab(smooth)
    light = lab[:, :, 0]
    light = mix * _in_shades(light, shades, steepness) + (1 - mix) * light
    lab[:, :, 0] = np.clip(_lifted(light) / 0.97, 0, 100)  # a white that is almost white is white
    vivid(lab, colour, skin)
    lines = ink * ink_lines(plain, smooth)
    # Ink takes on some of the colour that it lies on, as a colourist's "self-colour" line does.
    return blend.mix(to_rgb(lab), to_rgb(lab * np.float32([0.2, 0.7, 0.7])), lines)


def without_texture(photo: np.ndarray, size: float) -> np.ndarray:
    """The photo without texture finer than ``size`` pixels, by the rolling guidance filter (Zhang et al. 2014); detail
    of strong contrast (letters, eyes, a rail before the sky) is laid back in.
    """
    plain = cv2.ximgproc.rollingGuidanceFilter(photo, None, -1, 22, size, 4)
    lost = np.abs(photo.astype(np.float32) - plain).max(axis=2)
    strong = 0.8 * np.clip((cv2.GaussianBlur(lost, (0, 0), 1.5) - 18) / 30, 0, 1)
    return blend.mix(plain, photo, strong)


def l0_smooth(picture: np.ndarray, flatness: float, kappa: float = 2.0) -> np.ndarray:
    """L0 gradient minimisation (Xu, Lu, Xu, Jia 2011): few, but whole, steps of colour. ``flatness`` is the paper's λ.

    Ours, because `cv2.ximgproc.l0Smooth` of OpenCV 5.0.0 does not keep the mean: of a picture of two halves at 40 and
    200 it makes halves at 0 and 140. Both take a picture as periodic, so it is mirrored around its border first, or
    opposite borders would bleed into each other.
    """
    padded = cv2.copyMakeBorder(picture, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REFLECT_101)
    channels = [channel.astype(np.float32) / 255 for channel in cv2.split(padded)]
    height, width = channels[0].shape
    # The power spectrum of the differences to the next pixel, down and across; of that across the half that the
    # transform of real values has.
    down = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(height))
    across = 2 - 2 * np.cos(2 * np.pi * np.fft.rfftfreq(width))
    spectrum = np.add.outer(down, across).astype(np.float32)
    wanted = [np.fft.rfft2(channel) for channel in channels]
    beta = 2 * flatness
    while beta < 1e5:
        steps = [(np.roll(c, -1, 1) - c, np.roll(c, -1, 0) - c) for c in channels]
        kept = sum(x * x + y * y for x, y in steps) >= flatness / beta
        channels = []
        for own, (x, y) in zip(wanted, steps, strict=True):
            x *= kept
            y *= kept
            divergence = np.roll(x, 1, 1) - x + np.roll(y, 1, 0) - y
            smooth = (own + beta * np.fft.rfft2(divergence)) / (1 + beta * spectrum)
            channels.append(np.fft.irfft2(smooth, s=(height, width)))
        beta *= kappa
    smooth = np.clip(np.rint(255 * np.dstack(channels)), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(smooth[BORDER:-BORDER, BORDER:-BORDER])


def _in_shades(light: np.ndarray, shades: int, steepness: float) -> np.ndarray:
    """Light, 0 to 100, in soft steps (Winnemöller et al. 2006, there with a steepness by the gradient)."""
    place = light / 100 * shades
    low = np.floor(place)
    step = 0.5 * np.tanh(steepness * (place - low - 0.5)) / np.tanh(steepness * 0.5)
    return (low + 0.5 + step) / shades * 100


def _lifted(light: np.ndarray) -> np.ndarray:
    """Shadows a little lighter, so that hair does not drown in black; middle tones, and with them skin, stay."""
    part = np.clip(light / 100, 0, 1)
    return 100 * (part + 0.07 * np.exp(-(((part - 0.22) / 0.16) ** 2)) + 0.08 * part * (1 - part))


def ink_lines(plain: np.ndarray, smooth: np.ndarray, crowd: float = 0.2) -> np.ndarray:
    """How much ink lies on each pixel, ``(H, W) float32`` from 0 to 1.

    An extended difference of Gaussians (Winnemöller, Kyprianidis, Olsen 2012) at two widths: fine lines, and broad ones
    along soft edges. A line is drawn only where the smoothed picture has an edge as well, and the paler the more of
    them crowd around it (more than ``crowd`` of the area): so water, rubble and leaves do not crack.
    """
    grey = cv2.cvtColor(cv2.bilateralFilter(plain, 7, 30, 5), cv2.COLOR_RGB2GRAY)
    grey = np.sqrt(grey.astype(np.float32) / 255)  # so that edges in the dark count as well
    edges = edge_strength(smooth)
    fine = _xdog(grey, 1.3, 0.985, 55.0) * np.clip((cv2.dilate(edges, np.ones((3, 3))) - 0.012) / 0.025, 0, 1)
    broad = _xdog(grey, 2.6, 0.99, 40.0) * np.clip((cv2.dilate(edges, np.ones((5, 5))) - 0.025) / 0.04, 0, 1)
    pale = 1 / (1 + (cv2.GaussianBlur(fine, (0, 0), 14) / crowd) ** 2)
    return np.maximum(fine, 0.85 * broad) * pale


def outlines(picture: np.ndarray) -> np.ndarray:
    """A cel inked once more, along the borders of its own shades: outlines that a student does not hedge away."""
    grey = cv2.cvtColor(cv2.bilateralFilter(picture, 9, 40, 6), cv2.COLOR_RGB2GRAY)
    edges = np.clip((cv2.dilate(edge_strength(picture), np.ones((3, 3))) - 0.012) / 0.018, 0, 1)
    lines = _xdog(np.sqrt(grey.astype(np.float32) / 255), 1.6, 0.99, 90.0) * edges
    lines *= 0.85 / (1 + (cv2.GaussianBlur(lines, (0, 0), 14) / 0.28) ** 2)
    return blend.mix(picture, to_rgb(to_lab(picture) * np.float32([0.25, 0.8, 0.8])), lines)


def _xdog(grey: np.ndarray, sigma: float, tau: float, phi: float) -> np.ndarray:
    difference = cv2.GaussianBlur(grey, (0, 0), sigma) - tau * cv2.GaussianBlur(grey, (0, 0), 1.6 * sigma)
    return -np.tanh(phi * np.minimum(difference, 0))


def edge_strength(picture: np.ndarray) -> np.ndarray:
    """Gradient of the grey picture, slightly blurred, per pixel, of values in [0, 1]: ``(H, W) float32``."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255, (0, 0), 1)
    return cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 8))


def bright(picture: np.ndarray) -> np.ndarray:
    """Whites that are white, and vivid colour: teachers draw both a little grey."""
    lab = to_lab(picture)
    lab[:, :, 0] = np.clip(lab[:, :, 0] / 0.96, 0, 100)
    vivid(lab, 1.16, 0.98)
    return to_rgb(lab)


def vivid(lab: np.ndarray, factor: float, of_skin: float) -> None:
    """Scale the chroma of a picture in Lab, in place; that of warm skin by ``of_skin``, or it would turn orange."""
    chroma, hue = np.hypot(lab[:, :, 1], lab[:, :, 2]), np.degrees(np.arctan2(lab[:, :, 2], lab[:, :, 1]))
    skin = np.exp(-(((hue - 52) / 18) ** 2)) * np.clip((chroma - 8) / 6, 0, 1) * np.clip((52 - chroma) / 14, 0, 1)
    lab[:, :, 1:] *= (factor + (of_skin - factor) * skin)[:, :, None]


def dusk(picture: np.ndarray) -> np.ndarray:
    """The hour after sunset, best over a cel: what is light turns warm and glows, what is dark turns blue."""
    lab = to_lab(picture)
    light = lab[:, :, 0] / 100
    warm = np.clip((light - 0.45) / 0.45, 0, 1)
    lab[:, :, 0] = 100 * np.clip(0.82 * light - 0.01, 0, 1)
    lab[:, :, 1] = 0.85 * lab[:, :, 1] + 20 * warm + 9 * (1 - warm)
    lab[:, :, 2] = 0.75 * lab[:, :, 2] + 30 * warm - 24 * (1 - warm)
    evening = to_rgb(lab).astype(np.float32)
    glow = 1.1 * cv2.GaussianBlur(np.clip(evening - 150, 0, 255), (0, 0), 18)
    lit = 255 - (255 - evening) * (1 - glow * np.float32([1.0, 0.8, 0.55]) / 255)
    return np.clip(np.rint(lit), 0, 255).astype(np.uint8)


def watercolour(picture: np.ndarray) -> np.ndarray:
    """Thin paint on white paper, best over a cel: light, with pigment gathered at the edges of each wash. The grain of
    the paper is not drawn: `animegan.finish` lays it on.
    """
    washes = cv2.edgePreservingFilter(picture, flags=cv2.RECURS_FILTER, sigma_s=30, sigma_r=0.35)
    lab = to_lab(washes)
    light = np.clip(lab[:, :, 0] / 100, 0, 1)
    edges = cv2.GaussianBlur(edge_strength(washes), (0, 0), 1.5)
    lab[:, :, 0] = 100 * (0.34 + 0.68 * light**0.75) - 260 * np.clip(edges, 0, 0.12)
    lab[:, :, 1:] *= (1.2 + 3 * np.clip(edges, 0, 0.1))[:, :, None]
    return to_rgb(lab)


def manga(photo: np.ndarray) -> np.ndarray:
    """A page of manga in grey: ink, solid blacks, two tones and white. The dots of the tones are not drawn:
    `animegan.finish` lays them on.
    """
    plain = without_texture(photo, 2.5)
    smooth = cv2.bilateralFilter(l0_smooth(plain, 0.014), 7, 25, 5)
    light = cv2.GaussianBlur(to_lab(smooth)[:, :, 0], (0, 0), 1)
    tones = 0.06 + sum(rise / (1 + np.exp(-(light - at) / 1.2)) for at, rise in ((22, 0.44), (46, 0.28), (68, 0.22)))
    page = tones * (1 - 0.97 * ink_lines(plain, smooth, crowd=0.25))
    return cv2.cvtColor(np.clip(np.rint(255 * page), 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB)


def film(picture: np.ndarray, draw: Draw, own: float = 0.3, factor: float = 1.15) -> np.ndarray:
    """The light of what ``draw`` makes of a picture in the picture's own colours: ``own`` of the drawing's chroma, the
    rest the picture's, times ``factor``. For generators whose graphic is good and whose colours are accidents.
    """
    drawn, seen = (cv2.cvtColor(p, cv2.COLOR_RGB2YCrCb).astype(np.float32) for p in (draw(picture), picture))
    drawn[:, :, 1:] = 128 + factor * (own * (drawn[:, :, 1:] - 128) + (1 - own) * (seen[:, :, 1:] - 128))
    return cv2.cvtColor(np.clip(np.rint(drawn), 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB)


def to_lab(picture: np.ndarray) -> np.ndarray:
    """CIE Lab of sRGB, ``(H, W, 3) float32``: L from 0 to 100, a and b about ±100."""
    return cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)


def to_rgb(lab: np.ndarray) -> np.ndarray:
    """Back from `to_lab`; what sRGB does not have is cut off."""
    return np.clip(np.rint(255 * cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)), 0, 255).astype(np.uint8)


STEPS: dict[str, Draw] = {
    "cel": cel,
    "soft-cel": soft_cel,
    "outlines": outlines,
    "bright": bright,
    "dusk": dusk,
    "watercolour": watercolour,
    "manga": manga,
}
"""The steps of ours that the command line knows by name."""
