"""The generators, as torch modules and nothing else: no files, no pictures.

Both take and give ``(N, 3, H, W)`` float tensors, RGB in [-1, 1].
"""

from dataclasses import asdict, dataclass
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class CompactConfig:
    """The shape of a `CompactGenerator`, kept in the metadata of its weights."""

    channels: tuple[int, ...] = (24, 48, 64)
    """Channels at 1/2, 1/4 and 1/8 of the picture's size."""
    encoder: tuple[int, ...] = (1, 1, 4)
    """Residual blocks on the way down, one number per scale (the last is the bottom)."""
    decoder: tuple[int, ...] = (1, 1)
    """Residual blocks on the way up, one number per scale, largest scale first."""
    inner: tuple[int, ...] = ()
    """Channels between the two convolutions of a residual block, per scale; as many as outside where
    empty. Fewer after pruning."""
    scale: int = 1
    """How many times larger the picture comes out: 2 for the restorer."""
    context: int = 0
    """Pixels along a side of the thumbnail of the whole picture that the network is shown as well (see `Context`);
    0: none."""

    @property
    def reach(self) -> int:
        """Pixels: how far an output pixel sees, the thumbnail aside, rounded up to whole strides. Tiles that overlap
        by as much join exactly.
        """
        last = len(self.channels) - 1
        far = 2 * 2  # head and tail
        for scale, blocks in enumerate(self.encoder):
            pixel = 2 ** (scale + 1)
            far += pixel * 2 * (blocks + (self.decoder[scale] if scale < last else 0))  # two convolutions a block
            far += pixel if scale < last else 0  # the strided one
        stride = 2 ** len(self.channels)
        return (-(-far // stride) + 1) * stride  # and one, as a pixel may lie at either end of its stride

    def to_dict(self) -> dict[str, list[int] | int]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, fields: dict[str, list[int] | int]) -> "CompactConfig":
        return cls(**{name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()})


class ResidualBlock(nn.Module):
    """``x + conv(relu(conv(x)))`` with plain 3×3 convolutions and no normalisation (as in EDSR)."""

    def __init__(self, channels: int, inner: int | None = None):
        super().__init__()
        inner = inner or channels
        self.conv1 = nn.Conv2d(channels, inner, 3, padding=1)
        self.conv2 = nn.Conv2d(inner, channels, 3, padding=1)
        # A tenth of the usual spread: a fresh block is close to the identity, so deep stacks start calm.
        nn.init.normal_(self.conv2.weight, std=0.1 * (9 * inner) ** -0.5)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(F.relu(self.conv1(x), inplace=True))


def thumbnail(picture: Tensor, side: int) -> Tensor:
    """A picture, ``(N, 3, H, W)``, brought to ``(N, 3, side, side)``: each pixel is the mean over its exact area,
    whatever H and W are. Two products of matrices, so that every export format can say it.
    """

    def shares(length: int) -> Tensor:
        """``(side, length)``: how much each pixel of a side counts in each of the thumbnail's."""
        ends = torch.arange(side + 1, device=picture.device, dtype=torch.float32)[:, None] * (length / side)
        pixels = torch.arange(length, device=picture.device, dtype=torch.float32)
        covered = (ends - pixels).clamp(0, 1)  # how much of each pixel lies before each end
        return (covered[1:] - covered[:-1]) * (side / length)

    height, width = picture.shape[-2:]
    return shares(height) @ picture.float() @ shares(width).T


class Context(nn.Module):
    """What the whole picture says to every part of it.

    Teachers normalise over the whole picture, so their colours depend on all of it; a network that sees a
    neighbourhood cannot follow. Here a thumbnail is summed up in the mean and deviation of 48 channels, which give
    each level of the encoder a scale and a shift per channel (FiLM, Perez et al. 2018) and the output an affine
    colour map: the global path of HDRnet (Gharbi et al. 2017). One pass a picture, however many tiles it has.
    """

    def __init__(self, widths: tuple[int, ...]):
        super().__init__()
        self.widths = widths
        steps = pairwise((3, 16, 32, 48))
        self.convolutions = nn.ModuleList(nn.Conv2d(few, many, 3, stride=2, padding=1) for few, many in steps)
        self.modulation = nn.Linear(2 * 48, 2 * sum(widths) + 12)
        nn.init.zeros_(self.modulation.weight)  # begins as if there were no context
        nn.init.zeros_(self.modulation.bias)

    def forward(self, seen: Tensor) -> tuple[list[tuple[Tensor, Tensor]], Tensor]:
        """``(N, 3, side, side)`` to a (scale, shift) of ``(N, C, 1, 1)`` a level, and a colour map ``(N, 3, 4)``."""
        with torch.autocast(seen.device.type, enabled=False):  # small numbers that colour everything: in fp32
            x = seen.float()
            for convolution in self.convolutions:
                x = F.relu(convolution(x))
            mean = x.mean((2, 3))
            deviation = (x.square().mean((2, 3)) - mean.square()).clamp(min=0).add(1e-5).sqrt()
            numbers = self.modulation(torch.cat([mean, deviation], dim=1))
        *levels, colours = numbers.split([*(2 * width for width in self.widths), 12], dim=1)
        pairs = [tuple(level[:, :, None, None].chunk(2, dim=1)) for level in levels]
        return pairs, colours.reshape(-1, 3, 4)


def recoloured(photo: Tensor, colours: Tensor) -> Tensor:
    """What an affine map, ``(N, 3, 4)``, makes of each colour of a photo, ``(N, 3, H, W)``."""
    columns = colours[:, :, :, None, None].unbind(2)  # four of (N, 3, 1, 1)
    channels = photo.split(1, dim=1)
    return columns[0] * channels[0] + columns[1] * channels[1] + columns[2] * channels[2] + columns[3]


class CompactGenerator(nn.Module):
    """Our own small generator: a U-Net of residual blocks that paints the difference to the photo.

    It never works at full resolution (pixel-unshuffle at the door, pixel-shuffle on the way out:
    Shi et al. 2016, "Real-Time Single Image and Video Super-Resolution"), and it has no normalisation:
    every output pixel depends on its neighbourhood and, where the network has a `Context`, on a
    thumbnail of the whole picture, which is what lets any size, and tiles, work.

    With a ``scale`` of 2 it gives ``(N, 3, 2 H, 2 W)``: the difference to the photo enlarged.

    Sides must be multiples of `stride` pixels.
    """

    def __init__(self, config: CompactConfig | None = None):
        super().__init__()
        self.config = config = config or CompactConfig()
        widths = config.channels
        self.stride = 2 ** len(widths)
        self.head = nn.Conv2d(12, widths[0], 3, padding=1)
        inner = config.inner or widths
        self.encoder = nn.ModuleList(
            nn.Sequential(*(ResidualBlock(width, within) for _ in range(count)))
            for width, within, count in zip(widths, inner, config.encoder, strict=True)
        )
        pairs = list(pairwise(widths))
        self.down = nn.ModuleList(nn.Conv2d(fine, coarse, 3, stride=2, padding=1) for fine, coarse in pairs)
        self.up = nn.ModuleList(nn.Conv2d(coarse, 4 * fine, 1) for fine, coarse in pairs)
        self.decoder = nn.ModuleList(
            nn.Sequential(*(ResidualBlock(width, within) for _ in range(count)))
            for width, within, count in zip(widths, inner, config.decoder, strict=False)
        )
        self.tail = nn.Conv2d(widths[0], 12 * config.scale**2, 3, padding=1)
        nn.init.zeros_(self.tail.weight)  # an untrained generator is the identity
        nn.init.zeros_(self.tail.bias)
        self.context = Context(widths) if config.context else None

    def forward(self, photo: Tensor, whole: Tensor | None = None) -> Tensor:
        """Draw ``(N, 3, H, W)``. ``whole`` is the thumbnail of the picture that it is a part of, ``(N, 3, side, side)``
        with the side that the configuration names; None: it is a whole picture.
        """
        modulations: list[tuple[Tensor, Tensor]] = []
        if self.context is not None:
            modulations, colours = self.context(thumbnail(photo, self.config.context) if whole is None else whole)
        x = self.head(F.pixel_unshuffle(photo, 2))  # (N, c0, H/2, W/2)
        skips = []
        for level, blocks in enumerate(self.encoder):
            if level:
                x = F.relu(self.down[level - 1](x))
            if modulations:
                scale, shift = (value.to(x.dtype) for value in modulations[level])
                x = x * (1 + scale) + shift
            x = blocks(x)
            skips.append(x)
        # x is (N, c2, H/8, W/8) now
        for blocks, up, skip in reversed(list(zip(self.decoder, self.up, skips[:-1], strict=True))):
            x = blocks(F.pixel_shuffle(up(x), 2) + skip)
        scale = self.config.scale
        if scale != 1:
            photo = F.interpolate(photo, scale_factor=scale, mode="bicubic", align_corners=False)
        drawn = photo + F.pixel_shuffle(self.tail(x), 2 * scale)
        return drawn + recoloured(photo, colours) if modulations else drawn


class ConvNormLReLU(nn.Sequential):
    """Reflection pad → convolution → layer normalisation over (C, H, W) → leaky ReLU 0.2."""

    def __init__(self, fan_in: int, fan_out: int, kernel: int = 3, stride: int = 1, groups: int = 1):
        # Strided layers pad right and below only, as TensorFlow's "SAME" does for even sides.
        edge = (kernel - 1) // 2
        padding = (0, 1, 0, 1) if stride == 2 else (edge,) * 4
        super().__init__(
            nn.ReflectionPad2d(padding),
            nn.Conv2d(fan_in, fan_out, kernel, stride=stride, groups=groups, bias=False),
            nn.GroupNorm(1, fan_out),
            nn.LeakyReLU(0.2, inplace=True),
        )


class InvertedResidualBlock(nn.Module):
    """Widen 1×1 → depthwise 3×3 → narrow 1×1, added to the input where the widths agree."""

    def __init__(self, fan_in: int, fan_out: int, expansion: int = 2):
        super().__init__()
        self.residual = fan_in == fan_out
        wide = fan_in * expansion
        widen = [ConvNormLReLU(fan_in, wide, kernel=1)] if expansion != 1 else []
        self.layers = nn.Sequential(
            *widen,
            ConvNormLReLU(wide, wide, groups=wide),
            nn.Conv2d(wide, fan_out, 1, bias=False),
            nn.GroupNorm(1, fan_out),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x) if self.residual else self.layers(x)


class AnimeGANv2Generator(nn.Module):
    """AnimeGANv2's generator, 2.14 M parameters (Chen, Liu, Chen 2020, "AnimeGAN: A Novel
    Lightweight GAN for Photo Animation", and the second version's narrower layers).

    Its normalisation is taken over the whole picture, so tiles do not join. Sides must be
    multiples of 4 pixels. Blocks carry the names that published PyTorch checkpoints use.
    """

    stride = 4

    def __init__(self):
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
        return self.out_layer(x)


def parameter_count(network: nn.Module) -> int:
    """How many numbers a network learned."""
    return sum(parameter.numel() for parameter in network.parameters())
