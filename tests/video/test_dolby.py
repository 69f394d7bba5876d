"""Dolby Vision: drawn by its base layer, or refused where it has none."""

import pytest

from animegan import errors, video
from animegan.video.dolby import without_base_layer
from tests.support.clips import pictures, write

PARENTS = (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")


def record(profile, compatible):
    """Version 1.0; profile, level 6, with metadata and a base layer; what else can show it."""
    bits = profile << 9 | 6 << 3 | 0b101
    return bytes([1, 0, bits >> 8, bits & 255, compatible << 4]) + bytes(19)


def marked(path, profile, compatible, name=b"dvcC"):
    """Write a clip, and put a box with a record into the entry of its pictures, as phones do."""
    data = bytearray(write(path, pictures(2), codec="libx265", pixels="yuv420p10le").read_bytes())
    box = (8 + 24).to_bytes(4, "big") + name + record(profile, compatible)
    for parent in (*PARENTS, b"hev1"):
        at = data.rindex(parent) - 4
        data[at : at + 4] = (int.from_bytes(data[at : at + 4], "big") + len(box)).to_bytes(4, "big")
    at = data.rindex(b"hvcC") - 4
    data[at:at] = box
    path.write_bytes(data)
    return path


def test_profile_5_is_refused(tmp_path):
    path = marked(tmp_path / "clip.mp4", 5, 0)
    with pytest.raises(errors.NotAVideoError) as raised:
        video.probe(path)
    assert str(raised.value) == (
        "'clip.mp4' is in Dolby Vision of profile 5, whose colours cannot be read here: export it as HDR10, HLG or SDR."
    )


@pytest.mark.parametrize(("profile", "compatible", "name"), [(8, 1, b"dvvC"), (8, 4, b"dvvC"), (7, 6, b"dvcC")])
def test_one_with_a_base_layer_is_read(tmp_path, profile, compatible, name):
    """As iPhones record it: HLG with Dolby Vision on top."""
    assert video.probe(marked(tmp_path / "clip.mov", profile, compatible, name)).frames == 2


def test_in_matroska(tmp_path):
    """The record is an extra of a mapping (BlockAddIDType and BlockAddIDExtraData)."""
    for profile, compatible, found in ((5, 0, 5), (10, 0, 10), (8, 1, None)):
        mapping = b"\x41\xe7\x84dvcC\x41\xed\x98" + record(profile, compatible)
        path = tmp_path / "clip.mkv"
        path.write_bytes(b"\x1a\x45\xdf\xa3" + bytes(40) + mapping)
        assert without_base_layer(path) == found


def test_other_files_are_none(tmp_path):
    for name in ("clip.mp4", "clip.mkv", "clip.avi"):
        assert without_base_layer(write(tmp_path / name, pictures(1))) is None
    for data in (b"", b"ftyp", b"\0\0\0\x08ftyp", b"\0\0\0\x08ftypdvcC\x01", bytes(99)):
        (tmp_path / "odd.mp4").write_bytes(data)
        assert without_base_layer(tmp_path / "odd.mp4") is None
