"""What the drawer of faces has to know of a photo: landmarks and a mask of the person, both from MediaPipe.

MediaPipe is no dependency of the project: docs/training.md says how to install it beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt

from animegan.errors import MissingExtraError
from animegan.faces.face import Points
from animegan.images.resize import Picture

if TYPE_CHECKING:
    from collections.abc import Callable

Channel = npt.NDArray[np.floating]
"""``(H, W)``: one value per pixel, usually a weight from 0 to 1."""
LEAST_FACE = 0.3
"""MediaPipe's confidence from which a detection counts: the photo is a crop of a face already."""
TOWARDS_MIDDLE = (1.0, 0.8, 1.25)
"""A face that is not found is looked for again in a copy of this size, on a canvas of the same size."""


@dataclass(frozen=True)
class Measured:
    """A face in an upright crop, in the crop's pixels."""

    points: Points
    """``(478, 2)``: x and y of MediaPipe's face mesh with irises."""
    person: Channel
    """``(H, W)``: 1 where there is a person, 0 behind them; soft at the edge."""


def solutions() -> Any:
    """MediaPipe's networks.

    Raises:
        MissingExtraError: MediaPipe is not installed.
    """
    try:
        import mediapipe
    except ImportError as error:
        raise MissingExtraError(
            "{what} is not installed: make the environment for drawing faces that docs/training.md describes.",
            what="MediaPipe",
        ) from error
    return mediapipe.solutions  # type: ignore[attr-defined]


class Measurer:
    """MediaPipe's networks, loaded once."""

    def __init__(self) -> None:
        """
        Raises:
            MissingExtraError: MediaPipe is not installed.
        """
        networks = solutions()
        self._mesh = networks.face_mesh.FaceMesh(
            static_image_mode=True, max_num_faces=1, refine_landmarks=True, min_detection_confidence=LEAST_FACE
        )
        self._person: Callable[[Picture], Any] = networks.selfie_segmentation.SelfieSegmentation(0).process

    def __call__(self, crop: Picture) -> Measured | None:
        """Measure the face in an upright crop, ``(H, W, 3) uint8``. None: MediaPipe sees no face in it."""
        height, width = crop.shape[:2]
        for scale in TOWARDS_MIDDLE:
            matrix = np.array([[scale, 0, (1 - scale) * width / 2], [0, scale, (1 - scale) * height / 2]])
            seen = crop if scale == 1 else cv2.warpAffine(crop, matrix, (width, height), borderMode=cv2.BORDER_REFLECT)
            found = self._mesh.process(np.ascontiguousarray(seen)).multi_face_landmarks
            if found:
                mesh = np.array([[at.x * width, at.y * height] for at in found[0].landmark])
                points = (mesh - matrix[:, 2] - 0.5) / scale
                person = np.asarray(self._person(crop).segmentation_mask, np.float32)
                return Measured(points, np.clip(person, 0, 1))
        return None
