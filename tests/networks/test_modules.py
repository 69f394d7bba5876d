"""The generators: their sizes, and that their output depends on the neighbourhood only."""

from dataclasses import replace
from typing import TypeVar

import pytest
import torch

from animegan.networks.modules import (
    AnimeGANv2Generator,
    CompactConfig,
    CompactGenerator,
    apply_colour_map,
    parameter_count,
    thumbnail,
)

N = TypeVar("N", bound=torch.nn.Module)

SMALL = CompactConfig(channels=(4, 6, 8), encoder=(1, 1, 1), decoder=(1, 1))


def perturbed(network: N) -> N:
    """Change all weights from their initial values, so that no part is the identity."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape))
    return network.eval()


def test_untrained_compact_generator_is_the_identity():
    photo = torch.rand(2, 3, 32, 40) * 2 - 1
    torch.testing.assert_close(CompactGenerator(SMALL)(photo), photo)


def test_compact_generator_sees_only_its_neighbourhood():
    """Change one corner: the opposite corner stays identical, so there are no statistics over the whole picture."""
    network = perturbed(CompactGenerator(SMALL))
    photo = torch.rand(1, 3, 256, 256)
    changed = photo.clone()
    changed[:, :, :16, :16] = -1
    with torch.inference_mode():
        before, after = network(photo), network(changed)
    assert not torch.equal(before[:, :, :16, :16], after[:, :, :16, :16])
    torch.testing.assert_close(before[:, :, 128:, 128:], after[:, :, 128:, 128:], rtol=0, atol=0)


def test_config_survives_the_metadata():
    for config in (CompactConfig(), CompactConfig(context=64)):
        assert CompactConfig.from_dict(config.to_dict()) == config
    older = {name: value for name, value in CompactConfig().to_dict().items() if name != "context"}
    assert CompactConfig.from_dict(older) == CompactConfig()


@pytest.mark.parametrize("size", [(64, 64), (65, 130), (500, 333), (40, 24)])
def test_a_thumbnail_is_the_mean_over_exact_areas(size):
    picture = torch.rand(2, 3, *size)
    small = thumbnail(picture, 16)
    torch.testing.assert_close(small.mean((2, 3)), picture.mean((2, 3)), atol=1e-4, rtol=0)
    if size == (64, 64):
        torch.testing.assert_close(small, torch.nn.functional.adaptive_avg_pool2d(picture, 16))
    ramp = torch.arange(size[0], dtype=torch.float32)[:, None].expand(1, 1, *size)
    rows = thumbnail(ramp, 16)[0, 0, :, 0]
    expected = (torch.arange(16) + 0.5) * size[0] / 16 - 0.5
    torch.testing.assert_close(rows, expected, atol=0.5 * size[0] / 160 + 1e-3, rtol=0)


def test_a_new_context_changes_nothing():
    without = perturbed(CompactGenerator(SMALL))
    network = CompactGenerator(replace(SMALL, context=16)).eval()
    network.load_state_dict(without.state_dict() | {k: v for k, v in network.state_dict().items() if "context" in k})
    photo = torch.rand(2, 3, 32, 40) * 2 - 1
    torch.testing.assert_close(network(photo), without(photo))


def test_a_pixel_depends_on_its_neighbourhood_and_the_thumbnail():
    """Change one corner: the opposite corner changes with the thumbnail, and stays identical if that is given."""
    network = perturbed(CompactGenerator(replace(SMALL, context=16)))
    photo = torch.rand(1, 3, 256, 256)
    changed = photo.clone()
    changed[:, :, :16, :16] = -1
    with torch.inference_mode():
        before, after, given = network(photo), network(changed), network(changed, thumbnail(photo, 16))
    far = (..., slice(128, None), slice(128, None))
    assert not torch.equal(before[far], after[far])
    torch.testing.assert_close(before[far], given[far], rtol=0, atol=0)


def test_a_colour_map_is_affine():
    photo = torch.rand(1, 3, 4, 4)
    colours = torch.tensor([[[0.5, 0, 0, 0.1], [0, 0, 2, 0], [0, 0, 0, -1]]])
    mapped = apply_colour_map(photo, colours)
    torch.testing.assert_close(mapped[:, 0], 0.5 * photo[:, 0] + 0.1)
    torch.testing.assert_close(mapped[:, 1], 2 * photo[:, 2])
    torch.testing.assert_close(mapped[:, 2], torch.full((1, 4, 4), -1.0))


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
        painted = perturbed(AnimeGANv2Generator())(torch.rand(1, 3, *size) * 2 - 1)
    assert painted.shape == (1, 3, *size)
    assert painted.abs().max() <= 1
