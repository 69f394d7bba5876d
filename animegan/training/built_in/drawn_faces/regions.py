"""Which pixels of a crop are skin, hair, beard, or covered: weights from 0 to 1."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from animegan.images.resize import Array, Picture
from animegan.training.built_in.drawn_faces import geometry as g
from animegan.training.built_in.drawn_faces.measured import Channel
from animegan.training.lab import to_lab


@dataclass(frozen=True)
class Regions:
    """The parts of a photo of a face, in the photo's own geometry."""

    photo: Picture
    shape: g.Shape

    @cached_property
    def lab(self) -> Array:
        """The photo in Lab, without texture finer than skin's."""
        return to_lab(np.asarray(cv2.bilateralFilter(self.photo, 9, 22, 4), np.uint8))

    @cached_property
    def unit(self) -> float:
        return self.shape.unit

    def blurred(self, channel: Array, size: float) -> Channel:
        """Blur by ``size`` units of the face."""
        return np.asarray(cv2.GaussianBlur(channel, (0, 0), max(0.3, size * self.unit)), np.float32)

    @cached_property
    def oval(self) -> Channel:
        """The face from forehead to chin."""
        return g.polygon(self.photo.shape, g.curve(self.shape.points[[*g.OVAL, g.OVAL[0]]], 160), 0.8)

    @cached_property
    def person(self) -> Channel:
        """The person, with the photo's own edges."""
        guide = self.photo.astype(np.float32) / 255
        fine = cv2.ximgproc.guidedFilter(guide, self.shape.measured.person, 7, 1e-4)
        return np.clip((np.maximum(fine, 0.9 * self.oval) - 0.25) / 0.5, 0, 1)

    @cached_property
    def features(self) -> Channel:
        """Eyes, brows, nostrils and lips: all that is drawn anew, with a margin."""
        points, parts = self.shape.points, []
        for eye in g.EYES:
            parts.append(points[[*eye.top, *eye.bottom[::-1]]])
            parts.append(points[[*eye.brow_top, *eye.brow_bottom[::-1]]])
        parts.append(points[[*g.LIPS_ABOVE, *g.LIPS_BELOW[::-1]]])
        mask = np.zeros(self.photo.shape[:2], np.uint8)
        for part in parts:
            cv2.fillPoly(mask, [np.round(part).astype(np.int32)], 255)
        for at in (*g.NOSE_BOTTOM[1:3], *g.NOSE_BOTTOM[4:6]):
            cv2.circle(mask, tuple(np.round(points[at]).astype(int)), round(0.05 * self.unit), 255, -1)
        size = 2 * round(0.05 * self.unit) + 1
        grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return grown.astype(np.float32) / 255

    @cached_property
    def sockets(self) -> Channel:
        """`features` and the shadows around the eyes, which would look like dirt in flat tones."""
        mask = np.zeros(self.photo.shape[:2], np.uint8)
        for eye in g.EYES:
            around = self.shape.points[[*eye.brow_bottom, *eye.below[:6], *eye.corners]].astype(np.float32)
            cv2.fillPoly(mask, [np.round(cv2.convexHull(around)).astype(np.int32)], 255)
        size = 2 * round(0.05 * self.unit) + 1
        grown = cv2.dilate(mask, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        return np.maximum(self.features, grown.astype(np.float32) / 255)

    @cached_property
    def skin_colour(self) -> Array:
        """The median of bare skin, Lab ``(3,)``."""
        values = np.concatenate([self._around(at) for at in g.SKIN])
        middle = np.median(values, axis=0)
        near = values[np.abs(values - middle).sum(1) <= np.median(np.abs(values - middle).sum(1)) * 2 + 1]
        return np.median(near, axis=0)

    def _around(self, at: int) -> Array:
        x, y = np.round(self.shape.points[at]).astype(int)
        reach = max(2, round(0.05 * self.unit))
        height, width = self.photo.shape[:2]
        rows, columns = (
            slice(max(0, y - reach), min(height, y + reach)),
            slice(max(0, x - reach), min(width, x + reach)),
        )
        return self.lab[rows, columns].reshape(-1, 3)

    @cached_property
    def skin_colours(self) -> Array:
        """Lab of skin in light and in shadow, ``(N, 3)``: what is between brows and mouth, and on the forehead."""
        points = self.shape.points
        hull = cv2.convexHull(points[[70, 105, 334, 300, 454, 361, 327, 2, 98, 132, 234]].astype(np.float32))[:, 0]
        inner = cv2.erode(self.oval, np.ones((round(0.2 * self.unit),) * 2))
        zone = g.polygon(self.photo.shape, hull.astype(np.float64)) * inner * (1 - self.features)
        zone = np.maximum(zone, g.polygon(self.photo.shape, points[[151, 108, 9, 337]]))
        apart = np.hypot(*np.moveaxis(self.lab[..., 1:] - self.skin_colour[1:], -1, 0))
        samples = self.lab[(zone > 0.5) & (apart < 22)]
        samples = samples[:: max(1, len(samples) // 3000)]
        if len(samples) < 60:
            return self.skin_colour[None]
        middles, own = _clusters(samples, 5, 0.04), float(np.hypot(*self.skin_colour[1:]))
        no_hair = (np.hypot(middles[:, 1], middles[:, 2]) < 1.35 * own + 4) & (
            middles[:, 0] > 0.4 * self.skin_colour[0]
        )
        return np.vstack([middles[no_hair], self.skin_colour])

    @cached_property
    def skin_like(self) -> Channel:
        """How much a pixel has the colour of this person's skin, in light or shadow."""
        scale = np.array([10, 6, 6.5], np.float32)
        away = np.min([(((self.lab - each) / scale) ** 2).sum(-1) for each in self.skin_colours], axis=0)
        return np.asarray(np.exp(-away / 2), np.float32)

    @cached_property
    def hair_colours(self) -> Array | None:
        """Lab of hair, ``(N, 3)``: what is around the face and is not skin. None: there is none."""
        above = self.beside(g.FOREHEAD)[1] * self.unit
        size = 2 * round(0.1 * self.unit) + 1
        near_face = cv2.dilate(self.oval, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        zone = (self.person > 0.9) & (near_face < 0.1) & (above < 0.55 * self.unit) & (above > -0.75 * self.unit)
        not_skin = zone & (self.skin_like < 0.35)
        if not_skin.sum() < 0.12 * zone.sum() + 40:
            return None
        samples = self.lab[not_skin][:: max(1, int(not_skin.sum() // 3000))]
        middles = _clusters(samples, 4, 0.1)
        light, hue = middles[:, 0] / self.skin_colour[0], np.arctan2(middles[:, 2], middles[:, 1])
        own = np.arctan2(self.skin_colour[2], self.skin_colour[1])
        like_skin = (np.abs(hue - own) < np.deg2rad(12)) & (light > 0.68)
        return middles if like_skin.all() else middles[~like_skin]

    @cached_property
    def hair_like(self) -> Channel:
        """How much a pixel has the colour of the hair rather than of skin."""
        if self.hair_colours is None:
            return np.zeros(self.photo.shape[:2], np.float32)
        scale = np.array([10, 6, 6.5], np.float32)
        to_hair = np.min([(((self.lab - each) / scale) ** 2).sum(-1) for each in self.hair_colours], axis=0)
        skin = self.skin_like
        to_skin = -2 * np.log(np.maximum(skin, 1e-4))
        near = np.exp(-np.maximum(0, to_hair - 8) / 6)
        return np.asarray(near / (1 + np.exp(np.clip(0.5 * (to_hair - to_skin), -30, 30))), np.float32)

    @cached_property
    def hair(self) -> Channel:
        """Hair of the head."""
        _, below = self.beside(g.CHIN)
        low = np.mean([self.beside(eye.brow_top[2])[1] for eye in g.EYES], axis=0)
        inside = self.blurred(self.oval, 0.05)
        above = np.clip((0.03 - low) / 0.08, 0, 1)  # of the face only the forehead may be under hair
        right, _ = self.beside(g.NOSE_TIP)
        deep = cv2.distanceTransform((self.oval > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / self.unit
        aside = np.clip((0.6 - deep) / 0.1, 0, 1) * np.clip((np.abs(right) - 0.22) / 0.1, 0, 1) * (below < -0.2)
        sure = np.clip((self.blurred(self.hair_like, 0.03) - 0.6) / 0.2, 0, 1) * (1 - self.features)
        may = np.maximum(1 - inside * (1 - above), aside * sure) * self.person
        unknown = np.clip(1.15 * (1 - self.skin_like) - 0.3, 0, 1) * (1 - self._shine)
        prior = np.where(self.oval > 0.5, self.hair_like, np.maximum(self.hair_like, unknown)) * (1 - 0.8 * self._shine)
        prior = np.where(below > -0.15, np.minimum(prior, self.hair_like), prior)
        raw = np.clip(prior, 0, 1) * may * self._long_enough(prior * may, below)
        guide = self.photo.astype(np.float32) / 255
        fine = cv2.ximgproc.guidedFilter(guide, raw.astype(np.float32), round(0.06 * self.unit), 1e-3)
        share = np.clip((fine - 0.3) / 0.4, 0, 1) * may
        return _of_the_head(np.asarray(share, np.float32), below)

    @cached_property
    def _shine(self) -> Channel:
        """Light on bare skin: brighter than the skin, and than any hair."""
        brightest = max(
            [self.skin_colour[0] + 4, *(self.hair_colours[:, 0] + 12 if self.hair_colours is not None else ())]
        )
        return np.clip((self.lab[..., 0] - brightest) / 4, 0, 1)

    def _long_enough(self, hair: Channel, below: Channel) -> Channel:
        """1 where hair may be: below the chin only on a side where it also hangs beside the mouth."""
        right, _ = self.beside(g.CHIN)
        may = np.clip((0.05 - below) / 0.1, 0, 1)
        beside = (below > -0.5) & (below < -0.15) & (self.oval < 0.1)
        for side in (-1, 1):
            strip = beside & (side * right > 0) & (side * right < 1.6)
            seen = hair[strip & (np.abs(right) < 1.25)]
            if len(seen) < 50 or seen.mean() < 0.3:
                continue
            wide = float(np.quantile(np.abs(right[strip & (hair > 0.25)]), 0.95)) + 0.3
            reach = np.clip((wide - np.abs(right)) / 0.15, 0, 1) * (side * right > -0.2) * (below < 1.2)
            may = np.maximum(may, reach)
        return np.asarray(may, np.float32)

    def beside(self, at: int) -> tuple[Channel, Channel]:
        """How far each pixel is to the right of a point of the mesh, and below it, in units of the face."""
        rows, columns = np.mgrid[: self.photo.shape[0], : self.photo.shape[1]].astype(np.float32)
        (across, down), (x, y) = self.shape.axes, self.shape.points[at]
        right = ((columns - x) * across[0] + (rows - y) * across[1]) / self.unit
        below = ((columns - x) * down[0] + (rows - y) * down[1]) / self.unit
        return right.astype(np.float32), below.astype(np.float32)

    @cached_property
    def beard(self) -> Channel:
        """Beard, moustache and stubble: darker or greyer than skin in the same light, and rough."""
        skin_light, a, b = (float(v) for v in self.skin_colour)
        light = self.blurred(self.lab[..., 0], 0.02)
        chroma = self.blurred(np.hypot(self.lab[..., 1], self.lab[..., 2]), 0.02)
        expected = np.hypot(a, b) * np.clip((light + 12) / (skin_light + 12), 0.3, 1.15)
        grey = np.clip((expected - chroma) / np.maximum(expected, 6), -0.3, 1)
        dark = np.clip((skin_light - light) / max(skin_light, 20), -0.3, 1)
        sharp = to_lab(self.photo)[..., 0]
        rough = self.blurred(np.abs(sharp - cv2.GaussianBlur(sharp, (0, 0), 2.5)), 0.03)
        score = 2.6 * np.maximum(grey, -0.1) + 1.6 * dark + 0.28 * np.minimum(rough, 5) - 1.15
        share = np.clip(score / 0.45 + 0.5, 0, 1) * self._beard_zone
        whole = cv2.morphologyEx(share, cv2.MORPH_CLOSE, np.ones((round(0.16 * self.unit),) * 2))
        share = np.clip((self.blurred(whole, 0.035) - 0.4) / 0.15, 0, 1) * (1 - self._lips)
        _, found, stats, _ = cv2.connectedComponentsWithStats((share > 0.5).astype(np.uint8))
        labels = np.asarray(found, np.int32)
        kept = stats[:, cv2.CC_STAT_AREA] > (0.3 * self.unit) ** 2
        kept[0] = False
        right, _ = self.beside(g.CHIN)
        sides = [float((kept[labels] & (side * right > 0.05)).sum()) for side in (-1, 1)]
        lopsided = min(sides) < 0.35 * max(sides) and abs(self.shape.turn) < 0.35
        around_mouth = g.sampled(share, self.shape.points[[164, 165, 391, 18, 200]]) > 0.5
        if lopsided or around_mouth.sum() < 2:  # a shadow
            return np.zeros_like(share)
        near = cv2.dilate(kept[labels].astype(np.float32), np.ones((7, 7)))
        return np.asarray(share * near, np.float32)

    @cached_property
    def _lips(self) -> Channel:
        return g.polygon(self.photo.shape, self.shape.points[[*g.LIPS_ABOVE, *g.LIPS_BELOW[::-1]]], 0.01 * self.unit)

    @cached_property
    def _beard_zone(self) -> Channel:
        """Where a beard may grow: around the mouth, on chin and jaw, and below them."""
        points = self.shape.points
        _, below_nose = self.beside(2)
        right, below_chin = self.beside(g.CHIN)
        wide = np.linalg.norm(points[454] - points[234]) / self.unit
        middle = np.abs(right) / (0.5 * wide)
        rise = 0.02 - 0.5 * np.clip((middle - 0.45) / 0.4, 0, 1)  # towards the ears it begins higher
        zone = np.clip((below_nose - rise) / 0.08, 0, 1) * np.clip((0.35 - below_chin) / 0.12, 0, 1)
        near = cv2.dilate(self.oval, np.ones((round(0.16 * self.unit),) * 2))
        return zone * near * self.person * (1 - self._lips) * np.clip((1.05 - middle) / 0.1, 0, 1)

    @cached_property
    def lenses_dark(self) -> tuple[bool, bool]:
        """Whether the left and the right eye are behind dark glass."""
        found = []
        for which, eye in enumerate(g.EYES):
            below = g.sampled(self.lab, self.shape.points[list(eye.below[1:6])])
            above = g.sampled(self.lab, self.shape.points[list(eye.crease)])
            cheek = g.sampled(self.lab, self.shape.points[list(g.CHEEKS[which])])
            drop = float(np.median(cheek[:, 0])) - np.array([np.median(below[:, 0]), np.median(above[:, 0])])
            found.append(bool((drop > 0.42 * np.median(cheek[:, 0])).all()))
        return found[0], found[1]

    @cached_property
    def mouth_covered(self) -> bool:
        """Whether a mask hides the mouth: around it nothing has the colour of skin."""
        around = [164, 18, 200, 199, 57, 287, 212, 432, 202, 422, 92, 322]
        colours = g.sampled(self.lab, self.shape.points[around])
        upper = g.sampled(self.lab, self.shape.points[[168, 6, 122, 351, 193, 417]])
        apart = np.linalg.norm((colours - np.median(upper, axis=0))[:, 1:], axis=1)
        light = np.abs(colours[:, 0] - np.median(upper[:, 0]))
        smooth = float(np.median(np.abs(colours - np.median(colours, axis=0))))
        return bool(np.mean((apart > 17) | (light > 45)) > 0.8 and smooth < 9)

    @cached_property
    def covered(self) -> Channel:
        """What hides the face and stays as it is: dark lenses and masks."""
        covered = np.zeros(self.photo.shape[:2], np.float32)
        points = self.shape.points
        for eye, dark in zip(g.EYES, self.lenses_dark, strict=True):
            if dark:
                lens = points[[*eye.brow_bottom, *eye.below[5::-1]]]
                middle = lens.mean(0)
                covered = np.maximum(covered, g.polygon(covered.shape, middle + 1.35 * (lens - middle), 2.0))
        if self.mouth_covered:
            _, below = self.beside(g.NOSE_TIP)
            covered = np.maximum(covered, np.clip((below + 0.12) / 0.05, 0, 1) * self.oval)
        unlike = 1 - np.clip(self.blurred(self.skin_like, 0.02) / 0.25, 0, 1)
        return np.asarray(np.clip(covered * unlike * 1.5, 0, 1), np.float32)

    @cached_property
    def skin(self) -> Channel:
        """Bare skin of face, ears and neck, also in shadow; features and stubble count as skin where they lie in it."""
        near = self.blurred(self.skin_like, 0.012)
        above = np.clip((-0.3 - self.beside(g.BETWEEN_EYES)[1]) / 0.1, 0, 1)
        outside = np.maximum(np.clip((near - 0.22) / 0.3, 0, 1), above) * self.person * self._near_head
        share = np.maximum(self.oval, outside) * (1 - self.hair)
        closed = cv2.morphologyEx(share, cv2.MORPH_CLOSE, np.ones((7, 7)))
        return np.asarray(np.minimum(closed, np.maximum(self.oval, self.person) * (1 - self.hair)), np.float32)

    @cached_property
    def _near_head(self) -> Channel:
        """The head with ears and neck, as an ellipse around the face."""
        points, (across, down) = self.shape.points, self.shape.axes
        middle = (points[g.FOREHEAD] + points[g.CHIN]) / 2 + 0.15 * self.unit * down
        rows, columns = np.mgrid[: self.photo.shape[0], : self.photo.shape[1]].astype(np.float32)
        x = ((columns - middle[0]) * across[0] + (rows - middle[1]) * across[1]) / (1.5 * self.unit)
        y = ((columns - middle[0]) * down[0] + (rows - middle[1]) * down[1]) / (1.9 * self.unit)
        return np.clip((1 - np.hypot(x, y)) / 0.15, 0, 1)

    @cached_property
    def head(self) -> Channel:
        """Head with hair, beard, ears and the neck just below the chin; soft at its edge. What is drawn anew."""
        _, below = self.beside(g.CHIN)
        rows, columns = np.mgrid[: self.photo.shape[0], : self.photo.shape[1]].astype(np.float32)
        neck = self.skin * np.clip((0.42 - below) / 0.3, 0, 1)
        above = self.person * self._near_head * np.clip((-0.35 - below) / 0.2, 0, 1)
        whole = np.maximum.reduce([self.hair, self.oval, self.beard, neck, above])
        size = 2 * round(0.035 * self.unit) + 1
        whole = cv2.dilate(whole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)))
        height, width = whole.shape
        border = np.minimum.reduce([rows, columns, height - 1 - rows, width - 1 - columns]) / (0.05 * width)
        return self.blurred(whole, 0.025) * np.clip(border, 0, 1)


def _clusters(colours: Array, count: int, least: float) -> Array:
    """Middles of clusters of colours, ``(N, 3)``, that hold a share of at least ``least``; always the same ones."""
    cv2.setRNGSeed(0)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 15, 0.5)
    none = np.zeros((len(colours), 1), np.int32)
    _, labels, middles = cv2.kmeans(colours.astype(np.float32), count, none, stop, 1, cv2.KMEANS_PP_CENTERS)
    sizes = np.bincount(np.asarray(labels, np.int32).ravel(), minlength=count)
    return np.asarray(middles[sizes > least * len(colours)])


def _of_the_head(hair: Channel, below: Channel) -> Channel:
    """Hair that hangs together with that above the chin."""
    count, found = cv2.connectedComponents((hair > 0.3).astype(np.uint8))
    labels = np.asarray(found, np.int32)
    size = np.bincount(labels[below < -0.3], minlength=count)
    size[0] = 0
    kept = size > 0.06 * max(1, size.sum())
    near = cv2.dilate(kept[labels].astype(np.float32), np.ones((5, 5)))
    return hair * near
