"""A style on its way to the Hub, by the Hub's real client, and back as somebody else's style."""

import json

import numpy as np
import pytest
from huggingface_hub import ModelCard, constants

import animegan
from animegan import publish
from animegan.styles.lookup import find_style
from animegan.styles.metadata import StyleInfo, read_info
from animegan.styles.sources import ANIMEGAN_V3
from tests.support.cli import invoke, refused
from tests.support.own_styles import INFO, write_style

CARD, SHEET, FILE = (f"anna/warm-ink/{name}" for name in ("README.md", "sheet.jpg", "style.safetensors"))


@pytest.fixture
def file(tmp_path, hub, monkeypatch):
    """A style file, and a token that the Hub takes; the sheet shows one photo, to be quick."""
    monkeypatch.setattr(publish, "SHEET_PHOTOS", ("1-astronaut.jpg",))
    hub.token = "hf_secret"
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)  # the loopback Hub has no Xet storage
    return write_style(tmp_path / "mine.safetensors")


@pytest.mark.slow
def test_a_pushed_style_is_private_and_anybody_with_access_draws_with_it(file, hub, coffee):
    done = invoke("style", "push", file, "anna/warm-ink")
    assert done.exit_code == 0, done.stderr
    assert done.stdout == f"{hub.address}/anna/warm-ink: draw with --style hub:anna/warm-ink\n"
    assert hub.repos == {"anna/warm-ink": "private"}
    assert {name for name in hub.files if name.startswith("anna/")} == {CARD, SHEET, FILE}
    assert hub.files[FILE] == file.read_bytes()
    result = animegan.stylize(coffee, "hub:anna/warm-ink", enhance="off", faces=False)
    assert np.array_equal(result.image, animegan.stylize(coffee, str(file), enhance="off", faces=False).image)
    assert find_style("hub:anna/warm-ink").label == "Warm ink"


@pytest.mark.slow
def test_the_card_and_the_sheet_say_what_it_is(file, hub):
    publish.push(file, "anna/warm-ink", public=True)
    assert hub.repos == {"anna/warm-ink": "public"}
    card = ModelCard(hub.files[CARD].decode())
    data = card.data.to_dict()
    assert (data["license"], data["pipeline_tag"]) == ("mit", "image-to-image")
    assert "base_model" not in data  # the built-in styles are in no repository
    assert "--style hub:anna/warm-ink" in card.text
    assert "began as the style `cel`" in card.text
    sheet = animegan.load(hub.files[SHEET])
    assert sheet.shape == (512, 2 * 512, 3)


@pytest.mark.slow
def test_small_files_go_with_the_commit(file, hub, monkeypatch):
    """A Hub that asks for no large-file upload, and the client as it is by default."""
    hub.large_files = False
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", False)
    publish.push(file, "anna/warm-ink")
    assert hub.files[FILE] == file.read_bytes()


@pytest.mark.slow
def test_pushing_again_replaces_the_files(file, hub):
    publish.push(file, "anna/warm-ink")
    write_style(file, StyleInfo("Cold ink", "cel", "0" * 64, INFO.licence))
    publish.push(file, "anna/warm-ink", public=True)
    assert hub.files[FILE] == file.read_bytes()
    assert hub.repos == {"anna/warm-ink": "private"}  # a repository keeps its visibility


def test_the_card_names_a_base_on_the_hub_and_its_terms():
    info = StyleInfo("x", "hub:bert/look@main", "0" * 64, ANIMEGAN_V3, adapter_rank=4)
    data = ModelCard(publish.card(info, "anna/x", has_sheet=False)).data.to_dict()
    assert (data["base_model"], data["base_model_relation"]) == ("bert/look", "adapter")
    assert data["license"] == "other"
    text = publish.card(info, "anna/x", has_sheet=False)
    assert "non-commercial" in text
    assert "sheet.jpg" not in text


@pytest.mark.slow
@pytest.mark.parametrize(("status", "words"), [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (500, "status 500")])
def test_a_hub_that_refuses_is_a_sentence(file, hub, status, words, monkeypatch):
    monkeypatch.setattr(publish, "_write_sheet", lambda *_: False)
    hub.statuses = [status] * 20
    monkeypatch.setattr("time.sleep", lambda _: None)
    assert words in refused("style", "push", file, "anna/warm-ink")
    assert not [name for name in hub.files if name.startswith("anna/")]


@pytest.mark.slow
def test_a_hub_that_is_not_there_is_a_sentence(file, hub, monkeypatch):
    monkeypatch.setattr(publish, "_write_sheet", lambda *_: False)
    monkeypatch.setattr("time.sleep", lambda _: None)
    hub.close()
    assert "check the connection" in refused("style", "push", file, "anna/warm-ink")


@pytest.mark.slow
def test_what_cannot_be_pushed_is_refused_before_the_hub_is_asked(file, hub, tmp_path, monkeypatch):
    (tmp_path / "other.safetensors").write_bytes(b"x")
    assert "no name of a repository" in refused("style", "push", file, "warm-ink")
    assert "no name of a repository" in refused("style", "push", file, "anna/../warm-ink")
    assert "no style file" in refused("style", "push", tmp_path / "other.safetensors", "anna/x")
    assert "no file" in refused("style", "push", tmp_path / "nothing.safetensors", "anna/x")
    monkeypatch.delenv("HF_TOKEN")
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setattr(constants, "HF_TOKEN_PATH", str(tmp_path / "token"))
    assert "set HF_TOKEN" in refused("style", "push", file, "anna/x")
    assert not hub.asked


@pytest.mark.slow
def test_the_file_in_the_repository_says_the_same_as_here(file):
    info = read_info(file)
    assert info is not None
    assert json.dumps(info.to_metadata()) == json.dumps(StyleInfo.from_metadata(info.to_metadata()).to_metadata())
