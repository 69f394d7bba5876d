"""Every number that decides what a photo needs, in one table. Why each has its value: docs/repair.md#measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Thresholds:
    """The limits of the measures in `animegan.repair.quality.Quality`, and how far each step of a repair goes."""

    blurry_fine_ratio: float = 0.27  # Less fine detail than this is blurry
    noisy_sigma: float = 5.0  # Noise above this is noisy, in levels of 255, if it is white noise
    white_noise: float = 0.55  # White noise has less than this times its strength at half the size; gravel has more
    flat_contrast: float = 0.32  # Less contrast than this is flat
    dark_exposure: float = 0.26  # A dark photo has less exposure than this
    dark_highlights: float = 0.42  # and brightest places darker than this: a lamp in the night is on purpose
    black_highlights: float = 0.08  # Where the brightest places are darker than this, all is black
    dark_specks: float = 2.5  # Where specks are so many times as bright as the brightest places, the dark is on purpose
    bright_specks: float = 1.9  # So many times are enough where they are also
    bright: float = 0.5  # as bright as this
    damaged: float = 0.6  # More damage than this needs a repair
    blocky: float = 1.6  # Steps between JPEG's blocks that are so many times as high as others show
    coarse_octaves: float = 1.95  # A photo that has lost more octaves of detail than this is coarse
    suspect_octaves: float = 1.0  # so is one that has lost more than this,
    suspect_damage: float = 1 / 3  # if its damage is above this
    repeated: float = 1.8  # Pixels that are repeated more often than this in a row were enlarged by nearest neighbour
    print_black: float = 0.12  # A faded print's darkest places are lighter than this
    print_white: float = 0.88  # its brightest are darker than this
    print_tint: float = 2.0  # and both share more tint than this, in a and b of Lab
    veiled_black: float = 0.18  # One with darkest places lighter than this
    veiled_white: float = 0.75  # and brightest ones darker than this needs no tint
    print_grain: float = 1.5  # Grain of more than this times the noise is a film's
    print_fine_ratio: float = 0.3  # A print has more fine detail than this: grain adds to it

    smaller_octaves: float = 1.0  # A photo that has lost more octaves than this is restored at a smaller size
    own_grain: float = 0.9  # With less grain than this only there; with more also at its own size
    all_own_grain: float = 1.5  # and with more than this only at its own size: the pixels are the camera's
    face_octaves: float = 0.5  # Octaves that faces have lost less than a photo that is restored at its own size
    restored_blur: float = 2.0  # Pixels: the largest σ of a blur at the size at which a photo is restored
    noise_left: float = 1.5  # More noise than this after the restorer is removed, if the photo was noisy
    grain_left: float = 1.3  # More grain than this after the restorer is removed,
    strong_grain: float = 3.0  # if the photo had more than this
    grain_strength: float = 6.0  # The strength of non-local means against grain
    most_strength: float = 10.0  # The strongest non-local means; more makes faces waxy

    good_exposure: float = 0.42  # A dark photo is lifted to this exposure
    good_highlights: float = 0.7  # or until its brightest places are this bright, whichever comes first
    most_lift: float = 2.3  # but at most by this gamma
    lifted_black: float = 0.02  # and less below this level, where there is little but noise
    faded_to: float = 0.486  # The level that fading leaves as it is: black gets lighter, and white darker
    most_tint: float = 1.2  # The strongest correction of a print's tint
    most_stretch: float = 1.45  # and of its contrast
    full_range: float = 231.0  # A flat photo is spread to so many levels of 255
    most_spread: float = 1.8  # but at most so many times


REPAIR = Thresholds()
