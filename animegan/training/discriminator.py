"""The discriminator of the adversarial training: it judges photo and drawing together, patch by patch."""

from itertools import pairwise

import torch
from torch import Tensor, nn


class PatchDiscriminator(nn.Module):
    """A conditional PatchGAN (Isola et al. 2017, pix2pix) without normalisation: one score per patch of 38 pixels,
    higher for the teacher's drawings. With spectral normalisation it learned too slowly to tell drawings apart that
    differ mainly in their lines.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        widths = (6, width, 2 * width, 4 * width)
        layers: list[nn.Module] = []
        for in_channels, out_channels in pairwise(widths):
            layers += [nn.Conv2d(in_channels, out_channels, 4, stride=2, padding=1), nn.LeakyReLU(0.2, inplace=True)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, photo: Tensor, drawing: Tensor) -> Tensor:
        """Two ``(N, 3, H, W)`` to scores ``(N, 1, H / 8, W / 8)``."""
        return self.layers(torch.cat([photo, drawing], dim=1))
