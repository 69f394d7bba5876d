"""What a run reports: stages and reasons, as codes with parameters.

A `Message` is an English sentence that can be printed directly. For another language, render its code and its
parameters, as `animegan.words.texts` does for Chinese.
"""

from __future__ import annotations

from typing import Any

STAGES = {
    "read": "Reading the photo",
    "find-style": "Looking for the style's weights",
    "find-restorer": "Looking for the repair model",
    "download": "Downloading weights: {come:.1f} MB",
    "download-of": "Downloading weights: {come:.1f} of {size:.1f} MB",
    "crop": "Looking for a face to crop around",
    "assess": "Measuring its quality",
    "repair": "Repairing it",
    "no-repair": "It needs no repair",
    "find-faces": "Looking for faces",
    "find-people": "Looking for people",
    "load-style": "Loading the style",
    "load-faces": "Loading the face model",
    "paint": "Painting the scene",
    "paint-face": "Painting face {number} of {count}",
    "enlarge": "Enlarging the drawing",
    "read-clip": "Reading the clip",
    "assess-clip": "Measuring its quality",
    "paint-frame": "Drawing frame {number} of {count}",
    "finish": "Finishing",
    "done": "Done",
}
"""What the run does next."""

REASONS = {
    "blurry": "blurry (fine detail {detail:.0%}, sharpness {sharpness:.0f})",
    "noisy": "noisy (σ {noise:.0f})",
    "blocky": "JPEG blocks (steps {blockiness:.1f} times as high)",
    "worn": "worn: fine detail {detail:.0%}, noise σ {noise:.1f}, grain σ {grain:.1f}, "
    "steps between JPEG blocks {blockiness:.1f} times as high",
    "coarse": "holds the detail of a photo {side} pixels wide",
    "faded": "faded (black {black:.0%}, white {white:.0%}, tint {tint:.0f})",
    "asked-for": "asked for",
    "dark": "dark (mean level {exposure:.0%}, highlights {highlights:.0%})",
    "flat": "flat (contrast {contrast:.0%})",
    "noise-left": "noise is left (σ {noise:.0f})",
    "grain-left": "grain is left (σ {grain:.1f})",
}
"""Why a photo is repaired."""

NOTES = {
    "cut-off": "The photo's file is cut off or damaged: where it lacks a part, the drawing is grey.",
    "nobody": "No person was seen: the whole photo is taken for the background.",
    "on-white": "JPEG knows no transparency: the drawing lies on white (--background names another colour).",
}
"""What a person should know of a result."""

ENGLISH = {**STAGES, **REASONS, **NOTES}


class Message(str):
    """A sentence in English that knows its code and its parameters.

    Raises:
        KeyError: there is no such code, or a parameter is missing.
    """

    code: str
    parameters: dict[str, Any]

    def __new__(cls, code: str, **parameters: Any) -> Message:
        message = super().__new__(cls, ENGLISH[code].format(**parameters))
        message.code = code
        message.parameters = parameters
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Return the arguments that make it again, for copies and for other processes."""
        return (self.code,), self.parameters

    def to_dict(self) -> dict[str, Any]:
        """Return code and parameters as plain values, for JSON."""
        return {"code": self.code, **self.parameters}
