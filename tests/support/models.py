"""Small networks with random weights, weights files of the forms that are on the Hub, and stand-ins for restorers."""

import warnings
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from animegan.networks.modules import CompactConfig
from animegan.pipeline.progress import Clock
from animegan.pipeline.tools import Tools

SMALL = CompactConfig(channels=(4, 6, 8), encoder=(1, 1, 1), decoder=(1, 1))


def shaken(network: nn.Module) -> nn.Module:
    """With every weight away from where it starts, so that nothing is the identity by chance."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return network.eval()


class ChannelsLast(nn.Module):
    """A network with NHWC input and output, as TensorFlow's exports have them."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        return self.network(picture.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def write_onnx(network: nn.Module, path: Path, channels_last: bool = True, side: int | None = None) -> Path:
    """An ONNX file: NHWC or NCHW, of any size or of one; by torch's old exporter, which takes a tenth of the time."""
    example = torch.rand(1, 3, side or 64, side or 96) * 2 - 1
    rows, columns = (1, 2) if channels_last else (2, 3)
    if channels_last:
        network, example = ChannelsLast(network), example.permute(0, 2, 3, 1).contiguous()
    source, result = "generator_input:0", "generator_output:0"
    sizes = {rows: "height", columns: "width"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it announces its successor
        torch.onnx.export(
            network.eval(),
            (example,),
            str(path),
            input_names=[source],
            output_names=[result],
            dynamic_axes={} if side else {source: sizes, result: sizes},
            dynamo=False,
        )
    return path


def write_rrdbnet(path: Path, features: int = 8, blocks: int = 1, scale: int = 2) -> Path:
    """A checkpoint of Real-ESRGAN's RRDBNet with random weights: the naming and the shapes of the real one,
    which unshuffles its input by 2 where it doubles.
    """
    torch.manual_seed(0)

    def conv(name: str, fan_in: int, fan_out: int) -> dict[str, torch.Tensor]:
        return {
            f"{name}.weight": 0.02 * torch.randn(fan_out, fan_in, 3, 3),
            f"{name}.bias": torch.zeros(fan_out),
        }

    grow = 32
    state = conv("conv_first", 12 if scale == 2 else 3, features)
    for block in range(blocks):
        for dense in (1, 2, 3):
            for layer in range(1, 6):
                fan_out = features if layer == 5 else grow
                name = f"body.{block}.rdb{dense}.conv{layer}"
                state |= conv(name, features + grow * (layer - 1), fan_out)
    for name in ("conv_body", "conv_up1", "conv_up2", "conv_hr"):
        state |= conv(name, features, features)
    state |= conv("conv_last", features, 3)
    torch.save({"params_ema": state}, path)
    return path


def standing_in(double: Callable[[np.ndarray], np.ndarray]) -> Tools:
    """Tools for stages whose restorers all do ``double``: ``(H, W, 3)`` to ``(2 H, 2 W, 3)``."""
    restorer = SimpleNamespace(double=lambda picture, on_tile=None: double(picture))
    models: Any = SimpleNamespace(restorer=lambda kind: restorer)
    return Tools(models, Clock())
