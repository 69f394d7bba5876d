"""What a drawing keeps of its photo's metadata: nothing, unless it is asked for."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import animegan
from animegan import errors
from animegan.images import files, metadata
from animegan.images.marks import is_ours
from animegan.images.metadata import kept_of
from animegan.pipeline.result import Result
from animegan.repair.quality import assess

EXIF, GPS = 0x8769, 0x8825
TAKEN = "2019:07:14 18:30:05"
PICTURE = np.full((24, 32, 3), 90, np.uint8)
XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:tiff="http://ns.adobe.com/tiff/1.0/" xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" hdrgm:Version="1.0"
 tiff:Orientation="6" xmp:Rating="5"><dc:subject><rdf:Bag><rdf:li>Oma &amp; Opa</rdf:li></rdf:Bag></dc:subject>
<xmp:Thumbnails>secret</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"""


def photo(format: str = "JPEG", **more) -> bytes:
    """A photo that says a lot of itself."""
    exif = Image.Exif()
    exif.update({0x0112: 6, 0x010E: "Oma's birthday", 0x010F: "Camera", 0x0131: "Firmware 7", 0x0132: TAKEN})
    exif[EXIF] = {0x9003: TAKEN, 0x9011: "+02:00", 0x829A: 0.01, 0x927C: b"a picture in a picture", 0xA002: 4000}
    exif[GPS] = {1: "N", 2: (47.0, 22.0, 0.0)}
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, format, exif=exif, xmp=XMP.encode(), **more)
    return buffer.getvalue()


def written(kept: metadata.Kept, suffix: str) -> tuple[dict, dict, dict, bytes]:
    """First directory, EXIF's, GPS, and XMP of a file with what is kept."""
    data = bytes(files.encode(PICTURE, Path(f"o{suffix}"), kept=kept))
    assert is_ours(io.BytesIO(data))
    with Image.open(io.BytesIO(data)) as saved:
        exif = saved.getexif()
        first = {tag: value for tag, value in exif.items() if tag not in (EXIF, GPS)}
        xmp = saved.info.get("xmp", b"")
        assert np.asarray(saved).shape == PICTURE.shape
        return first, dict(exif.get_ifd(EXIF)), dict(exif.get_ifd(GPS)), xmp


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp"])
def test_what_is_kept(suffix):
    ours = {} if suffix == ".png" else {0x0131: "animegan"}
    assert written(kept_of(photo(), "none"), suffix) == (ours, {}, {}, b"")
    first, exif, gps, xmp = written(kept_of(photo(), "date"), suffix)
    assert (first, exif, gps, xmp) == ({**ours, 0x0132: TAKEN}, {0x9003: TAKEN, 0x9011: "+02:00"}, {}, b"")
    first, exif, gps, xmp = written(kept_of(photo(), "all"), suffix)
    assert first == {**ours, 0x0132: TAKEN, 0x010E: "Oma's birthday", 0x010F: "Camera"}
    assert exif == {0x9003: TAKEN, 0x9011: "+02:00", 0x829A: 0.01}
    assert gps == {1: "N", 2: (47.0, 22.0, 0.0)}
    assert b"Oma &amp; Opa" in xmp
    assert b'Rating="5"' in xmp
    for secret in (b"Orientation", b"Thumbnails", b"hdrgm", b"gain-map"):
        assert secret not in xmp


ABOUT = 'rdf:about="" xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"'


def packet(attributes: str = "", elements: str = "") -> bytes:
    return XMP[: XMP.index("<rdf:Desc")].encode() + (
        f"<rdf:Description {ABOUT} {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>".encode()
    )


def iptc(**fields: str) -> bytes:
    """The segment of a JPEG with fields of IPTC's second record, as ``n55="20190714"``."""
    data = b"".join(
        bytes([0x1C, 2, int(name[1:])]) + len(text).to_bytes(2, "big") + text.encode() for name, text in fields.items()
    )
    block = b"8BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)
    segment = b"Photoshop 3.0\0" + block
    return b"\xff\xed" + (len(segment) + 2).to_bytes(2, "big") + segment


@pytest.mark.parametrize(
    ("about", "taken"),
    [
        (packet('photoshop:DateCreated="2019-07-14T18:30:05"'), {0x9003: TAKEN}),
        (packet("", "<exif:DateTimeOriginal>2019-07-14T18:30:05+02:00</exif:DateTimeOriginal>"), "+02:00"),
        (packet("photoshop:DateCreated='2019-07-14'"), {0x9003: "2019:07:14 00:00:00"}),
        (packet('photoshop:DateCreated="1923"'), {}),  # a year alone is no time
        (packet('photoshop:DateCreated="yesterday" exif:DateTimeOriginal="2019-07-14T18:30:05Z"'), "+00:00"),
        (iptc(n55="20190714", n60="183005+0200"), "+02:00"),
        (iptc(n55="20190714"), {0x9003: "2019:07:14 00:00:00"}),
        (iptc(n55="20190714", n60="rubbish"), {0x9003: "2019:07:14 00:00:00"}),
        (iptc(n55="00000000"), {}),
    ],
)
def test_a_date_that_only_xmp_or_iptc_know_is_kept(about, taken):
    """Of scans and of stock photos; as EXIF, by which all programs sort."""
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "JPEG", **({} if about.startswith(b"\xff") else {"xmp": about}))
    data = buffer.getvalue()
    if about.startswith(b"\xff"):
        data = data[:2] + about + data[2:]
    expected = taken if isinstance(taken, dict) else {0x9003: TAKEN, 0x9011: taken}
    for keep in ("date", "all"):
        assert written(kept_of(data, keep), ".webp")[1] == expected
    assert written(kept_of(data, "none"), ".webp")[1] == {}


@pytest.mark.parametrize(("text", "taken"), [("2019:07:14 18:30:05", {0x9003: TAKEN}), ("Sunday", {})])
def test_the_text_of_a_png_says_when_it_was_made(text, taken):
    about = PngInfo()
    about.add_text("Creation Time", text)
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG", pnginfo=about)
    assert written(kept_of(buffer.getvalue(), "date"), ".jpg")[1] == taken


def test_the_date_of_exif_comes_first():
    exif = Image.Exif()
    exif[EXIF] = {0x9003: TAKEN}
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "PNG", exif=exif, xmp=packet('photoshop:DateCreated="2001-01-01"'))
    assert written(kept_of(buffer.getvalue(), "date"), ".png")[1] == {0x9003: TAKEN}


@pytest.mark.parametrize("format", ["WEBP", "TIFF", "AVIF", "HEIF"])
def test_photos_of_other_formats(format):
    files.register_formats()
    if format == "TIFF":
        buffer = io.BytesIO()
        with Image.open(io.BytesIO(photo())) as camera:
            camera.save(buffer, format, exif=camera.getexif())
        data = buffer.getvalue()
    else:
        data = photo(format)
    first, exif, _, _ = written(kept_of(data, "all"), ".jpg")
    assert exif[0x9003] == TAKEN
    assert not {0x0100, 0x0101, 0x0111, 0x0112} & first.keys()


def test_neither_thumbnail_nor_orientation_ever(tmp_path):
    thumbnail = io.BytesIO()
    Image.new("RGB", (16, 12), (255, 0, 255)).save(thumbnail, "JPEG")
    exif = Image.Exif()
    exif[0x0112] = 8
    exif.get_ifd(1).update({0x0103: 6, 0x0201: 0, 0x0202: len(thumbnail.getvalue())})
    Image.fromarray(PICTURE).save(tmp_path / "a.jpg", exif=exif)
    for keep in metadata.KEEP:
        assert not {0x0112, 0x0201, 0x0202} & written(kept_of(tmp_path / "a.jpg", keep), ".jpg")[0].keys()


@pytest.mark.parametrize(
    "bad",
    [
        {"exif": b"Exif\0\0no TIFF header here"},
        {"xmp": b"<x:xmpmeta"},
        {"xmp": b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'},
        {"xmp": XMP.replace("rdf:RDF", "rdf:Other").encode()},
        {},
    ],
)
def test_metadata_that_cannot_be_read_are_not_kept(bad):
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "JPEG", **bad)
    assert written(kept_of(buffer.getvalue(), "all"), ".jpg") == ({0x0131: "animegan"}, {}, {}, b"")


def test_a_tag_that_cannot_be_written_again_costs_only_itself():
    """A negative number where the standard has none."""
    exif = Image.Exif()
    exif[EXIF] = {0x9003: TAKEN}
    exif[GPS] = {1: "N", 6: 100.0}
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, "JPEG", exif=exif)
    kept = kept_of(buffer.getvalue(), "all")
    kept_bad = metadata._only({0x9003: TAKEN, 0x9202: -1.5, 0x829A: object()}, {0x9003, 0x9202, 0x829A})
    assert kept_bad.keys() <= {0x9003, 0x9202}
    assert written(metadata.Kept({EXIF: kept_bad}), ".png")[1][0x9003] == TAKEN
    assert written(kept, ".png")[2][1] == "N"


def result(source: object) -> Result:
    return Result(PICTURE, PICTURE, "anime", "anime", [], assess(PICTURE), [], source=source)


def test_a_result_keeps_what_it_is_told_to(tmp_path):
    """Of a path, bytes and a PIL image; an array has nothing."""
    (tmp_path / "a.jpg").write_bytes(photo())
    for source in (tmp_path / "a.jpg", str(tmp_path / "a.jpg"), photo(), Image.open(tmp_path / "a.jpg")):
        with Image.open(result(source).save(tmp_path / "o.jpg", keep_metadata="date")) as saved:
            assert saved.getexif().get_ifd(EXIF)[0x9003] == TAKEN
        with Image.open(result(source).save(tmp_path / "o.jpg")) as saved:
            assert dict(saved.getexif()) == {0x0131: "animegan"}
    with Image.open(result(None).save(tmp_path / "o.png", keep_metadata="all")) as saved:
        assert saved.info == {"Software": "animegan"}
    with pytest.raises(errors.BadOptionError, match="none, date or all, not 'some'"):
        result(None).save(tmp_path / "o.png", keep_metadata="some")


def test_the_pipeline_remembers_the_photo(pipeline, tmp_path):
    (tmp_path / "a.jpg").write_bytes(photo())
    drawn = pipeline.stylize(tmp_path / "a.jpg", faces=False, enhance="off")
    assert drawn.kept_metadata("date").exif[EXIF][0x9003] == TAKEN
    cache = animegan.PhotoCache(PICTURE)
    assert pipeline.stylize(cache, faces=False, enhance="off").source is None  # an array is not kept twice


def test_quality_makes_smaller_files(coffee, tmp_path):
    for suffix in (".jpg", ".webp"):
        usual, small = (len(files.encode(coffee, Path(f"o{suffix}"), quality)) for quality in (None, 60))
        assert small < 0.5 * usual
    assert len(files.encode(coffee, Path("o.jpg"), 95)) == len(files.encode(coffee, Path("o.jpg")))


@pytest.mark.parametrize("quality", [0, 101, -5, 80.5, True, "80"])
def test_a_quality_that_cannot_be(quality):
    with pytest.raises(errors.BadOptionError, match="whole number from 1 to 100"):
        files.encode(PICTURE, Path("o.jpg"), quality)


def test_a_png_has_no_quality():
    with pytest.raises(errors.BadOptionError, match=r"write \.jpg or \.webp"):
        files.encode(PICTURE, Path("o.png"), 80)
