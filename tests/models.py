"""Weights files of the forms that are on the Hub, with random weights."""

from pathlib import Path

import torch
from torch import Tensor, nn


class ChannelsLast(nn.Module):
    """A network behind an NHWC door, as TensorFlow's exports have it."""

    def __init__(self, network: nn.Module):
        super().__init__()
        self.network = network

    def forward(self, picture: Tensor) -> Tensor:
        return self.network(picture.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)


def write_onnx(network: nn.Module, path: Path, channels_last: bool = True, side: int | None = None) -> Path:
    """An ONNX file: NHWC or NCHW, of any size or of one."""
    example = torch.rand(1, 3, side or 64, side or 96) * 2 - 1
    rows, columns = (1, 2) if channels_last else (2, 3)
    if channels_last:
        network, example = ChannelsLast(network), example.permute(0, 2, 3, 1).contiguous()
    sizes = {0: {rows: torch.export.Dim.AUTO, columns: torch.export.Dim.AUTO}}
    torch.onnx.export(
        network.eval(),
        (example,),
        str(path),
        input_names=["generator_input:0"],
        dynamic_shapes=None if side else (sizes[0],),
        external_data=False,
        verbose=False,
    )
    return path
