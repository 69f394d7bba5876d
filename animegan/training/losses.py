"""What the student is punished for. Pictures are ``(N, 3, H, W)`` floats, RGB in [-1, 1]."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def content(drawn: Tensor, wanted: Tensor, weight: Tensor | None = None) -> Tensor:
    """Mean absolute difference (L1): blurs less than squares do (Isola et al. 2017, pix2pix).
    ``weight``, ``(N, 1, H, W)``, says how much each pixel counts (all as one without it).
    """
    error = (drawn - wanted).abs()
    return error.mean() if weight is None else (error * weight).mean()


def gradients(drawn: Tensor, wanted: Tensor, weight: Tensor | None = None) -> Tensor:
    """L1 of the horizontal and vertical differences: flat colour stays flat, lines stay where they
    were drawn (Mathieu et al. 2016, "gradient difference loss", here with the sign kept).
    """
    difference = drawn - wanted
    across, down = difference.diff(dim=-1).abs(), difference.diff(dim=-2).abs()
    if weight is not None:
        across, down = across * weight[..., 1:], down * weight[..., 1:, :]
    return across.mean() + down.mean()


def line_energy(drawn: Tensor, wanted: Tensor, patch: int = 8) -> Tensor:
    """L1 of the mean gradient magnitude per patch of pixels. Where a line's place is uncertain, L1 alone
    draws it faint to be half right; this asks for as much line as the teacher has, near where it is.
    """

    def energy(picture: Tensor) -> Tensor:
        grey = picture.mean(1, keepdim=True)
        across, down = grey.diff(dim=-1)[..., :-1, :], grey.diff(dim=-2)[..., :-1]
        return F.avg_pool2d((across**2 + down**2 + 1e-6).sqrt(), patch)

    return F.l1_loss(energy(drawn), energy(wanted))


def flatness(drawn: Tensor, wanted: Tensor, window: int = 7, even: float = 0.012) -> Tensor:
    """How uneven the drawing is where the target is even: the mean standard deviation of its grey in windows in which
    the target's is below ``even`` (0.6 of the 100 steps of light). L1 leaves a ripple there that the eye sees.
    """

    def deviation(picture: Tensor) -> Tensor:
        grey = picture.mean(1, keepdim=True)
        mean, square = (F.avg_pool2d(values, window, stride=2) for values in (grey, grey * grey))
        return ((square - mean * mean).clamp(min=0) + 1e-6).sqrt()

    return (deviation(drawn) * (deviation(wanted) < even)).mean()


def adversarial(scores: Tensor) -> Tensor:
    """The generator's part of the hinge loss (Lim, Ye 2017): drawings should score high."""
    return -scores.mean()


def discrimination(of_teacher: Tensor, of_student: Tensor) -> Tensor:
    """The discriminator's part of the hinge loss: the teacher's over 1, the student's under -1."""
    return F.relu(1 - of_teacher).mean() + F.relu(1 + of_student).mean()


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


def colour(drawn: Tensor, wanted: Tensor) -> Tensor:
    """L1 of a and b in Lab, over 100: colour apart from light (as AnimeGANv3's Lab loss weighs it)."""
    return F.l1_loss(lab(drawn)[:, 1:], lab(wanted)[:, 1:]) / 100


def structure(drawn: Tensor, wanted: Tensor, scales: int = 3) -> Tensor:
    """1 − MS-SSIM of the grey pictures (Wang, Simoncelli, Bovik 2003; Gaussian window, σ 1.5), over the
    first ``scales`` of its five scales with their weights made to add up to 1.
    """
    weights = torch.tensor([0.0448, 0.2856, 0.3001, 0.2363, 0.1333][:scales])
    x, y = (p.mean(1, keepdim=True) for p in (drawn, wanted))
    position = torch.arange(11, dtype=x.dtype, device=x.device) - 5
    bell = torch.exp(-(position**2) / (2 * 1.5**2))
    bell = bell / bell.sum()
    c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
    product = x.new_ones(len(x))
    for scale, weight in enumerate((weights / weights.sum()).tolist()):
        mean_x, mean_y, mean_xx, mean_yy, mean_xy = _blurred(torch.cat([x, y, x * x, y * y, x * y]), bell).chunk(5)
        var_x, var_y, covariance = mean_xx - mean_x**2, mean_yy - mean_y**2, mean_xy - mean_x * mean_y
        similarity = (2 * covariance + c2) / (var_x + var_y + c2)
        if scale == scales - 1:
            similarity = similarity * (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        product = product * similarity.mean((1, 2, 3)).clamp(min=1e-4) ** weight
        x, y = F.avg_pool2d(x, 2), F.avg_pool2d(y, 2)
    return 1 - product.mean()


def _blurred(pictures: Tensor, bell: Tensor) -> Tensor:
    """Convolved with a bell along both sides, ``(N, 1, H, W)``; one side after the other by matrices, which is
    ten times faster than convolutions of one channel.
    """

    def matrix(length: int) -> Tensor:
        rows = torch.arange(length - len(bell) + 1, device=bell.device)[:, None]
        places = torch.arange(len(bell), device=bell.device)
        return bell.new_zeros(len(rows), length).scatter_(1, rows + places, bell.expand(len(rows), -1))

    height, width = pictures.shape[-2:]
    return matrix(height) @ pictures @ matrix(width).T


def log_error(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Mean over the pictures of the logarithm of the squared error: PSNR turned into a loss (as Chen et al. 2022,
    NAFNet, train). Each picture counts alike, however hard it is.
    """
    return (((drawn - wanted) ** 2).mean((1, 2, 3)) + 1e-6).log().mean()


def total_variation(drawn: Tensor) -> Tensor:
    """Mean absolute difference of neighbours (Rudin, Osher, Fatemi 1992, anisotropic): less grain."""
    return drawn.diff(dim=-1).abs().mean() + drawn.diff(dim=-2).abs().mean()


class Features(nn.Module):
    """Deep features of VGG-19 up to its layer conv4_4 (Johnson, Alahi, Li 2016; AnimeGAN's content loss),
    compared by L1. Its weights, a state dict of torchvision's ``vgg19``, are given by whoever trains.
    """

    def __init__(self, path: Path):
        super().__init__()
        from torchvision.models import vgg19

        network = vgg19(weights=None)
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.layers = network.features[:26].eval().requires_grad_(False)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1))
        self.register_buffer("deviation", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1))

    def forward(self, drawn: Tensor, wanted: Tensor) -> Tensor:
        x, y = (self.layers(((p + 1) / 2 - self.mean) / self.deviation) for p in (drawn, wanted))
        return F.l1_loss(x, y)
