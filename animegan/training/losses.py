"""The losses of the training. Pictures are ``(N, 3, H, W)`` floats, RGB in [-1, 1]."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def content(drawing: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute difference (L1), which blurs less than L2 (Isola et al. 2017, pix2pix). ``weight``,
    ``(N, 1, H, W)``, is the weight of each pixel; None: 1 for all.
    """
    error = (drawing - target).abs()
    return (error if weight is None else error * weight).mean()


def gradients(drawing: Tensor, target: Tensor, weight: Tensor | None = None) -> Tensor:
    """L1 of the horizontal and vertical differences: keeps flat colour flat and lines in their place (Mathieu et al.
    2016, "gradient difference loss", here with the sign kept).
    """
    difference = drawing - target
    across, down = difference.diff(dim=-1).abs(), difference.diff(dim=-2).abs()
    if weight is not None:
        across, down = across * weight[..., 1:], down * weight[..., 1:, :]
    return across.mean() + down.mean()


def tints(drawing: Tensor, target: Tensor, weight: Tensor, patch: int = 4) -> Tensor:
    """L1 of the colour without its lightness, as the mean of a patch of pixels. Where lines are uncertain, L1 of the
    pixels takes colour from small things, such as an iris.
    """

    def tint(picture: Tensor) -> Tensor:
        return F.avg_pool2d((picture - picture.mean(1, keepdim=True)) * weight, patch)

    return F.l1_loss(tint(drawing), tint(target))


def line_energy(drawing: Tensor, target: Tensor, patch: int = 8) -> Tensor:
    """L1 of the mean gradient magnitude per patch of pixels. If the place of a line is uncertain, L1 alone draws it
    faintly. This loss asks for as much line as in the target, in about the same place.
    """

    def energy(picture: Tensor) -> Tensor:
        grey = picture.mean(1, keepdim=True)
        across, down = grey.diff(dim=-1)[..., :-1, :], grey.diff(dim=-2)[..., :-1]
        return F.avg_pool2d((across**2 + down**2 + 1e-6).sqrt(), patch)

    return F.l1_loss(energy(drawing), energy(target))


def flatness(drawing: Tensor, target: Tensor, window: int = 7, threshold: float = 0.012) -> Tensor:
    """Unevenness of the drawing where the target is flat: of the standard deviation of its grey in windows where the
    target's is below ``threshold`` (0.6 of the 100 steps of lightness). L1 leaves a visible ripple there.

    The loss of a window saturates, with a slope of 1 at the threshold: what is far from flat, such as a line in another
    place, counts little, and what is nearly flat becomes flat.
    """

    def deviation(picture: Tensor) -> Tensor:
        grey = picture.mean(1, keepdim=True)
        mean, square = (F.avg_pool2d(values, window, stride=2) for values in (grey, grey * grey))
        return ((square - mean * mean).clamp(min=0) + 1e-6).sqrt()

    uneven = deviation(drawing)
    return (4 * threshold * uneven / (uneven + threshold) * (deviation(target) < threshold)).mean()


def adversarial(scores: Tensor) -> Tensor:
    """The generator's hinge loss (Lim, Ye 2017): high scores for its drawings."""
    return -scores.mean()


def discrimination(teacher_scores: Tensor, student_scores: Tensor) -> Tensor:
    """The discriminator's hinge loss: scores above 1 for the teacher's drawings, below -1 for the student's."""
    return F.relu(1 - teacher_scores).mean() + F.relu(1 + student_scores).mean()


def lab(pictures: Tensor) -> Tensor:
    """RGB in [-1, 1] to CIE L*a*b* (D65), ``(N, 3, H, W)``: L from 0 to 100, a and b about ±100."""
    rgb = ((pictures + 1) / 2).clamp(1e-6, 1)
    linear = torch.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = pictures.new_tensor(
        [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
    )
    white = pictures.new_tensor([0.95047, 1.0, 1.08883])
    xyz = torch.einsum("ij,njhw->nihw", to_xyz / white[:, None], linear)
    delta = 6 / 29
    f = torch.where(xyz > delta**3, xyz.clamp(min=1e-6) ** (1 / 3), xyz / (3 * delta**2) + 4 / 29)
    x, y, z = f.unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def colour(drawing: Tensor, target: Tensor) -> Tensor:
    """L1 of a and b in Lab, over 100: colour without lightness (weighted as in AnimeGANv3's Lab loss)."""
    return F.l1_loss(lab(drawing)[:, 1:], lab(target)[:, 1:]) / 100


def structure(drawing: Tensor, target: Tensor, scales: int = 3) -> Tensor:
    """1 − MS-SSIM of the greyscale pictures (Wang, Simoncelli, Bovik 2003; Gaussian window, σ 1.5), over the first
    ``scales`` of its five scales, with weights normalised to a sum of 1.
    """
    weights = torch.tensor([0.0448, 0.2856, 0.3001, 0.2363, 0.1333][:scales])
    x, y = (p.mean(1, keepdim=True) for p in (drawing, target))
    position = torch.arange(11, dtype=x.dtype, device=x.device) - 5
    window = torch.exp(-(position**2) / (2 * 1.5**2))
    window = window / window.sum()
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    product = x.new_ones(len(x))
    for scale, weight in enumerate((weights / weights.sum()).tolist()):
        mean_x, mean_y, mean_xx, mean_yy, mean_xy = _blurred(torch.cat([x, y, x * x, y * y, x * y]), window).chunk(5)
        var_x, var_y, covariance = mean_xx - mean_x**2, mean_yy - mean_y**2, mean_xy - mean_x * mean_y
        similarity = (2 * covariance + c2) / (var_x + var_y + c2)
        if scale == scales - 1:
            similarity = similarity * (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        product = product * similarity.mean((1, 2, 3)).clamp(min=1e-4) ** weight
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return 1 - product.mean()


def _blurred(pictures: Tensor, window: Tensor) -> Tensor:
    """Convolve ``(N, 1, H, W)`` with a window along both axes, as matrix products: quicker than convolutions."""

    def matrix(length: int) -> Tensor:
        rows = torch.arange(length - len(window) + 1, device=window.device)[:, None]
        places = rows + torch.arange(len(window), device=window.device)
        return window.new_zeros(len(rows), length).scatter_(1, places, window.expand(len(rows), -1))

    height, width = pictures.shape[-2:]
    return matrix(height) @ pictures @ matrix(width).T


def log_error(drawing: Tensor, target: Tensor) -> Tensor:
    """Mean logarithm of the squared error of each picture: PSNR as a loss (as Chen et al. 2022, NAFNet, train)."""
    return (((drawing - target) ** 2).mean((1, 2, 3)) + 1e-6).log().mean()


def total_variation(drawing: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring pixels (Rudin, Osher, Fatemi 1992, anisotropic): reduces grain."""
    return drawing.diff(dim=-1).abs().mean() + drawing.diff(dim=-2).abs().mean()


class Features(nn.Module):
    """L1 of deep features of VGG-19 up to its layer conv4_4 (Johnson, Alahi, Li 2016; AnimeGAN's content loss).
    ``path`` is a state dict of torchvision's ``vgg19``.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, path: Path):
        super().__init__()
        from torchvision.models import vgg19

        network = vgg19(weights=None)
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        assert isinstance(network.features, nn.Sequential)
        self.layers = network.features[:26].eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, drawing: Tensor, target: Tensor) -> Tensor:
        x, y = (self.layers(((p + 1) / 2 - self.mean) / self.deviation) for p in (drawing, target))
        return F.l1_loss(x, y)
