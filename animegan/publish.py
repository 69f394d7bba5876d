"""Puts a style of one's own on the Hugging Face Hub, with a model card and a sheet of drawings."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animegan.errors import (
    AnimeganError,
    BadOptionError,
    HubAccessDeniedError,
    HubUnreachableError,
    NotAModelError,
    shown,
)
from animegan.storage import not_writable
from animegan.styles.metadata import HUB_FILE, StyleInfo, read_info
from animegan.styles.sources import FREE

if TYPE_CHECKING:
    from huggingface_hub import ModelCardData

SHEET = "sheet.jpg"
SHEET_PHOTOS = ("1-astronaut.jpg", "3-rocket.jpg", "4-coffee.jpg", "5-chelsea.jpg")
"""Example photos that anyone may publish (public domain and CC0); no photo of the user gets on the sheet."""
SHEET_SIDE = 512
"""Pixels: long side of a picture on the sheet."""


def push(file: Path, repo: str, public: bool = False) -> str:
    """Upload a style file to the repository ``owner/name``, which is made if necessary: private, unless ``public``.
    A repository that exists keeps its visibility. Returns the repository's address.

    Raises:
        BadOptionError: that is no name of a repository.
        NotAModelError: the file is no style file.
        HubAccessDeniedError: there is no token, or it does not allow it.
        HubUnreachableError: the Hub does not answer, or refuses for another reason.
        OutputNotWritableError: there is no room for a copy in the folder for temporary files.
    """
    if re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", repo) is None or ".." in repo or "--" in repo:
        raise BadOptionError("'{repo}' is no name of a repository: write owner/name.", repo=shown(repo))
    info = read_info(file)
    if info is None:
        raise NotAModelError("'{name}' is no style file: name one that 'animegan train' wrote.", name=shown(file.name))
    from huggingface_hub import HfApi, get_token

    if get_token() is None:
        raise HubAccessDeniedError(
            "The Hub needs to know who you are: set HF_TOKEN to a token that may write, or run 'hf auth login'."
        )
    with tempfile.TemporaryDirectory(prefix="animegan-") as name:
        folder = Path(name)
        try:
            shutil.copyfile(file, folder / HUB_FILE)
            has_sheet = _write_sheet(file, folder / SHEET)
            (folder / "README.md").write_text(card(info, repo, has_sheet))
        except OSError as error:
            raise not_writable(folder, error, "point TMPDIR to another folder") from error
        try:
            api = HfApi()
            address = api.create_repo(repo, private=not public, exist_ok=True)
            api.upload_folder(repo_id=repo, folder_path=folder, commit_message=f"The style {info.name}")
        except Exception as error:  # the client does not wrap the errors of its HTTP library
            raise _refusal(error, repo) from error
    return str(address)


def _refusal(error: Exception, repo: str) -> AnimeganError:
    """The named error for what went wrong at the Hub."""
    cause: BaseException | None = error
    while cause is not None and getattr(cause, "response", None) is None:
        cause = cause.__cause__
    status = getattr(getattr(cause, "response", None), "status_code", None)
    if status in (401, 403, 404):
        owner = repo.partition("/")[0]
        return HubAccessDeniedError(
            "The Hub does not let you write to '{repo}': set HF_TOKEN to a token that may write for '{owner}'.",
            repo=repo,
            owner=owner,
        )
    if status is not None:
        return HubUnreachableError(
            "The Hub refused '{repo}' (status {status}): check the name, or try again later.", repo=repo, status=status
        )
    return HubUnreachableError("'{repo}' could not be uploaded: check the connection, and try again.", repo=repo)


def card(info: StyleInfo, repo: str, has_sheet: bool) -> str:
    """The model card of a style: what it is, how good, how to use it, and on what terms."""
    figures = info.figures
    measured = ""
    if {"psnr", "photo_psnr", "kept_out"} <= figures.keys():
        measured = (
            f"On {figures['kept_out']:.0f} pairs that were kept out of training, its drawings are "
            f"{figures['psnr']:.1f} dB (PSNR) from the goal; the photos themselves are {figures['photo_psnr']:.1f} dB "
            "from it.\n\n"
        )
    kind = f"adapters of rank {info.adapter_rank} for" if info.adapter_rank else "weights that began as"
    lines = [
        f"---\n{_card_data(info).to_yaml()}\n---\n",
        f"# {info.name}\n",
        f"{info.caption or 'A style'} for animegan: it turns a photo into a drawing."
        f"{f' By {info.author}.' if info.author else ''}\n",
        f"![Photos and their drawings]({SHEET})\n" if has_sheet else "",
        "## Use it\n",
        f"```sh\npython -m animegan stylize photo.jpg -o drawn.png --style hub:{repo}\n```\n",
        "## How it was made\n",
        f"{kind[0].upper()}{kind[1:]} the style `{info.base}`, trained for {info.steps} steps on "
        f"{info.learned_from}.\n",
        measured,
        "## Licence\n",
        f"{info.licence}.\n",
    ]
    return "\n".join(line for line in lines if line)


def _card_data(info: StyleInfo) -> ModelCardData:
    """The front matter of the card. ``base_model`` names a repository on the Hub, so it is only there for such a base:
    the built-in styles are in none.
    """
    from huggingface_hub import ModelCardData

    values: dict[str, Any] = {}
    match = re.match(r"hub:([\w.-]+/[\w.-]+)", info.base)
    if match:
        values["base_model"] = match[1]
        values["base_model_relation"] = "adapter" if info.adapter_rank else "finetune"
    if info.licence == FREE:
        values["license"] = "mit"
    else:
        free = info.licence.startswith(FREE)
        values |= {"license": "other", "license_name": "teacher-terms" if free else "as-described-below"}
    return ModelCardData(
        pipeline_tag="image-to-image",
        library_name="animegan",
        tags=["anime", "style-transfer", "animegan"],
        **values,
    )


def _write_sheet(file: Path, path: Path) -> bool:
    """Draw our example photos in the style; False if they are not there."""
    from animegan.examples import FOLDER
    from animegan.images import files, sheets
    from animegan.images.resize import shrink
    from animegan.pipeline.pipeline import default_pipeline

    rows = []
    for name in SHEET_PHOTOS:
        if (FOLDER / name).is_file():
            photo = shrink(files.load(FOLDER / name), SHEET_SIDE)
            rows.append([photo, default_pipeline().stylize(photo, str(file), enhance="off").image])
    if not rows:
        return False
    files.save(sheets.grid(rows), path)
    return True
