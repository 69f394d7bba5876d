"""Write the example photographs: four that scikit-image carries, and one degraded on purpose.

Run it with ``python examples/make_examples.py`` (scikit-image is in requirements-dev.txt).
"""

from pathlib import Path

import cv2
import numpy as np
import skimage.data
from PIL import Image

HERE = Path(__file__).parent
ORIGINALS = {
    "1-astronaut": skimage.data.astronaut,
    "3-rocket": skimage.data.rocket,
    "4-coffee": skimage.data.coffee,
    "5-chelsea": skimage.data.chelsea,
}


def degraded(photo: np.ndarray, seed: int = 0) -> np.ndarray:
    """A bad phone photo of ``(H, W, 3) uint8``: out of focus (σ 2), noisy (σ 12), with little contrast."""
    blurred = cv2.GaussianBlur(photo, (0, 0), 2.0).astype(np.float32)
    dull = 95 + 0.28 * (blurred - 95)
    noisy = dull + np.random.default_rng(seed).normal(0, 12, photo.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def main() -> None:
    """Write all of them beside this file."""
    pictures = {name: original() for name, original in ORIGINALS.items()}
    pictures["2-astronaut-blurry"] = degraded(pictures["1-astronaut"])
    for name, picture in pictures.items():
        Image.fromarray(picture).save(HERE / f"{name}.jpg", quality=90)


if __name__ == "__main__":
    main()
