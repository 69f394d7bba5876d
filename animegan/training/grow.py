"""Makes a trained network larger without changing its output, so that training can continue with more parameters."""

import torch

from animegan.networks.modules import CompactGenerator


@torch.no_grad()
def grow(network: CompactGenerator, larger: CompactGenerator) -> CompactGenerator:
    """Copy the weights of ``network`` into ``larger``, a new network with at least as many channels and blocks at each
    level, so that both draw the same (function-preserving, as Chen et al. 2016, "Net2Net", widen and deepen).

    New channels keep their initial weights, but the old channels do not read them yet. New blocks start as the
    identity. If ``larger`` has fewer blocks somewhere, the last ones are dropped, and the outputs differ.
    """
    weights = network.state_dict()
    state = larger.state_dict()
    for name, value in state.items():
        if name not in weights:
            if ".conv2." in name:
                value.zero_()
            continue
        old = weights[name]
        corner = tuple(slice(0, length) for length in old.shape)
        if value.ndim > 1:
            value[: len(old)] = 0
        value[corner] = old
    return larger
