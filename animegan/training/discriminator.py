"""The adversarial training: a network that judges photo and drawing together, patch by patch, and learns as it goes."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from animegan.training import losses


class PatchDiscriminator(nn.Module):
    """A conditional PatchGAN (Isola et al. 2017, pix2pix) without normalisation: one score per patch of 38 pixels,
    higher for the teacher's drawings. Spectral normalisation made it too slow to tell lines apart.
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


class Critic:
    """A discriminator with its optimizer. In ``half`` it computes in bfloat16."""

    def __init__(self, device: torch.device, rate: float, half: bool):
        self.network = PatchDiscriminator().to(device)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate, betas=(0.5, 0.99))
        self._device, self._half = device, half

    def _scores(self, photo: Tensor, *drawings: Tensor) -> list[Tensor]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._half):
            return [self.network(photo, drawing).float() for drawing in drawings]

    def learn(self, photo: Tensor, target: Tensor, drawing: Tensor, rate: float) -> None:
        """Take one step at a learning rate towards telling the target from the drawing; ``(N, 3, H, W)`` each."""
        self.network.requires_grad_(True)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        losses.discrimination(*self._scores(photo, target, drawing.detach())).backward()
        self.optimizer.step()

    def loss(self, photo: Tensor, target: Tensor, drawing: Tensor, rate: float) -> Tensor:
        """Learn, then say how little the drawing passes for the target."""
        self.learn(photo, target, drawing, rate)
        self.network.requires_grad_(False)
        return losses.adversarial(*self._scores(photo, drawing))
