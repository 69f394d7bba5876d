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
    """The base of the errors about weights; raised itself when built-in weights are missing."""


class HubUnreachableError(WeightsUnavailableError):
    """Raised when weights must come from the Hub and it does not answer, or broke off."""


class HubFileNotFoundError(WeightsUnavailableError):
    """Raised when the Hub has no such repository, revision or file."""


class HubAccessDeniedError(WeightsUnavailableError):
    """Raised when the Hub wants a token, or one with more rights."""


class DiskFullError(WeightsUnavailableError):
    """Raised when the Hub's cache cannot hold the weights."""


class WeightsCorruptError(WeightsUnavailableError):
    """Raised when a weights file is not the one that was pinned; it is removed, not used."""


class NotAModelError(WeightsUnavailableError):
    """Raised when a file holds no generator that is known here."""
