"""Targets: what a network learns to draw, as a sequence of steps from picture to picture.

A step is one of our own by name (`STEPS`), another generator (an ONNX file), or ``film:`` and such a file (`film`).
``cel,hayao.onnx,bright`` is a cel, drawn by Hayao, with brighter colours. Pictures are ``(H, W, 3) uint8`` RGB and keep
their size.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from animegan.errors import BadOptionError
from animegan.images import blend
from animegan.images.resize import Picture
from animegan.training.lab import Light, chroma_and_hue, skin_of, to_lab, to_rgb, vivid, vividness

Draw = Callable[[Picture], Picture]
Channel = npt.NDArray[np.float32]
"""``(H, W) float32``: one value per pixel."""
VERSION = 3
"""Version of our own steps. Increase it when one of them changes its drawings: it is part of the name in the cache."""
SHADES = 6
"""Steps of lightness of a cel."""
LEAST_MARK, LEAST_STROKE = 26, 9
"""A mark of ink with fewer pixels than this that reaches less far than this, in pixels, is a speck."""
FRESH_GREEN, SKY = 126.0, 262.0
"""Hues in Lab, in degrees: what olive leaves turn towards; blue."""
BORDER = 16
"""Pixels of mirrored border that `l0_smooth` adds around a picture."""


@dataclass(frozen=True)
class Step:
    """One step of a target."""

    name: str
    """As in `parse`; for a file, without its folder."""
    key: str
    """Unique for its drawings, and valid as the name of a folder."""
    draw: Draw


@dataclass(frozen=True)
class Target:
    """Steps, applied from left to right."""

    steps: tuple[Step, ...]

    def __call__(self, picture: Picture) -> Picture:
        for step in self.steps:
            picture = step.draw(picture)
        return picture

    @property
    def text(self) -> str:
        """The names of the steps, as in `parse`."""
        return ",".join(step.name for step in self.steps)

    def key(self, steps: int | None = None) -> str:
        """A key for the drawings of the first ``steps`` steps; None: of all steps."""
        return "+".join(["photo", *(step.key for step in self.steps[:steps])])


def compose(*parts: Target | Draw | str) -> Target:
    """Join parts into one target: other targets, functions from picture to picture, or texts for `parse`."""
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
    """Read a target from the command line: steps, separated by commas. File names are relative to ``folder``; None: the
    current one.

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
            "'{name}' is not a step of a target: write {choices}, an ONNX file, or film: and an ONNX file.",
            name=name,
            choices=", ".join(STEPS),
        )
    from animegan.networks.painters import OnnxGenerator

    draw = OnnxGenerator(path, threads=1).paint  # several pictures are drawn at once, one per core
    key = f"{path.stem}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}"
    if kind:
        return Step(f"film:{path.name}", f"film{VERSION}-{key}", lambda picture: film(picture, draw))
    return Step(path.name, key, draw)


def cel(photo: Picture) -> Picture:
    """An animation cel: flat, vivid colour in few shades, with ink lines."""
    return _cel(photo, texture=2.5, flatness=0.012, steepness=6.0, mix=0.65)


def soft_cel(photo: Picture) -> Picture:
    """A cel of a face: it keeps finer detail, such as strands of hair, eyes and teeth, and has softer shades."""
    return _cel(photo, texture=1.5, flatness=0.008, steepness=5.0, mix=0.45, ink=0.8, colour=1.1, skin=0.86)


def _cel(
    photo: Picture, *, texture: float, flatness: float, steepness: float, mix: float,
    ink: float = 0.92, colour: float = 1.3, skin: float = 1.04,
) -> Picture:  # fmt: skip
    """Draw a cel. ``texture``: detail finer than this, in pixels, is removed; ``flatness``: λ of the L0 smoothing;
    ``steepness``: of the steps of lightness; ``mix``: the share of the stepped lightness, the rest is continuous;
    ``ink``: opacity of the lines; ``colour`` and ``skin``: factors of the chroma, see `vivid`.
    """
    plain = without_texture(photo, texture)
    smooth = _uint8(cv2.bilateralFilter(l0_smooth(plain, flatness), 7, 25, 5))
    lab = to_lab(smooth)
    light, pale = lab[:, :, 0], 1 - vividness(chroma_and_hue(lab)[0])
    light = light + (1 - pale) * (cv2.bilateralFilter(to_lab(plain)[:, :, 0], 9, 8, 4) - light)  # folds of vivid cloth
    light = mix * _quantised(light, SHADES, steepness) + (1 - mix) * light
    value = np.clip(light / 100, 0, 1)  # shadows are lifted, so that hair keeps its detail; midtones, and so skin, stay
    lift = 0.07 * np.exp(-(((value - 0.22) / 0.16) ** 2)) + 0.08 * value * (1 - value)
    lab[:, :, 0] = np.clip(100 * (value + pale * lift) / (1 - 0.03 * pale), 0, 100)  # near-white becomes white
    vivid(lab, colour, skin)
    lines = ink * ink_lines(plain, smooth)
    # Ink takes on some of the colour below it, like a colourist's "self-colour" line.
    return blend.mix(to_rgb(lab), to_rgb(lab * np.array([0.2, 0.7, 0.7], np.float32)), lines)


def without_texture(photo: Picture, size: float) -> Picture:
    """Remove texture finer than ``size`` pixels with the rolling guidance filter (Zhang et al. 2014), but restore
    detail of high contrast (letters, eyes, a railing against the sky).
    """
    plain = _uint8(cv2.ximgproc.rollingGuidanceFilter(photo, None, -1, 22, size, 4))
    removed = np.abs(photo.astype(np.float32) - plain).max(axis=2)
    strong = 0.8 * np.clip((cv2.GaussianBlur(removed, (0, 0), 1.5) - 18) / 30, 0, 1)
    return blend.mix(plain, photo, strong)


def l0_smooth(picture: Picture, flatness: float, kappa: float = 2.0) -> Picture:
    """L0 gradient minimisation (Xu, Lu, Xu, Jia 2011): removes small colour steps and keeps large ones. ``flatness`` is
    the paper's λ.

    `cv2.ximgproc.l0Smooth` of OpenCV 5.0.0 does not keep the mean: halves of 40 and 200 become halves of 0 and 140.
    Both treat a picture as periodic, so this one mirrors it beyond its border first, or opposite borders would mix.
    """
    padded = cv2.copyMakeBorder(picture, BORDER, BORDER, BORDER, BORDER, cv2.BORDER_REFLECT_101)
    channels = [channel.astype(np.float32) / 255 for channel in cv2.split(padded)]
    height, width = channels[0].shape
    # Power spectrum of the differences to the next pixel; the real-valued transform has half of the columns.
    down = 2 - 2 * np.cos(2 * np.pi * np.fft.fftfreq(height))
    across = 2 - 2 * np.cos(2 * np.pi * np.fft.rfftfreq(width))
    spectrum = np.add.outer(down, across).astype(np.float32)
    transforms = [np.fft.rfft2(channel) for channel in channels]
    beta = 2 * flatness
    while beta < 1e5:
        steps = [(np.roll(c, -1, 1) - c, np.roll(c, -1, 0) - c) for c in channels]
        kept = sum(x * x + y * y for x, y in steps) >= flatness / beta
        channels = []
        for transform, (x, y) in zip(transforms, steps, strict=True):
            x *= kept
            y *= kept
            divergence = np.roll(x, 1, 1) - x + np.roll(y, 1, 0) - y
            smoothed = (transform + beta * np.fft.rfft2(divergence)) / (1 + beta * spectrum)
            channels.append(np.fft.irfft2(smoothed, s=(height, width)))
        beta *= kappa
    smooth = np.clip(np.rint(255 * np.dstack(channels)), 0, 255).astype(np.uint8)
    return np.ascontiguousarray(smooth[BORDER:-BORDER, BORDER:-BORDER])


def _quantised(light: Light, shades: int, steepness: float) -> Light:
    """Lightness, 0 to 100, in soft steps (Winnemöller et al. 2006, whose steepness depends on the gradient)."""
    position = light / 100 * shades
    low = np.floor(position)
    step = 0.5 * np.tanh(steepness * (position - low - 0.5)) / np.tanh(steepness * 0.5)
    return (low + 0.5 + step) / shades * 100


def ink_lines(plain: Picture, smooth: Picture, crowd: float = 0.16) -> Channel:
    """Opacity of the ink on each pixel, ``(H, W) float32`` from 0 to 1.

    An extended difference of Gaussians (Winnemöller, Kyprianidis, Olsen 2012) at two widths: fine lines, and broad
    lines along soft edges. Lines need an edge in the smoothed picture as well. Where lines cover more than ``crowd`` of
    the area they are paler, so that water, rubble and leaves do not look cracked; specks are no lines.
    """
    blurred = cv2.cvtColor(cv2.bilateralFilter(plain, 7, 30, 5), cv2.COLOR_RGB2GRAY)
    grey = np.sqrt(blurred.astype(np.float32) / 255)  # so that dark edges count as well
    edges = edge_strength(smooth)
    fine = _xdog(grey, 1.3, 0.985, 55.0) * np.clip((cv2.dilate(edges, np.ones((3, 3))) - 0.012) / 0.025, 0, 1)
    broad = _xdog(grey, 2.6, 0.99, 40.0) * np.clip((cv2.dilate(edges, np.ones((5, 5))) - 0.025) / 0.04, 0, 1)
    pale = 1 / (1 + (cv2.GaussianBlur(fine, (0, 0), 14) / crowd) ** 2)
    return without_specks(np.asarray(np.maximum(fine, 0.85 * broad) * pale, np.float32))


def without_specks(lines: Channel) -> Channel:
    """Lines without the small marks that stand alone: rough ground, walls and water would look dirty."""
    marks = np.asarray(lines > 0.25, np.uint8)
    _, labels, found, _ = cv2.connectedComponentsWithStats(marks, connectivity=8)
    reach = np.maximum(found[:, cv2.CC_STAT_WIDTH], found[:, cv2.CC_STAT_HEIGHT])
    small = (found[:, cv2.CC_STAT_AREA] < LEAST_MARK) & (reach < LEAST_STROKE)
    small[0] = False  # what is no mark
    alone = small[np.asarray(labels, np.intp)]
    specks, strokes = (cv2.dilate(np.asarray(each, np.uint8), np.ones((3, 3))) for each in (alone, marks * ~alone))
    gone = cv2.GaussianBlur(np.asarray(specks * (1 - strokes), np.float32), (0, 0), 0.7)
    return np.asarray(lines * (1 - gone), np.float32)


def outlines(picture: Picture) -> Picture:
    """Ink a cel again along the borders of its shades: outlines that are clear enough for a student to learn."""
    grey = cv2.cvtColor(cv2.bilateralFilter(picture, 9, 40, 6), cv2.COLOR_RGB2GRAY)
    edges = np.clip((cv2.dilate(edge_strength(picture), np.ones((3, 3))) - 0.012) / 0.018, 0, 1)
    lines = np.asarray(_xdog(np.sqrt(grey.astype(np.float32) / 255), 1.6, 0.99, 90.0) * edges, np.float32)
    lines *= np.asarray(0.85 / (1 + (cv2.GaussianBlur(lines, (0, 0), 14) / 0.22) ** 2), np.float32)
    lines = without_specks(lines)
    return blend.mix(picture, to_rgb(to_lab(picture) * np.array([0.25, 0.8, 0.8], np.float32)), lines)


def _xdog(grey: Channel, sigma: float, tau: float, phi: float) -> Channel:
    """Extended difference of Gaussians of a greyscale picture: 0 for no line, 1 for ink."""
    difference = cv2.GaussianBlur(grey, (0, 0), sigma) - tau * cv2.GaussianBlur(grey, (0, 0), 1.6 * sigma)
    return np.asarray(-np.tanh(phi * np.minimum(difference, 0)), np.float32)


def edge_strength(picture: Picture) -> Channel:
    """Gradient magnitude of the slightly blurred greyscale picture in [0, 1], per pixel: ``(H, W) float32``."""
    grey = cv2.GaussianBlur(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255, (0, 0), 1)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
    return np.asarray(cv2.magnitude(across, down), np.float32)


def bright(picture: Picture) -> Picture:
    """Pure white and vivid colour: teachers draw both slightly grey."""
    lab = to_lab(picture)
    lab[:, :, 0] = np.clip(lab[:, :, 0] / 0.96, 0, 100)
    vivid(lab, 1.16, 0.98)
    return to_rgb(lab)


def daylight(picture: Picture) -> Picture:
    """A bright day of an animated film, for use after a cel: open shadows that turn blue, fresh green leaves, a deep
    sky. Skin and greys keep their colour.
    """
    lab = to_lab(picture)
    light, (chroma, hue) = lab[:, :, 0] / 100, chroma_and_hue(lab)
    skin, coloured = skin_of(chroma, hue), np.clip((chroma - 6) / 10, 0, 1)
    green, blue = (coloured * np.exp(-(((hue - at) / 31) ** 2)) for at in (115.0, SKY))
    half = light * (1 - light)
    lift, pale = 0.05 * np.exp(-(((light - 0.25) / 0.18) ** 2)) + (0.09 + 0.1 * green) * half, 1 - vividness(chroma)
    lab[:, :, 0] = 100 * np.clip((light + pale * lift) / (1 - 0.03 * pale), 0, 1)
    turn = np.deg2rad(0.45 * green * np.clip(FRESH_GREEN - hue, 0, 22))
    factor = 1.12 + 0.3 * green + 0.16 * blue
    factor = 1 + (factor + (0.99 - factor) * skin - 1) * pale
    shadow = np.clip((0.45 - light) / 0.35, 0, 1) * np.clip(light / 0.08, 0, 1)
    shadow *= np.clip((chroma - 2) / 6, 0, 1) * (1 - skin)
    a, b = lab[:, :, 1].copy(), lab[:, :, 2].copy()
    lab[:, :, 1] = factor * (a * np.cos(turn) - b * np.sin(turn)) + shadow
    lab[:, :, 2] = factor * (a * np.sin(turn) + b * np.cos(turn)) - 5 * shadow
    return to_rgb(lab)


def dusk(picture: Picture) -> Picture:
    """The hour after sunset, for use after a cel: light areas turn warm and glow, dark areas turn blue."""
    lab = to_lab(picture)
    light = lab[:, :, 0] / 100
    warm = np.clip((light - 0.45) / 0.45, 0, 1)
    lab[:, :, 0] = 100 * np.clip(0.82 * light - 0.01, 0, 1)
    lab[:, :, 1] = 0.85 * lab[:, :, 1] + 20 * warm + 9 * (1 - warm)
    lab[:, :, 2] = 0.75 * lab[:, :, 2] + 30 * warm - 24 * (1 - warm)
    evening = to_rgb(lab).astype(np.float32)
    glow = 1.1 * cv2.GaussianBlur(np.clip(evening - 150, 0, 255), (0, 0), 18)
    screened = 255 - (255 - evening) * (1 - glow * np.array([1.0, 0.8, 0.55], np.float32) / 255)  # blend mode "screen"
    return np.clip(np.rint(screened), 0, 255).astype(np.uint8)


def watercolour(picture: Picture) -> Picture:
    """Watercolour, for use after a cel: light, thin paint on white paper, with darker edges around each wash. The grain
    of the paper comes later, as the manga's dots do (`animegan.images.patterns`).
    """
    washes = _uint8(cv2.edgePreservingFilter(picture, flags=cv2.RECURS_FILTER, sigma_s=30, sigma_r=0.35))
    lab = to_lab(washes)
    light = np.clip(lab[:, :, 0] / 100, 0, 1)
    edges = cv2.GaussianBlur(edge_strength(washes), (0, 0), 1.5)
    lab[:, :, 0] = 100 * (0.34 + 0.68 * light**0.75) - 260 * np.clip(edges, 0, 0.12)
    lab[:, :, 1:] *= (1.2 + 3 * np.clip(edges, 0, 0.1))[:, :, None]
    return to_rgb(lab)


def manga(photo: Picture) -> Picture:
    """A manga page in grey: ink, solid black, two tones and white."""
    plain = without_texture(photo, 2.5)
    smooth = _uint8(cv2.bilateralFilter(l0_smooth(plain, 0.014), 7, 25, 5))
    light = cv2.GaussianBlur(to_lab(smooth)[:, :, 0], (0, 0), 1)
    steps = ((22, 0.44), (46, 0.28), (68, 0.22))  # lightness of a border between tones, and the rise there
    tones = 0.06 + sum(rise / (1 + np.exp(-(light - border) / 1.2)) for border, rise in steps)
    page = tones * (1 - 0.97 * ink_lines(plain, smooth, crowd=0.25))
    return _uint8(cv2.cvtColor(np.clip(np.rint(255 * page), 0, 255).astype(np.uint8), cv2.COLOR_GRAY2RGB))


def film(picture: Picture, draw: Draw, own: float = 0.3, factor: float = 1.15) -> Picture:
    """Combine the luma of ``draw``'s drawing with the chroma of the picture: the share ``own`` of the chroma is the
    drawing's, the rest the picture's, times ``factor``. For generators with good lines and shading but poor colours.
    """
    drawing, source = (cv2.cvtColor(p, cv2.COLOR_RGB2YCrCb).astype(np.float32) for p in (draw(picture), picture))
    drawing[:, :, 1:] = 128 + factor * (own * (drawing[:, :, 1:] - 128) + (1 - own) * (source[:, :, 1:] - 128))
    return _uint8(cv2.cvtColor(np.clip(np.rint(drawing), 0, 255).astype(np.uint8), cv2.COLOR_YCrCb2RGB))


def _uint8(pixels: npt.ArrayLike) -> Picture:
    """What OpenCV returns, with its type known."""
    return np.asarray(pixels, np.uint8)


STEPS: dict[str, Draw] = {
    "cel": cel,
    "soft-cel": soft_cel,
    "outlines": outlines,
    "bright": bright,
    "daylight": daylight,
    "dusk": dusk,
    "watercolour": watercolour,
    "manga": manga,
}
"""Our own steps, by their name on the command line."""
