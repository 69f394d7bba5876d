"""How good a photo is: sharpness, noise, light, JPEG's blocks, and the size that its detail fills."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace

import cv2
import numpy as np

from animegan.images.resize import Array, Picture, shrink, to_long_side
from animegan.images.sizes import PAINT_SIDE
from animegan.images.tones import brightest
from animegan.repair import measures
from animegan.repair.damage import trees
from animegan.repair.thresholds import REPAIR

SIDE = 512
"""Pixels: the long side at which a photo is measured, so that a figure means the same for all."""
NOISE_SIDE = 1024
"""Pixels: noise is measured at a long side of at most this."""


@dataclass(frozen=True)
class Quality:
    """What was measured on a photo, with its long side at `SIDE` pixels where nothing else is said."""

    sharpness: float
    """Variance of the Laplacian of the grey picture, less what the noise adds to it (Pech-Pacheco 2000)."""
    noise: float
    """Standard deviation of the noise, in levels of 255 (Immerkær 1996), at a long side of at most `NOISE_SIDE`."""
    grain: float
    """The same at half that size, where noise as coarse as a film's shows, and so does the finest texture."""
    contrast: float
    """The levels of all channels from the 2nd to the 98th percentile, as a part of 255; 1 where nothing is seen."""
    fine_ratio: float
    """Energy between Gaussian scales 1 and 2 px over that between 2 and 4 px, less the noise: blur lowers it."""
    exposure: float
    """The mean of the greys, as a part of 255."""
    highlights: float
    """The light of the brightest places in their brightest channel (see `measures.highlights_of`), as a part of 255."""
    specks: float
    """How many times as bright the brightest pixels are (see `measures.specks_of`)."""
    blockiness: float
    """Steps between the 8 px blocks of JPEG over those within them, at the photo's own size; 1 for none
    (after Wang, Sheikh, Bovik 2002, "No-reference perceptual quality assessment of JPEG")."""
    lost: float
    """Octaves of detail that are lost at a long side of at most `PAINT_SIDE`; see `measures.lost_octaves`."""
    true_side: int
    """Pixels: the long side of a photo that would hold as much detail, at most `PAINT_SIDE`."""
    repeated: float
    """How many times in a row its pixels are repeated, as by an enlargement; see `measures.repetition`."""
    damage: float
    """How sure all measures together are that the photo is damaged, 0 to 1 (`animegan.repair.damage`)."""
    black: float
    """The brightness of the darkest 1 % of the pixels, as a part of full light."""
    white: float
    """The brightness of the brightest 1 %."""
    tint: float
    """How far both the darkest and the brightest places are from grey in the same direction, in a and b of Lab."""

    def to_dict(self) -> dict[str, float]:
        """Return what was measured as plain values, for JSON; ``detail`` is the fine ratio."""
        values = asdict(self)
        return {**values, "detail": values["fine_ratio"]}

    @property
    def worn(self) -> bool:
        """Blur, noise and JPEG together have taken much, even where none of them stands out."""
        return self.damage > REPAIR.damaged

    @property
    def blurry(self) -> bool:
        """Fine structure is missing where coarse structure is there."""
        return self.fine_ratio < REPAIR.blurry_fine_ratio

    @property
    def noisy(self) -> bool:
        """There is noise that a person sees: white noise, not fine texture."""
        return self.noise > REPAIR.noisy_sigma and self.grain < REPAIR.white_noise * self.noise

    @property
    def flat(self) -> bool:
        """Light and colours fill little of their range."""
        return self.contrast < REPAIR.flat_contrast and not self.dark_on_purpose

    @property
    def dark_on_purpose(self) -> bool:
        """All is black but specks, such as stars, a firework or the moon."""
        bright = self.specks >= REPAIR.bright_specks and self.specks * self.highlights >= REPAIR.bright
        return self.highlights <= REPAIR.black_highlights or self.specks >= REPAIR.dark_specks or bright

    @property
    def dark(self) -> bool:
        """Too little light came in, even in the brightest places."""
        unlit = self.exposure < REPAIR.dark_exposure and self.highlights < REPAIR.dark_highlights
        return unlit and not self.dark_on_purpose

    @property
    def is_repeated(self) -> bool:
        """Its pixels were enlarged by nearest neighbour."""
        return self.repeated > REPAIR.repeated

    @property
    def coarse(self) -> bool:
        """So much detail is missing that a far smaller photo would hold what is left, or its pixels are repeated."""
        suspect = self.lost > REPAIR.suspect_octaves and self.damage > REPAIR.suspect_damage
        return self.lost > REPAIR.coarse_octaves or suspect or self.is_repeated

    @property
    def faded(self) -> bool:
        """Black is grey, white is dull, both have one tint, and there are damage and grain, as in an old print."""
        worn = self.worn and self.grainy and self.fine_ratio > REPAIR.print_fine_ratio
        tinted = self.black > REPAIR.print_black and self.white < REPAIR.print_white and self.tint > REPAIR.print_tint
        veiled = self.black > REPAIR.veiled_black and self.white < REPAIR.veiled_white
        return worn and (tinted or veiled)

    @property
    def grainy(self) -> bool:
        """There is more grain than noise: a film's, or that of a small camera in poor light. So have some sharp photos
        of fine structure.
        """
        return self.grain > REPAIR.print_grain * (self.noise + 0.5)

    @property
    def blocky(self) -> bool:
        """JPEG's blocks show."""
        return self.blockiness > REPAIR.blocky


def assess(photo: Picture) -> Quality:
    """Measure a photo, ``(H, W, 3) uint8`` sRGB."""
    measured, seen = _measured(photo)
    return replace(measured, damage=round(_sigmoid(trees()(seen)), 3))


def features(photo: Picture) -> Array:
    """What `animegan.repair.damage` looks at, ``(15,)``: `band_ratios`, and the logarithms of the other measures."""
    return _measured(photo)[1]


def _measured(photo: Picture) -> tuple[Quality, Array]:
    """Everything but the damage, and what that is judged by."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    side = min(NOISE_SIDE, max(grey.shape))
    half = max(1, side // 2)
    copies = {length: to_long_side(grey, length).astype(np.float32) for length in {SIDE, side, half}}
    noise = {length: measures.noise_sigma(copy) for length, copy in copies.items()}
    small, painted = copies[SIDE], shrink(grey, PAINT_SIDE)
    floats = painted.astype(np.float32)
    ratios, painted_noise = measures.band_ratios(floats), measures.noise_sigma(floats)
    repeated = max(1.0, measures.repetition(grey) * max(painted.shape) / max(grey.shape))
    lost = max(0.0, measures.lost_octaves(ratios, painted_noise), math.log2(repeated))
    colours = shrink(photo, SIDE)
    black, white, tint = measures.fading(colours)
    light = brightest(colours)  # a lamp is bright in one colour, too
    measured = Quality(
        sharpness=round(measures.laplacian_variance(small), 2),
        noise=round(noise[side], 2),
        grain=round(noise[half], 2),
        contrast=round(measures.contrast_range(small, colours, noise[SIDE]), 3),
        fine_ratio=round(measures.octave_ratio(small, noise[SIDE]), 3),
        exposure=round(measures.mean_exposure(small), 3),
        highlights=round(measures.highlights_of(light), 3),
        specks=round(measures.specks_of(light), 2),
        blockiness=round(measures.blockiness(grey), 3),
        lost=round(lost, 2),
        true_side=round(max(painted.shape) / 2**lost),
        black=round(black, 3),
        white=round(white, 3),
        repeated=round(repeated, 1),
        damage=0.0,
        tint=round(tint, 1),
    )
    noises = [math.log(value + 0.5) for value in (painted_noise, measured.noise, measured.grain)]
    rest = math.log(measured.blockiness), math.log(measured.fine_ratio + 0.02), measured.lost
    return measured, np.array([*ratios, *noises, *rest])


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value))
