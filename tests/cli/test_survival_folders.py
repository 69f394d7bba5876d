"""Folders that may not be written to, files that may not be read, and names that cannot be."""

import json
import os
import shutil

import pytest
from PIL import Image

from animegan.images import files
from animegan.styles import weights
from tests.conftest import ROOT
from tests.support.cli import invoke, refused
from tests.support.hub import COMMIT, CONTENT
from tests.support.processes import BOUND, SHA256, blobs, ended, fetched, fetching, names, python, read_only, sentence


@pytest.fixture(scope="module")
def _permissions_bind(tmp_path_factory):
    """Skips where a bound process may write to a read-only folder all the same."""
    folder = tmp_path_factory.mktemp("bound")
    folder.chmod(0o555)
    code = f"open({str(folder / 'file')!r}, 'w')"
    if not ended(python("-c", code, first=BOUND)).returncode:
        pytest.skip("this user cannot be bound by permissions")


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
def test_built_in_styles_draw_where_nothing_may_be_written(tmp_path, coffee):
    """The package read-only, the cache below a file, no home: only the drawing's own folder can be written to."""
    package, out = tmp_path / "installed" / "animegan", tmp_path / "out"
    shutil.copytree(ROOT / "animegan", package, ignore=shutil.ignore_patterns("built_in", "__pycache__"))
    (tmp_path / "file").touch()
    Image.fromarray(coffee[:96, :128]).save(tmp_path / "photo.png")
    out.mkdir()
    read_only(package)
    nowhere = tmp_path / "file" / "below"
    env = {"PYTHONPATH": package.parent, "HF_HOME": nowhere, "HF_HUB_CACHE": nowhere / "hub", "HOME": nowhere}
    command = ["-m", "animegan", "stylize", tmp_path / "photo.png", "-o", out, "--enhance", "on", "--json"]
    done = ended(python(*command, first=BOUND, env=env, cwd=out))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["enhanced"]
    assert names(out) == ["photo-anime.png"]


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_cache_that_may_not_be_written_to(hub, tmp_path, mode):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    done = ended(fetching(hub, home, first=BOUND))
    assert "point HF_HOME to another folder" in sentence(done.stderr, "CacheNotWritableError")
    assert names(tmp_path) == ["home"]


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
def test_a_token_that_may_not_be_read_is_not_the_hub_s_fault(hub, tmp_path):
    token = tmp_path / "token"
    token.touch(0o000)
    done = ended(fetching(hub, tmp_path, first=BOUND))
    assert str(token) in sentence(done.stderr, "CacheNotWritableError")


def test_a_style_whose_cache_cannot_be_made(tmp_path, monkeypatch, coffee):
    """HF_HOME below a file, on the command line: one sentence, exit code 2, no drawing."""
    from huggingface_hub import constants

    (tmp_path / "file").touch()
    Image.fromarray(coffee).save(tmp_path / "photo.png")
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "below" / "hub"))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "file" / "below" / "token"))
    assert "HF_HOME" in refused("stylize", tmp_path / "photo.png", "-o", tmp_path / "out.png", "--style", "paprika")
    assert names(tmp_path) == ["file", "photo.png"]
    listed = invoke("styles", "--json")
    assert listed.exit_code == 0
    assert [style["at_hand"] for style in json.loads(listed.stdout)] == [True] * 10 + [False] * 4


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
@pytest.mark.parametrize("source", [("weights.bin", COMMIT, SHA256), ("weights.bin", "main")])
def test_what_is_in_a_read_only_cache_is_used(hub, tmp_path, source):
    """With no Hub to ask."""
    assert fetched(hub, tmp_path, *source) == len(CONTENT)
    hub.close()
    read_only(tmp_path)
    before = [*tmp_path.rglob("*")]
    assert fetched(hub, tmp_path, *source, first=BOUND) == len(CONTENT)
    assert [*tmp_path.rglob("*")] == before


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
def test_what_another_program_fetched_into_a_read_only_cache_is_used(hub, tmp_path):
    """Though it cannot be remembered. Which commit the branch means is asked of the Hub, or noted by that program."""
    assert fetched(hub, tmp_path, "weights.bin", COMMIT, SHA256) == len(CONTENT)
    reference = tmp_path / "hub" / "models--owner--repo" / "refs" / "main"
    reference.parent.mkdir(exist_ok=True)
    read_only(tmp_path)
    assert fetched(hub, tmp_path, "weights.bin", "main", first=BOUND) == len(CONTENT)
    hub.close()
    reference.parent.chmod(0o755)
    reference.write_text(COMMIT)
    assert fetched(hub, tmp_path, "weights.bin", "main", first=BOUND) == len(CONTENT)
    assert not (tmp_path / "hub" / "animegan-seen.json").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
def test_a_wrong_file_in_a_read_only_cache_is_not_used(hub, tmp_path):
    """And no message says that it was removed."""
    assert fetched(hub, tmp_path, "weights.bin", COMMIT) == len(CONTENT)
    read_only(tmp_path)
    done = ended(fetching(hub, tmp_path, "weights.bin", COMMIT, "0" * 64, first=BOUND))
    assert "cannot be removed" in sentence(done.stderr, "WeightsCorruptError")


@pytest.mark.slow
@pytest.mark.usefixtures("_permissions_bind")
def test_weights_that_may_not_be_read(hub, tmp_path):
    assert fetched(hub, tmp_path) == len(CONTENT)
    (blob,) = blobs(tmp_path)
    blob.chmod(0o000)
    done = ended(fetching(hub, tmp_path, first=BOUND))
    assert "check its permissions" in sentence(done.stderr, "WeightsUnavailableError")


@pytest.mark.parametrize("content", ["[]", "null", '{"owner/repo/weights.bin@main": 3}', "{", "\0"])
def test_a_broken_memory_of_what_was_fetched_does_no_harm(tmp_path, monkeypatch, content):
    monkeypatch.setattr(weights, "_seen_file", lambda: tmp_path / "seen.json")
    (tmp_path / "seen.json").write_text(content)
    assert weights._seen() == {}
    weights._remember("key", {"commit": COMMIT, "sha256": SHA256})
    assert weights._seen() == {"key": {"commit": COMMIT, "sha256": SHA256}}


@pytest.mark.parametrize("name", ["x" * 300 + ".png", "loop", "loop/below.png"])
def test_names_that_cannot_be(tmp_path, coffee, name):
    """Too long, or links that lead in a circle: as a photo, and as where the drawing goes."""
    os.symlink("loop", tmp_path / "loop")
    photo = files.save(coffee[:32, :32], tmp_path / "photo.png")
    refused("stylize", tmp_path / name, "-o", tmp_path / "out.png")
    refused("stylize", photo, "-o", tmp_path / name, "--no-faces")
    assert names(tmp_path) == ["loop", "photo.png"]


def test_a_repository_that_cannot_be(tmp_path, coffee):
    photo = files.save(coffee[:32, :32], tmp_path / "photo.png")
    refused("stylize", photo, "-o", tmp_path / "out.png", "--style", "hub:some--body/paints/anime.onnx")
