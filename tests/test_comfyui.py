"""The node of ComfyUI, called as ComfyUI calls it."""

import importlib.util
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

import animegan
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def nodes(pipeline) -> ModuleType:
    """The file, imported by its path as ComfyUI imports what lies in ``custom_nodes``."""
    path = ROOT / "integrations" / "comfyui" / "__init__.py"
    spec = importlib.util.spec_from_file_location("custom_nodes.animegan", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.__dict__["_pipeline"] = lambda: pipeline
    return module


@pytest.fixture
def node(nodes) -> Any:
    return nodes.NODE_CLASS_MAPPINGS["AnimeGAN"]()


@pytest.fixture(scope="module")
def photos(coffee) -> torch.Tensor:
    """A batch as ``LoadImage`` gives it: float32, ``(B, H, W, 3)`` in [0, 1]."""
    cuts = [coffee[80:144, 100:196], coffee[200:264, 300:396]]
    return torch.from_numpy(np.stack(cuts).astype(np.float32) / 255.0)


QUICK = {"style": "anime", "enhance": "off", "faces": False}


def test_it_is_registered_as_comfyui_asks(nodes):
    assert set(nodes.NODE_CLASS_MAPPINGS) == set(nodes.NODE_DISPLAY_NAME_MAPPINGS) == {"AnimeGAN"}
    node = nodes.NODE_CLASS_MAPPINGS["AnimeGAN"]
    assert callable(getattr(node(), node.FUNCTION))
    assert node.RETURN_TYPES == ("IMAGE",)
    inputs = node.INPUT_TYPES()
    required, optional = inputs["required"], inputs["optional"]
    assert required["image"] == ("IMAGE",)
    assert required["style"] == ([style.id for style in animegan.list_styles()], {"default": "anime"})
    assert (required["faces"][0], required["faces"][1]["default"]) == ("BOOLEAN", True)
    assert required["scale"][0] == [1, 2, 4]
    strength = required["strength"]
    assert (strength[0], strength[1]["min"], strength[1]["max"], strength[1]["default"]) == ("FLOAT", 0, 1.5, 1.0)
    assert optional["mask"][0] == "MASK"
    defaults = {name: more[0]["default"] for name, (_, *more) in required.items() if more}
    assert animegan.Options(**defaults) == animegan.Options()


def test_a_batch_is_drawn_picture_by_picture(node, photos, pipeline):
    (drawings,) = node.draw(photos, **QUICK)
    assert drawings.dtype == torch.float32
    assert drawings.shape == photos.shape
    for photo, drawing in zip(photos, drawings, strict=True):
        levels = (photo.numpy() * 255).round().astype(np.uint8)
        expected = pipeline.stylize(levels, **QUICK).image
        np.testing.assert_array_equal((drawing.numpy() * 255).round(), expected)


def test_what_other_nodes_give(node, photos):
    """Values a little outside of [0, 1], half precision, a view, a fourth channel; and what comes in stays as it is."""
    (expected,) = node.draw(photos[:1], **QUICK)
    alpha = torch.cat([photos[:1], torch.ones_like(photos[:1, :, :, :1])], dim=3)
    before = photos.clone()
    for image in (photos[:1] * 1.0 + 1e-6, photos[:1].permute(0, 3, 1, 2).contiguous().permute(0, 2, 3, 1), alpha):
        assert torch.equal(node.draw(image, **QUICK)[0], expected)
    assert (node.draw(photos[:1].half(), **QUICK)[0] - expected).abs().mean() < 0.02
    wild = node.draw(photos[:1] * 3 - 1, **QUICK)[0]
    assert 0 <= wild.min() <= wild.max() <= 1
    assert torch.equal(photos, before)


def test_a_mask_says_where(node, photos):
    (drawings,) = node.draw(photos, **QUICK)
    left = torch.zeros(64, 96)
    left[:, :48] = 1
    for mask in (left, left[None], left.expand(2, 64, 96)):
        (mixed,) = node.draw(photos, mask=mask, **QUICK)
        assert torch.equal(mixed[:, :, :48], drawings[:, :, :48])
        assert torch.allclose(mixed[:, :, 48:], photos[:, :, 48:], atol=1e-6)
    (half,) = node.draw(photos, mask=torch.full((1, 64, 96), 0.5), **QUICK)
    assert torch.allclose(half, (photos + drawings) / 2, atol=1e-6)
    (small,) = node.draw(photos, mask=left[None, ::2, ::2], **QUICK)  # of another size
    assert torch.allclose(small[:, :, 60:], photos[:, :, 60:], atol=1e-6)


def test_a_larger_drawing_with_a_mask(node, photos):
    (drawing,) = node.draw(photos[:1], mask=torch.zeros(1, 64, 96), scale=2, **QUICK)
    assert drawing.shape == (1, 128, 192, 3)
    assert torch.allclose(drawing.mean(), photos[:1].mean(), atol=0.01)


@pytest.mark.parametrize(
    ("settings", "error"), [({"style": "picasso"}, animegan.UnknownStyleError), ({"scale": 3}, animegan.BadOptionError)]
)
def test_errors_are_named(node, photos, settings, error):
    with pytest.raises(error):
        node.draw(photos, **{**QUICK, **settings})
