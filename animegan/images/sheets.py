"""Combines several pictures into one."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from animegan.images.resize import Picture, like

PAPER, INK = (255, 250, 245), (124, 35, 66)
MARGIN, CAPTION = 0.03, 0.09
"""Margin around each picture of a gallery, and height of the line below it, in parts of the picture's width."""


def grid(rows: Sequence[Sequence[Picture]]) -> Picture:
    """Arrange rows of pictures on white; all cells have the width and the height of the largest picture."""
    high, wide = (max(picture.shape[side] for row in rows for picture in row) for side in (0, 1))
    sheet = np.full((len(rows) * high, len(rows[0]) * wide, 3), 255, np.uint8)
    for down, row in enumerate(rows):
        for across, picture in enumerate(row):
            height, width = picture.shape[:2]
            sheet[down * high : down * high + height, across * wide : across * wide + width] = picture
    return sheet


def side_by_side(photo: Picture, picture: Picture) -> Picture:
    """Put a photo next to its drawing, both at the drawing's size, with a thin white line between them."""
    photo = like(photo, picture)
    line = np.full((len(picture), max(2, picture.shape[1] // 200), 3), 255, np.uint8)
    return np.hstack([photo, line, picture])


def gallery(pictures: Sequence[tuple[Picture, str]], columns: int = 0) -> Picture:
    """Arrange pictures of one size on a paper-coloured sheet, each with a caption in Latin letters below it, in so many
    ``columns``; 0: as many as make the sheet about square.
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


def _write(line: Picture, text: str) -> None:
    """Write text in the middle of a line, ``(H, W, 3)``, in place; in smaller letters if the line is too short."""
    font, size = cv2.FONT_HERSHEY_DUPLEX, len(line) / 42
    width = cv2.getTextSize(text, font, size, 1)[0][0]
    size *= min(1.0, 0.96 * line.shape[1] / max(1, width))
    (width, height), _ = cv2.getTextSize(text, font, size, 1)
    corner = (line.shape[1] - width) // 2, (len(line) + height) // 2
    part = np.ascontiguousarray(line)
    cv2.putText(part, text, corner, font, size, INK, max(1, round(1.5 * size)), cv2.LINE_AA)
    line[:] = part
