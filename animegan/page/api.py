"""Three documented endpoints for programs. Their names and the order of their parameters must not change."""

from __future__ import annotations

from inspect import Parameter, Signature
from typing import Any

import gradio as gr

from animegan.images.files import save
from animegan.page.events import PROGRESS, Photo, Visitor
from animegan.page.serving.runs import PageState
from animegan.page.settings import ON_PAGE, options_of
from animegan.styles.lookup import list_styles
from animegan.styles.weights import at_hand

STYLIZE = """Draw a photo as anime and give it back at its own size, as PNG, with a report.

Args:
    photo: a picture: JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF, at most 50 megapixels.
{settings}

Returns:
    The picture, and style, size, faces, quality, repair, seconds and notes.
"""


def connect(state: PageState, photo: gr.Image, settings: list[Any]) -> None:
    """Add the endpoints to the page that is being built; ``settings`` are its controls, in the order of `ON_PAGE`."""
    with gr.Row(visible=False):
        trigger = gr.Button()
        picture, report = gr.File(label="The picture"), gr.JSON(label="The report")
        listed, crops = gr.JSON(label="The styles"), gr.JSON(label="The crops")

    def crop(photo: Photo, request: gr.Request) -> dict[str, list[int]]:
        """Head-and-shoulders crops of the largest face, as left, top, right, bottom in pixels: portrait (4:5) and
        square.

        Args:
            photo: a picture.

        Returns:
            The crops; none where no face is found.
        """
        visitor = Visitor(request)
        if photo is None:
            raise visitor.toast("error.no_photo")
        state.own_upload(visitor.session, photo)
        with visitor.told_of_errors():
            return {shape: list(box) for shape, box in state.pipeline.suggest_crop(photo).items()}

    stylize, inputs = _stylize(state), [photo, *settings]
    trigger.click(stylize, inputs, [picture, report], api_name="stylize", concurrency_limit=None)
    trigger.click(styles, None, listed, api_name="styles", queue=False)
    trigger.click(crop, photo, crops, api_name="crop")


def _stylize(state: PageState) -> Any:
    """The function of the first endpoint; one named parameter a setting, so that Gradio can describe them."""

    def stylize(*arguments: Any) -> tuple[str, dict]:
        photo, *settings, request, progress = arguments
        visitor = Visitor(request)
        with state.run(photo, visitor, progress, stays=False) as run:
            result = run.draw(options_of(*settings))
            folder = state.sessions.folder(visitor.session)
            path = save(result.pixels, folder / f"{run.session.name}-{result.style}.png")
            return str(path), result.to_dict()

    types = {"photo": Photo, **{name: setting.kind for name, setting in ON_PAGE.items()}, "request": gr.Request}
    named = Parameter.POSITIONAL_OR_KEYWORD
    parameters = [Parameter(name, named, annotation=kind) for name, kind in types.items()]
    parameters.append(Parameter("progress", named, default=PROGRESS, annotation=gr.Progress))
    stylize.__signature__ = Signature(parameters)  # type: ignore[attr-defined]
    stylize.__annotations__ = {**types, "progress": gr.Progress, "return": tuple[str, dict]}
    lines = (f"    {name}: {setting.help or setting.setting.help}" for name, setting in ON_PAGE.items())
    stylize.__doc__ = STYLIZE.format(settings="\n".join(lines))
    return stylize


def styles() -> list[dict]:
    """Every style: id, label, caption, what it is good for, source, licence, and whether its weights are here."""
    listed = [{**style.to_dict(), "at_hand": at_hand(style)} for style in list_styles()]
    for style in listed:
        style["source"].pop("path", None)  # folders of this machine are nobody else's business
    return listed
