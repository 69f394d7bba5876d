"""Where the parts of a face are on MediaPipe's mesh, the face's own axes, curves, and the warp towards anime."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from animegan.faces.eyes import REACH, TALLER, WIDER, stretched
from animegan.faces.face import Points
from animegan.images.resize import Array
from animegan.training.built_in.drawn_faces.measured import Channel, Measured


@dataclass(frozen=True)
class EyePoints:
    """Indices of an eye and its brow on the mesh; all curves run from the temple to the nose."""

    top: tuple[int, ...]
    bottom: tuple[int, ...]
    crease: tuple[int, ...]
    iris: int
    ring: tuple[int, ...]
    brow_top: tuple[int, ...]
    brow_bottom: tuple[int, ...]
    below: tuple[int, ...]
    """On the cheekbone below the eye, where the lower half of a lens is."""

    @property
    def corners(self) -> tuple[int, int]:
        return self.top[0], self.top[-1]


LEFT_EYE = EyePoints(
    top=(33, 246, 161, 160, 159, 158, 157, 173, 133),
    bottom=(33, 7, 163, 144, 145, 153, 154, 155, 133),
    crease=(247, 30, 29, 27, 28, 56, 190),
    iris=468,
    ring=(469, 470, 471, 472),
    brow_top=(70, 63, 105, 66, 107),
    brow_bottom=(46, 53, 52, 65, 55),
    below=(31, 228, 229, 230, 231, 232, 111, 117, 118, 119, 120),
)
"""The eye at the left of the picture."""
RIGHT_EYE = EyePoints(
    top=(263, 466, 388, 387, 386, 385, 384, 398, 362),
    bottom=(263, 249, 390, 373, 374, 380, 381, 382, 362),
    crease=(467, 260, 259, 257, 258, 286, 414),
    iris=473,
    ring=(474, 475, 476, 477),
    brow_top=(300, 293, 334, 296, 336),
    brow_bottom=(276, 283, 282, 295, 285),
    below=(261, 448, 449, 450, 451, 452, 340, 346, 347, 348, 349),
)
EYES = LEFT_EYE, RIGHT_EYE
LIPS_ABOVE = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291)
LIPS_BELOW = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291)
MOUTH_ABOVE = (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308)
MOUTH_BELOW = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308)
"""Outer and inner edges of the lips, from left to right."""
OVAL = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152,
    148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
"""The outline of the face, clockwise from the middle of the forehead."""
JAW = OVAL[8:29]
"""From the right ear over the chin to the left ear."""
NOSE_BOTTOM = (129, 98, 97, 2, 326, 327, 358)
"""From the left wing of the nose to the right one."""
BRIDGE = (168, 6, 197, 195, 5, 4)
NOSE_TIP, CHIN, BETWEEN_EYES, FOREHEAD = 4, 152, 168, 10
CHEEKS = (50, 205, 36, 101), (280, 425, 266, 330)
SKIN = (*CHEEKS[0], *CHEEKS[1], 151, 9, 108, 337, 69, 299, 195, 197, 6)
"""Points that are nearly always bare skin: cheeks, forehead and the bridge of the nose."""

NOSE_REACH, MOUTH_REACH = 0.5, 0.6
"""How far the warp of nose and mouth goes, in units of the face (`Shape.unit`)."""
NOSE_SIZE, MOUTH_SIZE = 0.86, 0.95
LOWER = 0.02
"""An eye is drawn lower by this, in units."""


@dataclass(frozen=True)
class Shape:
    """The geometry of a face: where everything is in the photo, and where it is drawn."""

    measured: Measured

    @property
    def points(self) -> Points:
        """``(478, 2)`` in the photo."""
        return self.measured.points

    @cached_property
    def eye_middles(self) -> Points:
        """``(2, 2)``: the middles between the corners of the left and the right eye."""
        return np.array([self.points[list(eye.corners)].mean(0) for eye in EYES])

    @cached_property
    def unit(self) -> float:
        """The measure of the face, in pixels: the distance of the eyes, or from the eyes to the mouth if the head is
        turned.
        """
        mouth = self.points[[61, 291]].mean(0)
        apart = np.linalg.norm(self.eye_middles[1] - self.eye_middles[0])
        return float(max(apart, np.linalg.norm(mouth - self.eye_middles.mean(0))))

    @cached_property
    def axes(self) -> tuple[Points, Points]:
        """Unit vectors to the right along the line of the eyes, and down."""
        line = self.eye_middles[1] - self.eye_middles[0]
        length = float(np.linalg.norm(line))
        across = line / length if length > 0.45 * self.unit else np.array([1.0, 0.0])
        return across, np.array([-across[1], across[0]])

    @cached_property
    def turn(self) -> float:
        """How far the head is turned, from −1, its left cheek hidden, over 0 to 1, the right one hidden."""
        nose = (self.points[NOSE_TIP] - self.points[[234, 454]].mean(0)) @ self.axes[0]
        wide = float(np.linalg.norm(self.points[454] - self.points[234]))
        return float(np.clip(2 * nose / max(wide, 1e-6), -1, 1))

    def visible(self, which: int) -> float:
        """How much of an eye is seen, 0 left or 1 right: its width over that of an eye seen from the front."""
        outer, inner = self.points[list(EYES[which].corners)]
        return float(np.linalg.norm(outer - inner) / (0.46 * self.unit))

    def opening(self, which: int) -> float:
        """Height over width of an eye in the photo; of two open eyes each has a share of the other's."""
        own, other = self._opening(which), self._opening(1 - which)
        return 0.75 * own + 0.25 * other if min(own, other) > 0.1 else own

    def _opening(self, which: int) -> float:
        eye = EYES[which]
        heights = (self.points[list(eye.bottom)] - self.points[list(eye.top)]) @ self.axes[1]
        height = float(heights[3:6].mean())
        outer, inner = self.points[list(eye.corners)]
        return height / max(float(np.linalg.norm(outer - inner)), 0.25 * self.unit)

    @cached_property
    def drawn(self) -> Points:
        """``(478, 2)``: where the points of the mesh are drawn."""
        return self.warp(self.points)

    def warp(self, points: Points) -> Points:
        """Move points, ``(N, 2)``, of the photo to where they are drawn: eyes grow, nose and mouth shrink a little.
        Nothing outside the face moves.
        """
        moved = np.zeros_like(points)
        for which, middle in enumerate(self.eye_middles):
            open_share = np.clip((self.opening(which) - 0.12) / 0.14, 0, 1)
            wider = 1 + (WIDER - 1) * np.clip((self.visible(which) - 0.3) / 0.5, 0, 1)
            taller = 1 + (TALLER - 1) * (0.35 + 0.65 * open_share)
            moved += self._scaled(points, middle, wider, taller, REACH, LOWER * self.unit)
        nose = self.points[2]
        moved += self._scaled(points, nose, NOSE_SIZE, NOSE_SIZE, NOSE_REACH, 0.0)
        mouth = self.points[[*MOUTH_ABOVE, *MOUTH_BELOW]].mean(0)
        moved += self._scaled(points, mouth, MOUTH_SIZE, 1.0, MOUTH_REACH, 0.0)
        inside = self._inside(points)
        return points + moved * inside[:, None]

    def _scaled(
        self, points: Points, middle: Points, wider: float, taller: float, reach: float, lower: float
    ) -> Points:
        across, down = self.axes
        offset = points - middle
        share = stretched(np.linalg.norm(offset, axis=1) / (reach * self.unit))[:, None]
        grown = (offset @ across * (wider - 1))[:, None] * across + (offset @ down * (taller - 1) + lower)[
            :, None
        ] * down
        return grown * share

    def _inside(self, points: Points) -> Points:
        """1 inside the face, 0 on its outline and beyond, ``(N,)``."""
        share = np.clip(sampled(self._depth_inside, points) / (0.12 * self.unit), 0, 1)
        return np.asarray(share * share * (3 - 2 * share), np.float64)

    @cached_property
    def _depth_inside(self) -> Channel:
        """How far each pixel is inside the outline of the face, 0 outside."""
        mask = np.zeros(self.measured.person.shape, np.uint8)
        cv2.fillPoly(mask, [np.round(self.points[list(OVAL)]).astype(np.int32)], 255)
        return np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, 5), np.float32)

    @cached_property
    def field(self) -> tuple[Channel, Channel]:
        """Maps for `cv2.remap` of the photo to the warped photo: x and y, ``(H, W) float32`` each."""
        height, width = self.measured.person.shape
        step = 4
        y, x = np.mgrid[0 : height + step : step, 0 : width + step : step].astype(np.float64)
        target = np.stack([x.ravel(), y.ravel()], 1)
        source = target.copy()
        for _ in range(8):  # the inverse of the warp, by fixed-point iteration
            source = source + 0.8 * (target - self.warp(source))
        offsets = (source - target).reshape(*x.shape, 2).astype(np.float32)
        matrix = np.array([[step, 0, 0], [0, step, 0]], np.float32)
        dense = cv2.warpAffine(offsets, matrix, (width, height), flags=cv2.INTER_CUBIC)
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        return columns + dense[..., 0], rows + dense[..., 1]

    def warped(self, picture: Array) -> Array:
        """Warp a picture or a channel, ``(H, W, …)``, to where it is drawn."""
        return cv2.remap(picture, *self.field, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def curve(points: Points, count: int = 40) -> Points:
    """A smooth curve of ``count`` points through points, ``(N, 2)``: Catmull-Rom, evenly spaced."""
    ends = np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])
    pieces = []
    for p0, p1, p2, p3 in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        t = np.linspace(0, 1, 12, endpoint=False)[:, None]
        pieces.append(
            0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
        )
    return evenly_spaced(np.vstack([*pieces, points[-1:]]), count)


def evenly_spaced(line: Points, count: int) -> Points:
    """``count`` points at even distances along a line, ``(N, 2)``."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(line, axis=0), axis=1))])
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, line[:, n]) for n in (0, 1)], 1)


def smoothed(line: Points, width: int) -> Points:
    """A line without its jitter: the mean of ``width`` points; its ends stay."""
    if len(line) < 2 * width:
        return line
    padded = np.pad(line, ((width // 2, width // 2), (0, 0)), mode="reflect", reflect_type="odd")
    kernel = np.ones(width) / width
    return np.stack([np.convolve(padded[:, n], kernel, "valid")[: len(line)] for n in (0, 1)], 1)


def polygon(shape: tuple[int, ...], points: Points, soft: float = 0.0) -> Channel:
    """A filled polygon as a channel of ``shape``: 1 inside, with a soft edge of ``soft`` pixels."""
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [np.round(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    channel = mask.astype(np.float32) / 255
    return np.asarray(cv2.GaussianBlur(channel, (0, 0), soft) if soft > 0 else channel, np.float32)


def sampled(picture: Array, points: Points) -> Array:
    """The values of a picture or channel at points, ``(N, 2)``, bilinear: ``(N, …)``."""
    x, y = (points[:, n].astype(np.float32).reshape(1, -1) for n in (0, 1))
    return cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[0]
