"""Write the example photographs: five public ones and one degraded on purpose; and what our own program makes of them,
for the page and the README.

    python -m examples.make_examples

It needs requirements-dev.txt.
"""

import cv2
import numpy as np
from PIL import Image

import animegan
from animegan import examples
from animegan.evaluation.recipes import heavy, through_jpeg
from animegan.images.sheets import gallery
from benchmarks.public_photos import path_of

ORIGINALS = {
    "1-astronaut": "astronaut",
    "3-rocket": "rocket",
    "4-coffee": "coffee",
    "5-chelsea": "chelsea",
    "6-pagoda": "china",
}
"""Name of the example → name in `benchmarks.public_photos`."""
HERO = ("1-astronaut", "6-pagoda")
"""What the README begins with: photo and drawing of each, at one height."""


def degraded(photo: np.ndarray, seed: int = 0) -> np.ndarray:
    """A bad phone photo of ``(H, W, 3) uint8``: out of focus (σ 1.6), with little contrast, noisy (σ 6)."""
    blurred = cv2.GaussianBlur(photo, (0, 0), 1.6).astype(np.float32)
    dull = 80 + 0.29 * (blurred - 95)
    noisy = dull + np.random.default_rng(seed).normal(0, 6, photo.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def main() -> None:
    """Write all of them into the folder of the examples."""
    pictures = {name: np.asarray(Image.open(path_of(public)).convert("RGB")) for name, public in ORIGINALS.items()}
    pictures["2-astronaut-blurry"] = degraded(pictures["1-astronaut"])
    for name, picture in pictures.items():
        Image.fromarray(picture).save(examples.FOLDER / f"{name}.jpg", quality=90)
    examples.CARDS.mkdir(exist_ok=True)
    portrait = pictures["1-astronaut"][:, 40:472]
    sheet = [(portrait[:432], "the photo")]
    for style in animegan.list_styles():
        if style.source.kind == "built in":  # the page's buttons for the styles
            drawn = animegan.stylize(portrait, style.id).image
            animegan.save(cv2.resize(drawn[:324], (320, 240), interpolation=cv2.INTER_AREA), examples.card(style.id))
            sheet.append((drawn[:432], style.id))
    animegan.save(gallery(sheet, columns=4), examples.FOLDER / "styles.webp")
    # What the page shows before anybody has brought a photo.
    for side, picture in zip(("before", "after"), animegan.stylize(pictures["1-astronaut"]).preview(), strict=True):
        animegan.save(picture, examples.card(f"example-{side}"))
    # What the README begins with.
    rows = [at_height(np.hstack(animegan.stylize(pictures[name]).preview()), 400) for name in HERO]
    animegan.save(np.hstack(rows), examples.FOLDER / "before-after.webp")
    animegan.save(at_full_size(pictures["6-pagoda"]), examples.FOLDER / "full-size.webp")
    animegan.save(repairs(pictures["1-astronaut"][:448, 30:478], pictures["6-pagoda"]), examples.FOLDER / "repair.webp")


def at_full_size(photo: np.ndarray) -> np.ndarray:
    """A part of a photo that was enlarged four times, and the same part of its drawing at that size."""
    drawing = animegan.stylize(photo, scale=4).image
    enlarged = cv2.resize(photo, drawing.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    rows, columns = slice(480, 1000), slice(640, 1340)
    return np.hstack([enlarged[rows, columns], drawing[rows, columns]])


def repairs(portrait: np.ndarray, scene: np.ndarray) -> np.ndarray:
    """A portrait of 90 pixels, enlarged, and a scene taken with a moving hand: each as it is, its drawing without a
    repair, the repaired photo, and its drawing.
    """
    small = through_jpeg(cv2.resize(portrait, (90, 90), interpolation=cv2.INTER_AREA), 90)
    enlarged = cv2.resize(small, portrait.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    scene = at_height(scene, 448)[:, 120:568]
    moved = heavy(np.ascontiguousarray(scene), np.random.default_rng(1), [])
    sheet = []
    for bad in (np.asarray(enlarged, np.uint8), moved):
        plain, repaired = animegan.stylize(bad, enhance="off"), animegan.stylize(bad)
        sheet += [(bad, "bad photo"), (plain.image, "drawn as it is")]
        sheet += [(repaired.repaired_photo, "repaired"), (repaired.image, "drawn after the repair")]
    return gallery(sheet, columns=4)


def at_height(picture: np.ndarray, height: int) -> np.ndarray:
    """A picture brought to this height, in pixels."""
    return cv2.resize(picture, (round(picture.shape[1] * height / len(picture)), height), interpolation=cv2.INTER_AREA)


if __name__ == "__main__":
    main()
