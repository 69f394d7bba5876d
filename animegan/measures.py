"""How near one picture comes to another. Pictures are ``(H, W, 3) uint8`` RGB."""

import cv2
import numpy as np


def psnr(picture: np.ndarray, reference: np.ndarray) -> float:
    """Peak signal-to-noise ratio in dB over all three channels; infinite for equal pictures."""
    error = np.mean((picture.astype(np.float64) - reference.astype(np.float64)) ** 2)
    return float(10 * np.log10(255**2 / error)) if error else float("inf")


def ssim(picture: np.ndarray, reference: np.ndarray) -> float:
    """Structural similarity of the grey pictures (Wang et al. 2004: Gaussian window, σ 1.5)."""
    x, y = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY).astype(np.float64) for p in (picture, reference))

    def blur(values: np.ndarray) -> np.ndarray:
        return cv2.GaussianBlur(values, (11, 11), 1.5)

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    covariance = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2)
    )
    return float(similarity.mean())


def line_strength(picture: np.ndarray) -> float:
    """Mean Sobel magnitude of the grey picture: how much line there is in it."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return float(cv2.magnitude(across, down).mean())


def flat(picture: np.ndarray) -> float:
    """Part of the pixels around which, in 7×7, L of Lab (0 to 100) has a standard deviation below 0.6: how much of a
    picture is laid on in even colour.
    """
    light = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 0]
    mean, square = (cv2.blur(values, (7, 7), borderType=cv2.BORDER_REFLECT_101) for values in (light, light * light))
    return float(np.mean(square - mean * mean < 0.6**2))


def chroma(picture: np.ndarray) -> float:
    """Mean distance of a and b of Lab from grey: how much colour there is."""
    lab = cv2.cvtColor(picture.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return float(np.hypot(lab[:, :, 1], lab[:, :, 2]).mean())


def seam(picture: np.ndarray, mask: np.ndarray) -> float:
    """Mean gradient magnitude on the border of a mask, ``(H, W) uint8`` of 0 and 255, over that just inside and
    outside of it (3 to 8 px away): 1 where there is nothing to see.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    gradient = cv2.magnitude(cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1))
    inside, outside = (cv2.distanceTransform(m, cv2.DIST_L2, 5) for m in (mask, 255 - mask))
    distance = inside + outside
    on, beside = gradient[distance <= 1.5], gradient[(distance > 3) & (distance < 8)]
    return float((on.mean() + 1e-6) / (beside.mean() + 1e-6)) if on.size and beside.size else 1.0
