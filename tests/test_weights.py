"""Where weights come from: built in, of one's own, and from the Hub by its real client."""

import dataclasses
import hashlib
import json
import logging
import os
import subprocess
import sys
import threading
import time

import numpy as np
import pytest
import torch

import animegan
from animegan import errors, weights
from animegan.generator import load
from animegan.networks import AnimeGANv2Generator
from animegan.styles import STYLES, BuiltIn, OnHub, Style, find

from .conftest import ROOT
from .hub import COMMIT, Hub
from .models import write_onnx
from .test_networks import shaken

CONTENT = b"these are weights" * 50_000


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """A Hub on loopback with one file, and a cache of its own."""
    from huggingface_hub import constants, file_download

    hub = Hub()
    hub.files["owner/repo/weights.bin"] = CONTENT
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    template = hub.address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "ENDPOINT", hub.address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    monkeypatch.setattr(file_download, "HUGGINGFACE_CO_URL_TEMPLATE", template, raising=False)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    yield hub
    hub.close()


def style(file: str = "weights.bin", revision: str = COMMIT, content: bytes | None = CONTENT) -> Style:
    sha256 = hashlib.sha256(content).hexdigest() if content is not None else None
    return dataclasses.replace(find("hayao"), id="far", source=OnHub("owner/repo", file, revision, sha256))


UNPINNED = style(revision="main", content=None)


def files_below(path) -> list:
    return [p for p in path.rglob("*") if p.is_file() and not p.name.endswith(".lock")]


def test_built_in_weights_are_there_and_small():
    """Scene styles at most 2 MB, those that change the shape of a face at most 4."""
    built_in = [s for s in animegan.styles() if isinstance(s.source, BuiltIn)]
    scenes = ["anime", "cel", "dusk", "watercolour", "manga", "hayao", "shinkai"]
    assert {s.id for s in built_in} == {*scenes, "portrait", "anime-portrait"}
    sizes = {s.id: weights.locate(s).stat().st_size for s in built_in}
    assert all(weights.at_hand(s) for s in built_in)
    assert max(sizes[scene] for scene in scenes) <= 2_000_000
    assert max(sizes.values()) <= 4_000_000


def test_missing_built_in_weights_say_what_to_do():
    lost = dataclasses.replace(find("hayao"), source=BuiltIn("lost.safetensors"))
    assert not weights.at_hand(lost)
    with pytest.raises(errors.WeightsUnavailableError, match="install"):
        weights.locate(lost)


def test_a_file_of_the_hub_is_fetched_once_and_kept(hub):
    assert not weights.at_hand(style())
    heard = []
    path = weights.locate(style(), lambda come, expected: heard.append((come, expected)))
    assert path.read_bytes() == CONTENT
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    asked = hub.asked.copy()
    assert weights.locate(style()) == path
    hub.close()
    assert weights.at_hand(style())
    assert weights.locate(style()) == path
    assert hub.asked == asked


def test_an_unpinned_file_is_remembered_and_used_with_no_network(hub, caplog):
    path = weights.locate(UNPINNED)
    seen = json.loads(weights._seen_file().read_text())["owner/repo/weights.bin@main"]
    assert seen == {"commit": COMMIT, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    hub.commit = "f" * 40  # the branch moves on
    asked = hub.asked.copy()
    assert weights.locate(UNPINNED) == path
    assert hub.asked == asked
    assert not caplog.records


def test_a_later_change_of_an_unpinned_file_is_said(hub, caplog, tmp_path):
    import shutil

    weights.locate(UNPINNED)
    shutil.rmtree(tmp_path / "cache" / "models--owner--repo")
    hub.commit, hub.files["owner/repo/weights.bin"] = "f" * 40, b"others"
    with caplog.at_level(logging.WARNING):
        assert weights.locate(UNPINNED).read_bytes() == b"others"
    assert "has changed" in caplog.text


def test_a_wrong_file_is_neither_used_nor_left_in_the_way(hub, tmp_path):
    hub.files["owner/repo/weights.bin"] = b"something else"
    with pytest.raises(errors.WeightsCorruptError, match="removed"):
        weights.locate(style())
    assert not weights.at_hand(style())
    hub.files["owner/repo/weights.bin"] = CONTENT
    assert weights.locate(style()).read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (style(file="other.bin"), r"no 'owner/repo/other\.bin'"),
        (style(revision="e" * 40), r"at 'eeeeeeeeeeee'"),
        (dataclasses.replace(style(), source=OnHub("no/body", "weights.bin", COMMIT)), r"no repository 'no/body'"),
    ],
)
def test_what_the_hub_does_not_have(hub, wanted, words):
    with pytest.raises(errors.HubFileNotFoundError, match=words):
        weights.locate(wanted)


def test_access_denied_and_given(hub, monkeypatch):
    hub.token = "hf_secret"
    with pytest.raises(errors.HubAccessDeniedError, match="HF_TOKEN"):
        weights.locate(style())
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert weights.locate(style()).read_bytes() == CONTENT


def test_a_hub_that_stumbles_once(hub):
    hub.statuses = [500]
    assert weights.locate(style()).read_bytes() == CONTENT


def test_a_hub_that_is_down_says_so_in_time(hub):
    hub.statuses = [503] * 1000
    start = time.monotonic()
    with pytest.raises(errors.HubUnreachableError, match="status 503"):
        weights.locate(style())
    assert time.monotonic() - start < 5


def test_connection_refused_says_so_in_time(hub):
    hub.close()
    start = time.monotonic()
    with pytest.raises(errors.HubUnreachableError, match="built-in"):
        weights.locate(style())
    assert time.monotonic() - start < 5


def test_a_silent_hub_says_so_in_time(hub):
    hub.wait = 30
    start = time.monotonic()
    with pytest.raises(errors.HubUnreachableError):
        weights.locate(style())
    assert time.monotonic() - start < 5.5


def test_a_slow_hub_is_waited_for(hub):
    hub.wait, hub.chunk_wait = 0.5, 0.05
    assert weights.locate(style()).read_bytes() == CONTENT


def test_a_body_that_breaks_off_is_not_used(hub, tmp_path, monkeypatch):
    from huggingface_hub import file_download

    monkeypatch.setattr(file_download.time, "sleep", lambda seconds: None)
    hub.cut_at = 100_000
    with pytest.raises(errors.HubUnreachableError, match="broke off"):
        weights.locate(style())
    assert not weights.at_hand(style())
    hub.cut_at = None
    assert weights.locate(style()).read_bytes() == CONTENT


def test_a_full_disk(hub, monkeypatch):
    import errno

    import huggingface_hub

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", full)
    with pytest.raises(errors.DiskFullError, match="HF_HOME"):
        weights.locate(style())


def test_offline_mode(hub, monkeypatch):
    from huggingface_hub import constants

    weights.locate(style())
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert weights.locate(style()).read_bytes() == CONTENT
    with pytest.raises(errors.HubUnreachableError, match="HF_HUB_OFFLINE"):
        weights.locate(style(file="other.bin"))


def test_two_requests_download_once(hub):
    hub.chunk_wait = 0.02
    got = []
    threads = [threading.Thread(target=lambda: got.append(weights.locate(style()))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(got)) == 1
    assert len(got) == 4
    assert hub.asked["GET"] == 1


def test_two_processes_at_the_same_time(hub, tmp_path):
    """By the environment variables that people set; both get the whole file."""
    hub.chunk_wait = 0.02
    code = (
        "from animegan import weights; from animegan.styles import OnHub, Style;"
        f"s = Style('far', '', '', OnHub('owner/repo', 'weights.bin', '{COMMIT}'), '');"
        "print(weights.locate(s).stat().st_size)"
    )
    environment = {**os.environ, "HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home")}
    environment.pop("HF_HUB_CACHE", None)
    runs = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
        for _ in range(2)
    ]
    for run in runs:
        assert int(run.communicate(timeout=60)[0]) == len(CONTENT)
    assert list((tmp_path / "home").rglob("weights.bin"))


def test_unknown_style_names_the_ones_there_are():
    with pytest.raises(errors.UnknownStyleError, match="hayao"):
        find("picasso")
    with pytest.raises(errors.UnknownStyleError, match="hub:owner/repo/file"):
        find("hub:owner")
    with pytest.raises(errors.UnknownStyleError):
        find("hub:owner/repo/../../etc/passwd.onnx")
    assert find(" Hayao ").id == "hayao"


def test_every_style_says_where_from_and_on_what_terms():
    assert {"anime", "cel", "hayao", "shinkai", "hayao-v2", "shinkai-v2", "paprika", "face-paint"} <= set(STYLES)
    for one in animegan.styles():
        assert one.licence
        assert one.good_for
        if isinstance(one.source, OnHub) and one.source.sha256:
            assert len(one.source.sha256) == 64
            assert len(one.source.revision) == 40


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """AnimeGANv2's generator with random weights, and that as the files that people share."""
    torch.manual_seed(0)
    network = shaken(AnimeGANv2Generator())
    folder = tmp_path_factory.mktemp("published")
    torch.save(network.state_dict(), folder / "painter.pt")
    write_onnx(network, folder / "painter.onnx")
    write_onnx(network, folder / "fixed.onnx", channels_last=False, side=128)
    return folder


def test_onnx_and_checkpoint_of_one_network_paint_the_same(published, coffee):
    photo = coffee[:96, :128]
    painted = [load(published / name).paint(photo).astype(int) for name in ("painter.pt", "painter.onnx")]
    x = torch.from_numpy(photo.copy()).permute(2, 0, 1)[None].float() / 127.5 - 1
    network = AnimeGANv2Generator().eval()
    network.load_state_dict(torch.load(published / "painter.pt", weights_only=True))
    with torch.inference_mode():
        expected = ((network(x)[0].permute(1, 2, 0) + 1) * 127.5).numpy()
    for picture in painted:
        assert np.abs(picture - expected).max() <= 1


@pytest.mark.parametrize("size", [(16, 16), (70, 333), (129, 128), (300, 420)])
@pytest.mark.parametrize("name", ["painter.onnx", "fixed.onnx", "painter.pt"])
def test_any_size_with_any_file(published, name, size):
    photo = np.random.default_rng(0).integers(0, 256, (*size, 3), np.uint8)
    assert load(published / name).paint(photo).shape == photo.shape


def test_layout_and_size_are_read_from_the_model(published):
    free, fixed = load(published / "painter.onnx"), load(published / "fixed.onnx")
    assert (free.channels_last, free.fixed) == (True, None)
    assert (fixed.channels_last, fixed.fixed) == (False, (128, 128))


def test_tiles_leave_no_seam(published):
    """What a fixed size model makes of a flat picture is as flat across tiles as inside one."""
    painter = load(published / "fixed.onnx")
    flat = np.full((300, 400, 3), 120, np.uint8)
    painter._run = lambda tile: tile.astype(np.float32) / 127.5 - 1
    np.testing.assert_array_equal(painter.paint(flat), flat)
    ramp = np.tile(np.linspace(0, 255, 400).astype(np.uint8)[:, None], (300, 1, 3))
    np.testing.assert_allclose(painter.paint(ramp).astype(int), ramp, atol=1)


def test_files_that_are_no_model(tmp_path):
    torch.save({"weights": torch.zeros(3)}, tmp_path / "other.pt")
    (tmp_path / "junk.pt").write_bytes(b"junk")
    (tmp_path / "junk.onnx").write_bytes(b"junk" * 50)
    (tmp_path / "junk.safetensors").write_bytes(b"junk" * 50)
    for path in tmp_path.iterdir():
        with pytest.raises(errors.NotAModelError, match=path.name):
            load(path)


def test_a_checkpoint_cannot_run_code(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.system, (f"touch {tmp_path / 'owned'}",)

    torch.save(Evil(), tmp_path / "evil.pt")
    with pytest.raises(errors.NotAModelError):
        load(tmp_path / "evil.pt")
    assert not (tmp_path / "owned").exists()


def test_a_file_of_one_s_own_is_a_style(published, pipeline, coffee):
    small = np.ascontiguousarray(coffee[:64, :96])
    result = pipeline.stylize(small, style=str(published / "painter.pt"))
    assert result.image.shape == small.shape
    assert find(str(published / "painter.pt")).slug == "painter"


def test_a_style_from_the_hub_paints(hub, published, pipeline, coffee):
    hub.files["someone/paints/anime/painter.onnx"] = (published / "painter.onnx").read_bytes()
    heard = []
    name = f"hub:someone/paints/anime/painter.onnx@{COMMIT}"
    small = np.ascontiguousarray(coffee[:64, :96])
    result = pipeline.stylize(small, style=name, on_progress=lambda fraction, what: heard.append(what))
    assert result.image.shape == small.shape
    assert any(what.startswith("Fetching the brushes from the Hub") for what in heard)
    assert "/" not in find(name).slug


def test_models_are_bounded(pipeline, published, coffee):
    import shutil

    from animegan.pipeline import MAX_PAINTERS

    small = np.ascontiguousarray(coffee[:32, :32])
    for number in range(MAX_PAINTERS + 1):
        path = published / f"copy{number}.pt"
        shutil.copy(published / "painter.pt", path)
        pipeline.stylize(small, style=str(path))
    assert len(pipeline._painters) == MAX_PAINTERS
    assert str(path) in pipeline._painters
