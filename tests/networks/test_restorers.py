"""The restorers: ours over any size, Real-ESRGAN's from the Hub, and what is neither."""

import cv2
import numpy as np
import pytest
import torch

import animegan
from animegan import errors
from animegan.images.metrics import psnr
from animegan.networks import restorers
from animegan.networks.engine import Engine
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.training.trainer import write_weights
from tests.support.models import write_rrdbnet
from tests.support.pictures import blurred, noisy


@pytest.fixture(scope="module")
def light() -> restorers.TorchRestorer:
    return restorers.load(restorers.locate("light"))


def small_again(picture: np.ndarray) -> np.ndarray:
    return cv2.resize(picture, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", ["astronaut", "coffee"])
def test_it_deblurs_denoises_and_doubles_in_one_pass(light, name, request):
    good = request.getfixturevalue(name)
    bad = noisy(blurred(good, 2), 8)
    restored = light.double(bad)
    assert restored.shape == (2 * good.shape[0], 2 * good.shape[1], 3)
    assert psnr(small_again(restored), good) > psnr(bad, good) + 1.0


def test_a_good_photo_is_hardly_touched(light, astronaut):
    assert psnr(small_again(light.double(astronaut)), astronaut) > 27


class Shifted:
    """A restorer that shifts a photo by a pixel to the right, and counts its passes."""

    passes = 0

    def double(self, photo, on_tile=None):
        self.passes += 1
        doubled = np.roll(cv2.resize(photo, None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST), 1, axis=1)
        if on_tile is not None:
            for tile in range(3):
                on_tile(tile + 1, 3)
        return doubled


def test_the_views_of_a_photo_are_averaged_in_their_place(coffee):
    one, heard = Shifted(), []
    shifted = one.double(coffee).astype(int)
    left = np.roll(shifted, -2, axis=1)
    doubled = restorers.SelfEnsemble(one).double(coffee, lambda done, count: heard.append((done, count)))
    assert doubled.shape == shifted.shape
    assert doubled.dtype == np.uint8
    assert np.abs(doubled - (shifted + left) / 2).max() <= 0.5
    assert heard == [(number, 12) for number in range(1, 13)]


def test_a_large_photo_is_restored_once():
    one = Shifted()
    restorers.SelfEnsemble(one).double(np.zeros((8, restorers.ENSEMBLE_SIDE + 8, 3), np.uint8))
    assert one.passes == 1


def test_several_views_come_nearer_than_one(light, astronaut):
    bad = noisy(blurred(astronaut, 2), 8)
    once, averaged = (small_again(restorer.double(bad)) for restorer in (light, restorers.SelfEnsemble(light)))
    assert psnr(averaged, astronaut) > psnr(once, astronaut)


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (1, 2000), (40, 513), (600, 530)])
def test_any_size(light, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert light.double(photo).shape == (2 * size[0], 2 * size[1], 3)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_one_colour_stays_one_colour(light, level):
    flat = np.full((64, 64, 3), level, np.uint8)
    assert np.abs(light.double(flat).astype(int) - level).max() <= 6


@pytest.mark.slow
def test_tiles_join_without_a_seam(light, astronaut, monkeypatch):
    whole = light.double(astronaut[:400, :400])
    monkeypatch.setattr(restorers, "TILE", 128)
    tiled = light.double(astronaut[:400, :400])
    difference = np.abs(tiled.astype(int) - whole)
    assert difference.mean() < 0.3
    assert np.percentile(difference, 99.9) <= 6


@pytest.mark.slow
def test_it_costs_less_than_a_fiftieth_of_rrdbnet(light):
    """By multiplications, so that the clock of the machine does not matter."""

    def count(network: torch.nn.Module, low: float) -> int:
        total = 0

        def add(module, _, output):
            nonlocal total
            total += module.weight.numel() * output.shape[2] * output.shape[3]

        hooks = [m.register_forward_hook(add) for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
        with torch.inference_mode():
            network(torch.full((1, 3, 64, 64), low))
        for hook in hooks:
            hook.remove()
        return total

    from spandrel.architectures.ESRGAN import ESRGAN

    rrdbnet = ESRGAN(in_nc=12, num_filters=64, num_blocks=23, scale=2, shuffle_factor=2).eval()
    assert count(light._network, -1.0) < 0.02 * count(rrdbnet, 0.0)


@pytest.mark.slow
def test_real_esrgan_comes_from_the_hub(hub, tmp_path, astronaut):
    hub.files[f"{restorers.BEST.repo}/{restorers.BEST.file}"] = write_rrdbnet(tmp_path / "x2.pth").read_bytes()
    best = restorers.load(restorers.locate("best"))
    photo = astronaut[:60, :70]
    assert best.double(photo).shape == (120, 140, 3)
    result = animegan.Pipeline().stylize(noisy(blurred(photo, 3), 12), restorer="best", faces=False)
    assert "restore" in result.enhanced
    assert restorers.locate("best").is_file()


@pytest.mark.slow
def test_nobody_waits_for_the_best_who_did_not_ask(hub, tmp_path):
    """With a GPU the best restorer is the default once its weights are here, and not before."""
    on_a_gpu, on_the_cpu = (Engine(torch.device(name), False) for name in ("cuda", "cpu"))
    assert restorers.default_restorer(on_a_gpu) == "light"
    hub.files[f"{restorers.BEST.repo}/{restorers.BEST.file}"] = write_rrdbnet(tmp_path / "x2.pth").read_bytes()
    restorers.locate("best")
    assert restorers.default_restorer(on_a_gpu) == "best"
    assert restorers.default_restorer(on_the_cpu) == "light"  # whatever else the machine has


@pytest.mark.slow
def test_without_the_hub_the_best_restorer_is_a_named_error(hub, astronaut):
    hub.close()
    with pytest.raises(errors.HubUnreachableError, match="choose the light restorer"):
        animegan.Pipeline().stylize(astronaut, restorer="best")


def test_what_is_no_restorer_is_a_named_error(tmp_path):
    generator = write_weights(CompactGenerator(CompactConfig((4, 4), (1, 1), (1,))), tmp_path / "g.safetensors", {})
    (tmp_path / "junk.pth").write_bytes(b"junk" * 100)
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 100)
    four = write_rrdbnet(tmp_path / "x4.pth", scale=4)
    for path in (generator, tmp_path / "junk.pth", tmp_path / "junk.safetensors", four):
        with pytest.raises(errors.NotAModelError):
            restorers.load(path)
