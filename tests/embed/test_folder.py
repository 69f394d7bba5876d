"""The folder of an embedded page: what is in it, and what happens when it cannot be written."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import shutil
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from animegan import errors
from animegan.embed import app, contents, folder, runtime
from animegan.networks.checkpoints import read_compact
from animegan.styles import weights
from animegan.styles.lookup import find_style
from tests.support.cli import invoke, refused, tree

FIND_NPM = runtime.find_npm


def package(path: Path) -> Path:
    """A small stand-in for an npm package, with the files of all that the page needs."""
    names = [*(f"dist/{name}" for name in sum(runtime.PARTS.values(), ()))]
    names += [name for library in (runtime.HEIF, runtime.CLIPS) for name in (library.script, library.licence)]
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            entry, content = tarfile.TarInfo(f"package/{name}"), Path(name).name.encode()
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path


def pin(path: Path, monkeypatch) -> None:
    """Let all packages have the hash of this file."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    for name in ("ORT", "HEIF", "CLIPS"):
        monkeypatch.setattr(runtime, name, replace(getattr(runtime, name), sha256=digest))


@pytest.fixture
def stand_in(tmp_path, monkeypatch) -> Path:
    """The stand-in, with its hash pinned, an empty cache, and no npm."""
    path = package(tmp_path / runtime.ORT.package)
    pin(path, monkeypatch)
    monkeypatch.setattr(runtime, "find_npm", lambda: [])
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return path


@pytest.fixture
def quick(monkeypatch):
    """A page of one small file, so that nothing is exported."""

    def small(*arguments, **settings) -> contents.Contents:
        made = contents.Contents({"index.html": b"page"}, {"anime": {"stride": 8}}, {"anime": 0.0})
        manifest = {"animegan": "0", "styles": [{"id": "anime"}], "first_visit": 4, "files": {"index.html": {}}}
        made.add("manifest.json", json.dumps(manifest).encode())
        return made

    monkeypatch.setattr(folder, "contents", small)


def npm(path: Path, script: str, monkeypatch) -> None:
    """The only npm of this machine: a script."""
    path.mkdir()
    (path / "npm").write_text(f"#!/bin/sh\n{script}\n")
    (path / "npm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{path}:/bin:/usr/bin")
    monkeypatch.setattr(runtime, "find_npm", FIND_NPM)


def test_the_runtime_is_fetched_once_and_checked_every_time(tmp_path, stand_in, monkeypatch):
    npm(tmp_path / "bin", f'echo "$2" >> {tmp_path}/asked; cp {stand_in} "$4"', monkeypatch)
    kept = runtime.locate(runtime.ORT)
    assert kept.read_bytes() == stand_in.read_bytes()
    assert runtime.locate(runtime.ORT) == kept
    kept.write_bytes(b"damaged")
    assert runtime.locate(runtime.ORT).read_bytes() == stand_in.read_bytes()
    assert (tmp_path / "asked").read_text().split() == ["onnxruntime-web@1.30.0"] * 2


def test_without_a_way_to_the_runtime_there_is_a_sentence(tmp_path, stand_in, monkeypatch):
    npm(tmp_path / "bin", "exit 1", monkeypatch)
    with pytest.raises(errors.RuntimeUnavailableError, match="--runtime"):
        runtime.locate(runtime.ORT)
    npm(tmp_path / "other", 'echo other > "$4/onnxruntime-web-1.30.0.tgz"', monkeypatch)
    with pytest.raises(errors.RuntimeUnavailableError, match="SHA-256"):
        runtime.locate(runtime.ORT)
    monkeypatch.setattr(runtime, "find_npm", lambda: [])
    with pytest.raises(errors.RuntimeUnavailableError, match=r"Node\.js"):
        runtime.locate(runtime.ORT)
    with pytest.raises(errors.RuntimeUnavailableError, match="cannot be read"):
        runtime.locate(runtime.ORT, tmp_path / "nowhere.tgz")
    assert not (tmp_path / "cache").exists()


def test_a_package_that_is_no_archive_is_a_named_error(tmp_path, monkeypatch):
    path = tmp_path / "a.tgz"
    path.write_bytes(b"no archive")
    pin(path, monkeypatch)
    with pytest.raises(errors.RuntimeUnavailableError, match="unpacked"):
        runtime.read(runtime.locate(runtime.ORT, path), ("ort.js",))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--style", "picasso"], "no style 'picasso'"),
        (["--style", "paprika"], "not built in"),
        (["--runtime", "nowhere.tgz"], "cannot be read"),
        (["--heic", "nowhere.tgz"], "name the file libheif-js-1.23.2.tgz"),
        (["--clips", "nowhere.tgz"], "name the file mediabunny-1.61.0.tgz"),
    ],
)
def test_the_command_says_what_is_wrong_and_leaves_nothing(tmp_path, stand_in, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    given = arguments if "--runtime" in arguments else [*arguments, "--runtime", stand_in]
    before = tree(tmp_path)
    assert words in refused("embed", tmp_path / "site", *given)
    assert tree(tmp_path) == before


def test_a_folder_with_other_files_is_left_alone(tmp_path, stand_in, quick):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "diary.txt").write_text("mine")
    assert "diary.txt" in refused("embed", tmp_path / "site", "--runtime", stand_in)
    assert "no folder" in refused("embed", tmp_path / "site" / "diary.txt", "--runtime", stand_in)
    assert tree(tmp_path / "site") == ["diary.txt"]


def test_the_folder_is_written_and_written_again(tmp_path, stand_in, quick):
    site = tmp_path / "above" / "site"
    done = invoke("embed", site, "--runtime", stand_in)
    assert done.exit_code == 0
    assert str(site) in done.stdout
    assert tree(site) == ["index.html", "manifest.json"]
    (site / "page").mkdir()
    (site / "page" / "logo.svg").write_text("mine")  # among ours
    assert "page/logo.svg" in refused("embed", site, "--runtime", stand_in)
    assert (site / "page" / "logo.svg").read_text() == "mine"
    shutil.rmtree(site / "page")
    (site / ".git").mkdir()
    (site / ".git" / "config").write_text("a repository")
    (site / "index.html").write_text("old")
    folder.write(site, package=stand_in)
    assert tree(site) == [".git/config", "index.html", "manifest.json"]
    assert (site / "index.html").read_text() == "page"
    assert os.listdir(site.parent) == ["site"]


def test_a_folder_that_cannot_be_replaced_stays_as_it_was(tmp_path, stand_in, quick, monkeypatch):
    site = tmp_path / "site"
    folder.write(site, package=stand_in)
    (site / "index.html").write_text("old")
    moved = []

    def full(source, target):
        moved.append(source)
        if len(moved) == 4:
            raise OSError(28, "No space left on device")
        return rename(source, target)

    rename = os.replace
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(errors.OutputNotWritableError, match="No space left"):
        folder.write(site, package=stand_in)
    assert (site / "index.html").read_text() == "old"
    assert tree(site) == ["index.html", "manifest.json"]
    assert sorted(os.listdir(tmp_path)) == sorted(["site", runtime.ORT.package])


def test_what_a_killed_writer_left_goes(tmp_path, stand_in, quick):
    left = tmp_path / ".animegan-dead.part"
    left.mkdir()
    (left / "process").write_text("999999999")
    folder.write(tmp_path / "site", package=stand_in)
    assert not left.exists()


def test_examples_and_licences_are_where_they_are_expected():
    assert set(contents.EXAMPLE_TITLES) <= {path.name for path in contents.examples.example_photos()}
    assert "Esler" in contents.facenet_licence()


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A real page with three styles, two of which have a network for faces, and a stand-in for the runtime."""
    folder_ = tmp_path_factory.mktemp("site")
    path = package(folder_ / runtime.ORT.package)
    with pytest.MonkeyPatch.context() as patch:
        pin(path, patch)
        folder.write(folder_ / "site", ["anime", "hayao", "manga"], package=path, heic=path, clips=path)
    return folder_ / "site"


@pytest.fixture(scope="module")
def manifest(site) -> dict:
    return json.loads((site / "manifest.json").read_text("utf-8"))


@pytest.mark.slow
def test_the_manifest_names_every_file_with_its_hash(site, manifest):
    assert tree(site) == sorted([*manifest["files"], "manifest.json"])
    for name, entry in manifest["files"].items():
        data = (site / name).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    libraries = manifest["runtime"]["wasm"]["binary"], manifest["heic"], manifest["clips"]
    for entry in [*manifest["networks"].values(), *libraries]:
        data = gzip.decompress((site / entry["file"]).read_bytes())
        assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert manifest["runtime"].keys() == {"version", "wasm"}


@pytest.mark.slow
def test_the_manifest_has_the_styles_in_every_language(site, manifest):
    anime, hayao, manga = manifest["styles"]
    assert (anime["id"], anime["network"], anime["face_network"]) == ("anime", "anime", "likeness")
    assert (hayao["id"], hayao["face_network"], hayao["finish"]) == ("hayao", None, None)
    assert (manga["id"], manga["face_network"], manga["finish"]) == ("manga", "likeness", "screentone")
    assert anime["title"] == {"en": "Anime", "zh": "动漫", "ja": "アニメ"}
    assert "commercial use as well" in anime["terms"]["en"]
    assert "non-commercial" in hayao["terms"]["en"]
    assert "非商业" in hayao["terms"]["zh"]
    assert {*manifest["finder"], "restore", "restore-faces", *manifest["enlarger"], "likeness"} <= manifest[
        "networks"
    ].keys()
    assert (manifest["restorer"], manifest["face_restorer"]) == ("restore", "restore-faces")
    assert manifest["networks"][manifest["coarse_restorer"]]["file"] == "networks/restore-coarse.onnx.gz"
    assert manifest["enlarger"] == ["enlarge", "enlarge-again"]
    for path in (anime["card"], manifest["examples"]["before"], manifest["licences"]):
        assert (site / path).is_file()


@pytest.mark.slow
def test_networks_are_stored_in_half_precision_and_draw_as_pytorch_does(site, manifest):
    rng = np.random.default_rng(1)
    for name in ("anime", "hayao", "manga"):
        entry = manifest["networks"][name]
        data = gzip.decompress((site / entry["file"]).read_bytes())
        network = read_compact(weights.locate(find_style(name))).eval()
        inputs = {"photo": rng.uniform(-1, 1, (1, 3, 104, 72)).astype(np.float32)}
        if entry["context"]:
            inputs["small"] = rng.uniform(-1, 1, (1, 3, 64, 64)).astype(np.float32)
        (drawn,) = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, inputs)
        with torch.inference_mode():
            expected = network(*map(torch.from_numpy, inputs.values())).numpy()
        assert np.abs(np.asarray(drawn) - expected).max() < 1e-4
        model = onnx.load_from_string(data)
        kinds = {weight.data_type for weight in model.graph.initializer if np.prod(weight.dims) >= 16}
        assert kinds == {onnx.TensorProto.FLOAT16}
        assert {prop.key: prop.value for prop in model.metadata_props}["licence"] == find_style(name).licence
        assert b"site-packages" not in data
        assert os.fsencode(Path(contents.__file__).parent.parent) not in data


@pytest.mark.slow
def test_the_folder_is_a_static_space_with_licences(site):
    readme = (site / "README.md").read_text("utf-8")
    assert "sdk: static" in readme
    assert "cross-origin-embedder-policy: require-corp" in readme
    assert "@" not in readme.replace("animegan@", "")
    rows = r"\| 1\.61\.0 \| \[MPL 2\.0]\(licences/mediabunny\.txt\) \|\n\| .* \| 1\.23\.2 \| \[LGPL 3]"
    assert re.search(rows, readme)
    for name, words in {
        "onnxruntime-web.txt": "Copyright (c) Microsoft Corporation",
        "facenet-pytorch.txt": "Timothy Esler",
        "libheif-js.txt": "LICENSE",
        "mediabunny.txt": "LICENSE",
        "animegan.txt": "the animegan authors",
        "LICENSE-AnimeGANv3.txt": "commercial",
    }.items():
        assert words in (site / "licences" / name).read_text("utf-8")


@pytest.mark.slow
def test_a_network_that_draws_something_else_is_not_kept(tmp_path, stand_in, monkeypatch):
    monkeypatch.setattr("animegan.embed.networks.MAX_DIFFERENCE", 0.0)
    with pytest.raises(errors.OutputNotWritableError, match="was not kept"):
        folder.write(tmp_path / "site", ["manga"], package=stand_in)
    assert tree(tmp_path) == [runtime.ORT.package]


@pytest.mark.slow
def test_a_style_gets_its_small_network_for_the_camera(tmp_path, stand_in, monkeypatch):
    built_in = tmp_path / "built in"
    shutil.copytree(weights.BUILT_IN, built_in)
    shutil.copy(built_in / "manga.safetensors", built_in / "manga-live.safetensors")
    monkeypatch.setattr(weights, "BUILT_IN", built_in)
    monkeypatch.setattr("animegan.styles.lookup.BUILT_IN", built_in)
    folder.write(tmp_path / "site", ["manga"], live=True, package=stand_in)
    manifest = json.loads((tmp_path / "site" / "manifest.json").read_text("utf-8"))
    assert manifest["styles"][0]["live_network"] == "manga-live"
    assert (tmp_path / "site" / manifest["networks"]["manga-live"]["file"]).is_file()
    assert manifest["heic"] is manifest["clips"] is None  # there is no npm here, and the page draws all the same
    assert not re.search("LGPL|MPL", (tmp_path / "site" / "README.md").read_text("utf-8"))


@pytest.mark.slow
def test_a_first_visit_fetches_six_and_a_half_megabytes_at_most(embedded):
    manifest = json.loads((embedded / "manifest.json").read_text("utf-8"))
    assert 4e6 < manifest["first_visit"] <= 6.5e6
    assert max(entry["bytes"] for entry in manifest["files"].values()) < 10e6  # hosts take larger files by other ways


def test_every_module_of_the_page_is_written():
    files = contents.site()
    door = {"index.html", "engine.js", "element.js", "service-worker.js", app.MANIFEST}  # these addresses are promised
    door |= {"node.js", "engine.d.ts", "element.d.ts"}
    assert {name for name in files if "/" not in name} == door
    engine = {f"engine/{name}.js" for name in ("engine", "worker", "constants")}
    assert {*engine, "page/page.js"} <= files.keys()
    imported = {
        (name.rpartition("/")[0], path)
        for name, data in files.items()
        if name.endswith((".js", ".html"))
        for path in re.findall(r"""from ["'](\.[^"']+)["']""", data.decode())
    }
    for folder_, path in imported:
        assert os.path.normpath(f"{folder_}/{path}" if folder_ else path) in files
