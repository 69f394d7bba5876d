"""Colours that the drawer takes from a photo: ink for skin, irises, brows, lips; and on which side the light is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.canvas import Colour
from animegan.training.built_in.drawn_faces.regions import Regions
from animegan.training.lab import to_lab, to_rgb

BROWN = np.array([34.0, 9.0, 15.0])
"""Lab of an iris whose own colour is too dark to see."""
SLATE, LIGHT_IRIS = np.array([-2.5, -9.0]), 28.0
"""a and b of Lab of a light grey iris, and the L* from which a grey one is light."""
GREY_BELOW = 4.0
"""Chroma below which an iris has no hue that a photo shows."""


def rgb(lab: npt.ArrayLike) -> Colour:
    """RGB of one colour in Lab, ``(3,)`` each."""
    return to_rgb(np.asarray(lab, np.float32).reshape(1, 1, 3))[0, 0].astype(np.float32)


@dataclass(frozen=True)
class Palette:
    """The colours of one face."""

    regions: Regions

    @cached_property
    def skin(self) -> Array:
        """Lab of the skin."""
        return np.asarray(self.regions.skin_colour)

    @cached_property
    def ink(self) -> Colour:
        """RGB of the darkest lines: lids, the line between the lips."""
        light, a, b = self.skin
        return rgb([0.10 * light + 4, 0.45 * a + 1, 0.35 * b])

    @cached_property
    def line(self) -> Colour:
        """RGB of lines within skin: jaw, nose, creases."""
        light, a, b = self.skin
        return rgb([0.40 * light, 0.9 * a + 5, 0.75 * b + 2])

    @cached_property
    def white(self) -> Array:
        """Lab of the white of the eyes and of teeth, a little darker in a dark photo."""
        return np.array([np.clip(74 + 0.3 * self.skin[0], 80, 97), 0.5, 1.5])

    @cached_property
    def light_from(self) -> float:
        """Where the light comes from: −1 from the left, 1 from the right."""
        left, right = (float(np.median(g.sampled(self.regions.lab, self.regions.shape.points[list(each)])[:, 0]))
                       for each in g.CHEEKS)  # fmt: skip
        return -1.0 if left >= right else 1.0

    def iris_seen(self, which: int) -> Array:
        """Lab of an iris as the photo shows it: the median of its ring without lid, pupil and lights."""
        regions, eye = self.regions, g.EYES[which]
        points, photo = regions.shape.points, regions.photo
        middle = points[eye.iris]
        radius = float(np.mean(np.linalg.norm(points[list(eye.ring)] - middle, axis=1)))
        x0, y0 = np.floor(middle - radius - 1).astype(int)
        side = int(2 * radius + 4)
        rows, columns = np.mgrid[y0 : y0 + side, x0 : x0 + side]
        inside = (rows >= 0) & (rows < photo.shape[0]) & (columns >= 0) & (columns < photo.shape[1])
        away = np.hypot(rows - middle[1], columns - middle[0]) / max(radius, 1)
        lids = g.polygon(photo.shape, points[[*eye.top, *eye.bottom[::-1]]])
        rows, columns, away = rows[inside], columns[inside], away[inside]
        chosen = (away > 0.45) & (away < 0.9) & (lids[rows, columns] > 0.6)
        if chosen.sum() < 6:
            return BROWN.copy()
        colours = to_lab(photo[rows[chosen], columns[chosen]][None])[0]
        low, high = np.quantile(colours[:, 0], (0.2, 0.75))
        middle_tones = colours[(colours[:, 0] >= low) & (colours[:, 0] <= high)]
        return np.asarray(np.median(middle_tones, axis=0))

    @cached_property
    def irises(self) -> tuple[Array, Array]:
        """Lab of both irises, lifted from grey: blue stays blue, green green. Both are alike unless the photo shows two
        clearly different hues.
        """
        seen = [self.iris_seen(which) for which in (0, 1)]
        sizes = [max(0.02, self.regions.shape.visible(n) * min(self.regions.shape.opening(n), 0.4)) for n in (0, 1)]
        mean = np.average(seen, axis=0, weights=sizes)
        hues = [np.degrees(np.arctan2(each[2], each[1])) for each in seen]
        chromas = [float(np.hypot(*each[1:])) for each in seen]
        apart = abs((hues[0] - hues[1] + 180) % 360 - 180)
        if min(chromas) > 9 and apart > 70:
            return lifted(seen[0]), lifted(seen[1])
        return lifted(mean), lifted(mean)

    def makeup(self, which: int) -> float:
        """How dark the lashes are, 0 to 1: L* along the upper lid below that of the skin around."""
        regions, eye = self.regions, g.EYES[which]
        points, (_, down) = regions.shape.points, regions.shape.axes
        line = g.curve(points[list(eye.top)], 24)[2:-4]
        light = to_lab(regions.photo)[..., 0]
        at = np.min([g.sampled(light, line + down * regions.unit * by) for by in (-0.022, -0.01, 0.0)], axis=0)
        corner = points[eye.top[0]] + (points[eye.top[0]] - points[eye.top[-1]]) * 0.08 - down * 0.02 * regions.unit
        wing = float(g.sampled(light, corner[None])[0])
        skin = float(np.median(g.sampled(light, points[list(eye.below[1:6])])))
        drop = 1 - np.mean(at) / max(skin, 10)
        flick = 1 - wing / max(skin, 10)
        return float(np.clip((drop - 0.62) / 0.22, 0, 1) * 0.6 + np.clip((flick - 0.25) / 0.35, 0, 1) * 0.6)

    @cached_property
    def lips(self) -> tuple[Array, float]:
        """Lab of the lips and how far they stand out from the skin, 0 to 1: over 0.5 they are painted."""
        points, photo = self.regions.shape.points, self.regions.photo
        lips = np.maximum.reduce([
            g.polygon(photo.shape, points[[*outer, *inner[::-1]]])
            for outer, inner in ((g.LIPS_ABOVE, g.MOUTH_ABOVE), (g.LIPS_BELOW, g.MOUTH_BELOW))
        ])  # fmt: skip
        inside = cv2.erode(lips, np.ones((3, 3))) > 0.9
        if inside.sum() < 20:
            return self.skin, 0.0
        colour = np.median(self.regions.lab[inside], axis=0)
        redder = float(np.hypot(colour[1] - self.skin[1], 0.6 * (colour[2] - self.skin[2])))
        darker = float(self.skin[0] - colour[0]) / max(self.skin[0], 20.0)
        return colour, float(np.clip(max((redder - 5) / 20, (darker - 0.22) / 0.22), 0, 1))

    def brow(self, colours: Array) -> Colour:
        """RGB of a brow, from the Lab of its darkest pixels."""
        light, a, b = colours
        return rgb([min(light * 0.9, self.skin[0] * 0.8), a, b])


def lifted(seen: Array) -> Array:
    """The colour of a drawn iris, Lab: lighter and more vivid than the photo's, of the same hue."""
    light, a, b = (float(v) for v in seen)
    chroma = float(np.hypot(a, b))
    if light > LIGHT_IRIS and chroma < 6:  # beside skin, grey is seen as blue
        a, b = np.array([a, b]) + (1 - chroma / 6) * (SLATE - [a, b])
        chroma = float(np.hypot(a, b))
    sure = np.clip((chroma - GREY_BELOW) / 5, 0, 1)
    hue = np.arctan2(b, a)
    warm = np.cos(hue - np.deg2rad(60)) > 0.3
    if chroma < GREY_BELOW and light < 38:
        a, b = a + BROWN[1] * (1 - sure), b + BROWN[2] * (1 - sure)
        hue, chroma, warm = np.arctan2(b, a), max(chroma, 10.0), True
    wanted = np.clip(1.9 * chroma + 8, 14, 36) if not warm else np.clip(1.5 * chroma + 6, 14, 44)
    wanted = wanted if chroma >= 2 else 5.0
    drawn_light = np.clip(0.75 * light + 20, 32, 62) if not warm else np.clip(0.8 * light + 16, 29, 56)
    return np.array([drawn_light, wanted * np.cos(hue), wanted * np.sin(hue)])
