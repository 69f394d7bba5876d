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
