"""What the student is punished for. Pictures are ``(N, 3, H, W)`` floats, RGB in [-1, 1]."""

from torch import Tensor
from torch.nn import functional as F


def content(drawn: Tensor, wanted: Tensor) -> Tensor:
    """Mean absolute difference (L1): blurs less than squares do (Isola et al. 2017, pix2pix)."""
    return F.l1_loss(drawn, wanted)


def gradients(drawn: Tensor, wanted: Tensor) -> Tensor:
    """L1 of the horizontal and vertical differences: flat colour stays flat, lines stay where they
    were drawn (Mathieu et al. 2016, "gradient difference loss", here with the sign kept).
    """
    across = F.l1_loss(drawn.diff(dim=-1), wanted.diff(dim=-1))
    down = F.l1_loss(drawn.diff(dim=-2), wanted.diff(dim=-2))
    return across + down


def line_energy(drawn: Tensor, wanted: Tensor, patch: int = 8) -> Tensor:
    """L1 of the mean gradient magnitude per patch of pixels. Where a line's place is uncertain, L1 alone
    draws it faint to be half right; this asks for as much line as the teacher has, near where it is.
    """

    def energy(picture: Tensor) -> Tensor:
        grey = picture.mean(1, keepdim=True)
        across, down = grey.diff(dim=-1)[..., :-1, :], grey.diff(dim=-2)[..., :-1]
        return F.avg_pool2d((across**2 + down**2 + 1e-6).sqrt(), patch)

    return F.l1_loss(energy(drawn), energy(wanted))


def adversarial(scores: Tensor) -> Tensor:
    """The generator's part of the hinge loss (Lim, Ye 2017): drawings should score high."""
    return -scores.mean()


def discrimination(of_teacher: Tensor, of_student: Tensor) -> Tensor:
    """The discriminator's part of the hinge loss: the teacher's over 1, the student's under -1."""
    return F.relu(1 - of_teacher).mean() + F.relu(1 + of_student).mean()
