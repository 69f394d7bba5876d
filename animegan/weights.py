"""From a style to a file on this machine: built in, in the cache, or fetched from the Hub."""

from __future__ import annotations

import hashlib
from pathlib import Path

from animegan.errors import WeightsCorruptError, WeightsUnavailableError
from animegan.styles import BuiltIn, OnHub, Style

BUILT_IN = Path(__file__).parent / "builtin"


def locate(style: Style) -> Path:
    """The verified weights file of a style, fetched from the Hub if it must be.

    Raises:
        WeightsUnavailableError: the file is not at hand and the Hub does not give it.
        WeightsCorruptError: the file is not the one that was pinned; it has been removed.
    """
    if isinstance(style.source, BuiltIn):
        path = BUILT_IN / style.source.file
        if not path.is_file():
            raise WeightsUnavailableError(
                f"The built-in weights '{path.name}' are missing: install the package again, or train them "
                "with 'python -m animegan.training distill'."
            )
        return path
    return _from_hub(style.source)


def at_hand(style: Style) -> bool:
    """Whether a style's weights are on this machine already; asks no network."""
    if isinstance(style.source, BuiltIn):
        return (BUILT_IN / style.source.file).is_file()
    from huggingface_hub import try_to_load_from_cache

    source = style.source
    return isinstance(try_to_load_from_cache(source.repo, source.file, revision=source.revision), str)


def _from_hub(source: OnHub) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import (
        EntryNotFoundError,
        GatedRepoError,
        HfHubHTTPError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
        RevisionNotFoundError,
    )

    name = f"{source.repo}/{source.file}"
    try:
        path = Path(hf_hub_download(source.repo, source.file, revision=source.revision))
    except LocalEntryNotFoundError as error:  # the cache has no such file, and the Hub did not answer
        raise WeightsUnavailableError(
            f"The Hub cannot be reached for '{name}': check the connection, or choose a built-in style."
        ) from error
    except GatedRepoError as error:
        raise WeightsUnavailableError(
            f"The Hub gives no access to '{name}': set HF_TOKEN to a token that has it."
        ) from error
    except (EntryNotFoundError, RepositoryNotFoundError, RevisionNotFoundError) as error:
        raise WeightsUnavailableError(
            f"The Hub has no '{name}' at {source.revision[:12]}: choose another style."
        ) from error
    except (HfHubHTTPError, OSError) as error:
        raise WeightsUnavailableError(
            f"'{name}' could not be fetched ({type(error).__name__}): try again, or choose a built-in style."
        ) from error
    if source.sha256 is not None and _sha256(path) != source.sha256:
        _forget(path)
        raise WeightsCorruptError(f"'{name}' is not the file that was expected, and was removed: try again.")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _forget(path: Path) -> None:
    """Remove a file of the Hub's cache, and the blob that it points to."""
    path.resolve().unlink(missing_ok=True)
    path.unlink(missing_ok=True)
