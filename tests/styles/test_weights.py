"""Where weights come from: built in, of one's own, and from the Hub by its real client."""

import dataclasses
import hashlib
import json
import logging
import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
from safetensors import safe_open

import animegan
from animegan import errors
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.sources import BUILT_IN, FREE, BuiltIn, OnHub, Style
from animegan.styles.table import DEFAULT_STYLE, STYLES
from tests.conftest import ROOT
from tests.support.hub import COMMIT, CONTENT

PATIENCE = weights.PATIENCE


def style(file: str = "weights.bin", revision: str = COMMIT, content: bytes | None = CONTENT) -> Style:
    sha256 = hashlib.sha256(content).hexdigest() if content is not None else None
    return dataclasses.replace(find_style("hayao"), id="far", source=OnHub("owner/repo", file, revision, sha256))


UNPINNED = style(revision="main", content=None)


def files_below(path) -> list:
    return [p for p in path.rglob("*") if p.is_file() and not p.name.endswith(".lock")]


def test_built_in_weights_are_there_and_small():
    """Scene styles at most 2 MB, those that change the shape of a face at most 4."""
    built_in = [s for s in animegan.list_styles() if isinstance(s.source, BuiltIn)]
    scenes = ["anime", "cel", "dusk", "watercolour", "manga", "film", "hayao", "shinkai"]
    assert {s.id for s in built_in} == {*scenes, "portrait", "anime-portrait"}
    sizes = {s.id: weights.locate(s).stat().st_size for s in built_in}
    assert all(weights.at_hand(s) for s in built_in)
    assert max(sizes[scene] for scene in scenes) <= 2_000_000
    assert max(sizes.values()) <= 4_000_000


def test_missing_built_in_weights_say_what_to_do():
    lost = dataclasses.replace(find_style("hayao"), source=BuiltIn("lost.safetensors"))
    assert not weights.at_hand(lost)
    with pytest.raises(errors.WeightsUnavailableError, match="install"):
        weights.locate(lost)


@pytest.mark.slow
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


@pytest.mark.slow
def test_an_unpinned_file_is_remembered_and_used_with_no_network(hub, caplog):
    path = weights.locate(UNPINNED)
    seen = json.loads(weights._seen_file().read_text())["owner/repo/weights.bin@main"]
    assert seen == {"commit": COMMIT, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    hub.commit = "f" * 40  # the branch moves on
    asked = hub.asked.copy()
    assert weights.locate(UNPINNED) == path
    assert hub.asked == asked
    assert not caplog.records


@pytest.mark.slow
def test_a_later_change_of_an_unpinned_file_is_said(hub, caplog, tmp_path):
    weights.locate(UNPINNED)
    shutil.rmtree(tmp_path / "cache" / "models--owner--repo")
    hub.commit, hub.files["owner/repo/weights.bin"] = "f" * 40, b"others"
    with caplog.at_level(logging.WARNING):
        assert weights.locate(UNPINNED).read_bytes() == b"others"
    assert "has changed" in caplog.text


@pytest.mark.slow
def test_a_wrong_file_is_neither_used_nor_left_in_the_way(hub, tmp_path):
    hub.files["owner/repo/weights.bin"] = b"something else"
    with pytest.raises(errors.WeightsCorruptError, match="removed"):
        weights.locate(style())
    assert not weights.at_hand(style())
    hub.files["owner/repo/weights.bin"] = CONTENT
    assert weights.locate(style()).read_bytes() == CONTENT


@pytest.mark.slow
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


@pytest.mark.slow
def test_access_denied_and_given(hub, monkeypatch):
    hub.token = "hf_secret"
    with pytest.raises(errors.HubAccessDeniedError, match="HF_TOKEN"):
        weights.locate(style())
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert weights.locate(style()).read_bytes() == CONTENT


@pytest.mark.slow
def test_a_hub_that_stumbles_once(hub):
    hub.statuses = [500]
    assert weights.locate(style()).read_bytes() == CONTENT


class FakeClock:
    """In place of the module `time`: no one waits, and the seconds are counted."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> FakeClock:
    """Time as `animegan.weights` sees it, with the patience that people have."""
    clock = FakeClock()
    monkeypatch.setattr(weights, "PATIENCE", PATIENCE)
    monkeypatch.setattr(weights, "time", clock)
    return clock


@pytest.mark.slow
def test_a_hub_that_is_down_says_so_in_time(hub, clock):
    """It is asked a few times, by us and not by the client as well, and all of it takes no longer than we wait."""
    hub.statuses = [503] * 1000
    with pytest.raises(errors.HubUnreachableError, match="status 503"):
        weights.locate(style())
    assert 2 <= hub.asked["HEAD"] <= 10
    assert hub.asked["GET"] == 0
    assert clock.now <= PATIENCE <= 5


@pytest.mark.slow
def test_connection_refused_says_so_at_once(hub, clock, monkeypatch):
    """Nobody sleeps and tries again, the client included."""
    slept = []
    monkeypatch.setattr(time, "sleep", slept.append)
    hub.close()
    with pytest.raises(errors.HubUnreachableError, match="built-in"):
        weights.locate(style())
    assert slept == []
    assert clock.now == 0


@pytest.mark.slow
def test_a_silent_hub_says_so_in_time(hub, monkeypatch):
    """It is asked once, and given up long before it answers."""
    monkeypatch.setattr(weights, "PATIENCE", 0.5)
    hub.wait = 60
    with pytest.raises(errors.HubUnreachableError):
        weights.locate(style())
    assert hub.asked == {"HEAD": 1}
    assert hub.answered == 0


@pytest.mark.slow
def test_a_slow_hub_is_waited_for(hub):
    hub.wait, hub.chunk_wait = 0.5, 0.05
    assert weights.locate(style()).read_bytes() == CONTENT


@pytest.mark.slow
def test_a_body_that_breaks_off_is_not_used(hub, tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    hub.cut_at = 100_000
    with pytest.raises(errors.HubUnreachableError, match="broke off"):
        weights.locate(style())
    assert not weights.at_hand(style())
    hub.cut_at = None
    assert weights.locate(style()).read_bytes() == CONTENT


@pytest.mark.slow
def test_a_full_disk(hub, monkeypatch):
    import errno

    import huggingface_hub

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", full)
    with pytest.raises(errors.DiskFullError, match="HF_HOME"):
        weights.locate(style())


@pytest.mark.slow
def test_offline_mode(hub, monkeypatch):
    from huggingface_hub import constants

    weights.locate(style())
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert weights.locate(style()).read_bytes() == CONTENT
    with pytest.raises(errors.HubUnreachableError, match="HF_HUB_OFFLINE"):
        weights.locate(style(file="other.bin"))


@pytest.mark.slow
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


@pytest.mark.slow
def test_two_processes_at_the_same_time(hub, tmp_path):
    """By the environment variables that people set; both get the whole file."""
    hub.chunk_wait = 0.02
    code = (
        "from animegan.styles import weights; from animegan.styles.sources import OnHub, Style;"
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
        assert int(run.communicate(timeout=300)[0]) == len(CONTENT)
    assert list((tmp_path / "home").rglob("weights.bin"))


def test_unknown_style_names_the_ones_there_are():
    with pytest.raises(errors.UnknownStyleError, match="hayao"):
        find_style("picasso")
    with pytest.raises(errors.UnknownStyleError, match="hub:owner/repo/file"):
        find_style("hub:owner")
    with pytest.raises(errors.UnknownStyleError):
        find_style("hub:owner/repo/../../etc/passwd.onnx")
    assert find_style(" Hayao ").id == "hayao"


def test_every_style_says_where_from_and_on_what_terms():
    assert {"anime", "cel", "hayao", "shinkai", "hayao-v2", "shinkai-v2", "paprika", "face-paint"} <= set(STYLES)
    for one in animegan.list_styles():
        assert one.licence
        assert one.good_for
        if isinstance(one.source, OnHub) and one.source.sha256:
            assert len(one.source.sha256) == 64
            assert len(one.source.revision) == 40


def test_the_default_is_free():
    """Its table, its licence texts, and what its files say about their training name no foreign drawing."""
    free = {style.id for style in STYLES.values() if style.licence == FREE}
    assert {DEFAULT_STYLE, "cel", "dusk", "watercolour", "manga"} == free
    terms = (BUILT_IN / "LICENSES.md").read_text()
    for style in (DEFAULT_STYLE, find_style(DEFAULT_STYLE).faces_style, f"{DEFAULT_STYLE}-live"):
        (row,) = [line for line in terms.splitlines() if line.startswith("|") and f"`{style}.safetensors`" in line]
        assert "| MIT |" in row
        with safe_open(BUILT_IN / f"{style}.safetensors", "pt") as file:
            about = file.metadata()
        assert ".onnx" not in about.get("target", "")
