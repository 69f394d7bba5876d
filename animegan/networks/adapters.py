"""Low-rank adapters: what a style of one's own adds to a built-in network, in about 100 kB.

LoRA (Hu et al. 2021, "Low-Rank Adaptation of Large Language Models"), here for convolutions: what is added to a weight
of ``(out, in, h, w)`` is ``up @ down`` with ``up`` ``(out, rank)`` and ``down`` ``(rank, in · h · w)``. After the merge
the network is as fast as before.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from animegan.networks.modules import CompactGenerator
from animegan.styles.metadata import MAX_RANK


@torch.no_grad()
def merge(network: CompactGenerator, adapters: Mapping[str, Tensor]) -> CompactGenerator:
    """Add adapters to the weights of a network, in place. Their names are those of its layers with ``.down``, ``.up``
    and ``.bias`` behind.

    Raises:
        ValueError: they do not fit this network.
    """
    layers = {name: layer for name, layer in network.named_modules() if isinstance(layer, (nn.Conv2d, nn.Linear))}
    for key, value in adapters.items():
        name, _, kind = key.rpartition(".")
        layer = layers.get(name)
        if layer is None or kind not in ("down", "up", "bias"):
            raise ValueError(f"there is no layer for '{key}'")
        if kind == "bias":
            if layer.bias is None or layer.bias.shape != value.shape:
                raise ValueError(f"'{key}' has another shape than its layer")
            layer.bias.add_(value.float())
        elif kind == "down":
            up, shape = adapters[f"{name}.up"], layer.weight.shape
            fits = up.ndim == value.ndim == 2 and len(up) == shape[0] and value.shape[1] == shape[1:].numel()
            if not fits or up.shape[1] != len(value) or len(value) > MAX_RANK:
                raise ValueError("an adapter has another shape than its layer")
            layer.weight.add_((up.float() @ value.float()).reshape(shape))
    return network
