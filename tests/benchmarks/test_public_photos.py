"""The public photos: there without a download, and taken by every benchmark that is given no folder."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
import typer

from animegan.images import files
from benchmarks import public_photos, quality


@pytest.mark.parametrize("name", public_photos.PHOTOS)
def test_every_photo_is_there(name):
    photo = public_photos.load(name)
    assert photo.dtype == np.uint8
    assert photo.shape[2] == 3
    assert min(photo.shape[:2]) >= 256


def test_without_a_folder_public_photos_are_chosen():
    every = public_photos.chosen(None, 100)
    assert {path.name for path in every} == {public_photos.path_of(name).name for name in public_photos.PHOTOS}
    assert public_photos.chosen(None, 100) == every
    assert public_photos.chosen(None, 3) == every[:3]
    assert public_photos.chosen(None, 100, seed=1) != every
    assert len(public_photos.chosen(None, 100, names=public_photos.PORTRAITS)) == 2


def test_a_folder_of_ones_own_comes_first(tmp_path, astronaut):
    own = files.save(astronaut, tmp_path / "own.png")
    assert public_photos.chosen(tmp_path, 5) == [own]


def test_a_photo_that_is_gone_is_named(monkeypatch):
    monkeypatch.setattr(public_photos, "PHOTOS", {"moon": ("skimage", "data/gone.png")})
    with pytest.raises(FileNotFoundError, match=r"skimage has no data/gone\.png: install requirements-dev\.txt"):
        public_photos.path_of("moon")


def test_they_can_be_written_for_a_command(tmp_path):
    public_photos.main(tmp_path / "photos")
    written = files.all_below(tmp_path / "photos")
    assert [path.stem for path in written] == sorted(public_photos.PHOTOS)


COMMANDS = sorted(
    path.stem for path in Path(public_photos.__file__).parent.glob("*.py") if "typer.run(main)" in path.read_text()
)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_benchmark_says_how_it_is_run(name):
    benchmark = import_module(f"benchmarks.{name}")
    assert f"    python -m benchmarks.{name}" in (benchmark.__doc__ or "")
    assert callable(benchmark.main)


def test_labels_want_the_folder_that_they_name():
    labels = Path(quality.__file__).parent / "labels.txt"
    with pytest.raises(typer.BadParameter, match="name that folder, too"):
        quality.main(None, labels=labels)
