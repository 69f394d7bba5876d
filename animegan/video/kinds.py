"""The kinds of files in which clips are written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from animegan.errors import OutputNotWritableError, shown


@dataclass(frozen=True)
class Clear:
    """How a kind of file holds pictures that may be transparent. Names are FFmpeg's."""

    codec: str
    pixels: str
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the codec."""


@dataclass(frozen=True)
class Kind:
    """How a kind of file holds pictures and sound. Names are FFmpeg's."""

    container: str
    codec: str
    pixels: str = "yuv420p"
    settings: Mapping[str, str] = field(default_factory=dict)
    """Of the codec."""
    container_settings: Mapping[str, str] = field(default_factory=dict)
    copied: frozenset[str] = frozenset()
    """Codecs of sound that stay as they are: they play wherever the file does."""
    held: frozenset[str] = frozenset()
    """Codecs of sound that it can hold."""
    sound: str | None = None
    """The codec for all other sound; None: it has no sound."""
    subtitles: frozenset[str] = frozenset()
    """Codecs of subtitles that stay as they are."""
    text: str | None = None
    """The codec for all other subtitles that are text; None: it has none."""
    ticks: int | None = None
    """Ticks a second of its clock; None: as fine as the clip's."""
    clear: Clear | None = None
    """How it holds transparent pictures; None: it cannot."""
    plays: str = "loop"
    """The setting of its container that says how often it is played."""
    repeats: bool = False
    """Whether it says how often it is played again, not how often it is played."""
    most_fps: float | None = None
    """Frames a second that it can show at most."""

    @property
    def is_animation(self) -> bool:
        """Whether it is an animated picture: silent, of any size."""
        return self.sound is None

    @property
    def with_alpha(self) -> Kind:
        """The same for transparent pictures, if it can hold them."""
        if self.clear is None:
            return self
        return replace(self, codec=self.clear.codec, pixels=self.clear.pixels, settings=self.clear.settings)

    @property
    def of_piece(self) -> Kind:
        """The kind of a piece that will be part of such a file."""
        container = PIECES.get(self.codec, "nut")
        return replace(self, container=container, container_settings={"avoid_negative_ts": "disabled"})

    def loop(self, plays: int) -> dict[str, str]:
        """Return the settings of the container for an animation that is played so often; 0: again and again."""
        if not self.is_animation:
            return {}
        return {self.plays: str(plays - 1 or -1) if self.repeats and plays else str(plays)}


PIECES = {"libvpx-vp9": "matroska", "prores_ks": "mov"}
"""Codec → container of pieces. All others are in NUT, FFmpeg's own, which keeps times as they are; but it does not keep
the transparency of VP9, and has no ProRes."""
_X264 = {"preset": "veryfast", "crf": "20"}
_VP9 = {"deadline": "realtime", "cpu-used": "7", "crf": "31", "b": "0", "row-mt": "1"}
_WEBP = {"quality": "90", "compression_level": "4"}  # below, patches of a sky stay behind when it moves
_APNG = {"pred": "mixed"}
_CLEAR_VP9 = Clear("libvpx-vp9", "yuva420p", {**_VP9, "auto-alt-ref": "0"})
_PRORES = Clear("prores_ks", "yuva444p10le", {"profile": "4444", "vendor": "apl0", "alpha_bits": "8"})
_CLEAR_PNG = Clear("apng", "rgba", _APNG)
_COMMON = frozenset({"aac", "mp3"})
_MP4_SOUND = _COMMON | {"ac3", "eac3", "alac", "opus", "flac"}
_PCM = frozenset({"pcm_s16le", "pcm_s24le", "pcm_s32le", "pcm_s16be", "pcm_s24be", "pcm_f32le", "pcm_u8"})
_MOV_SOUND = _MP4_SOUND - {"opus", "flac"} | _PCM
_MKV_SOUND = _MP4_SOUND | _PCM | {"vorbis", "dts"}
_WEBM_SOUND = frozenset({"opus", "vorbis"})
_MOV_TEXT, _WEBVTT = frozenset({"mov_text"}), frozenset({"webvtt"})
_MKV_TEXT = frozenset({"subrip", "ass", "webvtt", "hdmv_pgs_subtitle", "dvd_subtitle", "dvb_subtitle"})
_WEB_FIRST = {"movflags": "+faststart"}
"""The table of contents comes first, so that a browser plays it while it loads."""

KINDS = {
    ".mp4": Kind("mp4", "libx264", "yuv420p", _X264, _WEB_FIRST, _COMMON, _MP4_SOUND, "aac", _MOV_TEXT, "mov_text"),
    ".m4v": Kind("mp4", "libx264", "yuv420p", _X264, _WEB_FIRST, _COMMON, _MP4_SOUND, "aac", _MOV_TEXT, "mov_text"),
    ".mov": Kind(
        *("mov", "libx264", "yuv420p", _X264, _WEB_FIRST, _MOV_SOUND, _MOV_SOUND, "aac", _MOV_TEXT, "mov_text"),
        clear=_PRORES,
    ),
    ".mkv": Kind(
        *("matroska", "libx264", "yuv420p", _X264, {}, _MKV_SOUND, _MKV_SOUND, "aac", _MKV_TEXT, "subrip"),
        clear=_CLEAR_VP9,
    ),
    ".webm": Kind(
        *("webm", "libvpx-vp9", "yuv420p", _VP9, {}, _WEBM_SOUND, _WEBM_SOUND, "libopus", _WEBVTT, "webvtt"),
        ticks=1000,
        clear=_CLEAR_VP9,
    ),
    ".gif": Kind("gif", "gif", "pal8", ticks=100, clear=Clear("gif", "pal8"), repeats=True, most_fps=50),
    ".webp": Kind("webp", "libwebp_anim", "yuv420p", _WEBP, ticks=1000, clear=Clear("libwebp_anim", "yuva420p", _WEBP)),
    ".png": Kind("apng", "apng", "rgb24", _APNG, ticks=1000, clear=_CLEAR_PNG, plays="plays"),
    ".apng": Kind("apng", "apng", "rgb24", _APNG, ticks=1000, clear=_CLEAR_PNG, plays="plays"),
}
"""Suffix → kind."""
READ_SUFFIXES = frozenset(
    {*(".mp4", ".m4v", ".mov", ".3gp", ".mkv", ".webm", ".avi", ".wmv", ".asf", ".flv", ".ogv", ".mxf", ".dv")}
    | {*(".mpg", ".mpeg", ".ts", ".mts", ".m2ts", ".gif", ".apng")}
)
"""File suffixes of clips in a folder. Others are read when they are named."""
SUFFIXES = tuple(KINDS)
"""File suffixes of the formats in which clips are written."""


def kind_of(path: Path) -> Kind:
    """Return the kind of file that the suffix of a path names; raise OutputNotWritableError if it names none."""
    kind = KINDS.get(path.suffix.lower())
    if kind is None or "\0" in str(path):
        raise OutputNotWritableError(
            "'{name}' cannot be written: give it a name that ends in {choices}.",
            name=shown(path.name),
            choices=", ".join(SUFFIXES),
        )
    return kind
