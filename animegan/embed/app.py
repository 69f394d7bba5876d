"""What makes the folder an app that can be installed: its web app manifest and its icons."""

from __future__ import annotations

import cmath
import io
import json
import math
from typing import Any

from PIL import Image, ImageDraw

MANIFEST = "app.webmanifest"
SCREENSHOTS = {"wide": (1366, 768), "narrow": (720, 1480)}
"""Pictures of the page in ``site/app/``, which shops and browsers show before it is installed: width and height."""
PETAL, HEART, GROUND = "#f27d9b", "#b93a62", "#fff1f4"
ICONS = {
    "icon-192.png": (192, "any"),
    "icon-512.png": (512, "any"),
    "maskable-512.png": (512, "maskable"),
    "apple-touch-icon.png": (180, "apple"),
}
"""By name: the side in pixels, and what it is for. Systems cut a maskable one to their own shape, as iOS does with its
own."""
PHOTOS = {
    "image/jpeg": [".jpg", ".jpeg"],
    "image/png": [".png"],
    "image/webp": [".webp"],
    "image/avif": [".avif"],
    "image/heic": [".heic"],
    "image/heif": [".heif"],
}
CLIPS = {"video/mp4": [".mp4", ".m4v"], "video/quicktime": [".mov"], "video/webm": [".webm"]}
"""The kinds of file that the installed page opens."""
_UNIT = 64
"""The side of the square in which the petals are drawn, as in the icon of ``index.html``."""
_SUPERSAMPLING = 4


def files() -> dict[str, bytes]:
    """Return the manifest and the icons by their paths in the folder."""
    icons = {f"app/{name}": icon(side, purpose) for name, (side, purpose) in ICONS.items()}
    return {MANIFEST: json.dumps(web_manifest(), indent=1).encode(), **icons}


def web_manifest() -> dict[str, Any]:
    """Return the web app manifest. Its addresses are relative, so the folder works at any depth."""
    icons = [
        {"src": f"app/{name}", "sizes": f"{side}x{side}", "type": "image/png", "purpose": purpose}
        for name, (side, purpose) in ICONS.items()
        if purpose != "apple"
    ]
    screenshots = [
        {"src": f"app/{form}.webp", "sizes": f"{width}x{height}", "type": "image/webp", "form_factor": form}
        for form, (width, height) in SCREENSHOTS.items()
    ]
    return {
        "id": "./",
        "name": "animegan: a photo becomes anime",
        "short_name": "animegan",
        "description": "Turns a photo into anime on your own device. Nothing leaves it.",
        "lang": "en",
        "start_url": "./",
        "scope": "./",
        "display": "standalone",
        "theme_color": GROUND,
        "background_color": GROUND,
        "categories": ["photo", "graphics"],
        "icons": icons,
        "screenshots": screenshots,
        "share_target": {
            "action": "./share",
            "method": "POST",
            "enctype": "multipart/form-data",
            "params": {"files": [{"name": "photo", "accept": ["image/*", *PHOTOS, *CLIPS]}]},
        },
        "file_handlers": [{"action": "./", "accept": {**PHOTOS, **CLIPS}}],
        "launch_handler": {"client_mode": ["navigate-existing", "auto"]},
    }


def icon(side: int, purpose: str = "any") -> bytes:
    """Return the page's blossom as a PNG of ``side`` × ``side`` pixels."""
    large = side * _SUPERSAMPLING
    picture = Image.new("RGBA", (large, large), (0, 0, 0, 0) if purpose == "any" else GROUND)
    draw = ImageDraw.Draw(picture)
    if purpose == "any":
        draw.rounded_rectangle((0, 0, large - 1, large - 1), large * 0.22, fill=GROUND)
    scale = large / _UNIT * (0.68 if purpose == "maskable" else 0.84)
    for turn in range(5):
        draw.polygon([_placed(point, turn * 72, scale, large) for point in _petal()], fill=PETAL)
    heart = 5 * scale
    draw.ellipse((large / 2 - heart, large / 2 - heart, large / 2 + heart, large / 2 + heart), fill=HEART)
    file = io.BytesIO()
    picture.resize((side, side), Image.Resampling.LANCZOS).save(file, "PNG", optimize=True)
    return file.getvalue()


def _petal() -> list[complex]:
    """The outline of the upper petal, from the middle of the blossom: two Bézier curves with a notch between them."""
    left = _curve(0j, -12 - 8j, -12 - 22j, -5 - 28j)
    return [*left, -23j, *(complex(-point.real, point.imag) for point in reversed(left))]


def _curve(*controls: complex) -> list[complex]:
    one, two, three, four = controls
    parts = (n / 24 for n in range(25))
    return [(1 - t) ** 3 * one + 3 * (1 - t) ** 2 * t * two + 3 * (1 - t) * t**2 * three + t**3 * four for t in parts]


def _placed(point: complex, degrees: float, scale: float, side: int) -> tuple[float, float]:
    turned = point * cmath.rect(scale, math.radians(degrees)) + complex(side / 2, side / 2)
    return turned.real, turned.imag
