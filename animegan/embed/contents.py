"""What lies in the folder of an embedded page: every file as bytes, and the manifest that names them."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

import animegan
from animegan import examples
from animegan.embed import app, constants, npm, runtime
from animegan.embed.networks import Network, finder, generator, person_mask
from animegan.embed.runtime import Library
from animegan.errors import BadOptionError
from animegan.networks import enlarger, people, restorers
from animegan.networks.checkpoints import read_compact
from animegan.options import Options
from animegan.styles import weights
from animegan.styles.lookup import add, find_style, free_id, list_styles, live_style, remove
from animegan.styles.metadata import read_info
from animegan.styles.sources import BuiltIn, Style
from animegan.styles.table import STYLES
from animegan.words import texts
from animegan.words.languages import LANGUAGES

CAP, PHONE_CAP = 24_000_000, 12_600_000
"""Pixels: a larger photo is drawn at this size, as the browser holds photo and drawing uncompressed, 4 bytes a pixel
each. A telephone's browser gives up much earlier than a computer's. Photos of its camera keep their size: "12
megapixels" are 4080 × 3072 at most."""
CLIP_SECONDS, PHONE_CLIP_SECONDS = 180, 60
"""A longer clip is refused: its drawing takes many minutes, and the browser holds the whole file."""
EXAMPLE_TITLES = {
    "1-astronaut.jpg": {"en": "An astronaut", "zh": "宇航员", "ja": "宇宙飛行士"},
    "3-rocket.jpg": {"en": "A rocket", "zh": "火箭", "ja": "ロケット"},
    "4-coffee.jpg": {"en": "A cup of coffee", "zh": "一杯咖啡", "ja": "一杯のコーヒー"},
    "5-chelsea.jpg": {"en": "A cat", "zh": "猫", "ja": "猫"},
    "6-pagoda.jpg": {"en": "A pagoda", "zh": "宝塔", "ja": "塔"},
}
"""Photos to try, by their names among the project's examples."""

THUMBNAIL = 160
"""Pixels along a side of an example's small picture."""

DOUBLERS = {
    "restore": restorers.LIGHT,
    "restore-faces": restorers.FACES,
    "restore-coarse": restorers.SOURCES["coarse"],
    "enlarge": enlarger.SOURCE,
    "enlarge-again": enlarger.AGAIN,
}
"""What restores photos, and enlarges small faces before they are painted; what restores faces, and photos of little
detail; what doubles drawings, and what doubles them again.
"""

SITE = Path(__file__).parent / "site"

Say = Callable[[str], None]
"""Told what is being done."""
Libraries = dict[str, tuple[Library, Path | None]]
"""What comes only when it is needed, by its name in the manifest, with its package if there is one."""


@dataclass
class Contents:
    """The files of the folder, by their paths in it."""

    files: dict[str, bytes] = field(default_factory=dict)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By name: the file, and what must be known to run it."""
    differences: dict[str, float] = field(default_factory=dict)
    """By name: the largest difference of a network to PyTorch."""

    def add(self, path: str, data: bytes) -> str:
        """Add a file and return its path."""
        self.files[path] = data
        return path

    def add_network(self, name: str, network: Network, **about: Any) -> None:
        """Add a network, gzipped."""
        path = self.add(f"networks/{name.replace('#', '-')}.onnx.gz", packed(network.data))
        self.networks[name] = {"file": path, **digest(network.data), **about}
        self.differences[name] = network.difference


def packed(data: bytes) -> bytes:
    """Return data as gzip packs it: always to the same bytes."""
    return gzip.compress(data, 9, mtime=0)


def digest(data: bytes) -> dict[str, Any]:
    """Return what the browser checks data against."""
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def contents(
    chosen: Iterable[str], live: bool, webgpu: bool, package: Path, libraries: Libraries, say: Say
) -> Contents:
    """Return all files of an embedded page; for the arguments and the errors see `animegan.embed.folder.write`."""
    kinds = ("wasm", "webgpu") if webgpu else ("wasm",)
    with _table(chosen) as table:
        made = Contents(site())
        say("onnxruntime-web")
        parts = runtime.read(package, tuple(part for kind in kinds for part in runtime.PARTS[kind]))
        engines = {kind: _add_engine(made, parts, kind) for kind in kinds}
        listed = [_listed(made, style, live, say) for style in table]
        say("faces")
        for name, network in finder({"licence": "MIT, facenet-pytorch"}).items():
            made.add_network(name, network)
        for name, source in DOUBLERS.items():
            _add_compact(made, name, weights.fetch(source), "MIT")
        mask = read_compact(weights.fetch(people.SOURCE), mask=True)
        about = {"name": "people", "licence": "MIT", "made by": "animegan"}
        made.add_network("people", person_mask(mask, about), stride=mask.stride)
        added = {name: _add_library(made, *given) for name, given in libraries.items()}
        _add_words(made, table, kinds)
    manifest = {
        "animegan": animegan.__version__,
        "cap_pixels": CAP,
        "phone_cap_pixels": PHONE_CAP,
        "clip_seconds": CLIP_SECONDS,
        "phone_clip_seconds": PHONE_CLIP_SECONDS,
        "styles": listed,
        "networks": made.networks,
        "finder": ["pnet", "rnet", "onet"],
        "restorer": "restore",
        "face_restorer": "restore-faces",
        "coarse_restorer": "restore-coarse",
        "people": "people",
        "enlarger": ["enlarge", "enlarge-again"],
        "licences": "licences/LICENSES.md",
        "runtime": {"version": runtime.ORT.version, **engines},
        **added,
        "examples": _add_examples(made),
    }
    made.add(npm.FILE, npm.package_json(made.files))
    _seal(made, manifest)
    return made


@contextmanager
def _table(chosen: Iterable[str]) -> Iterator[list[Style]]:
    """Find the styles; files of one's own have short ids meanwhile, which say nothing of this machine's folders."""
    table, own = [], []
    try:
        for name in dict.fromkeys(chosen):
            style = find_style(name)
            if style.id in STYLES and not isinstance(style.source, BuiltIn):
                raise BadOptionError(
                    "'{id}' is not built in: choose a built-in style to embed, or a file.", id=style.id
                )
            if not isinstance(style.source, BuiltIn):
                style = add(name, free_id(name))
                own.append(style.id)
            table.append(style)
        yield table or [style for style in list_styles() if isinstance(style.source, BuiltIn)]
    finally:
        for id in own:
            remove(id)


def site() -> dict[str, bytes]:
    """Return the page's own files by their paths in the folder, with what makes it an app, and the numbers and words
    that it gets from Python.
    """
    files = {path.relative_to(SITE).as_posix(): path.read_bytes() for path in sorted(SITE.rglob("*.*"))}
    written = {"engine/constants": constants.script(), "engine/trees": constants.trees_script()}
    written["page/words"] = constants.words_script()
    return {**files, **app.files(), **{f"{name}.js": text.encode() for name, text in written.items()}}


def _add_engine(made: Contents, parts: dict[str, bytes], name: str) -> dict[str, Any]:
    """Add one build of onnxruntime-web: its script as it is, its WebAssembly gzipped."""
    script, binary = runtime.PARTS[name]
    return {
        "script": made.add(f"runtime/{script}", parts[script]),
        "binary": {"file": made.add(f"runtime/{binary}.gz", packed(parts[binary])), **digest(parts[binary])},
    }


def _add_library(made: Contents, library: Library, package: Path | None) -> dict[str, Any] | None:
    """Add a library that comes only when it is needed, unchanged but gzipped, and its licence."""
    if package is None:
        return None
    parts = runtime.read(package, (library.script, library.licence))
    made.add(f"licences/{library.name}.txt", parts[library.licence])
    script = parts[library.script]
    return {"file": made.add(f"runtime/{Path(library.script).name}.gz", packed(script)), **digest(script)}


def _add_compact(made: Contents, name: str, path: Path, licence: str, part: str = "", keeps_grey: bool = False) -> None:
    """Add a network of ours: a generator, a restorer or the enlarger."""
    network = read_compact(path, part)
    config = network.config
    written = generator(network, {"name": name, "licence": licence, "made by": "animegan"})
    shape = {"stride": network.stride, "reach": config.reach}
    shape |= {"context": config.context, "scale": config.scale, "head_mask": config.head_mask}
    made.add_network(name, written, **shape, keeps_grey=keeps_grey)


def _listed(made: Contents, style: Style, live: bool, say: Say) -> dict[str, Any]:
    """Return a style as the page shows it, and add its card and its networks: of scenes, of faces, of the camera."""
    face, small = Options(style.id).face_painter, live_style(style.id).id if live else style.id
    for name in (style.id, face, small):
        if name not in made.networks:
            say(name)
            found = find_style(name)
            _add_compact(made, name, weights.locate(found), found.licence, found.part, found.keeps_grey)
    words, card = {code: texts.style_words(style, code) for code in LANGUAGES}, _card(style)
    return {
        "id": style.id,
        "title": {code: name for code, (name, _, _) in words.items()},
        "caption": {code: caption for code, (_, caption, _) in words.items()},
        "terms": {code: texts.licence(style, code) for code in LANGUAGES},
        "card": made.add(f"cards/{style.id}.webp", card) if card else None,
        "network": style.id,
        "live_network": None if small == style.id else small,
        "face_network": None if face == style.id else face,
        "faces_shown": style.faces_shown,
        "finish": style.finish,
        "moves_features": face != style.id or style.moves_features,
        "bytes": len(made.files[made.networks[style.id]["file"]]),
    }


def _card(style: Style) -> bytes:
    """Return a style's picture: of a file of one's own, the drawing in its preview. Empty: there is none."""
    path = examples.card(style.id)
    if path.is_file():
        return path.read_bytes()
    info = None if isinstance(style.source, BuiltIn) else read_info(weights.locate(style))
    if info is None or not info.preview:
        return b""
    preview = Image.open(io.BytesIO(info.preview))
    return _webp(preview.crop((preview.width - preview.height, 0, preview.width, preview.height)))


def _add_examples(made: Contents) -> dict[str, Any]:
    """Add photos to try, and a drawing to show before there is one."""
    shown: dict[str, Any] = {"photos": []}
    for side in ("before", "after"):
        if (path := examples.CARDS / f"example-{side}.webp").is_file():
            shown[side] = made.add(f"examples/{side}.webp", _webp(Image.open(path)))
    for path in examples.example_photos():
        if title := EXAMPLE_TITLES.get(path.name):
            thumbnail = _webp(ImageOps.fit(Image.open(path).convert("RGB"), (THUMBNAIL, THUMBNAIL)))
            small = made.add(f"examples/small/{path.stem}.webp", thumbnail)
            file = made.add(f"examples/{path.name}", path.read_bytes())
            shown["photos"].append({"file": file, "small": small, "title": title})
    if (credits := examples.FOLDER / "CREDITS.md").is_file():
        made.add("examples/CREDITS.md", credits.read_bytes())
    return shown


def _webp(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.convert("RGB").save(file, "WEBP", quality=75, method=6)
    return file.getvalue()


def _add_words(made: Contents, table: list[Style], kinds: tuple[str, ...]) -> None:
    """Add the licences of everything in the folder, and the README of a static Space."""
    room = SITE.parent / "words"
    licence = (room / "MIT.txt").read_text("utf-8")
    made.add("licences/animegan.txt", licence.format("2026 the animegan authors").encode())
    made.add("licences/onnxruntime-web.txt", licence.format("Microsoft Corporation").encode())
    made.add("licences/facenet-pytorch.txt", facenet_licence().encode())
    for name in ("LICENSE-AnimeGANv3.txt", "LICENSES.md"):
        made.add(f"licences/{name}", (weights.BUILT_IN / name).read_bytes())
    rows = [f"| {style.label} | `{made.networks[style.id]['file']}` | {style.licence} |" for style in table]
    terms = "mit" if all(style.licence.startswith("MIT") for style in table) else "other"
    readme = (room / "README.md").read_text("utf-8").replace("@LICENCE@", terms).replace("@STYLES@", "\n".join(rows))
    readme = readme.replace("@VERSION@", runtime.ORT.version).replace("@ENGINES@", " and ".join(kinds))
    added = [each for each in (runtime.CLIPS, runtime.HEIF) if f"licences/{each.name}.txt" in made.files]
    words = [(room / f"{each.name}.md").read_text("utf-8").replace("@VERSION@", each.version) for each in added]
    licences, notes = [each.partition("\n\n")[0] for each in words], [each.partition("\n\n")[2] for each in words]
    made.add("README.md", "\n".join([readme.rstrip(), *licences, "", *notes]).encode())


def facenet_licence() -> str:
    """Return the licence text that facenet-pytorch was installed with, or where to find it."""
    installed = (
        path.read_text() for path in metadata.files("facenet-pytorch") or [] if path.name.startswith("LICENSE")
    )
    return next(installed, "facenet-pytorch: MIT License, Copyright (c) Timothy Esler, github.com/timesler\n")


def _seal(made: Contents, manifest: dict[str, Any]) -> None:
    """Add the manifest: with the hash of every file, a version of them all, and the bytes of a first visit."""
    listed = {path: digest(data) for path, data in sorted(made.files.items())}
    wasm, needed = manifest["runtime"]["wasm"], (manifest["styles"][0]["network"], *manifest["enlarger"])
    shown = (
        "index.html",
        "app.webmanifest",
        "app/icon",
        "page/",
        "engine/",
        "cards/",
        "examples/before",
        "examples/after",
        "examples/small/",
    )
    at_once = [path for path in listed if path.startswith(shown)]
    at_once += [wasm["script"], wasm["binary"]["file"], *(made.networks[name]["file"] for name in needed)]
    version = hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:12]
    first_visit = sum(listed[path]["bytes"] for path in at_once)
    sealed = {"version": version, **manifest, "first_visit": first_visit, "files": listed}
    made.add("manifest.json", json.dumps(sealed, ensure_ascii=False, indent=1).encode())
