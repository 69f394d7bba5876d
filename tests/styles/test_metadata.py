"""Style files: what they say, how they are found and drawn with, and that strangers' files do no harm."""

import json
import os
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import animegan
from animegan import errors
from animegan.networks.adapters import merge
from animegan.networks.checkpoints import ADAPTERS, read_compact
from animegan.networks.export import export
from animegan.networks.modules import CompactConfig, CompactGenerator
from animegan.styles import metadata as style_files
from animegan.styles import weights
from animegan.styles.lookup import add, find_style, remove
from animegan.styles.sources import ANIMEGAN_V3, FREE, BuiltIn
from tests.support.cli import invoke, refused
from tests.support.hub import COMMIT
from tests.support.models import SMALL, shaken
from tests.support.own_styles import INFO, with_metadata, write_style
from tests.support.page_clips import write_clip


def test_a_style_file_says_what_it_is(tmp_path):
    path = write_style(tmp_path / "my look.safetensors")
    assert style_files.read_info(path) == INFO
    style = find_style(str(path))
    assert (style.label, style.caption, style.licence) == ("Warm ink", "warm and flat", INFO.licence)
    assert "begun from cel" in style.good_for
    assert style.faces_style is None
    assert style.slug == "my-look"


@pytest.mark.slow
def test_it_draws_wherever_a_style_is_named(tmp_path, coffee):
    path = write_style(tmp_path / "mine.safetensors")
    result = animegan.stylize(coffee, str(path), enhance="off")
    assert result.image.shape == coffee.shape
    assert np.abs(result.image.astype(int) - coffee).mean() > 1
    network = read_compact(path)
    done = export(str(path), tmp_path / "again.safetensors", "safetensors")
    assert all(
        torch.equal(a, b) for a, b in zip(network.parameters(), read_compact(done.path).parameters(), strict=True)
    )
    photo = tmp_path / "photo.png"
    animegan.save(coffee, photo)
    done = invoke("stylize", photo, "-o", tmp_path / "drawn", "--style", path)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "drawn" / "photo-mine.png").is_file()
    clip = write_clip(tmp_path / "clip.mp4", frames=3)
    done = invoke("video", clip, "-o", tmp_path / "drawn.mp4", "--style", path)
    assert done.exit_code == 0, done.output
    assert (tmp_path / "drawn.mp4").is_file()


@pytest.mark.slow
def test_its_face_network_paints_the_faces(tmp_path, astronaut):
    """The face network of the file paints black, and so the middle of the face is dark; other parts stay."""
    path = write_style(tmp_path / "mine.safetensors", faces=True)
    assert find_style(str(path)).faces_style == f"{path}#faces"
    network = read_compact(path, "faces")
    assert float(network(torch.zeros(1, 3, 16, 16)).detach().max()) < -1.5
    with_faces = animegan.stylize(astronaut, str(path), enhance="off")
    without = animegan.stylize(astronaut, str(path), enhance="off", faces_style="scene")
    assert with_faces.faces_style == f"{path}#faces"
    left, top, right, bottom = map(int, with_faces.faces[0].box)
    face = (slice(top, bottom), slice(left, right))
    change = np.abs(with_faces.image.astype(int) - without.image)
    assert change[face].mean() > 20
    assert change[-100:].max() == 0


@pytest.mark.slow
def test_a_style_of_the_hub_draws_with_its_faces(hub, tmp_path, astronaut):
    """The repository alone is enough; only the file says that it has a face network."""
    path = write_style(tmp_path / "style.safetensors", faces=True)
    hub.files["owner/look/style.safetensors"] = path.read_bytes()
    assert find_style("hub:owner/look").label == "owner/look"
    here = animegan.stylize(astronaut, str(path), enhance="off")
    result = animegan.stylize(astronaut, "hub:owner/look", enhance="off")
    assert result.faces_style == "hub:owner/look#faces"
    assert np.array_equal(result.image, here.image)
    assert find_style("hub:owner/look").label == "Warm ink"
    assert find_style(f"hub:owner/look@{COMMIT}").source.revision == COMMIT  # type: ignore[union-attr]


def adapter_file(path, rank=2, **changes):
    """Adapters for the built-in style cel, with random values."""
    base = read_compact(weights.locate(find_style("cel")))
    tensors = {}
    for name, layer in base.named_modules():
        if isinstance(layer, torch.nn.Conv2d):
            tensors[f"{name}.up"] = 0.02 * torch.randn(len(layer.weight), rank)
            tensors[f"{name}.down"] = 0.02 * torch.randn(rank, layer.weight[0].numel())
    metadata = INFO.to_metadata() | {
        "architecture": ADAPTERS,
        "adapter_rank": str(rank),
        "base_sha256": weights.sha256(weights.locate(find_style("cel"))),
    }
    save_file(tensors, path, {**metadata, **changes})
    return tensors


def test_adapters_are_merged_with_their_base(tmp_path):
    tensors = adapter_file(tmp_path / "a.safetensors")
    base, merged = read_compact(weights.locate(find_style("cel"))), read_compact(tmp_path / "a.safetensors")
    name = "encoder.1.0.conv1"
    expected = base.get_submodule(name).weight + (tensors[f"{name}.up"] @ tensors[f"{name}.down"]).reshape(48, 48, 3, 3)
    torch.testing.assert_close(merged.get_submodule(name).weight, expected)
    assert torch.equal(merged.head.bias, base.head.bias)  # type: ignore[arg-type]


def test_adapters_of_another_version_are_refused_in_a_sentence(tmp_path):
    adapter_file(tmp_path / "a.safetensors", base_sha256="f" * 64)
    with pytest.raises(errors.WeightsUnavailableError, match="another version of the style 'cel'"):
        read_compact(tmp_path / "a.safetensors")


@pytest.mark.parametrize("base", ["/etc/passwd", "../cel", "hub:owner/repo", "paprika", ""])
def test_adapters_can_name_no_other_file_as_their_base(tmp_path, base):
    adapter_file(tmp_path / "a.safetensors", base=base)
    with pytest.raises(errors.NotAModelError):
        read_compact(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    "wrong",
    [{"nowhere.up": torch.ones(1, 1)}, {"head.bias": torch.ones(3)}, {"head.down": torch.ones(2, 108)},
     {"head.up": torch.ones(24, 2), "head.down": torch.ones(3, 108)}],
)  # fmt: skip
def test_adapters_that_do_not_fit_are_refused(wrong):
    with pytest.raises((ValueError, KeyError)):
        merge(CompactGenerator(CompactConfig((24, 48), (1, 1), (1,))), wrong)


@pytest.mark.parametrize(
    "changes",
    [
        {"animegan_style": "many"}, {"animegan_style": "-1"}, {"base_sha256": "xyz"}, {"pairs": "1e9"},
        {"pairs": "-3"}, {"figures": "[1]"}, {"figures": '{"psnr": NaN}'}, {"figures": '{"psnr": "high"}'},
        {"figures": "{" * 100}, {"recipe": "7"}, {"preview": "%%%"}, {"preview": "A" * 200_000},
        {"adapter_rank": "100000"},
    ],
)  # fmt: skip
def test_metadata_out_of_bounds_are_refused_in_a_sentence(tmp_path, changes):
    path = with_metadata(tmp_path / "bad.safetensors", **changes)
    with pytest.raises(errors.NotAModelError, match="no style file that can be read"):
        find_style(str(path))
    assert "choose another file" in refused("style", "show", path)


def test_a_newer_format_says_so(tmp_path):
    with pytest.raises(errors.NotAModelError, match="update animegan"):
        find_style(str(with_metadata(tmp_path / "new.safetensors", animegan_style="2")))


def test_names_are_one_harmless_line(tmp_path):
    """What a stranger wrote is shown on the page and in a terminal."""
    name = "<script>x</script>\n[a](http://x) \x1b[31m\u202eabc" + "y" * 200
    style = find_style(str(with_metadata(tmp_path / "x.safetensors", name=name, caption="`" * 10, licence=None)))
    assert style.label.startswith("scriptx/script a(http://x)")
    assert len(style.label) <= 60
    assert not set("<>[]`\n\x1b\u202e") & set(style.label + style.caption)
    assert style.licence == "as its author says"


@pytest.mark.parametrize(
    "config",
    [
        {"channels": [10**9, 8]}, {"channels": [512] * 40}, {"encoder": [10**9, 1, 1]}, {"context": 10**9},
        {"scale": 3}, {"channels": []}, {"channels": [4, 6, -8]}, {"channels": [4.5, 6, 8]}, {"inner": [8]},
        {"channels": [512, 512, 512]}, {"decoder": [1]}, {"unknown": 1},
    ],
)  # fmt: skip
def test_a_shape_out_of_bounds_fills_no_memory(tmp_path, config):
    path = with_metadata(tmp_path / "big.safetensors", config=json.dumps({**SMALL.to_dict(), **config}))
    with pytest.raises(errors.NotAModelError):
        read_compact(path)


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"\0" * 8, struct.pack("<Q", 2**60), struct.pack("<Q", 4) + b"[1]]"])
def test_a_file_that_is_none_is_refused_when_it_is_loaded(tmp_path, content, coffee):
    path = tmp_path / "broken.safetensors"
    path.write_bytes(content)
    assert style_files.read_info(path) is None
    with pytest.raises(errors.NotAModelError, match="choose another"):
        animegan.stylize(coffee, str(path))


def test_a_changed_file_is_read_again(tmp_path):
    path = write_style(tmp_path / "mine.safetensors")
    assert find_style(str(path)).label == "Warm ink"
    before = path.stat()
    with_metadata(path, name="Cold ink")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))  # clocks of file systems may tick slowly
    assert find_style(str(path)).label == "Cold ink"


def test_the_licence_follows_the_base():
    assert style_files.derived_licence(FREE) == FREE
    assert style_files.derived_licence(ANIMEGAN_V3) == ANIMEGAN_V3
    assert "x.onnx" in style_files.derived_licence(FREE, "x.onnx")


def test_a_style_can_be_listed_under_a_short_id(tmp_path):
    path = write_style(tmp_path / "mine.safetensors", faces=True)
    before = animegan.list_styles()
    try:
        style = add(str(path), "warm-ink")
        assert animegan.list_styles() == [*before, style]
        assert find_style("warm-ink") is style
        assert style.faces_style == "warm-ink#faces"
        assert find_style("warm-ink#faces").part == "faces"
        assert animegan.Options("warm-ink").face_painter == "warm-ink#faces"
    finally:
        remove("warm-ink")
    assert animegan.list_styles() == before
    with pytest.raises(errors.UnknownStyleError):
        find_style("warm-ink")


def test_style_show_prints_all_of_it(tmp_path):
    path = write_style(tmp_path / "mine.safetensors")
    shown = invoke("style", "show", path).stdout
    assert "Warm ink" in shown
    assert "free for any use" in shown
    report = json.loads(invoke("style", "show", path, "--json").stdout)
    assert (report["name"], report["pairs"], report["base"]) == ("Warm ink", 60, "cel")
    assert "no style file" in refused("style", "show", weights.locate(find_style("cel")))
    assert "holds no preview" in refused("style", "show", path, "--preview", tmp_path / "p.png")
    assert not (tmp_path / "p.png").exists()


def test_the_built_in_files_have_a_shape_within_the_bounds():
    for style in animegan.list_styles():
        if isinstance(style.source, BuiltIn):
            assert read_compact(weights.locate(style)).config.channels
    assert shaken(CompactGenerator(SMALL)).config == SMALL
