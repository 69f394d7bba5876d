"""The folder as a package of npm: packed, installed without a network, and used in Node and in Chromium."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import animegan
from animegan.embed import contents, npm, runtime
from animegan.images.metrics import psnr
from animegan.images.resize import resize
from animegan.pipeline.pipeline import Pipeline
from tests.support.browser import open_tab
from tests.support.cli import tree
from tests.support.embed_page import serve
from tests.support.node import node, package

pytestmark = pytest.mark.slow
INSTALLED = f"node_modules/{npm.NAME}"
TYPESCRIPT = ("typescript", "5.9.3", "10e108c9cf7d5f2879053dff18515fb405abf2ccef63eaaf017d9c571687a1d3")
IN_NODE = """
import {readFileSync, writeFileSync} from 'node:fs';
import * as animegan from 'animegan-embed';
import 'animegan-embed/element'; // there are no elements in Node: nothing happens

const {EngineError, openEngine} = animegan;
const code = promise => promise.then(() => 'none', error => error instanceof EngineError && error.code);
const engine = await openEngine({style: 'watercolour'});
const photo = {data: readFileSync('photo.rgba'), width: 240, height: 240};
const {image, faces} = await engine.draw(photo, {enhance: 'off'});
writeFileSync('drawing.rgba', image.data);
const codes = [
  await code(engine.draw(photo, {style: 'picasso'})),
  await code(engine.draw(new Blob(['a file']))),
  await code(engine.draw({...photo, width: 80})),
  await code(engine.clip(new Blob(['a file']))), // Node has no codecs
];
const first = code(engine.draw(photo)), second = code(engine.draw(photo));
engine.close();
codes.push(await first, await second, await code(openEngine({base: 'nowhere'})));
const names = Object.keys(animegan), styles = engine.styles().map(({id, title}) => [id, title.ja]);
console.log(JSON.stringify({names, styles, size: [image.width, image.height], faces, codes}));
"""
IN_CHROMIUM = """async ([bytes, name]) => {
    const base = new URL(name, location.origin).href; // without a slash at its end
    const {openEngine} = await import(`${base}/engine.js`);
    await import(`${base}/element.js`);
    const engine = await openEngine({base, style: 'watercolour', engine: 'wasm'});
    const pixels = new ImageData(Uint8ClampedArray.from(atob(bytes), letter => letter.charCodeAt(0)), 96, 64);
    const bitmap = await createImageBitmap(pixels);
    const {image} = await engine.draw(bitmap, {enhance: 'off', faces: false});
    const canvas = new OffscreenCanvas(image.width, image.height), context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const {data} = context.getImageData(0, 0, image.width, image.height);
    const kinds = [], plain = {data: new Uint8Array(4 * 48 * 32), width: 48, height: 32};
    for (const photo of [canvas, await canvas.convertToBlob(), pixels, plain]) {
        const drawn = await engine.draw(photo, {style: 'anime', faces: false});
        kinds.push([drawn.image.constructor.name, drawn.image.width, drawn.image.height]);
    }
    const code = await engine.draw(document.body).catch(error => error.code);
    const clip = await engine.clip(new Blob(["no clip"])).catch(error => error.code);
    const element = Object.assign(document.createElement('animegan-embed'), {lang: 'ja'});
    element.setAttribute('src', base);
    const [{card}] = engine.styles(), kept = bitmap.width;
    engine.close();
    const kind = image.constructor.name, page = element.address;
    return {kind, data: Array.from(data), kept, kinds, code, clip, card, page};
}"""
TYPES = """
import {openEngine, EngineError, type Drawing, type ErrorCode} from 'animegan-embed';
import 'animegan-embed/element';

const engine = await openEngine({base: new URL('https://example.org/anime/'), style: 'anime'});
const bitmap: ImageBitmap = (await engine.draw(await createImageBitmap(new Blob()), {part: 'sticker'})).image;
const pixels: ImageData = (await engine.draw(new ImageData(1, 1))).image;
const {image, faces}: Drawing<{data: Uint8Array | Uint8ClampedArray}> =
  await engine.draw({data: new Uint8Array(4), width: 1, height: 1}, {onProgress: part => part.toFixed(2)});
const names: string[] = engine.styles().map(style => style.title.zh);
const {blob, isSilent} = await engine.clip(new Blob(), {onFrame: ({done, frames}) => done / frames});
const code = (error: unknown): ErrorCode | null => (error instanceof EngineError ? error.code : null);
document.addEventListener('animegan-state', ({detail}) => detail === 'done');
const address: string | undefined = document.querySelector('animegan-embed')?.address;
// @ts-expect-error a path is no photo
await engine.draw('photo.jpg');
// @ts-expect-error there is no such part
await engine.draw(bitmap, {part: 'sky'});
console.log(blob.size, isSilent, bitmap, pixels, image, faces, names, code, address);
"""


@pytest.fixture(scope="module")
def app(embedded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A program's folder, in which npm has installed what it packed of the embedded page."""
    if not (command := runtime.find_npm()):
        pytest.skip("no npm: install Node.js to run these tests")
    folder = tmp_path_factory.mktemp("app")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')

    def run(*arguments: str | Path) -> None:
        done = subprocess.run(
            [*command, *arguments, "--cache", folder / "kept"], cwd=folder, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr

    run("pack", embedded, "--silent")
    (packed,) = folder.glob("*.tgz")
    run("install", "--offline", "--no-audit", "--no-fund", f"./{packed.name}")
    return folder


@pytest.fixture(scope="module")
def photo(astronaut: np.ndarray) -> np.ndarray:
    """A face, ``(240, 240, 3) uint8``."""
    return resize(astronaut[:300, 80:380], 240, 240)


@pytest.fixture(scope="module")
def in_node(app: Path, photo: np.ndarray) -> dict[str, Any]:
    """What the package said in Node, and its drawing."""
    np.dstack([photo, np.full(photo.shape[:2], 255, np.uint8)]).tofile(app / "photo.rgba")
    (app / "draw.js").write_text(IN_NODE)
    done = subprocess.run([*node(), "draw.js"], cwd=app, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return {**json.loads(done.stdout), "image": np.fromfile(app / "drawing.rgba", np.uint8).reshape(240, 240, 4)}


def test_npm_packs_every_file(app, embedded):
    assert tree(app / INSTALLED) == tree(embedded)
    about = json.loads((app / INSTALLED / npm.FILE).read_text())
    assert (about["name"], about["version"]) == (npm.NAME, animegan.__version__)
    assert "dependencies" not in about
    for file in ("engine.js", "engine.d.ts", "node.js", "element.js", "element.d.ts"):
        assert f'"./{file}"' in json.dumps(about["exports"])


def test_in_node_pixels_become_pythons_drawing(in_node, photo):
    drawn = Pipeline("cpu").stylize(photo, "watercolour", enhance="off")
    assert in_node["size"] == [240, 240]
    assert in_node["faces"] == len(drawn.faces) == 1
    assert psnr(in_node["image"][:, :, :3], drawn.image) >= 35
    assert (in_node["image"][:, :, 3] == 255).all()


def test_in_node_everything_that_fails_has_its_code(in_node):
    assert in_node["codes"] == ["no-style", "bad-photo", "bad-photo", "no-codecs", *["cancelled"] * 2, "no-network"]
    assert ["watercolour", "水彩"] in in_node["styles"]


def test_in_chromium_an_image_bitmap_becomes_one(app, browser, coffee):
    photo = resize(coffee, 96, 64)
    pixels = np.dstack([photo, np.full((64, 96), 255, np.uint8)])
    with serve(app) as host:
        tab = open_tab(browser)
        tab.goto(f"{host.url}{INSTALLED}/manifest.json")  # a page without a script
        done = tab.evaluate(IN_CHROMIUM, [base64.b64encode(pixels.tobytes()).decode(), INSTALLED])
        tab.context.close()
        drawn = Pipeline("cpu").stylize(photo, "watercolour", enhance="off", faces=False)
        assert (done["kind"], done["kept"]) == ("ImageBitmap", 96)
        assert psnr(np.array(done["data"], np.uint8).reshape(64, 96, 4)[:, :, :3], drawn.image) >= 45
        kinds, sizes = ("ImageBitmap", "ImageBitmap", "ImageData", "ImageData"), ([96, 64],) * 3 + ([48, 32],)
        assert done["kinds"] == [[kind, *size] for kind, size in zip(kinds, sizes, strict=True)]
        assert (done["code"], done["clip"]) == ("bad-photo", "bad-clip")
        assert done["card"] == f"{host.url}{INSTALLED}/cards/anime.webp"
        assert done["page"] == f"{host.url}{INSTALLED}/?lang=ja"


def test_the_types_are_those_of_the_scripts(app, in_node, tmp_path):
    """Of what they name, and of how TypeScript reads a program that uses them."""
    with tarfile.open(package(*TYPESCRIPT)) as archive:
        archive.extractall(tmp_path, filter="data")
    (app / "typed.ts").write_text(TYPES)
    settings = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"]
    command = [*node(), str(tmp_path / "package" / "lib" / "tsc.js"), *settings, "typed.ts"]
    done = subprocess.run(command, cwd=app, capture_output=True, text=True, timeout=300)
    assert done.stdout == ""
    assert done.returncode == 0
    types = (app / INSTALLED / "engine.d.ts").read_text("utf-8")
    assert {*re.findall(r"^export (?:class|function) (\w+)", types, re.M), "Engine"} == set(in_node["names"])


def codes() -> Iterator[str]:
    """The codes of all errors of the engine that a script may see."""
    for path in (contents.SITE / "engine").glob("*.js"):
        yield from re.findall(r"(?:EngineError|named)\([^()]*'([a-z]+(?:-[a-z]+)*)'", path.read_text("utf-8"))


def test_the_types_have_every_code_of_an_error():
    types = (contents.SITE / "engine.d.ts").read_text("utf-8")
    listed = re.findall(r'"([\w-]+)"', types.partition("export type ErrorCode =")[2].partition(";")[0])
    explained = re.findall(r"^ \* - `([\w-]+)`", types, re.M)
    instead = {"no-threads"}  # one thread draws
    put_together = {"no-heic", "no-clips"}  # from the name of a library
    assert sorted(listed) == sorted(explained) == sorted({*codes(), *put_together} - instead)
