"""Training of low-rank adapters (see `animegan.networks.adapters`): the network's own weights stay as they are."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from animegan.networks.modules import CompactGenerator


class LowRank(nn.Module):
    """Adds ``up @ down`` to a weight, ``(out, in, …)``. ``up`` starts at 0, so that nothing changes at first."""

    def __init__(self, weight: Tensor, rank: int):
        super().__init__()
        inputs = weight[0].numel()
        rank = min(rank, len(weight), inputs)
        self.up = nn.Parameter(weight.new_zeros(len(weight), rank))
        self.down = nn.Parameter(torch.randn(rank, inputs).to(weight) * inputs**-0.5)

    def forward(self, weight: Tensor) -> Tensor:
        return weight + (self.up @ self.down).reshape(weight.shape)


def adapt(network: CompactGenerator, rank: int) -> CompactGenerator:
    """Give every layer of a network an adapter, in place. Only adapters and biases have gradients afterwards."""
    layers = [layer for layer in network.modules() if isinstance(layer, (nn.Conv2d, nn.Linear))]
    for layer in layers:
        low_rank = LowRank(layer.weight.detach(), rank)
        layer.weight.requires_grad_(False)
        parametrize.register_parametrization(layer, "weight", low_rank)
    return network


def adapters(network: CompactGenerator, base: CompactGenerator) -> dict[str, Tensor]:
    """What training added to a network that began as ``base``, in the form of `animegan.networks.adapters.merge`."""
    before = base.state_dict()
    added: dict[str, Tensor] = {}
    for name, layer in network.named_modules():
        if not isinstance(layer, (nn.Conv2d, nn.Linear)):
            continue
        low_rank = layer.get_submodule("parametrizations.weight.0")
        assert isinstance(low_rank, LowRank)
        added[f"{name}.up"], added[f"{name}.down"] = low_rank.up.detach(), low_rank.down.detach()
        if layer.bias is not None:
            added[f"{name}.bias"] = layer.bias.detach() - before[f"{name}.bias"].to(layer.bias)
    return added
