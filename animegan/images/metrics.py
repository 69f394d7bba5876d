"""Metrics of pictures and of the difference between two. Pictures are ``(H, W, 3) uint8`` RGB."""

import cv2
import numpy as np
import numpy.typing as npt

from animegan.images.resize import Mask, Picture


def psnr(picture: Picture, reference: Picture) -> float:
    """Peak signal-to-noise ratio in dB over all three channels; infinite if the pictures are equal."""
    error = np.mean((picture.astype(np.float64) - reference.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def ssim(picture: Picture, reference: Picture) -> float:
    """Structural similarity of the greyscale pictures (Wang et al. 2004: Gaussian window, σ 1.5)."""
    x, y = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (picture, reference))

    def blur(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5), np.float64)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )
    return float(similarity.mean())


def line_strength(picture: Picture) -> float:
    """Mean Sobel magnitude of the greyscale picture: the amount of line in a drawing."""
    return float(_gradient(picture).mean())


def _gradient(picture: Picture) -> npt.NDArray[np.float32]:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)


def flat(picture: Picture) -> float:
    """Share of the pixels with flat colour: L of Lab (0 to 100) has a deviation below 0.6 in the 7×7 pixels around."""
    light = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 0]
    mean, square = (cv2.blur(values, (7, 7), borderType=cv2.BORDER_REFLECT_101) for values in (light, light * light))
    return float(np.mean(square - mean * mean < 0.6**2))


def specks(picture: Picture) -> float:
    """What is left between the lines, in grey levels: the deviation of what a Gaussian with a σ of 1 px removes, in the
    half of the picture that is farthest from edges.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    values = grey.astype(np.float32)
    distance = cv2.distanceTransform(255 - cv2.Canny(grey, 60, 150), cv2.DIST_L2, 5)
    far = distance.ravel() >= np.median(distance)
    return float((values - cv2.GaussianBlur(values, (0, 0), 1)).ravel()[far].std(dtype=np.float64))


def chroma(picture: Picture) -> float:
    """Mean chroma: the distance of a and b of Lab from grey."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(lab[:, :, 1], lab[:, :, 2]).mean())


def seam(picture: Picture, mask: Mask) -> float:
    """Visibility of a seam along a mask's border: mean gradient on it over that 3 to 8 px beside it; 1: not visible."""
    gradient = _gradient(picture)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 5) + cv2.distanceTransform(255 - mask, cv2.DIST_L2, 5)
    on, beside = gradient[distance <= 1.5], gradient[(distance > 3) & (distance < 8)]
    return float((on.mean() + 1e-6) / (beside.mean() + 1e-6)) if on.size and beside.size else 1.0
