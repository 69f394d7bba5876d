"""The table of styles: what users can choose, and where the weights come from."""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass, replace
from itertools import count
from pathlib import Path

from animegan import style_files
from animegan.errors import UnknownStyleError

FREE = "MIT: free for any use, commercial use as well"
ANIMEGAN_V3 = "non-commercial (AnimeGANv3's terms: research, teaching, private use)"
ANIMEGAN_V2 = "tagged Apache-2.0 on the Hub, but its text repeats AnimeGANv2's terms: non-commercial"
BUILT_IN = Path(__file__).parent / "builtin"
"""The folder of our own weights."""
MODEL_SUFFIXES = (".safetensors", ".onnx", ".pt", ".pth")
"""Suffixes of readable weights files: ours, ONNX, and PyTorch checkpoints of AnimeGANv2."""


@dataclass(frozen=True)
class BuiltIn:
    """Our own weights, shipped with the package."""

    file: str
    """Name of a safetensors file in ``animegan/builtin``."""
    kind = "built in"


@dataclass(frozen=True)
class OnHub:
    """Weights in a repository on the Hugging Face Hub."""

    repo: str
    file: str
    revision: str = "main"
    """A commit if one is known, so that the file cannot change; otherwise a branch."""
    sha256: str | None = None
    """The expected hash of the file. None: it is not known in advance, so the commit and the hash of the first download
    are remembered."""
    bytes: int | None = None
    part: str = ""
    """Which network of a style file; see `animegan.checkpoints.read_compact`."""
    kind = "hub"


@dataclass(frozen=True)
class OnDisk:
    """Weights in a file of the user's own."""

    path: str
    part: str = ""
    """As in `OnHub`."""
    kind = "file"


@dataclass(frozen=True)
class Style:
    """A way of drawing that users choose by name."""

    id: str
    label: str
    good_for: str
    """One line that helps users choose."""
    source: BuiltIn | OnHub | OnDisk
    licence: str
    """What the weights may be used for."""
    faces_style: str | None = None
    """Id of the style that paints faces best in a picture of this style; None: this style itself."""
    caption: str = ""
    """A few words to show below a picture of this style."""
    finish: str | None = None
    """The pattern to lay over the finished drawing; see `animegan.finish.FINISHES`."""

    @property
    def part(self) -> str:
        """Which network of the weights file draws this style; see `animegan.checkpoints.read_compact`."""
        return "" if isinstance(self.source, BuiltIn) else self.source.part

    @property
    def slug(self) -> str:
        """The id in a form that fits into a file name."""
        return re.sub(r"[^\w.]+", "-", Path(self.id).stem if isinstance(self.source, OnDisk) else self.id).strip("-")

    def to_dict(self) -> dict:
        """Return the style as plain values, for JSON."""
        return {**asdict(self), "source": {"kind": self.source.kind, **asdict(self.source)}}


STYLES: dict[str, Style] = {
    style.id: style
    for style in (
        Style(
            id="anime",
            label="Anime",
            caption="flat colour, ink, large eyes",
            good_for="A frame of an animated film: flat colour, ink outlines, large eyes. Good for any photo.",
            source=BuiltIn("anime.safetensors"),
            licence=ANIMEGAN_V3,
            faces_style="anime-portrait",
        ),
        Style(
            id="cel",
            label="Cel",
            caption="flat shades, ink lines",
            good_for="An animation cel: few flat shades, ink lines, vivid colour. Its weights are free for any use.",
            source=BuiltIn("cel.safetensors"),
            licence=FREE,
        ),
        Style(
            id="dusk",
            label="Dusk",
            caption="warm glow, blue shadows",
            good_for="The hour after sunset: warm light that glows, blue shadows. Its weights are free for any use.",
            source=BuiltIn("dusk.safetensors"),
            licence=FREE,
        ),
        Style(
            id="watercolour",
            label="Watercolour",
            caption="thin paint on white paper",
            good_for="Thin paint on white paper: landscapes, flowers, portraits. Its weights are free for any use.",
            source=BuiltIn("watercolour.safetensors"),
            licence=FREE,
            finish="paper",
        ),
        Style(
            id="manga",
            label="Manga",
            caption="ink, solid black, screentone",
            good_for="A printed page: ink, solid blacks, dots of screentone. Its weights are free for any use.",
            source=BuiltIn("manga.safetensors"),
            licence=FREE,
            finish="screentone",
        ),
        Style(
            id="anime-portrait",
            label="Anime portrait",
            caption="a character of its own",
            good_for="A character of an animated film: faces that fill the picture. It paints the faces of Anime.",
            source=BuiltIn("anime-portrait.safetensors"),
            licence=ANIMEGAN_V3,
        ),
        Style(
            id="hayao",
            label="Hayao (Miyazaki)",
            caption="soft light, hand-painted green",
            good_for="Soft light, hand-painted greens, clear outlines: landscapes, streets, people outdoors.",
            source=BuiltIn("hayao.safetensors"),
            licence=ANIMEGAN_V3,
        ),
        Style(
            id="shinkai",
            label="Shinkai",
            caption="luminous sky, lens glow",
            good_for="Luminous skies, strong light, lens glow: cities, evenings, weather.",
            source=BuiltIn("shinkai.safetensors"),
            licence=ANIMEGAN_V3,
        ),
        Style(
            id="portrait",
            label="Portrait",
            caption="large eyes, smooth skin",
            good_for="Large eyes, smooth skin, soft hair: faces and half-length portraits.",
            source=BuiltIn("portrait.safetensors"),
            licence=ANIMEGAN_V3,
        ),
        Style(
            id="hayao-v2",
            label="Hayao, AnimeGANv2",
            caption="the original weights",
            good_for="AnimeGANv2's own Hayao, by its original weights.",
            source=OnHub(
                "vumichien/AnimeGANv2_Hayao",
                "AnimeGANv2_Hayao.onnx",
                "f84714b47ad2c7e930c5f3d5dff58fe91659be95",
                "5a84ca468f3c4fd891fe8c883a3a507ed3e463f4f059985735f6449dae7590b5",
                8_649_739,
            ),
            licence=ANIMEGAN_V2,
        ),
        Style(
            id="shinkai-v2",
            label="Shinkai, AnimeGANv2",
            caption="the original weights",
            good_for="AnimeGANv2's own Shinkai, by its original weights.",
            source=OnHub("vumichien/AnimeGANv2_Shinkai", "AnimeGANv2_Shinkai.onnx"),
            licence=ANIMEGAN_V2,
        ),
        Style(
            id="paprika",
            label="Paprika, AnimeGANv2",
            caption="the colours of a dream",
            good_for="AnimeGANv2's own Paprika, after Satoshi Kon's film.",
            source=OnHub("vumichien/AnimeGANv2_Paprika", "AnimeGANv2_Paprika.onnx"),
            licence=ANIMEGAN_V2,
        ),
        Style(
            id="face-paint",
            label="Face paint, AnimeGANv2",
            caption="portraits in soft paint",
            good_for="Portraits in soft paint; made for faces that fill the picture.",
            source=OnHub("akhaliq/AnimeGANv2-ONNX", "face_paint_512_v2_0.onnx"),
            licence="MIT (converted from bryandlee/animegan2-pytorch)",
        ),
    )
}

LIVE: dict[str, Style] = {
    f"{style.id}-live": replace(
        style, id=f"{style.id}-live", source=BuiltIn(f"{style.id}-live.safetensors"), faces_style=None
    )
    for style in STYLES.values()
    if isinstance(style.source, BuiltIn)
}
"""Small networks that draw moving pictures in a built-in style, by id. Users choose the style, not these; a style need
not have one: see `live_style`."""

DEFAULT = "anime"
DETAIL = 640
"""Pixels: largest long side at which a scene is painted. Brush strokes have a fixed size in pixels: on a larger picture
they would be too fine to see. The painting of a larger photo is enlarged to the photo's size."""


_added: dict[str, Style] = {}
"""Styles of this process, by id, that are listed after those of the table."""


def styles() -> list[Style]:
    """Return all styles, in the order in which users should see them."""
    return [*STYLES.values(), *_added.values()]


def add(name: str, id: str) -> Style:
    """List a weights file of one's own among the styles of this process, under a short id, and return it.

    Raises:
        UnknownStyleError: there is no such file.
    """
    found = find(name)
    listed = replace(found, id=id, faces_style=None)
    if found.faces_style is not None:
        faces = replace(find(found.faces_style), id=f"{id}{_FACES}")
        _faces_of_added[faces.id] = faces
        listed = replace(listed, faces_style=faces.id)
    _added[id] = listed
    return listed


def free_id(name: str) -> str:
    """Return a short id for a style of one's own that no other has; it says nothing of this machine's folders."""
    slug = find(name).slug.lower() or "own"
    taken = {style.id for style in styles()}
    return next(id for n in count(1) if (id := slug if n == 1 else f"{slug}-{n}") not in taken)


def remove(id: str) -> None:
    """Undo `add`; no error if it is not listed."""
    _added.pop(id, None)
    _faces_of_added.pop(f"{id}{_FACES}", None)


_FACES = f"#{style_files.FACES}"
"""Behind the name of a style file: its face network."""
_faces_of_added: dict[str, Style] = {}


def live_style(name: str) -> Style:
    """Return the style of the small network that draws moving pictures in a style, or that style if it has none.

    Raises:
        UnknownStyleError: there is no such style.
    """
    style = find(name)
    return _live(f"{style.id}-live") or style


def _live(name: str) -> Style | None:
    """Return the small network of this id if its weights file is there."""
    style = LIVE.get(name)
    return style if (BUILT_IN / f"{name}.safetensors").is_file() else None


def find(name: str) -> Style:
    """Return the style that ``name`` means.

    ``name`` is an id of the table (case and surrounding space do not matter); the path of a weights file; a style on
    the Hub as ``hub:owner/repo``; or any weights file there as ``hub:owner/repo/file``; the last two may end in
    ``@revision``. ``#faces`` behind a style file means its face network. The small networks of `LIVE` have ids of their
    own, such as ``anime-live``.

    Raises:
        UnknownStyleError: there is no such style; the sentence lists the ids of the table.
        NotAModelError: it is a style file with wrong metadata.
    """
    name = str(name).strip()
    if name.lower() in STYLES:
        return STYLES[name.lower()]
    live = _live(name.lower())
    if live is not None:
        return live
    for known in (_added, _faces_of_added):
        if name in known:
            return known[name]
    file = name.removesuffix(_FACES)
    part = style_files.FACES if file != name else ""
    if name.startswith("hub:"):
        return _on_hub(name, file, part)
    if file.lower().endswith(MODEL_SUFFIXES) and os.path.isfile(file):
        style = Style(name, Path(file).stem, "A file of your own.", OnDisk(file, part), "as its author says")
        return _described(style, file, file)
    shown = re.sub(r"\s+", " ", name)[:60]
    raise UnknownStyleError(
        f"There is no style '{shown}': choose one of {', '.join(STYLES)}, or name a weights file "
        f"({', '.join(MODEL_SUFFIXES)})."
    )


def _on_hub(name: str, file: str, part: str) -> Style:
    match = re.fullmatch(r"hub:([\w.-]+/[\w.-]+)(?:/([\w./ -]+?))?(?:@([\w./-]+))?", file)
    if match is None or ".." in name or not (match[2] or style_files.HUB_FILE).lower().endswith(MODEL_SUFFIXES):
        raise UnknownStyleError(
            f"'{name[:80]}' does not name a weights file on the Hub: write hub:owner/repo, or "
            f"hub:owner/repo/file@revision with a file that ends in {', '.join(MODEL_SUFFIXES)}."
        )
    from animegan.weights import local_path  # only here do styles need to know where files are

    source = OnHub(match[1], match[2] or style_files.HUB_FILE, match[3] or "main", part=part)
    label = f"{match[1]} {Path(match[2]).stem}" if match[2] else match[1]
    style = Style(name, label, "From the Hub.", source, "as its repository says")
    path = local_path(source)
    return style if path is None else _described(style, file, path)


def _described(style: Style, file: str, path: str | Path) -> Style:
    """Add what the file at ``path`` says about itself; ``file`` is the style's name without a part."""
    info = style_files.read_info(path)
    if info is None:
        return style
    faces = f"{file}{_FACES}" if info.has_faces and not style.part else None
    return replace(
        style,
        label=info.name,
        good_for=info.sentence,
        licence=info.licence,
        caption=info.caption or info.name,
        faces_style=faces,
    )
