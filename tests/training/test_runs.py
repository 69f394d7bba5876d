"""Training runs: distillation, restorer, enlarger, checkpoints, pruning, growing, the command line."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from typer.testing import CliRunner

from animegan import errors
from animegan.images.metrics import psnr
from animegan.images.resize import Picture, resize
from animegan.networks.checkpoints import metadata, read_compact
from animegan.networks.enlarger import Enlarger
from animegan.networks.modules import CompactConfig, CompactGenerator, ResidualBlock, parameter_count
from animegan.networks.painters import load
from animegan.networks.restorers import load as load_restorer
from animegan.training.__main__ import app
from animegan.training.built_in import data, enlarge, restore
from animegan.training.built_in.average import average_files
from animegan.training.built_in.distill import Distillation, Recipe
from animegan.training.built_in.validation import compare, kept_out_pairs, validate
from animegan.training.grow import grow
from animegan.training.prune import prune, prune_file
from animegan.training.trainer import draw, to_tensor, write_weights
from tests.support.models import write_rrdbnet
from tests.support.training_photos import SMALL, teacher, write_photos


def restore_recipe(**fields: Any) -> restore.Recipe:
    """A recipe for a small restorer."""
    return restore.Recipe(**{**SMALL, "channels": (8, 12, 16), "batch": 4, "side": 32, **fields})


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut, coffee) -> Path:
    return write_photos(tmp_path_factory.mktemp("photos"), coffee, astronaut)


def blocks_of(network: CompactGenerator) -> Iterator[ResidualBlock]:
    return (block for block in network.modules() if isinstance(block, ResidualBlock))


def block_of(network: CompactGenerator, name: str) -> ResidualBlock:
    block = network.get_submodule(name)
    assert isinstance(block, ResidualBlock)
    return block


def test_the_rate_rises_stays_and_falls():
    recipe = Recipe(steps=1000, warmup=100, cooldown=0.3)
    rates = [recipe.rate_at(step) for step in range(1000)]
    assert rates[0] == pytest.approx(recipe.rate / 100)
    assert rates[100:699] == [recipe.rate] * 599
    assert rates[-1] == pytest.approx(recipe.rate / 300)


def test_a_run_can_start_with_the_weights_of_another(folder, tmp_path):
    first = Distillation(tmp_path / "a", Recipe(**SMALL), folder, teacher)
    torch.nn.init.normal_(first.averaged.tail.weight, std=0.1)
    second = Distillation(tmp_path / "b", Recipe(**SMALL), folder, teacher)
    second.start_from(first.export(tmp_path / "a" / "g.safetensors"))
    for ours, theirs in zip(second.network.parameters(), first.averaged.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-3, rtol=1e-2)


def test_pruning_removes_unused_channels():
    """Half of the inner channels are unused: a network pruned to half draws the same."""
    network = CompactGenerator(CompactConfig((16, 16), (1, 1), (1,)))
    with torch.no_grad():
        network.tail.weight.normal_(std=0.1)
        for block in blocks_of(network):
            block.conv2.weight.normal_(std=0.1)
            block.conv2.weight[:, ::2] = 0
        x = torch.rand(1, 3, 16, 16)
        smaller = prune(network, 0.5)
        assert smaller.config.inner == (8, 8)
        assert parameter_count(smaller) < parameter_count(network)
        torch.testing.assert_close(smaller(x), network(x))


def test_a_grown_network_draws_the_same_and_can_learn_more():
    """Wider and deeper: the same picture from more parameters, and gradients reach the new ones."""
    network = CompactGenerator(CompactConfig((8, 12, 16), (1, 1, 2), (1, 1)))
    torch.nn.init.normal_(network.tail.weight, std=0.05)
    larger = grow(network, CompactGenerator(CompactConfig((12, 20, 24), (2, 1, 3), (1, 2))))
    photo = torch.rand(1, 3, 32, 32) * 2 - 1
    torch.testing.assert_close(larger(photo), network(photo), atol=1e-5, rtol=0)
    larger(photo).square().mean().backward()
    old, new = block_of(larger, "encoder.0.0").conv2.weight.grad, block_of(larger, "encoder.0.1").conv2.weight.grad
    assert old is not None
    assert new is not None
    assert old[:8, 8:].abs().sum() > 0
    assert new.abs().sum() > 0
    fewer = grow(network, CompactGenerator(CompactConfig((8, 12, 16), (1, 1, 1), (1, 1))))
    weights = [block_of(one, "encoder.2.0").conv1.weight for one in (fewer, network)]
    torch.testing.assert_close(*weights)


def test_training_can_start_with_a_pruned_file(folder, tmp_path):
    wide = Recipe(**SMALL | {"channels": (16, 16), "encoder": (1, 1), "decoder": (1,)})
    first = Distillation(tmp_path / "a", wide, folder, teacher)
    whole = first.export(tmp_path / "whole.safetensors")
    before, after = prune_file(whole, tmp_path / "less.safetensors", 0.5)
    assert after < before
    shape = read_compact(tmp_path / "less.safetensors").config
    assert shape.inner == (8, 8)
    Distillation(tmp_path / "b", Recipe(**SMALL | asdict(shape)), folder, teacher).start_from(
        tmp_path / "less.safetensors"
    )


def test_networks_of_one_shape_are_averaged(tmp_path):
    shape = CompactConfig((8, 12, 16), (1, 1, 1), (1, 1))
    networks = [CompactGenerator(shape) for _ in range(2)]
    paths = [tmp_path / f"{n}.safetensors" for n in range(2)]
    for network, path in zip(networks, paths, strict=True):
        write_weights(network, path, {}, torch.float32)
    average_files(paths, tmp_path / "mean.safetensors", {"target": "cel"})
    mean = read_compact(tmp_path / "mean.safetensors").state_dict()
    for name, value in mean.items():
        one, other = (network.state_dict()[name] for network in networks)
        torch.testing.assert_close(value, (one + other) / 2, atol=1e-3, rtol=1e-2)
    write_weights(CompactGenerator(CompactConfig((8, 8), (1, 1), (1,))), paths[1], {})
    with pytest.raises(errors.NotAModelError, match="another shape"):
        average_files(paths, tmp_path / "mixed.safetensors", {})
    assert not (tmp_path / "mixed.safetensors").exists()


@pytest.mark.long
def test_the_discriminator_learns_to_tell_teacher_and_student_apart(folder, tmp_path):
    run = Distillation(tmp_path, Recipe(**SMALL | {"adversarial": 0.02, "rate": 2e-3, "warmup": 1}), folder, teacher)
    square = data.views(folder, 1, 1)[0].photo()[None, :128, :128]
    photo, target = to_tensor(square, run.device), to_tensor(teacher(square), run.device)
    for _ in range(40):
        run.critic.learn(photo, target, photo, 2e-3)
    with torch.inference_mode():
        assert run.critic.network(photo, target).mean() > run.critic.network(photo, photo).mean() + 0.2
    before = [p.detach().clone() for p in run.critic.network.parameters()]
    # This trains the discriminator once more before it uses it.
    run.loss(photo, target, torch.zeros(1, 1, 128, 128)).backward()
    assert all(p.grad is not None for p in run.network.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, run.critic.network.parameters(), strict=True))


def trained(folder: Path, out: Path, stops: list[int]) -> Distillation:
    """A run of 12 steps that is stopped and resumed at the given steps."""
    runs = []
    for stop in [*stops, 12]:
        run = Distillation(out, Recipe(steps=12, **SMALL), folder, teacher)
        views = data.views(folder, 1, 1)
        for _ in run.pairs.label(views):
            pass
        run.resume()
        run.train(views, stop, lambda loss: None)
        run.checkpoint()
        runs.append(run)
    return runs[-1]


@pytest.mark.slow
def test_a_stopped_run_ends_like_an_unbroken_one(folder, tmp_path):
    one, other = trained(folder, tmp_path / "a", []), trained(folder, tmp_path / "b", [5, 8])
    assert one.step == other.step == 12
    for a, b in zip(one.averaged.parameters(), other.averaged.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


@pytest.mark.long
def test_distillation_learns_and_its_weights_work(folder, tmp_path):
    """After 150 steps the drawing is closer to the teacher's than the photo is; the file holds the recipe."""
    run = Distillation(tmp_path, Recipe(steps=150, rate=3e-3, **SMALL), folder, teacher)
    views = data.views(folder, 1, 1)
    for _ in run.pairs.label(views):
        pass
    run.train(views, 150, lambda loss: None)
    figures = validate(run, kept_out_pairs(folder, run.pairs))["all"]
    assert figures["psnr"] > figures["photo_psnr"] + 3
    assert json.loads((tmp_path / "log.jsonl").read_text())["step"] == 150
    assert len(list((tmp_path / "sheets").iterdir())) == 1

    path = run.export(tmp_path / "generator.safetensors")
    with safe_open(path, framework="pt") as file:
        assert json.loads(file.metadata()["recipe"])["steps"] == 150
    photo = data.View(data.kept_out(folder)["faces"][0], 0).photo()
    painted = load(path).paint(photo)
    # Half precision in the file costs less than a grey level; the border has other padding.
    difference = np.abs(painted.astype(int) - draw(run.averaged, photo))
    assert difference[40:-40, 40:-40].mean() < 1


@pytest.mark.long
def test_distill_and_validate_on_the_command_line(folder, tmp_path):
    """The metadata of the weights name the target, so ``validate`` needs no ``--target``."""
    run = tmp_path / "run"
    common = ["--photos", str(folder), "--out", str(run), "--batch", "2", "--side", "64", "--context", "16"]
    shape = ["--channels", "4,6,8", "--encoder", "1,1,1", "--decoder", "1,1"]
    some = ["--scenes", "3", "--scene-views", "1", "--face-views", "1", "--every", "2"]
    for steps in ("2", "4"):
        done = CliRunner().invoke(
            app, ["distill", "--target", "cel,dusk", *common, *shape, *some, "--steps", steps, "--line-energy", "0.5"]
        )
        assert done.exit_code == 0, done.output
    assert "Resuming at step 2." in done.output
    weights = run / "generator.safetensors"
    assert metadata(weights)["target"] == "cel,dusk"
    recipe = json.loads(metadata(weights)["recipe"])
    assert (recipe["steps"], recipe["batch"], recipe["side"], recipe["line_energy"]) == (4, 2, 64, 0.5)
    assert (recipe["channels"], recipe["context"]) == ([4, 6, 8], 16)
    assert read_compact(weights).config.context == 16
    sheet = tmp_path / "sheet.jpg"
    command = ["validate", "--photos", str(folder), "--weights", str(weights), "--sheet", str(sheet), "--json"]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    report = json.loads(done.output)
    assert report["target"] == "cel,dusk"
    assert set(report["figures"]["scenes"]) == {
        "psnr", "photo_psnr", "ssim", "photo_ssim", "lines", "photo_lines", "to_photo", "flat", "photo_flat", "flatter",
        "chroma",
    }  # fmt: skip
    assert sheet.exists()


@pytest.mark.parametrize("command", ["average", "prune", "quality", "validate"])
def test_no_command_replaces_a_file_of_others(folder, tmp_path, command):
    theirs, weights = tmp_path / "theirs", tmp_path / "weights"
    theirs.write_bytes(b"theirs")
    weights.write_bytes(b"weights")
    arguments = {
        "average": [weights, "--out", theirs],
        "prune": ["--weights", weights, "--out", theirs],
        "quality": ["--photos", folder, "--out", theirs],
        "validate": ["--photos", folder, "--sheet", theirs],
    }
    done = CliRunner().invoke(app, [command, *map(str, arguments[command])])
    assert done.exit_code == 2
    assert "there already" in done.output
    assert theirs.read_bytes() == b"theirs"


def test_an_unknown_target_is_refused_on_the_command_line(folder, tmp_path):
    done = CliRunner().invoke(app, ["distill", "--target", "cell", "--photos", str(folder), "--out", str(tmp_path)])
    assert done.exit_code == 2
    assert "not a step of a target" in done.output


def test_compare_with_a_perfect_student(folder):
    squares = {"faces": [(view.photo(), teacher(view.photo())) for view in data.views(folder, 0, 1)[:2]]}
    figures, rows = compare(teacher, squares)
    assert figures["faces"]["psnr"] == float("inf")
    assert figures["faces"]["lines"] == 1
    assert len(rows["faces"]) == 2


@pytest.mark.long
def test_a_restorer_learns_to_restore(folder, tmp_path):
    """After 150 steps the restored photos are closer to the good ones than the degraded photos are."""
    groups = restore.loaded(data.training_photos(folder).values())
    run = restore.Restoration(tmp_path, restore_recipe(steps=150, rate=3e-3), groups)
    run.advance(150, lambda loss: None)
    kept_out = restore.held_out(folder)
    figures = validate(run, kept_out)["all"]
    assert figures["psnr"] > figures["photo_psnr"] + 0.3
    assert len(list((tmp_path / "sheets").iterdir())) == 1
    degraded, good = kept_out["scenes"][0]
    assert degraded.shape == good.shape
    again = load_restorer(run.export(tmp_path / "restore.safetensors"))
    assert again.double(degraded).shape == (1024, 1024, 3)


def test_samples_that_have_lost_their_detail_are_as_large_as_it(folder, tmp_path):
    """``lost`` of the batch has a target of twice its size, the rest one of the same size."""
    recipe = restore_recipe(lost=0.25)
    run = restore.Restoration(tmp_path, recipe, restore.loaded([data.training_photos(folder)["scenes"][:2]]))
    degraded, double, same = run.batch(np.random.default_rng(0))
    assert (degraded.shape, double.shape, same.shape) == ((4, 3, 32, 32), (1, 3, 64, 64), (3, 3, 32, 32))
    assert torch.equal(degraded, run.batch(np.random.default_rng(0))[0])


@pytest.mark.parametrize("drawn", [1, 3])
def test_as_many_samples_are_drawn_as_asked(folder, tmp_path, drawn):
    class Painter(torch.nn.Module):
        def forward(self, photos):
            seen.append(len(photos))
            return photos

    seen: list[int] = []
    recipe = restore_recipe(lost=0.75, through=1.0, structure=1.0, scales=1, drawn=drawn, side=48)
    run = restore.Restoration(
        tmp_path, recipe, restore.loaded([data.training_photos(folder)["scenes"][:2]]), [Painter()]
    )
    assert torch.isfinite(run.batch_loss(np.random.default_rng(0)))
    assert seen == [drawn, drawn]  # the restored ones, and their targets


def test_faces_for_the_restorer_are_upright(folder):
    """The astronaut's face is found in both photographs and cut out at the wanted size."""
    (faces,) = restore.upright_faces(data.training_photos(folder)["faces"][:2], 96)
    assert len(faces) >= 1
    assert {face.shape for face in faces} == {(96, 96, 3)}


def test_a_restorer_can_learn_with_a_painter_a_discriminator_and_rrdbnet(folder, tmp_path):
    groups = restore.loaded([data.training_photos(folder)["faces"][:2]])
    recipe = restore_recipe(steps=2, adversarial=0.01, through=0.5, side=48)
    painters = [CompactGenerator(CompactConfig((4, 6, 8), (1, 1, 1), (1, 1))) for _ in range(2)]
    larger = restore.rrdbnet(write_rrdbnet(tmp_path / "x2.pth"))
    assert larger(torch.zeros(1, 3, 16, 16)).shape == (1, 3, 32, 32)
    run = restore.Restoration(tmp_path, recipe, groups, painters, larger)
    step_losses = []
    run.advance(2, step_losses.append)
    assert len(step_losses) == 2
    assert np.isfinite(step_losses).all()
    assert all(p.grad is None for painter in painters for p in painter.parameters())
    run.checkpoint()
    other = restore.Restoration(tmp_path, recipe, groups, painters, larger)
    assert other.resume()
    assert other.step == 2


def doubled(drawing: Picture) -> Picture:
    """What the teacher of the tests makes of a drawing."""
    return resize(drawing, 2 * drawing.shape[1], 2 * drawing.shape[0])


@pytest.fixture
def fake_teacher(monkeypatch):
    monkeypatch.setattr(enlarge, "Teacher", lambda folder: doubled)


@pytest.mark.slow
@pytest.mark.usefixtures("fake_teacher")
@pytest.mark.parametrize("again", [False, True])
def test_squares_of_drawings_and_of_what_the_teacher_makes_of_them(tmp_path, coffee, again):
    """Photographs of one name from two sources are two."""
    photos = [tmp_path / "faces" / "001.png", tmp_path / "more" / "faces" / "001.png"]
    for path, part in zip(photos, (coffee[:96, :128], coffee[200:296, 300:428]), strict=True):
        path.parent.mkdir(parents=True)
        Image.fromarray(part).save(path)
    squares = enlarge.Enlargements(tmp_path / "squares", tmp_path, again)
    assert squares.missing(photos) == photos
    assert list(squares.label(photos)) == photos
    assert squares.missing(photos) == []
    one, other = (squares.read([photo]) for photo in photos)
    assert len(one) == len(other) == enlarge.SQUARES
    assert not np.array_equal(one[0][0], other[0][0])
    for small, large in (*one, *other):
        assert small.shape == (enlarge.SQUARE, enlarge.SQUARE, 3)
        assert np.array_equal(large[8:-8, 8:-8], doubled(small)[8:-8, 8:-8])


def enlarging(folder: Path, photo: Picture, **fields: Any) -> enlarge.Enlarging:
    """A small run of 4 steps on two squares of a photo."""
    small = {**SMALL, "channels": (4,), "encoder": (1,), "decoder": (), "side": 16}
    pairs = [(square, doubled(square)) for square in (photo[:168, :168], photo[168:336, 168:336])]
    return enlarge.Enlarging(folder, enlarge.Recipe(**{**small, "steps": 4, **fields}), pairs)


@pytest.mark.slow
def test_a_stopped_run_of_the_enlarger_ends_like_an_unbroken_one_and_its_weights_enlarge(tmp_path, coffee):
    losses: list[float] = []
    for name, stops in (("a", (4,)), ("b", (2, 4))):
        for stop in stops:
            run = enlarging(tmp_path / name, coffee, adversarial=0.1)
            assert run.resume() == ((name, stop) == ("b", 4))
            run.advance(stop, losses.append)
            run.checkpoint()
            run.export(tmp_path / f"{name}.safetensors")
    assert np.isfinite(losses).all()
    assert losses[:4] == pytest.approx(losses[4:], rel=1e-3)
    files = [tmp_path / f"{name}.safetensors" for name in "ab"]
    one, other = (Enlarger(file).double(coffee[:64, :96]) for file in files)
    assert one.shape == (128, 192, 3)
    assert np.abs(one.astype(int) - other).max() <= 1
    assert metadata(files[0])["target"] == "Real-ESRGAN animevideov3 x2"
    assert psnr(one, doubled(coffee[:64, :96])) > 25  # the network starts as cubic interpolation


def test_samples_for_the_enlarger_are_the_same_part_of_both_pictures(tmp_path, coffee):
    """Turned and mirrored alike; some after a JPEG."""
    small, large = enlarging(tmp_path, coffee, batch=16).batch(np.random.default_rng(0))
    assert (small.shape, large.shape) == ((16, 3, 16, 16), (16, 3, 32, 32))
    shrunk = torch.nn.functional.avg_pool2d(large, 2)
    apart = (small - shrunk).abs().mean((1, 2, 3))
    assert apart.max() < 0.1
    assert small.equal(enlarging(tmp_path, coffee, batch=16).batch(np.random.default_rng(0))[0])


@pytest.mark.long
@pytest.mark.usefixtures("fake_teacher")
def test_enlarge_on_the_command_line(folder, tmp_path):
    run, few = tmp_path / "run", ["--most", "2", "--batch", "2", "--side", "16", "--channels", "4", "--encoder", "1"]
    for steps in ("2", "4"):
        command = ["enlarge", "--photos", str(folder), "--teacher", str(tmp_path), "--out", str(run), *few]
        done = CliRunner().invoke(app, [*command, "--every", "2", "--steps", steps])
        assert done.exit_code == 0, done.output
    assert "Resuming at step 2." in done.output
    assert "step 4 drawings" in done.output
    assert read_compact(run / "enlarge.safetensors").config.channels == (4,)
    assert len(list((run / "squares").iterdir())) == 4
