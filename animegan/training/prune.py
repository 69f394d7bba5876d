"""Structured pruning: removes whole channels, which makes a network smaller and faster."""

from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from animegan.networks.checkpoints import read_compact
from animegan.networks.modules import CompactGenerator, ResidualBlock, parameter_count
from animegan.training.trainer import write_weights


def prune(network: CompactGenerator, keep: float) -> CompactGenerator:
    """Keep the share ``keep`` of the channels inside each residual block (a multiple of 8, for speed).

    Channels are ranked by the L1 norm of the filter that computes them (Li et al. 2017, "Pruning Filters for Efficient
    ConvNets") times that of the weights that read them. Those between blocks stay: skip connections add them.
    """
    config = network.config
    inner = tuple(max(8, round(keep * width / 8) * 8) for width in config.inner or config.channels)
    smaller = CompactGenerator(replace(config, inner=inner))
    state = network.state_dict()
    for name, block in network.named_modules():
        if isinstance(block, ResidualBlock):
            smaller_block = smaller.get_submodule(name)
            assert isinstance(smaller_block, ResidualBlock)
            width = smaller_block.conv1.out_channels
            state |= {f"{name}.{part}": value for part, value in _pruned_weights(block, width).items()}
    smaller.load_state_dict(state)
    return smaller


def _pruned_weights(block: ResidualBlock, width: int) -> dict[str, Tensor]:
    """The weights of a block with its ``width`` most important inner channels, in their old order."""
    first, second = block.conv1, block.conv2
    assert first.bias is not None
    assert second.bias is not None
    importance = first.weight.abs().sum((1, 2, 3)) * second.weight.abs().sum((0, 2, 3))
    kept = importance.topk(width).indices.sort().values
    return {
        "conv1.weight": first.weight[kept],
        "conv1.bias": first.bias[kept],
        "conv2.weight": second.weight[:, kept],
        "conv2.bias": second.bias,
    }


def prune_file(weights: Path, out: Path, keep: float) -> tuple[int, int]:
    """Prune one of our own generators into another file; returns the number of parameters before and after.

    Raises:
        NotAModelError: ``weights`` is not one of our own networks.
    """
    network = read_compact(weights)
    smaller = prune(network, keep)
    write_weights(smaller, out, {"pruned_from": weights.name, "keep": str(keep)}, torch.float32)
    return parameter_count(network), parameter_count(smaller)
