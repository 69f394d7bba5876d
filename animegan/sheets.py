"""Several pictures in one. All are ``(H, W, 3) uint8`` RGB."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

PAPER = (255, 250, 245)
INK = (124, 35, 66)
MARGIN = 0.03
"""Of a picture's width: the white around each picture of a gallery."""
CAPTION = 0.09
"""Of a picture's width: the height of the line below it."""


def grid(rows: Sequence[Sequence[np.ndarray]]) -> np.ndarray:
    """Rows of pictures on white, each column and row as wide and high as its largest."""
    high, wide = (max(picture.shape[side] for row in rows for picture in row) for side in (0, 1))
    sheet = np.full((len(rows) * high, len(rows[0]) * wide, 3), 255, np.uint8)
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            height, width = picture.shape[:2]
            sheet[down * high : down * high + height, across * wide : across * wide + width] = picture
    return sheet


def side_by_side(photo: np.ndarray, picture: np.ndarray) -> np.ndarray:
    """A photo and its drawing at the drawing's size, a thin white line between them."""
    if photo.shape != picture.shape:
        photo = cv2.resize(photo, picture.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    line = np.full((len(picture), max(2, picture.shape[1] // 200), 3), 255, np.uint8)
    return np.hstack([photo, line, picture])


def gallery(pictures: Sequence[tuple[np.ndarray, str]], columns: int = 0) -> np.ndarray:
    """Pictures of one size with a caption below each, on paper: ``columns`` of them side by side, 0: as many as make
    the sheet about square. Captions are in Latin letters, OpenCV's own.
    """
    columns = columns or max(1, round(len(pictures) ** 0.5))
    height, width = pictures[0][0].shape[:2]
    margin, line = max(4, round(MARGIN * width)), max(16, round(CAPTION * width))
    high, wide = height + line + margin, width + margin
    rows = -(-len(pictures) // columns)
    sheet = np.full((rows * high + margin, columns * wide + margin, 3), PAPER, np.uint8)
    for number, (picture, caption) in enumerate(pictures):
        top, left = margin + number // columns * high, margin + number % columns * wide
        sheet[top : top + height, left : left + width] = picture
        _write(sheet[top + height : top + height + line, left : left + width], caption)
    return sheet


def _write(line: np.ndarray, text: str) -> None:
    """Letters in the middle of a line, ``(H, W, 3)``, smaller where it is too short for them; in place."""
    font, size = cv2.FONT_HERSHEY_DUPLEX, len(line) / 42
    width = cv2.getTextSize(text, font, size, 1)[0][0]
    size *= min(1.0, 0.96 * line.shape[1] / max(1, width))
    (width, height), _ = cv2.getTextSize(text, font, size, 1)
    corner = (line.shape[1] - width) // 2, (len(line) + height) // 2
    part = np.ascontiguousarray(line)
    cv2.putText(part, text, corner, font, size, INK, max(1, round(1.5 * size)), cv2.LINE_AA)
    line[:] = part
