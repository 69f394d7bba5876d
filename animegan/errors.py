"""Named errors: each says in one sentence what went wrong and what a person can do about it."""


class AnimeganError(Exception):
    """The base of every error that the package raises on purpose."""


class PhotoNotFoundError(AnimeganError):
    """Raised when there is no file at the path of a photo."""


class NotAPhotoError(AnimeganError):
    """Raised when the bytes are no picture in a format that is read here, or are broken off."""


class PhotoTooSmallError(AnimeganError):
    """Raised when a side of the photo is shorter than `photos.MIN_SIDE` pixels."""


class PhotoTooLargeError(AnimeganError):
    """Raised, before anything is decoded, when a photo has more pixels than the limit allows."""


class OutputNotWritableError(AnimeganError):
    """Raised when the result cannot be written where it was asked for."""


class UnknownStyleError(AnimeganError):
    """Raised when no style has the name that was asked for."""


class BadOptionError(AnimeganError):
    """Raised when an option has a value that it cannot have."""


class WeightsUnavailableError(AnimeganError):
    """Raised when the weights of a style are not at hand and cannot be fetched."""


class WeightsCorruptError(AnimeganError):
    """Raised when a weights file is not what it should be; it is not used."""
