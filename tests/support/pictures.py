"""What tests do to photographs, and faces that they make up."""

import cv2
import numpy as np

from animegan.faces.face import Face


def blurred(photo: np.ndarray, sigma: float = 2.0) -> np.ndarray:
    """Out of focus by ``sigma`` pixels."""
    return cv2.GaussianBlur(photo, (0, 0), sigma)


def noisy(photo: np.ndarray, sigma: float, seed: int = 0) -> np.ndarray:
    """With white noise of ``sigma`` levels."""
    noise = np.random.default_rng(seed).normal(0, sigma, photo.shape)
    return np.clip(photo + noise, 0, 255).astype(np.uint8)


def dull(photo: np.ndarray) -> np.ndarray:
    """With a fifth of its contrast."""
    return (110 + 0.2 * (photo.astype(np.float32) - 110)).astype(np.uint8)


def turned(photo: np.ndarray, degrees: float) -> np.ndarray:
    """Clockwise, about the middle; the corners are mirrored."""
    height, width = photo.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    return cv2.warpAffine(photo, matrix, (width, height), borderMode=cv2.BORDER_REFLECT_101)


def at(x: float, y: float, side: float) -> Face:
    """A frontal face with its box's middle there."""
    half, points = side / 2, [(-0.18, -0.1), (0.18, -0.1), (0, 0.08), (-0.15, 0.26), (0.15, 0.26)]
    landmarks = tuple((x + px * side, y + py * side) for px, py in points)
    return Face((x - half, y - half, x + half, y + half), landmarks, 1.0)
