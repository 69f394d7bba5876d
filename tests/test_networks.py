"""The generators: their sizes, and that what they paint depends on the neighbourhood alone."""

import pytest
import torch

from animegan.networks import AnimeGANv2Generator, CompactConfig, CompactGenerator, parameter_count

SMALL = CompactConfig(channels=(4, 6, 8), encoder=(1, 1, 1), decoder=(1, 1))


def shaken(network: torch.nn.Module) -> torch.nn.Module:
    """With every weight away from where it starts, so that nothing is the identity by chance."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return network.eval()


def test_untrained_compact_generator_is_the_identity():
    photo = torch.rand(2, 3, 32, 40) * 2 - 1
    torch.testing.assert_close(CompactGenerator(SMALL)(photo), photo)


def test_compact_generator_looks_no_further_than_its_neighbourhood():
    """Change one corner: the far one stays to the bit, so there are no statistics over the picture."""
    network = shaken(CompactGenerator(SMALL))
    photo = torch.rand(1, 3, 256, 256)
    changed = photo.clone()
    changed[:, :, :16, :16] = -1
    with torch.inference_mode():
        before, after = network(photo), network(changed)
    assert not torch.equal(before[:, :, :16, :16], after[:, :, :16, :16])
    torch.testing.assert_close(before[:, :, 128:, 128:], after[:, :, 128:, 128:], rtol=0, atol=0)


def test_config_survives_the_metadata():
    assert CompactConfig.from_dict(CompactConfig().to_dict()) == CompactConfig()


def test_animeganv2_is_the_published_generator():
    """2.14 M parameters, and the names that published PyTorch checkpoints use."""
    network = AnimeGANv2Generator().eval()
    assert parameter_count(network) == 2_141_760
    names = network.state_dict()
    assert names["block_a.0.1.weight"].shape == (32, 3, 7, 7)
    assert names["block_c.1.layers.1.1.weight"].shape == (256, 1, 3, 3)
    assert names["out_layer.0.weight"].shape == (3, 32, 1, 1)


@pytest.mark.parametrize("size", [(64, 64), (64, 96), (128, 32)])
def test_animeganv2_keeps_the_size_and_the_range(size):
    with torch.inference_mode():
        painted = shaken(AnimeGANv2Generator())(torch.rand(1, 3, *size) * 2 - 1)
    assert painted.shape == (1, 3, *size)
    assert painted.abs().max() <= 1
