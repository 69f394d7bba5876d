"""The generators as torch modules. Both map ``(N, 3, H, W)`` float tensors, RGB in [-1, 1], to the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise, product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

MAX_CHANNELS, MAX_LEVELS = 512, 6
"""Bounds of the shape of a network that is read from a file."""


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a `CompactGenerator`. The metadata of its weights hold it."""

    channels: tuple[int, ...] = (24, 48, 64)
    """Channels at 1/2, 1/4 and 1/8 of the picture's size."""
    encoder: tuple[int, ...] = (1, 1, 4)
    """Residual blocks of the encoder, one number per scale (the last is the bottleneck)."""
    decoder: tuple[int, ...] = (1, 1)
    """Residual blocks of the decoder, one number per scale, largest scale first."""
    inner: tuple[int, ...] = ()
    """Channels between the two convolutions of a residual block, per scale: pruned ones. Empty: as many as outside."""
    scale: int = 1
    """Output size over input size: 2 for the restorer."""
    context: int = 0
    """Side in pixels of the thumbnail of the whole picture that the network also sees (see `Context`); 0: none."""
    mask: bool = False
    """Whether the output is one channel, the logits of a mask, instead of a picture."""
    head_mask: bool = False
    """Whether a fourth channel of the output is the mask of the head that is drawn: 1 inside, -1 outside."""

    @property
    def reach(self) -> int:
        """Receptive field of an output pixel in pixels to each side, rounded up to whole strides; the thumbnail does
        not count. Tiles that overlap by this much join exactly.
        """
        last = len(self.channels) - 1
        distance = 2 * 2  # head and tail
        for scale, blocks in enumerate(self.encoder):
            pixel = 2 ** (scale + 1)
            distance += pixel * 2 * (blocks + (self.decoder[scale] if scale < last else 0))  # two convolutions a block
            distance += pixel if scale < last else 0  # the strided convolution
        stride: int = 2 ** len(self.channels)
        return (-(-distance // stride) + 1) * stride  # plus one, as a pixel may lie at either end of its stride

    def to_dict(self) -> dict[str, list[int] | int]:
        """Plain values, for JSON."""
        fields = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}
        if not self.mask:  # older versions do not know it
            del fields["mask"]
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> CompactConfig:
        """The inverse of `to_dict`; fields that are missing have their defaults.

        Raises:
            ValueError: the shape is out of bounds. It may come from a file of a stranger, and must not fill memory.
        """
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in fields.items()}
        config = cls(**values)
        levels = len(config.channels)
        lengths = len(config.encoder), len(config.decoder), len(config.inner or config.channels)
        numbers = (*config.channels, *config.encoder, *config.decoder, *config.inner, config.scale, config.context)
        whole = all(type(number) is int and 0 <= number <= MAX_CHANNELS for number in numbers)
        fits = lengths == (levels, levels - 1, levels) and 1 <= levels <= MAX_LEVELS and config.scale in (1, 2)
        flags = type(config.mask) is bool and type(config.head_mask) is bool
        if not (whole and fits and flags):
            raise ValueError("the shape of the network is out of bounds")
        return config


class ResidualBlock(nn.Module):
    """``x + conv(relu(conv(x)))`` with plain 3×3 convolutions and no normalisation, as in EDSR (Lim et al. 2017)."""

    def __init__(self, channels: int, inner: int | None = None):
        super().__init__()
        inner = inner or channels
        self.conv1 = nn.Conv2d(channels, inner, 3, padding=1)
        self.conv2 = nn.Conv2d(inner, channels, 3, padding=1)
        if not self.conv2.weight.is_meta:  # on meta there is nothing to fill, and PyTorch would load its compiler
            # A tenth of the usual deviation: a new block is close to the identity, so deep stacks start stable.
            nn.init.normal_(self.conv2.weight, std=0.1 * (9 * inner) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        inner: Tensor = self.conv2(F.relu(self.conv1(x), inplace=True))
        return inner.add_(x)  # in place: sums take a tenth of the time


def _blocks(channels: int, inner: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(ResidualBlock(channels, inner) for _ in range(count)))


def thumbnail(picture: Tensor, side: int) -> Tensor:
    """Average a picture, ``(N, 3, H, W)``, over areas to ``(N, 3, side, side)``; a pixel on a border counts in
    part. Two matrix products, which every export format supports.
    """

    def area_weights(length: int) -> Tensor:
        """``(side, length)``: the weight of each pixel in each pixel of the thumbnail."""
        edges = torch.arange(side + 1, device=picture.device, dtype=torch.float32)[:, None] * (length / side)
        pixels = torch.arange(length, device=picture.device, dtype=torch.float32)
        covered = (edges - pixels).clamp(0, 1)  # the part of each pixel before each edge
        return (covered[1:] - covered[:-1]) * (side / length)

    height, width = picture.shape[-2:]
    return area_weights(height) @ picture.float() @ area_weights(width).T


class Context(nn.Module):
    """Conditions every part of a picture on a thumbnail of the whole, as the colours of teachers depend on all of it.

    The thumbnail becomes the mean and deviation of 48 channels. From these come a scale and a shift per channel for
    each level of the encoder (FiLM, Perez et al. 2018) and an affine colour map for the output: the global path of
    HDRnet (Gharbi et al. 2017).
    """

    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        self.widths = widths
        self.convolutions = nn.ModuleList(
            nn.Conv2d(before, after, 3, stride=2, padding=1) for before, after in pairwise((3, 16, 32, 48))
        )
        self.modulation = nn.Linear(2 * 48, 2 * sum(widths) + 12)
        nn.init.zeros_(self.modulation.weight)  # a new context changes nothing
        nn.init.zeros_(self.modulation.bias)

    def forward(self, small: Tensor) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """``(N, 3, side, side)`` to a (scale, shift) of ``(N, C, 1, 1)`` per level, and a colour map ``(N, 3, 4)``."""
        with torch.autocast(small.device.type, enabled=False):  # few numbers that affect all colours: fp32
            x = small.float()
            for convolution in self.convolutions:
                x = F.relu(convolution(x))
            mean = x.mean((2, 3))
            deviation = (x.square().mean((2, 3)) - mean.square()).clamp(min=0).add(1e-5).sqrt()
            numbers = self.modulation(torch.cat([mean, deviation], dim=1))
        *levels, colour_map = torch.split(numbers, [*(2 * width for width in self.widths), 12], dim=1)
        chunks = (level[:, :, None, None].chunk(2, dim=1) for level in levels)
        return [(scale, shift) for scale, shift in chunks], colour_map.reshape(-1, 3, 4)


def apply_colour_map(photo: Tensor, colour_map: Tensor) -> Tensor:
    """Apply an affine map, ``(N, 3, 4)``, to each colour of a photo, ``(N, 3, H, W)``."""
    of_red, of_green, of_blue, constant = colour_map[:, :, :, None, None].unbind(2)  # (N, 3, 1, 1) each
    red, green, blue = torch.split(photo, 1, dim=1)
    mapped: Tensor = of_red * red + of_green * green + of_blue * blue + constant
    return mapped


class CubicDoubling(nn.Module):
    """Doubles pictures by cubic interpolation (Keys 1981, a = −0.75), as `torch.nn.functional.interpolate` does, by one
    convolution at half their size. What it returns has that size as well: a pixel-shuffle by 4 makes it the picture.
    """

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        nearer, near, far, farther = 0.87890625, 0.26171875, -0.03515625, -0.10546875  # 1/4, 3/4, 7/4, 5/4 px away
        taps = torch.tensor([[far, near, nearer, farther, 0.0], [0.0, farther, nearer, near, far]], device="cpu")
        window = torch.einsum("iy,jx->ijyx", taps, taps).reshape(4, 5, 5)
        of_four = torch.zeros(
            4, 4, 6, 6, device="cpu"
        )  # of 4 × 4 new pixels in a block of 2 × 2 old ones with its border
        for y, x in product(range(2), range(2)):
            of_four[2 * y : 2 * y + 2, 2 * x : 2 * x + 2, y : y + 5, x : x + 5] = window.reshape(2, 2, 5, 5)
        blocks = of_four.reshape(16, 3, 2, 3, 2).permute(0, 2, 4, 1, 3).reshape(16, 4, 3, 3)
        kernel = torch.zeros(3, 16, 3, 4, 3, 3, device="cpu")
        kernel[range(3), :, range(3)] = blocks
        self.register_buffer("kernel", kernel.reshape(48, 12, 3, 3), persistent=False)

    def forward(self, picture: Tensor) -> Tensor:
        """``(N, 3, H, W)`` to ``(N, 48, H/2, W/2)``."""
        with torch.autocast(picture.device.type, enabled=False):  # fp32: the drawing is added to it
            bordered = F.pad(picture.float(), (2, 2, 2, 2), mode="replicate")
            return F.conv2d(F.pixel_unshuffle(bordered, 2), self.kernel)


class CompactGenerator(nn.Module):
    """Our own small generator: a U-Net of residual blocks whose output is added to the photo.

    It never works at full resolution: pixel-unshuffle at the input, pixel-shuffle at the output (Shi et al. 2016,
    "Real-Time Single Image and Video Super-Resolution"). It has no normalisation, so it works in tiles: an output pixel
    depends on its neighbourhood and, with a `Context`, on a thumbnail of the whole picture.

    Sides must be multiples of `stride` pixels. With a ``scale`` of 2 the output is ``(N, 3, 2 H, 2 W)``, with a
    ``head_mask`` it has a fourth channel. A ``mask`` is ``(N, 1, H, W)`` and is not added to the photo.
    """

    def __init__(self, config: CompactConfig | None = None):
        super().__init__()
        self.config = config = config or CompactConfig()
        widths = config.channels
        self.stride = 2 ** len(widths)
        self.head = nn.Conv2d(12, widths[0], 3, padding=1)
        inner = config.inner or widths
        self.encoder = nn.ModuleList(_blocks(*each) for each in zip(widths, inner, config.encoder, strict=True))
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 3, stride=2, padding=1) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.Conv2d(coarse, 4 * fine, 1) for fine, coarse in pairs)
        self.decoder = nn.ModuleList(map(_blocks, widths, inner, config.decoder))
        outputs = 1 if config.mask else 4 if config.head_mask else 3
        self.tail = nn.Conv2d(widths[0], 4 * outputs * config.scale**2, 3, padding=1)
        assert self.tail.bias is not None
        nn.init.zeros_(self.tail.weight)  # an untrained generator is the identity
        nn.init.zeros_(self.tail.bias)
        self.context = Context(widths) if config.context else None
        self.doubled = CubicDoubling() if config.scale != 1 else None

    def forward(self, photo: Tensor, small: Tensor | None = None) -> Tensor:
        """Draw ``(N, 3, H, W)``. If that is a tile, ``small`` is the thumbnail of the whole picture,
        ``(N, 3, context, context)``; None: the input is a whole picture.
        """
        modulations, colour_map = [], None
        if self.context is not None:
            modulations, colour_map = self.context(thumbnail(photo, self.config.context) if small is None else small)
        x = self.head(F.pixel_unshuffle(photo, 2))  # (N, c0, H/2, W/2)
        skips = []
        for level, blocks in enumerate(self.encoder):
            if level:
                x = F.relu(self.down[level - 1](x))
            if modulations:
                scale, shift = (value.to(x.dtype) for value in modulations[level])
                x = torch.addcmul(shift, x, 1 + scale)
            x = blocks(x)
            skips.append(x)
        # x: (N, c2, H/8, W/8)
        for blocks, up, skip in reversed(list(zip(self.decoder, self.up, skips[:-1], strict=True))):
            x = blocks(F.pixel_shuffle(up(x), 2).add_(skip))
        if self.doubled is not None:
            return F.pixel_shuffle(self.doubled(photo).add_(self.tail(x)), 4)
        drawn: Tensor = F.pixel_shuffle(self.tail(x), 2)
        if self.config.mask:
            return drawn
        if self.config.head_mask:
            return torch.cat([photo + drawn[:, :3], drawn[:, 3:].to(photo.dtype)], dim=1)
        drawing = photo + drawn
        return drawing if colour_map is None else drawing + apply_colour_map(photo, colour_map)


class ConvNormLReLU(nn.Sequential):
    """Reflection pad → convolution → layer normalisation over (C, H, W) → leaky ReLU 0.2."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        # Strided layers pad right and below only, as TensorFlow's "SAME" does for even sides.
        edge = (kernel - 1) // 2
        super().__init__(
            nn.ReflectionPad2d((0, 1, 0, 1) if stride == 2 else edge),
            nn.Conv2d(in_channels, out_channels, kernel, stride=stride, groups=groups, bias=False),
            nn.GroupNorm(1, out_channels),
            nn.LeakyReLU(0.2, inplace=True),
        )


class InvertedResidualBlock(nn.Module):
    """Expand 1×1 → depthwise 3×3 → project 1×1, added to the input if the channels agree (Sandler et al. 2018)."""

    def __init__(self, in_channels: int, out_channels: int, expansion: int = 2):
        super().__init__()
        self.residual = in_channels == out_channels
        wide = in_channels * expansion
        expand = [ConvNormLReLU(in_channels, wide, kernel=1)] if expansion != 1 else []
        self.layers = nn.Sequential(
            *expand,
            ConvNormLReLU(wide, wide, groups=wide),
            nn.Conv2d(wide, out_channels, 1, bias=False),
            nn.GroupNorm(1, out_channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.layers(x)
        return x + y if self.residual else y


class AnimeGANv2Generator(nn.Module):
    """AnimeGANv2's generator (Chen, Liu, Chen 2020, "AnimeGAN: A Novel Lightweight GAN for Photo Animation", with the
    narrower layers of the second version). The names of its blocks are those of published PyTorch checkpoints.

    It normalises over the whole picture, so tiles do not join. Sides must be multiples of `stride` pixels.
    """

    stride = 4

    def __init__(self) -> None:
        super().__init__()
        self.block_a = nn.Sequential(
            ConvNormLReLU(3, 32, kernel=7), ConvNormLReLU(32, 64, stride=2), ConvNormLReLU(64, 64)
        )
        self.block_b = nn.Sequential(ConvNormLReLU(64, 128, stride=2), ConvNormLReLU(128, 128))
        self.block_c = nn.Sequential(
            ConvNormLReLU(128, 128),
            InvertedResidualBlock(128, 256),
            *(InvertedResidualBlock(256, 256) for _ in range(3)),
            ConvNormLReLU(256, 128),
        )
        self.block_d = nn.Sequential(ConvNormLReLU(128, 128), ConvNormLReLU(128, 128))
        self.block_e = nn.Sequential(ConvNormLReLU(128, 64), ConvNormLReLU(64, 64), ConvNormLReLU(64, 32, kernel=7))
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())

    def forward(self, photo: Tensor) -> Tensor:
        half, full = ([side // scale for side in photo.shape[-2:]] for scale in (2, 1))
        x = self.block_c(self.block_b(self.block_a(photo)))
        x = self.block_d(F.interpolate(x, half, mode="bilinear", align_corners=False))
        x = self.block_e(F.interpolate(x, full, mode="bilinear", align_corners=False))
        y: Tensor = self.out_layer(x)
        return y


def parameter_count(network: nn.Module) -> int:
    """Number of learned parameters."""
    return sum(parameter.numel() for parameter in network.parameters())
