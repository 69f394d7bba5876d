"""Every setting, once: its name, default, choices and help. The command line is made from it, and the page's table.

To add a setting, add a field to `Options`; for the page, a row to `animegan.page.settings` and its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field, fields, replace
from functools import cached_property
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, TypedDict

from animegan.errors import BadOptionError
from animegan.images.metadata import KEEP
from animegan.images.sizes import PAINT_SIDE
from animegan.styles.lookup import find_style
from animegan.styles.table import DEFAULT_STYLE, OF_FACES

LEAST_PAINT_SIDE, MOST_PAINT_SIDE = 256, 8192
"""Pixels: the bounds of `Options.paint_side`, 0 aside."""


@dataclass(frozen=True)
class Setting:
    """What is known of one field of `Options`."""

    name: str
    default: Any
    help: str
    label: str
    """What an error message calls it."""
    choices: tuple[Any, ...] = ()
    """The values that it can have; none: any, or any number between the bounds."""
    low: float = 0
    high: float = 0
    """Bounds of a number, both allowed."""
    or_numbers: bool = False
    """Whether a switch can also be numbers from 1, as in ``"1,3"``: on for those alone. ``"all"`` is on."""

    @property
    def kind(self) -> type:
        """The type of its values: str, bool, int or float."""
        return type(self.default)

    def check(self, value: Any) -> Any:
        """The value as one of Python's own types; NumPy's scalars are numbers, too.

        Raises:
            BadOptionError: it is none that the setting can have.
        """
        is_flag = isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")  # NumPy's
        if self.kind is bool:
            if is_flag:
                return bool(value)
            if self.or_numbers:
                return self._numbers(value)
            raise BadOptionError("{label} is True or False, not {value!r}.", label=self.label, value=value)
        if self.choices:
            if not is_flag and value in self.choices:
                return self.kind(value)
            *most, last = map(str, self.choices)
            shown = f"'{value}'" if isinstance(value, str) else repr(value)
            raise BadOptionError(
                "{label} is {choices} or {last}, not {shown}.",
                label=self.label,
                choices=", ".join(most),
                last=last,
                shown=shown,
            )
        if self.kind is str:
            return str(value)
        return self._number(value, is_flag)

    def _numbers(self, value: Any) -> str | bool:
        parts = [part.strip() for part in value.split(",")] if isinstance(value, str) else [""]
        if parts == ["all"]:
            return True
        if not all(part.isdecimal() and int(part) for part in parts):
            raise BadOptionError(
                "{label} is True, False, or numbers such as '1,3', not {value!r}.", label=self.label, value=value
            )
        return ",".join(map(str, sorted({int(part) for part in parts})))

    def _number(self, value: Any, is_flag: bool) -> int | float:
        may_be_0 = self.kind is int  # then it means: as the photo has it
        if not is_flag and isinstance(value, Integral if self.kind is int else Real):
            number = int(value) if isinstance(value, Integral) and may_be_0 else float(value)
            if self.low <= number <= self.high or (may_be_0 and number == 0):
                return number
        what = f"0 or a number of pixels from {self.low:g}" if may_be_0 else f"a number from {self.low:g}"
        raise BadOptionError(
            "{label} is {what} to {high:g}, not {value!r}.", label=self.label, what=what, high=self.high, value=value
        )


def _setting(default: Any, help: str, label: str, **more: Any) -> Any:
    return field(default=default, metadata={"default": default, "help": help, "label": label, **more})


class Settings(TypedDict, total=False):
    """The fields of `Options`, as keywords of `animegan.stylize`."""

    style: str
    enhance: str
    faces: bool | str
    faces_style: str
    strength: float
    vividness: float
    guided: bool
    scale: int
    restorer: str
    crop: str
    paint_side: int
    faces_only: bool
    scene_only: bool
    background: str
    people_only: bool
    background_only: bool
    cut_out: bool
    sticker: bool
    faces_strength: float


@dataclass(frozen=True)
class Options:
    """What a person may choose for a photo.

    Raises:
        UnknownStyleError, BadOptionError: a value cannot be.
    """

    style: str = _setting(
        DEFAULT_STYLE,
        "One that 'styles' lists, a weights file, or hub:owner/repo/file@revision.",
        "The style",
    )
    _: KW_ONLY
    enhance: str = _setting(
        "auto",
        "Repair the photo first: auto (where a measurement asks for it), on, off, or super-resolution alone.",
        "Enhancement",
        choices=("auto", "on", "off", "super-resolution"),
    )
    faces: bool | str = _setting(
        True,
        "Paint each face on its own, at higher detail: all of them, or those with these numbers, as in 1,3, counted "
        "from the left.",
        "The faces setting",
        or_numbers=True,
    )
    faces_style: str = _setting(
        "auto",
        "Who paints the faces: auto (what suits the style), scene (the style itself), or a style such as portrait. "
        "Faces seen from the side are painted by the style itself in any case.",
        "The style of faces",
    )
    strength: float = _setting(
        1.0, "0 is the photo, 1 the drawing; up to 1.5 goes beyond it.", "The strength", high=1.5
    )
    vividness: float = _setting(
        1.0, "Factor of the colour: 0 is grey, 1 leaves it, 2 doubles it.", "The vividness", high=2
    )
    guided: bool = _setting(False, "Smooth along the photo's edges.", "The guided setting")
    scale: int = _setting(
        1,
        "1: the photo's own size; 2 or 4: so many times as large, as a poster.",
        "The scale",
        choices=(1, 2, 4),
    )
    restorer: str = _setting(
        "auto",
        "Who restores: light (built in), best (Real-ESRGAN from the Hub), or auto (the best where there is a GPU and "
        "its weights are here).",
        "The restorer",
        choices=("auto", "light", "best"),
    )
    crop: str = _setting(
        "none",
        "Cut head and shoulders of the largest face out first: portrait (4:5), square or none.",
        "The crop",
        choices=("portrait", "square", "none"),
    )
    paint_side: int = _setting(
        PAINT_SIDE,
        "Long side, in pixels, at which a scene is painted before it is enlarged: less is broader; 0: the photo's own.",
        "The paint side",
        low=LEAST_PAINT_SIDE,
        high=MOST_PAINT_SIDE,
    )
    faces_only: bool = _setting(False, "Draw the faces, and leave the rest of the photo as it is.", "Faces only")
    scene_only: bool = _setting(False, "Draw the scene, and leave the faces as they are in the photo.", "Scene only")
    background: str = _setting(
        "none",
        "What lies behind the transparent parts of a photo: none leaves them transparent (but white in a JPEG), or a "
        "colour such as white or #ffcc88.",
        "The background",
    )

    people_only: bool = _setting(False, "Draw the people, and leave the rest of the photo as it is.", "People only")
    background_only: bool = _setting(
        False, "Draw what is behind people, and leave them as they are in the photo.", "Background only"
    )
    cut_out: bool = _setting(False, "Cut the people out: the rest is transparent, or the background.", "The cut-out")
    sticker: bool = _setting(False, "Cut the people out, with a white rim.", "The sticker")
    faces_strength: float = _setting(
        1.0,
        "How far faces become anime: 0 leaves them to the style of the scene, up to 1.5 has larger eyes. It is for "
        "faces that likeness paints.",
        "The strength of faces",
        high=1.5,
    )

    def __post_init__(self) -> None:
        for setting in SETTINGS.values():
            object.__setattr__(self, setting.name, setting.check(getattr(self, setting.name)))
        if self.faces_only + self.scene_only + self.people_only + self.background_only > 1:
            raise BadOptionError("Only one part is drawn: choose one of faces, scene, people and background.")
        if (self.faces_only or self.scene_only) and not self.faces:
            raise BadOptionError("To draw faces only or the scene only, faces are looked for: leave the faces on.")
        object.__setattr__(self, "style", find_style(self.style).id)
        if self.faces_style not in ("auto", "scene"):
            object.__setattr__(self, "faces_style", find_style(self.faces_style).id)
        if self.faces_strength not in (0, 1) and self.face_painter not in OF_FACES:
            raise BadOptionError(
                "The strength of faces is for those that {choices} paints: choose it as the style of faces, or leave "
                "the strength at 1.",
                choices=" or ".join(OF_FACES),
            )
        if self.background != "none":
            from animegan.images.transparency import colour_of  # with OpenCV: only where it is needed

            colour_of(self.background)

    def replaced(self, **changes: Any) -> Options:
        """A copy with other values."""
        return replace(self, **changes)

    @property
    def cuts_out(self) -> bool:
        """Whether the people are cut out."""
        return self.cut_out or self.sticker

    @property
    def needs_people(self) -> bool:
        """Whether it must be known where people are."""
        return self.people_only or self.background_only or self.cuts_out

    @cached_property
    def face_numbers(self) -> tuple[int, ...]:
        """The numbers of the faces that are chosen, from 1; none: all of them, or faces are off."""
        return () if isinstance(self.faces, bool) else tuple(map(int, self.faces.split(",")))

    @cached_property
    def face_painter(self) -> str:
        """The id of the style that paints the faces."""
        style = find_style(self.style)
        if self.faces_strength == 0:
            return style.id
        own = {"scene": style.id, "auto": style.faces_style or style.id}
        return own.get(self.faces_style, self.faces_style)


SETTINGS: Mapping[str, Setting] = MappingProxyType(
    {each.name: Setting(each.name, **each.metadata) for each in fields(Options)}
)
"""Every setting by its name, in the order in which a person should see them."""
ENGINES = ("auto", "cuda", "mps", "cpu", "cpu-bf16")
"""What networks can run on; see `animegan.networks.engine.choose_engine`."""
ENGINE = Setting(
    "engine", "auto", "What networks run on: auto is the fastest that this machine has.", "The engine", choices=ENGINES
)
"""A setting of a pipeline, not of a photo: so it is no field of `Options`."""

KEEP_METADATA = Setting(
    "keep_metadata",
    "none",
    "What drawings keep of their photos' metadata: none, date (when it was taken), or all.",
    "What is kept of the metadata",
    choices=KEEP,
)
"""A setting of a file that is written."""


def options_from(options: Options | str | None, settings: Mapping[str, Any]) -> Options:
    """Options from what a caller gave: a set of them, the name of a style, or nothing, and settings by name.

    Raises:
        BadOptionError: there is no such setting, or a value cannot be.
        UnknownStyleError: there is no such style.
    """
    unknown = sorted(settings.keys() - SETTINGS.keys())
    if unknown:
        raise BadOptionError(
            "There is no setting '{unknown}': choose from {choices}.", unknown=unknown[0], choices=", ".join(SETTINGS)
        )
    if isinstance(options, Options):
        return options.replaced(**settings) if settings else options
    if options is not None:
        settings = {**settings, "style": options}
    return Options(**settings)
