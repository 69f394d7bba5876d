"""From a name to a style: the table, styles that this process added, files of one's own, the Hub."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from itertools import count
from pathlib import Path

from animegan.errors import UnknownStyleError
from animegan.styles import metadata
from animegan.styles.sources import BUILT_IN, MODEL_SUFFIXES, OnDisk, OnHub, Style
from animegan.styles.table import LIVE, OF_FACES, STYLES
from animegan.styles.weights import local_path

_FACES = f"#{metadata.FACES}"
"""Behind the name of a style file: its face network."""
_added: dict[str, Style] = {}
"""Styles of this process, by id, that are listed after those of the table; and the face networks of their files."""


def list_styles() -> list[Style]:
    """Return all styles, in the order in which users should see them."""
    return [*STYLES.values(), *(style for style in _added.values() if not style.id.endswith(_FACES))]


def add(name: str, id: str) -> Style:
    """List a weights file of one's own among the styles of this process, under a short id, and return it.

    Raises:
        UnknownStyleError: there is no such file.
    """
    found = find_style(name)
    listed = replace(found, id=id, faces_style=None)
    if found.faces_style is not None:
        faces = replace(find_style(found.faces_style), id=f"{id}{_FACES}")
        _added[faces.id] = faces
        listed = replace(listed, faces_style=faces.id)
    _added[id] = listed
    return listed


def free_id(name: str) -> str:
    """Return a short id for a style of one's own that no other has; it says nothing of this machine's folders."""
    slug = find_style(name).slug.lower() or "own"
    taken = {style.id for style in list_styles()}
    return next(id for n in count(1) if (id := slug if n == 1 else f"{slug}-{n}") not in taken)


def remove(id: str) -> None:
    """Undo `add`; no error if it is not listed."""
    _added.pop(id, None)
    _added.pop(f"{id}{_FACES}", None)


def live_style(name: str) -> Style:
    """Return the style of the small network that draws moving pictures in a style, or that style if it has none.

    Raises:
        UnknownStyleError: there is no such style.
    """
    style = find_style(name)
    return _live(f"{style.id}-live") or style


def _live(name: str) -> Style | None:
    """Return the small network of this id if its weights file is there."""
    style = LIVE.get(name)
    return style if (BUILT_IN / f"{name}.safetensors").is_file() else None


def find_style(name: str) -> Style:
    """Return the style that ``name`` means.

    ``name`` is an id of the table (case and surrounding space do not matter); the path of a weights file; a style on
    the Hub as ``hub:owner/repo``; or any weights file there as ``hub:owner/repo/file``; the last two may end in
    ``@revision``. ``#faces`` behind a style file means its face network. The small networks of `LIVE` have ids of their
    own, such as ``anime-live``, and those of `OF_FACES`.

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
    if name in _added:
        return _added[name]
    if name.lower() in OF_FACES:
        return OF_FACES[name.lower()]
    file = name.removesuffix(_FACES)
    part = metadata.FACES if file != name else ""
    if name.startswith("hub:"):
        return _on_hub(name, file, part)
    if file.lower().endswith(MODEL_SUFFIXES) and os.path.isfile(file):
        style = Style(name, Path(file).stem, "A file of your own.", OnDisk(file, part), "as its author says")
        return _described(style, file, file)
    shown = re.sub(r"\s+", " ", name)[:60]
    raise UnknownStyleError(
        "There is no style '{shown}': choose one of {choices}, or name a weights file ({suffixes}).",
        shown=shown,
        choices=", ".join(STYLES),
        suffixes=", ".join(MODEL_SUFFIXES),
    )


def _on_hub(name: str, file: str, part: str) -> Style:
    match = re.fullmatch(r"hub:([\w.-]+/[\w.-]+)(?:/([\w./ -]+?))?(?:@([\w./-]+))?", file)
    if match is None or ".." in name or not (match[2] or metadata.HUB_FILE).lower().endswith(MODEL_SUFFIXES):
        raise UnknownStyleError(
            "'{name}' does not name a weights file on the Hub: write hub:owner/repo, or "
            "hub:owner/repo/file@revision with a file that ends in {choices}.",
            name=name[:80],
            choices=", ".join(MODEL_SUFFIXES),
        )

    source = OnHub(match[1], match[2] or metadata.HUB_FILE, match[3] or "main", part=part)
    label = f"{match[1]} {Path(match[2]).stem}" if match[2] else match[1]
    style = Style(name, label, "From the Hub.", source, "as its repository says")
    path = local_path(source)
    return style if path is None else _described(style, file, path)


def _described(style: Style, file: str, path: str | Path) -> Style:
    """Add what the file at ``path`` says about itself; ``file`` is the style's name without a part."""
    info = metadata.read_info(path)
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
