"""The losses of the training."""

import cv2
import numpy as np
import pytest
import torch

from animegan.training import losses
from animegan.training.trainer import to_tensor


def test_losses_are_zero_for_equal_pictures_and_grow_with_the_difference():
    a, b = torch.rand(2, 3, 64, 64), torch.rand(2, 3, 64, 64)
    for loss in (losses.content, losses.gradients, losses.line_energy, losses.colour, losses.structure):
        assert abs(loss(a, a)) < 1e-6
        assert 0 < loss(a, a + 0.1 * (b - a)) < loss(a, b)
    assert losses.gradients(a, a + 0.3) < 1e-6  # a shift of colour is no line
    torch.testing.assert_close(losses.content(a, a + 0.25), torch.tensor(0.25))


def test_a_pixel_of_a_face_counts_more():
    a, b = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    b[..., :4] = 0.5
    weight = torch.ones(1, 1, 8, 8)
    weight[..., :4] = 3
    assert losses.content(a, b, weight) == pytest.approx(3 * losses.content(a, b))
    assert losses.gradients(a, b, weight) > losses.gradients(a, b) * 0.99
    assert losses.content(a, b, torch.ones(1, 1, 8, 8)) == losses.content(a, b)


def test_the_tint_of_a_small_part_counts_and_its_lightness_does_not():
    a, one = torch.zeros(1, 3, 8, 8), torch.ones(1, 1, 8, 8)
    lighter, bluer = a + 0.5, a.clone()
    bluer[:, 2] = 0.5
    assert losses.tints(lighter, a, one) == 0
    assert losses.tints(bluer, a, one) > 0.1
    moved = torch.roll(bluer[..., :4], 1, dims=3)  # lines within a patch may lie elsewhere
    assert losses.tints(moved, bluer[..., :4], one[..., :4]) == 0
    assert losses.tints(bluer, a, 3 * one) == pytest.approx(3 * losses.tints(bluer, a, one))


@pytest.mark.slow
def test_deep_features_detect_differences(tmp_path):
    from torchvision.models import vgg19

    torch.save(vgg19(weights=None).state_dict(), tmp_path / "vgg19.pth")
    features = losses.Features(tmp_path / "vgg19.pth")
    a = torch.rand(1, 3, 32, 32, requires_grad=True)
    assert features(a, a.detach()) == 0
    features(a, torch.rand(1, 3, 32, 32)).backward()
    assert a.grad is not None
    assert a.grad.abs().sum() > 0
    assert not any(parameter.requires_grad for parameter in features.parameters())


def test_lab_is_that_of_opencv(astronaut):
    expected = cv2.cvtColor(astronaut.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    ours = losses.lab(to_tensor(astronaut[None], torch.device("cpu")))[0].permute(1, 2, 0).numpy()
    assert np.abs(ours - expected).mean() < 0.2
    grey = torch.rand(1, 1, 8, 8).expand(1, 3, 8, 8)
    assert losses.colour(grey, grey * 0.5) < 1e-3  # lightness is not colour


def test_structure_and_total_variation():
    flat, busy = torch.zeros(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    assert losses.total_variation(flat) == 0
    assert losses.total_variation(busy) > 0.3
    assert losses.structure(busy, busy + 0.02) < 0.02
    assert losses.structure(flat, busy) > 0.3


def test_line_energy_measures_the_amount_of_line_not_its_exact_place():
    line, beside, faint = torch.ones(3, 3, 32, 32)
    line[..., 12], beside[..., 13], faint[..., 12] = -1, -1, 0
    assert losses.line_energy(beside[None], line[None]) < 0.1 * losses.line_energy(faint[None], line[None])


def test_flatness_counts_only_where_the_target_is_flat():
    """Ripple on flat colour costs. Ripple on the target's own texture does not, and neither does a wrong colour."""
    ripple = 0.05 * torch.rand(1, 3, 64, 64)
    even, busy = torch.zeros(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    assert losses.flatness(even + ripple, even) > 5 * losses.flatness(even + 0.3, even)
    assert losses.flatness(busy + ripple, busy) == 0


def test_flatness_counts_a_line_less_than_ripple():
    """A line that the target has elsewhere is no reason to make everything else less flat."""
    even = torch.zeros(1, 3, 64, 64)
    line, ripple = even.clone(), 0.1 * torch.rand(1, 3, 64, 64)
    line[..., 32] = 1

    def plain(drawing: torch.Tensor) -> float:
        return float(drawing.mean(1).unfold(1, 7, 2).unfold(2, 7, 2).std(dim=(3, 4)).mean())

    assert plain(line) > 1.5 * plain(ripple)
    assert losses.flatness(line, even) < 0.5 * losses.flatness(ripple, even)


def test_adversarial_losses_have_opposite_signs():
    low, high = torch.full((2, 1, 4, 4), -2.0), torch.full((2, 1, 4, 4), 2.0)
    assert losses.adversarial(high) < losses.adversarial(low)
    assert losses.discrimination(high, low) == 0
    assert losses.discrimination(low, high) == 6
