"""Giving a finished network more room: it draws as before, and goes on learning with what was added."""

import torch

from animegan.networks import CompactGenerator


@torch.no_grad()
def grow(network: CompactGenerator, larger: CompactGenerator) -> CompactGenerator:
    """Put what ``network`` has learned into ``larger``, a fresh one with at least as many channels and blocks
    everywhere, so that it draws the same (function-preserving, as Chen et al. 2016, "Net2Net", widen and deepen).

    New channels start as they are, but nothing that was there before reads them yet; new blocks start as the
    identity. Where ``larger`` has fewer blocks than ``network``, the last ones are left out, and the two agree no more.
    """
    learned = network.state_dict()
    state = larger.state_dict()
    for name, value in state.items():
        if name not in learned:
            if ".conv2." in name:
                value.zero_()
            continue
        old = learned[name]
        corner = tuple(slice(0, length) for length in old.shape)
        if value.ndim > 1:
            value[: len(old)] = 0
        value[corner] = old
    return larger
