"""Other methods to draw a photo, for `benchmarks.comparison`: for their time and memory only.

The networks have random weights. All but `stylization` map ``(1, 3, H, W)`` float tensors, RGB in [-1, 1], to the same.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import vgg

from animegan.images.resize import Picture

RELU = {"relu1_1": 1, "relu2_1": 6, "relu3_1": 11, "relu4_1": 20, "relu4_2": 22, "relu5_1": 29}
"""Index in torchvision's VGG-19 of the layers that the papers name."""


def vgg19_features(last: str) -> nn.Sequential:
    """torchvision's VGG-19 up to a layer of `RELU`, with random weights that keep the variance of their input.

    It lacks the classifier, 494 MB, which no method here uses.
    """
    layers = nn.Sequential(*list(vgg.make_layers(vgg.cfgs["E"]))[: RELU[last] + 1])
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            assert layer.bias is not None
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return layers.eval().requires_grad_(False)


class ResidualInstanceBlock(nn.Module):
    """R256 of Zhu et al. 2017: two 3×3 convolutions with reflection padding and instance norm, added to the input."""

    def __init__(self, channels: int):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.layers(x)


class CycleGANGenerator(nn.Module):
    """CycleGAN's generator for 256×256 and larger (Zhu, Park, Isola, Efros 2017, "Unpaired Image-to-Image Translation
    using Cycle-Consistent Adversarial Networks", appendix): c7s1-64, d128, d256, 9 × R256, u128, u64, c7s1-3.

    Instance norm has no parameters, as in the paper's own code. Sides must be multiples of 4 pixels.
    """

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 64, 7, padding=3, padding_mode="reflect"),
            *_normed(64),
            nn.Conv2d(64, 128, 3, stride=2, padding=1),
            *_normed(128),
            nn.Conv2d(128, 256, 3, stride=2, padding=1),
            *_normed(256),
            *(ResidualInstanceBlock(256) for _ in range(9)),
            nn.ConvTranspose2d(256, 128, 3, stride=2, padding=1, output_padding=1),
            *_normed(128),
            nn.ConvTranspose2d(128, 64, 3, stride=2, padding=1, output_padding=1),
            *_normed(64),
            nn.Conv2d(64, 3, 7, padding=3, padding_mode="reflect"),
            nn.Tanh(),
        )

    def forward(self, photo: Tensor) -> Tensor:
        return self.layers(photo)


def _normed(channels: int) -> tuple[nn.Module, nn.Module]:
    return nn.InstanceNorm2d(channels), nn.ReLU(inplace=True)


class NeuralStyleTransfer(nn.Module):
    """Optimises the pixels of the picture (Gatys, Ecker, Bethge 2016, "Image Style Transfer Using Convolutional Neural
    Networks"): content at relu4_2, Gram matrices at five layers, L-BFGS without line search, starting at the photo.

    A step is one forward and one backward pass. Max pooling as in VGG-19; the paper also tried average pooling.
    """

    STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
    CONTENT_LAYER = "relu4_2"
    STYLE_WEIGHT = 1e3
    """Weight of style over that of content: one of the paper's values."""

    def __init__(self, style: Tensor, steps: int):
        super().__init__()
        self.features = vgg19_features("relu5_1")
        self.style, self.steps = style, steps

    def forward(self, photo: Tensor) -> Tensor:
        with torch.inference_mode(False), torch.enable_grad():
            features = self.features_of(self.style)
            grams = {name: gram(features[name]) for name in self.STYLE_LAYERS}
            content = self.features_of(photo)[self.CONTENT_LAYER].detach()
            drawing = photo.clone().requires_grad_()
            # One step per call: L-BFGS keeps its history, and no tolerance ends it early.
            optimizer = torch.optim.LBFGS([drawing], max_iter=1, history_size=100)

            def loss() -> Tensor:
                optimizer.zero_grad()
                features = self.features_of(drawing)
                style_loss = sum(F.mse_loss(gram(features[name]), grams[name]) for name in grams) / len(grams)
                total = F.mse_loss(features[self.CONTENT_LAYER], content) + self.STYLE_WEIGHT * style_loss
                total.backward()
                return total

            for _ in range(self.steps):
                optimizer.step(loss)
            return drawing.detach().clamp(-1, 1)

    def features_of(self, picture: Tensor) -> dict[str, Tensor]:
        """The features of a picture at the layers of `RELU`."""
        names = {index: name for name, index in RELU.items()}
        features = {}
        x = picture
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in names:
                features[names[index]] = x
        return features


def gram(features: Tensor) -> Tensor:
    """The Gram matrix, ``(C, C)``, of features ``(1, C, H, W)``, divided by the number of pixels."""
    rows = features.flatten(2)[0]
    return rows @ rows.T / rows.shape[1]


class Encoder(nn.Module):
    """VGG-19 up to a layer; it returns the indices of its poolings for the decoder."""

    def __init__(self, last: str):
        super().__init__()
        self.layers = vgg19_features(last)

    def forward(self, picture: Tensor) -> tuple[Tensor, list[tuple[Tensor, torch.Size]]]:
        """Features ``(1, C, h, w)``, and for each pooling the indices of the maxima and the size of its input."""
        x = picture
        poolings = []
        for layer in self.layers:
            if isinstance(layer, nn.MaxPool2d):
                size = x.shape
                x, indices = F.max_pool2d(x, 2, return_indices=True)
                poolings.append((indices, size))
            else:
                x = layer(x)
        return x, poolings


class Decoder(nn.Module):
    """An encoder in reverse: a convolution for each of its convolutions, unpooling for each pooling."""

    def __init__(self, encoder: Encoder):
        super().__init__()
        layers: list[nn.Module] = []
        for layer in reversed(encoder.layers):
            if isinstance(layer, nn.MaxPool2d):
                layers.append(nn.MaxUnpool2d(2))
            elif isinstance(layer, nn.Conv2d):
                conv = nn.Conv2d(layer.out_channels, layer.in_channels, 3, padding=1, padding_mode="reflect")
                layers += [conv, nn.ReLU(inplace=True)]
        self.layers = nn.Sequential(*layers[:-1])  # no ReLU at the end: the picture may be negative

    def forward(self, features: Tensor, poolings: list[tuple[Tensor, torch.Size]]) -> Tensor:
        remaining = list(poolings)
        for layer in self.layers:
            features = layer(features, *remaining.pop()) if isinstance(layer, nn.MaxUnpool2d) else layer(features)
        return features


class PhotoWCT(nn.Module):
    """The stylization of FastPhotoStyle (Li, Liu, Li, Yang, Kautz 2018, "A Closed-form Solution to Photorealistic Image
    Stylization") without its second stage, the smoothing. From relu4_1 to relu1_1, features get the mean and covariance
    of the style's and are decoded; unpooling uses the indices of the encoder's poolings.

    Each of the four levels has an encoder and a decoder of its own, as in the authors' code.
    """

    LEVELS = ("relu4_1", "relu3_1", "relu2_1", "relu1_1")

    def __init__(self, style: Tensor):
        super().__init__()
        encoders = [Encoder(level) for level in self.LEVELS]
        self.encoders = nn.ModuleList(encoders)
        self.decoders = nn.ModuleList(Decoder(encoder) for encoder in encoders)
        self.style = style

    def forward(self, photo: Tensor) -> Tensor:
        for encode, decode in zip(self.encoders, self.decoders, strict=True):
            features, poolings = encode(photo)
            photo = decode(whiten_and_colour(features, encode(self.style)[0]), poolings)
        return photo.clamp(-1, 1)


def whiten_and_colour(content: Tensor, style: Tensor) -> Tensor:
    """The whitening and colouring transform: gives features ``(1, C, h, w)`` the mean and covariance of the style's."""
    (x, _), (_, style_mean) = (_centred(features) for features in (content, style))
    whitened = _power_of_covariance(content, -0.5) @ x
    coloured = _power_of_covariance(style, 0.5) @ whitened + style_mean
    return coloured.to(content.dtype).view_as(content)


def _centred(features: Tensor) -> tuple[Tensor, Tensor]:
    """``(1, C, h, w)`` to ``(C, h w)`` in double precision minus its mean, and the mean, ``(C, 1)``."""
    rows = features.flatten(2)[0].double()
    mean = rows.mean(1, keepdim=True)
    return rows - mean, mean


def _power_of_covariance(features: Tensor, power: float) -> Tensor:
    """The ``(C, C)`` covariance to a power, over its non-zero eigenvalues: a small picture has fewer pixels than
    channels, so its covariance is singular.
    """
    rows, _ = _centred(features)
    values, vectors = torch.linalg.eigh(rows @ rows.T / max(1, rows.shape[1] - 1))
    nonzero = values > 1e-10 * values[-1].clamp(min=1e-30)
    vectors = vectors[:, nonzero]
    return vectors * values[nonzero] ** power @ vectors.T


def stylization(picture: Picture) -> Picture:
    """OpenCV's edge-preserving stylization (Gastal, Oliveira 2011, domain transform), ``(H, W, 3) uint8`` RGB."""
    return np.asarray(cv2.stylization(np.ascontiguousarray(picture[:, :, ::-1])), np.uint8)[:, :, ::-1]


PEERS: dict[str, Callable[[Tensor, int], nn.Module]] = {
    "Neural Style Transfer": NeuralStyleTransfer,
    "CycleGAN, ResNet-9": lambda style, steps: CycleGANGenerator(),
    "FastPhotoStyle, PhotoWCT": lambda style, steps: PhotoWCT(style),
}
"""Constructors by name; the arguments are a style picture and a number of steps."""
