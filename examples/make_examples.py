"""Write the example photographs: four that scikit-image carries, and one degraded on purpose; and
what our own program makes of one of them, for the README.

Run it with ``python examples/make_examples.py`` (scikit-image is in requirements-dev.txt).
"""

import sys
from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import animegan  # noqa: E402 (from this checkout, installed or not)

ORIGINALS = {
    "1-astronaut": skimage.data.astronaut,
    "3-rocket": skimage.data.rocket,
    "4-coffee": skimage.data.coffee,
    "5-chelsea": skimage.data.chelsea,
}


def degraded(photo: np.ndarray, seed: int = 0) -> np.ndarray:
    """A bad phone photo of ``(H, W, 3) uint8``: out of focus (σ 1.6), with little contrast, noisy (σ 6)."""
    blurred = cv2.GaussianBlur(photo, (0, 0), 1.6).astype(np.float32)
    dull = 80 + 0.29 * (blurred - 95)
    noisy = dull + np.random.default_rng(seed).normal(0, 6, photo.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def main() -> None:
    """Write all of them beside this file."""
    pictures = {name: original() for name, original in ORIGINALS.items()}
    pictures["2-astronaut-blurry"] = degraded(pictures["1-astronaut"])
    for name, picture in pictures.items():
        Image.fromarray(picture).save(HERE / f"{name}.jpg", quality=90)
    (HERE / "styles").mkdir(exist_ok=True)
    portrait = pictures["1-astronaut"][:, 40:472]
    for style in animegan.styles():
        if style.source.kind == "built in":  # the page's buttons for the styles
            drawn = animegan.stylize(portrait, style.id).image[:324]
            card = cv2.resize(drawn, (320, 240), interpolation=cv2.INTER_AREA)
            animegan.save(card, HERE / "styles" / f"{style.id}.webp")
    # What the page shows before anybody has brought a photo.
    for side, picture in zip(("before", "after"), animegan.stylize(pictures["1-astronaut"]).preview(), strict=True):
        animegan.save(picture, HERE / "styles" / f"example-{side}.webp")
    # What the README shows: photo and drawing side by side.
    animegan.save(np.hstack(animegan.stylize(HERE / "1-astronaut.jpg").preview()), HERE / "before-after.webp")


if __name__ == "__main__":
    main()
