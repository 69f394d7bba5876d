"""Structured pruning: whole channels are taken out, so that the network becomes smaller and faster."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from animegan.generator import load
from animegan.networks import CompactGenerator, ResidualBlock, parameter_count
from animegan.training.trainer import write_weights


def prune(network: CompactGenerator, keep: float) -> CompactGenerator:
    """Keep that part of the channels inside each residual block (a multiple of 8, for the sake of speed).

    What matters least goes: channels are ranked by the L1 norm of the filter that makes them (Li et
    al. 2017, "Pruning Filters for Efficient ConvNets") times that of the weights that read them.
    The channels between blocks stay, for they are summed by skips.
    """
    config = network.config
    inner = tuple(max(8, round(keep * width / 8) * 8) for width in config.inner or config.channels)
    smaller = CompactGenerator(replace(config, inner=inner))
    state = network.state_dict()
    for name, block in network.named_modules():
        if isinstance(block, ResidualBlock):
            width = smaller.get_submodule(name).conv1.out_channels
            state |= {f"{name}.{part}": value for part, value in _thinned(block, width).items()}
    smaller.load_state_dict(state)
    return smaller


def _thinned(block: ResidualBlock, width: int) -> dict[str, torch.Tensor]:
    """A block's weights with the ``width`` inner channels that matter most, in the order they had."""
    made: nn.Conv2d = block.conv1
    read: nn.Conv2d = block.conv2
    matters = made.weight.abs().sum((1, 2, 3)) * read.weight.abs().sum((0, 2, 3))
    kept = matters.topk(width).indices.sort().values
    return {
        "conv1.weight": made.weight[kept],
        "conv1.bias": made.bias[kept],
        "conv2.weight": read.weight[:, kept],
        "conv2.bias": read.bias,
    }


def prune_file(weights: Path, out: Path, keep: float) -> tuple[int, int]:
    """Read a generator of ours, write the pruned one; parameters before and after."""
    network = load(weights).network
    smaller = prune(network, keep)
    write_weights(smaller, out, {"pruned_from": weights.name, "keep": str(keep)}, torch.float32)
    return parameter_count(network), parameter_count(smaller)
