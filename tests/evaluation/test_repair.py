"""What the repair is worth, measured: the recipe, the schemes, the report, the command."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from animegan import errors
from animegan.__main__ import app
from animegan.evaluation.repair import NOT_MEASURED, SCHEMES, Inception, RepairEvaluation, frechet_distance


@pytest.fixture(scope="module")
def folder(tmp_path_factory, astronaut, coffee) -> Path:
    root = tmp_path_factory.mktemp("sharp")
    (root / "deeper").mkdir()
    Image.fromarray(astronaut).save(root / "astronaut.png")
    Image.fromarray(coffee).save(root / "deeper" / "coffee.png")
    (root / "notes.txt").write_text("not a photo")
    return root


@pytest.fixture(scope="module")
def done(folder, pipeline) -> tuple[RepairEvaluation, list]:
    """Four evaluations of two photos, and their pictures."""
    evaluation = RepairEvaluation(folder, n=4, seed=1, pipeline=pipeline)
    return evaluation, list(evaluation.run())


@pytest.fixture(scope="module")
def evaluation(done) -> RepairEvaluation:
    return done[0]


@pytest.mark.long
def test_the_repair_is_worth_having(evaluation):
    """The anime of the repaired photo is nearer to that of the sharp one."""
    schemes = evaluation.report().schemes
    assert list(schemes) == list(SCHEMES)
    assert schemes["full"].psnr > schemes["plain"].psnr + 0.8
    assert schemes["full"].ssim > schemes["plain"].ssim + 0.04
    assert all(figures.seconds > 0 for figures in schemes.values())
    assert schemes["full"].landmark_drift < 10
    assert evaluation.report().worst > 0
    assert schemes["full"].frechet == NOT_MEASURED


@pytest.mark.long
def test_few_photos_are_degraded_anew(done):
    assert done[0].report().n == 4
    photos, bad = ([row[column] for row in done[1]] for column in (0, 1))
    np.testing.assert_array_equal(photos[0], photos[2])
    assert not np.array_equal(bad[0], bad[2])
    assert max(photos[0].shape) == 512


def test_an_empty_folder_is_a_named_error(tmp_path):
    with pytest.raises(errors.PhotoNotFoundError):
        RepairEvaluation(tmp_path)


@pytest.mark.long
def test_the_command(folder, tmp_path):
    command = ["evaluate", str(folder), "--n", "1", "--json", "--dark", "--sheet", str(tmp_path / "sheet.png")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0
    report = json.loads(done.stdout)
    assert set(report) == {"schemes", "n", "seed", "style", "dark", "recipe", "worst"}
    assert set(report["schemes"]["full"]) == {"seconds", "psnr", "ssim", "frechet", "landmark_drift"}
    assert Image.open(tmp_path / "sheet.png").width == 5 * 512
    shown = CliRunner().invoke(app, ["evaluate", str(folder), "--n", "1"])
    assert "super-resolution" in shown.stdout
    assert NOT_MEASURED in shown.stdout


def test_the_command_refuses_in_one_sentence(tmp_path, folder):
    for arguments in ([str(tmp_path)], [str(folder), "--style", "cubist"]):
        done = CliRunner().invoke(app, ["evaluate", *arguments])
        assert done.exit_code == 2
        assert "Traceback" not in done.output


@pytest.fixture(scope="module")
def inception_weights(tmp_path_factory) -> Path:
    """A file of the form that torch-fidelity reads, with random weights."""
    from torch_fidelity import feature_extractor_inceptionv3 as module

    path = tmp_path_factory.mktemp("inception") / "weights.pth"
    network = module.FeatureExtractorInceptionV3
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "load_state_dict_from_url", lambda *args, **kwargs: {})
        patch.setattr(network, "load_state_dict", lambda self, state: None)
        torch.save(network("inception-v3-compat", ["2048"]).state_dict(), path)
    return path


@pytest.mark.long
def test_the_frechet_distance_is_measured_where_weights_are(inception_weights, astronaut, coffee):
    network = Inception(inception_weights)
    shifts = range(0, 60, 20)
    sets = {
        name: [network.features(photo[shift : shift + 128, shift : shift + 128]) for shift in shifts]
        for name, photo in (("astronaut", astronaut), ("coffee", coffee))
    }
    assert sets["coffee"][0].shape == (2048,)
    same = frechet_distance(sets["coffee"], sets["coffee"])
    other = frechet_distance(sets["coffee"], sets["astronaut"])
    assert abs(same) < 1e-3 * max(1.0, abs(other))
    assert other > same


def test_other_weights_are_a_named_error(tmp_path):
    (tmp_path / "junk.pth").write_bytes(b"junk")
    with pytest.raises(errors.NotAModelError):
        Inception(tmp_path / "junk.pth")
