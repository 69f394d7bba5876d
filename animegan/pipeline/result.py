"""The result of a run."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.faces.face import Face
from animegan.images import files
from animegan.images.metadata import Kept, kept_of
from animegan.images.photo import Photo
from animegan.images.resize import Mask, Picture, like, shrink
from animegan.images.transparency import GREY, WHITE, laid_on
from animegan.options import KEEP_METADATA
from animegan.repair.plan import Step
from animegan.repair.quality import Quality
from animegan.words.messages import Message

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Result:
    """A finished picture, and how it was made."""

    image: Picture
    """``(H, W, 3) uint8`` RGB, at the photo's own size, times the scale; what `alpha` hides is drawn as well."""
    photo: Picture
    """The photo as read: upright, sRGB, and cropped if requested; its visible colours go on where it is transparent."""
    style: str
    faces_style: str
    faces: list[Face]
    """The faces that were painted separately, in the photo's pixels."""
    quality: Quality
    repair: list[Step]
    """The steps that repaired the photo, and their reasons; empty if it needed no repair."""
    repaired: Picture | None = None
    """The repaired photo at the size of its repair; None if it needed none. `repaired_photo` has the photo's size."""
    seconds: dict[str, float] = field(default_factory=dict)
    """Stage → seconds, including "total"."""
    alpha: Mask | None = None
    """``(H, W) uint8`` of the image's size, 255 where it is opaque. None: it is so everywhere, as the photo has no
    transparent parts and nobody was cut out, or a background was asked for."""
    photo_alpha: Mask | None = None
    """The photo's own part of it."""
    notes: tuple[Message, ...] = ()
    """What a person should know of it, such as that the photo's file is cut off."""
    source: Any = field(default=None, repr=False)
    """The photo as it was given, whose metadata may be kept; None: it was an array."""

    def save(
        self, path: str | PathLike[str], *, quality: int | None = None, keep_metadata: str = KEEP_METADATA.default
    ) -> Path:
        """Write the picture to a file, whole or not at all, and return its path; see `animegan.images.files.save`. What
        is transparent stays so, but is white in a JPEG.

        Args:
            quality: of a JPEG or WebP, from 1 to 100; None: 95 and 92.
            keep_metadata: what the file keeps of the photo's: ``none``, ``date`` or ``all``.

        Raises:
            OutputNotWritableError: the place or the suffix does not allow it.
            BadOptionError: there is no such quality, or nothing of that kind to keep.
        """
        return files.save(self.pixels, path, quality, self.kept_metadata(keep_metadata))

    def kept_metadata(self, keep: str) -> Kept:
        """What a file keeps of the photo's metadata; see `animegan.images.metadata`.

        Raises:
            BadOptionError: ``keep`` is not ``none``, ``date`` or ``all``.
        """
        return kept_of(self.source, KEEP_METADATA.check(keep))

    @property
    def pixels(self) -> Picture:
        """The picture with its transparency, ``(H, W, 4) uint8`` RGBA; `image` if it is opaque."""
        return Photo(self.image, self.alpha).rgba

    @property
    def on_white(self) -> Picture:
        """The picture, laid on white where it is transparent, ``(H, W, 3) uint8``."""
        return laid_on(self.image, self.alpha)

    def with_alpha(self, picture: Picture) -> Picture:
        """Give the photo's transparency, if any, to a picture such as `repaired_photo`: ``(H, W, 4) uint8``."""
        return Photo(picture, None if self.photo_alpha is None else like(self.photo_alpha, picture)).rgba

    def notes_for(self, path: str | PathLike[str]) -> tuple[Message, ...]:
        """Return the notes, and what a file of that name cannot hold."""
        is_laid = self.alpha is not None and Path(path).suffix.lower() in files.OPAQUE
        return (*self.notes, Message("on-white")) if is_laid else self.notes

    @property
    def pil(self) -> Image:
        """The picture as a PIL image: RGB, or RGBA if it has transparent parts."""
        from PIL.Image import fromarray

        return fromarray(self.pixels)

    @property
    def repaired_photo(self) -> Picture:
        """The repaired photo at the photo's own size, ``(H, W, 3) uint8``; the photo itself if it needed no repair.

        A scene is repaired at the size at which it is painted, and doubled: a photo with a long side of more than
        1,280 pixels has no finer detail than that here.
        """
        return self.photo if self.repaired is None else like(self.repaired, self.photo)

    @property
    def mended(self) -> Picture:
        """The old name of `repaired_photo`, which goes with the next version."""
        warnings.warn("Result.mended is now Result.repaired_photo.", DeprecationWarning, stacklevel=2)
        return self.repaired_photo

    @property
    def enhanced(self) -> list[str]:
        """Names of the stages that repaired the photo."""
        return [step.stage for step in self.repair]

    def to_dict(self) -> dict[str, Any]:
        """Return everything except the pictures as plain values, for JSON."""
        height, width = self.image.shape[:2]
        return {
            "style": self.style,
            "faces_style": self.faces_style,
            "size": [width, height],
            "faces": [face.to_dict() for face in self.faces],
            "quality": self.quality.to_dict(),
            "enhanced": self.enhanced,
            "repair": [step.to_dict() for step in self.repair],
            "seconds": dict(self.seconds),
            "notes": [str(note) for note in self.notes],
        }

    def preview(self, side: int = 2048) -> tuple[Picture, Picture]:
        """Return photo and picture to show side by side, equally large, with a long side of at most ``side`` pixels:
        on white where they are transparent, and a cut-out on grey, where a white rim is seen.
        """
        image = shrink(self.image, side)
        photo = like(shrink(self.photo, side), image)
        own, alpha = (None if each is None else like(each, image) for each in (self.photo_alpha, self.alpha))
        is_cut_out = self.alpha is not self.photo_alpha
        return laid_on(photo, own), laid_on(image, alpha, GREY if is_cut_out else WHITE)
