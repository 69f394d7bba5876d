"""What a drawing may keep of its photo's metadata, and how a picture file holds it beside our mark.

By default nothing is kept. Orientation, thumbnails and makers' notes never are: a drawing is upright, and they may show
the photo.
"""

from __future__ import annotations

import io
import os
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from animegan.images import dates
from animegan.images.marks import MARK, SOFTWARE

if TYPE_CHECKING:
    from PIL import Image

KEEP = ("none", "date", "all")
"""What may be kept: nothing, when a photo was taken, or all that still holds for its drawing."""

_EXIF, _GPS = 0x8769, 0x8825
_CHANGED, _TAKEN, _MADE, _TAKEN_OFFSET = 0x0132, 0x9003, 0x9004, 0x9011
_DATES = {0: {_CHANGED}, _EXIF: {_TAKEN, _MADE, 0x9010, _TAKEN_OFFSET, 0x9012, 0x9290, 0x9291, 0x9292}}
_DESCRIBING = {0x010E, 0x010F, 0x0110, 0x013B, 0x013C, 0x4746, 0x4749, 0x8298, *range(0x9C9B, 0x9CA0)}
"""Tags of the first directory that say something of the scene: title, camera, artist, rating, copyright. The others
are about the file, and a TIFF has many.
"""
_OF_THE_FILE = {0x9101, 0x9102, 0x927C, 0xA001, 0xA002, 0xA003, 0xA005, 0xA300, 0xA301, 0xA302, 0xA500}
"""Tags of EXIF's own directory about the file's pixels, and the maker's note."""
_SPACES = {
    "http://purl.org/dc/elements/1.1/",
    "http://ns.adobe.com/xap/1.0/",
    "http://ns.adobe.com/xap/1.0/rights/",
    "http://ns.adobe.com/photoshop/1.0/",
    "http://ns.adobe.com/lightroom/1.0/",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/",
    "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
    "http://www.digikam.org/ns/1.0/",
    "http://ns.microsoft.com/photo/1.0/",
}
"""Vocabularies of XMP about the scene. Others are about the file, such as a gain map that a drawing does not have."""
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DROPPED = {"Thumbnails", "CreatorTool", "MetadataDate", "History"}


@dataclass(frozen=True)
class Kept:
    """Metadata for a drawing."""

    exif: dict[int, dict[int, Any]] = field(default_factory=dict)
    """Directory → tag → value; 0 is the first directory."""
    xmp: bytes = b""


NOTHING = Kept()


def kept_of(source: Any, keep: str) -> Kept:
    """What a drawing keeps of its photo, which is a path, the bytes of a file, or a PIL image; of an array, and of
    metadata that cannot be read, nothing.

    Args:
        keep: one of `KEEP`.
    """
    from PIL import Image

    from animegan.images.files import register_formats

    if keep == "none":
        return NOTHING
    if isinstance(source, Image.Image):
        return _kept(source, keep)
    if isinstance(source, (bytes, bytearray, memoryview)):
        source = io.BytesIO(source)
    elif not isinstance(source, (str, os.PathLike)):
        return NOTHING
    register_formats()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(source) as image:
                return _kept(image, keep)
    except Exception:  # it was drawn, so that it is only its metadata that cannot be read
        return NOTHING


def _kept(image: Image.Image, keep: str) -> Kept:
    try:
        exif = image.getexif()
        found = {0: dict(exif), _EXIF: dict(exif.get_ifd(_EXIF)), _GPS: dict(exif.get_ifd(_GPS))}
    except Exception:  # an unreadable block
        found = {}
    if not {_TAKEN, _MADE} & found.get(_EXIF, {}).keys() and (taken := dates.taken(image)) is not None:
        of_time = {_TAKEN: taken.strftime("%Y:%m:%d %H:%M:%S")}
        if taken.tzinfo is not None:
            of_time[_TAKEN_OFFSET] = taken.isoformat()[-6:]
        found[_EXIF] = {**found.get(_EXIF, {}), **of_time}
    if keep == "date":
        return Kept({place: _only(found.get(place, {}), tags) for place, tags in _DATES.items()})
    wanted = {
        0: _DESCRIBING | _DATES[0],
        _EXIF: found.get(_EXIF, {}).keys() - _OF_THE_FILE,
        _GPS: found.get(_GPS, {}).keys(),
    }
    return Kept({place: _only(found.get(place, {}), tags) for place, tags in wanted.items()}, _kept_xmp(image.info))


def _only(values: dict[int, Any], tags: Any) -> dict[int, Any]:
    """The values of some tags, those of them that can be written."""
    from PIL import Image

    kept = {}
    for tag in sorted(tags & values.keys()):
        trial = Image.Exif()
        trial[tag] = values[tag]
        try:
            trial.tobytes()
        except Exception:  # such as a negative number in a field for positive ones
            continue
        kept[tag] = values[tag]
    return kept


def _kept_xmp(info: dict[Any, Any]) -> bytes:
    """An XMP packet without what is about the file; empty: there is none, or it cannot be read."""
    from xml.etree import ElementTree

    text = dates.xmp_text(info)
    if not text.strip("\0 ") or "<!" in text:  # no entities
        return b""
    try:
        (rdf,) = ElementTree.fromstring(text[text.index("<") : text.rindex(">") + 1]).iter(f"{{{_RDF}}}RDF")
    except (ElementTree.ParseError, ValueError):
        return b""
    for part in rdf:
        for name in [name for name in part.attrib if not _describes(name)]:
            del part.attrib[name]
        for each in [each for each in part if not _describes(each.tag)]:
            part.remove(each)
    if not any(len(part) or part.attrib.keys() - {f"{{{_RDF}}}about"} for part in rdf):
        return b""
    return b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + ElementTree.tostring(rdf) + b"</x:xmpmeta>"


def _describes(name: str) -> bool:
    space, _, local = name.removeprefix("{").partition("}")
    return space == _RDF or (space in _SPACES and local not in _DROPPED)


def to_write(format: str, kept: Kept = NOTHING) -> dict[str, Any]:
    """Arguments for Pillow's ``save`` that put the mark, and what is kept, into a file; ``format`` is JPEG, PNG or
    WEBP.
    """
    from PIL import Image, PngImagePlugin

    exif = Image.Exif()
    for tag, value in kept.exif.get(0, {}).items():
        exif[tag] = value
    for place in (_EXIF, _GPS):
        if kept.exif.get(place):
            exif[place] = kept.exif[place]
    if format == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Software", MARK)
        if kept.xmp:
            texts.add_itxt("XML:com.adobe.xmp", kept.xmp.decode())
        return {"pnginfo": texts, **({"exif": exif} if len(exif) else {})}
    exif[SOFTWARE] = MARK
    return {"exif": exif, **({"xmp": kept.xmp} if kept.xmp else {})}
