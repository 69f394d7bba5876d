"""The page: layout and events. Everything about pictures is in the `animegan` package."""

from __future__ import annotations

import atexit
import base64
import binascii
import contextlib
import html
import importlib.util
import os
import secrets
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any

# A folder of this process's own for everything that a visitor sends or gets; gradio puts its files
# where this variable points, and reads it when components are made.
WORKROOM = Path(tempfile.mkdtemp(prefix="animegan-", dir=os.environ.get("GRADIO_TEMP_DIR")))
os.environ["GRADIO_TEMP_DIR"] = str(WORKROOM)
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
atexit.register(shutil.rmtree, WORKROOM, ignore_errors=True)

import gradio as gr  # noqa: E402
import typer  # noqa: E402
from gradio.themes.utils import colors, fonts, sizes  # noqa: E402

import animegan  # noqa: E402
from animegan.page import texts  # noqa: E402
from animegan.page.texts import say  # noqa: E402
from animegan.page.visitors import Table, VisitorLeftError, Visitors  # noqa: E402

KEEP_SECONDS = 3600
"""A visitor's files are deleted when the page is closed, and in any case after this."""
SWEEP_SECONDS = 300
PREVIEW_SIDE = 2048
"""Pixels: the long side of the pictures in the slider; the download has the photo's own size."""
GALLERY_SIDE = 1024
"""Pixels: the long side at which the photo is drawn in every style."""
CROP_PREVIEW_SIDE = 320
SLIDER_AT = 22
"""Per cent from the left at which the slider stands: what is seen first is the drawing."""
QUEUE = 32
"""Visitors who may wait; the next one is told to come back."""
UPLOAD_LIMIT = 80 * 1024 * 1024
ZERO_GPU = os.environ.get("SPACES_ZERO_GPU", "").lower() in ("1", "true")

EXAMPLES = Path(__file__).parent / "examples"
CARDS = EXAMPLES / "styles"
PAGE_FILES = Path(texts.__file__).parent
STYLES = {style.id: style for style in animegan.styles()}
CHOICES = {
    "enhance": ("auto", "on", "off"),
    "faces_style": ("auto", "scene", "anime-portrait", "portrait"),
    "crop": ("none", "portrait", "square"),
    "level": ("auto", "light", "best"),
    "kind": ("png", "webp", "pair"),
}
"""Settings with a few values each; `animegan.page.texts` has their names as ``setting.value``."""
SETTINGS = (
    "style", "enhance", "faces", "faces_style", "strength", "vividness", "guided", "double", "level", "crop",
)  # fmt: skip
"""What a person may set, in the order in which the page's events hand it on."""

animegan.register_formats()
gr.set_static_paths([EXAMPLES])  # served from where they are, so that the sweeper never meets them
visitors = Visitors(WORKROOM, KEEP_SECONDS)
pipeline = animegan.Pipeline()
i18n = gr.I18n(**texts.translations())


def word(key: str) -> Any:
    """One of the page's texts; the browser chooses the language."""
    return i18n(texts.flat(key))


def tongue(request: gr.Request) -> str:
    """The visitor's language."""
    return texts.language(request.headers.get("accept-language"))


def session_of(request: gr.Request) -> str:
    """Whose request it is. One that does not say is a stranger's each time, so that strangers share nothing."""
    return request.session_hash or f"stranger-{secrets.token_urlsafe(16)}"


def oops(request: gr.Request, key: str, *parts: object) -> gr.Error:
    """A toast with one of the page's texts."""
    return _toast(say(key, tongue(request), *parts))


def _toast(text: str) -> gr.Error:
    return gr.Error(html.escape(text, quote=False), print_exception=False)  # toasts render HTML


@contextlib.contextmanager
def errors_as_toasts(request: gr.Request) -> Iterator[None]:
    """What goes wrong in the package, as a toast in the visitor's language."""
    try:
        yield
    except VisitorLeftError as error:
        raise oops(request, "error.stopped") from error
    except animegan.AnimeganError as error:
        chinese = tongue(request) == "zh"
        text = texts.ERRORS[type(error).__name__] if chinese else str(error)
        if isinstance(error, animegan.WeightsUnavailableError):
            built_in = ", ".join(style_name(s, request) for s in STYLES.values() if s.source.kind == "built in")
            text = f"{text} {say('error.offline', tongue(request), built_in)}"
        raise _toast(text) from error


def uploaded(payload: Any) -> str | bytes | None:
    """What stands in for ``gr.Image.preprocess``: hand on the file as it came, decode nothing.

    Gradio's own would open the picture first, and fail on a broken one with words of its own.
    """
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        _, _, encoded = payload.url.partition(",")
        if len(encoded) > UPLOAD_LIMIT * 4 // 3:
            raise gr.Error(say("error.upload_large", "en"), print_exception=False)
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise gr.Error(say("error.upload_broken", "en"), print_exception=False) from error
    return payload.path


if ZERO_GPU:
    import spaces  # there on such Spaces, and to be imported before anything touches CUDA

    @spaces.GPU
    def _on_lent_gpu(photo: str | bytes, settings: dict[str, Any]) -> animegan.Result:
        return pipeline.stylize(photo, **settings)


def paint(photo: str | bytes, table: Table, settings: dict[str, Any], told: Callable[[float, str], None]):
    """Draw a photo with what is known of it already. A lent GPU is in a process of its own, which knows nothing."""
    if ZERO_GPU:
        told(0.1, "Painting the scene")
        return _on_lent_gpu(photo, settings)
    return pipeline.stylize(table.sitting, on_progress=told, **settings)


def own_upload(session: str, photo: str | bytes | None) -> None:
    """A visitor's upload goes when they go, drawn or not."""
    if isinstance(photo, str) and Path(photo).is_relative_to(WORKROOM):
        visitors.own(session, Path(photo))


@contextlib.contextmanager
def at_work(
    photo: str | bytes | None, request: gr.Request, progress: gr.Progress, stays: bool = True
) -> Iterator[tuple[Table, Callable[[float, str], None]]]:
    """A visitor's table with the photo on it, and whom to tell how far the work has come.

    Programs do not stay: they come once and get a table of their own; people change their minds.
    """
    if photo is None:
        raise oops(request, "error.no_photo")
    session = session_of(request)
    own_upload(session, photo)
    stopped = visitors.begin(session)

    def told(fraction: float, what: str) -> None:
        if stopped.is_set():
            raise VisitorLeftError
        progress(fraction, desc=texts.phrase(what, tongue(request)))

    with errors_as_toasts(request):
        try:
            yield visitors.table(session, photo) if stays else Table.of(photo), told
        except animegan.AnimeganError:
            visitors.clear(session)  # a photo that cannot be read is not to be kept
            raise
        finally:
            visitors.end(session, stopped)
            visitors.tidy()


def settings_of(*values: Any) -> dict[str, Any]:
    """The page's settings, in the order of `SETTINGS`, as `animegan.Pipeline.stylize` takes them."""
    settings = dict(zip(SETTINGS, values, strict=True))
    settings["scale"] = 2 if settings.pop("double") else 1
    return settings


def draw(photo: str | bytes | None, settings: tuple, request: gr.Request, progress: gr.Progress) -> tuple:
    """Draw a photo as anime: before and after, a line on what was done, and the download shut until it is written."""
    with at_work(photo, request, progress) as (table, told):
        table.result = paint(photo, table, settings_of(*settings), told)
        table.saved = {}
        folder = visitors.folder(session_of(request))
        pair = tuple(
            _kept(picture, folder / f"{name}.jpg")
            for name, picture in zip(("before", "after"), table.result.preview(PREVIEW_SIDE), strict=True)
        )
        writing = gr.update(label=say("download.writing", tongue(request)), interactive=False)
        return pair, describe(table.result, tongue(request)), writing


def draw_now(request: gr.Request, progress: gr.Progress = gr.Progress(), *values: Any) -> tuple:  # noqa: B008
    """The button; ``values`` are the photo and the settings."""
    return draw(values[0], values[1:], request, progress)


def draw_at_once(request: gr.Request, progress: gr.Progress = gr.Progress(), *values: Any) -> tuple:  # noqa: B008
    """A photo or a setting has changed; ``values`` are the photo, the settings, and the switch."""
    *values, at_once = values
    if values[0] is None or not at_once:
        return gr.skip(), gr.skip(), gr.skip()
    return draw(values[0], tuple(values[1:]), request, progress)


def stylize(
    photo: str | bytes | None,
    style: str,
    enhance: str,
    faces: bool,
    faces_style: str,
    strength: float,
    vividness: float,
    guided: bool,
    double: bool,
    level: str,
    crop: str,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),  # noqa: B008
) -> tuple[str, dict]:
    """Draw a photo as anime and give it back at its own size, as PNG, with a report.

    Args:
        photo: a picture: JPEG, PNG, WebP, HEIC, AVIF, TIFF, BMP or GIF, at most 50 megapixels.
        style: an id that /styles lists.
        enhance: auto mends the photo where a measurement asks for it; on, off.
        faces: paint each face on its own, at higher detail.
        faces_style: who paints the faces: auto, scene, anime-portrait or portrait.
        strength: 0 is the photo, 1 the drawing; up to 1.5.
        vividness: factor of the colour, 0 to 2.
        guided: smooth along the photo's edges.
        double: give it back at twice its size.
        level: who mends: auto, light or best.
        crop: cut head and shoulders out first: none, portrait (4:5) or square.

    Returns:
        The picture, and style, size, faces, quality, repair and seconds.
    """
    with at_work(photo, request, progress, stays=False) as (table, told):
        settings = settings_of(style, enhance, faces, faces_style, strength, vividness, guided, double, level, crop)
        result = paint(photo, table, settings, told)
        folder = visitors.folder(session_of(request))
        path = animegan.save(result.image, folder / f"{table.name}-{result.style}.png")
        return str(path), result.to_dict()


def styles() -> list[dict]:
    """Every style: id, label, caption, what it is good for, source, licence, and whether its weights are here."""
    return [{**style.to_dict(), "at_hand": animegan.at_hand(style)} for style in STYLES.values()]


def crop(photo: str | bytes | None, request: gr.Request) -> dict[str, list[int]]:
    """Head-and-shoulders crops of the largest face, as left, top, right, bottom in pixels: portrait (4:5) and square.

    Args:
        photo: a picture.

    Returns:
        The crops; none where no face is found.
    """
    if photo is None:
        raise oops(request, "error.no_photo")
    with errors_as_toasts(request):
        return {shape: list(box) for shape, box in pipeline.suggest_crop(photo).items()}


def prepare(kind: str, request: gr.Request) -> dict:
    """Write the last result in the form that is chosen, ready to be taken home."""
    table = visitors.last(session_of(request))
    if table is None:
        return gr.update(interactive=False)
    with errors_as_toasts(request):
        path = _written(table, kind, request)
    height, width = table.result.image.shape[:2]
    label = f"{say('download', tongue(request))} · {width} × {height}"
    return gr.update(label=label, value=str(path), interactive=True)


def _written(table: Table, kind: str, request: gr.Request) -> Path:
    if kind not in table.saved:
        name, picture = f"{table.name}-{table.result.style}", table.result.image
        file = {"png": f"{name}.png", "webp": f"{name}.webp", "pair": f"{name}-side-by-side.webp"}[kind]
        if kind == "pair":
            picture = animegan.side_by_side(table.result.photo, picture)
        table.saved[kind] = animegan.save(picture, visitors.folder(session_of(request)) / file)
    return table.saved[kind]


def use_result(request: gr.Request) -> str:
    """The last result in the photo's place."""
    table = visitors.last(session_of(request))
    if table is None:
        raise oops(request, "error.no_result")
    with errors_as_toasts(request):
        return str(_written(table, "png", request))


def draw_all(request: gr.Request, progress: gr.Progress = gr.Progress(), *values: Any) -> Iterator[tuple]:  # noqa: B008
    """The photo in every style whose weights are here, one after the other, and all of them on one sheet."""
    at_hand = [known for known in STYLES.values() if animegan.at_hand(known)]
    photo, *settings = values
    shown, sheet = [], []
    with at_work(photo, request, progress) as (table, told):
        small = animegan.shrink(table.sitting.load(), GALLERY_SIDE)
        desk = Table(photo, table.name, animegan.Sitting(small))
        folder = visitors.folder(session_of(request))
        for number, known in enumerate(at_hand):

            def further(fraction: float, what: str, number: int = number, known: animegan.Style = known) -> None:
                told((number + fraction) / len(at_hand), f"{style_name(known, request)} · {what}")

            options = {**settings_of(*settings), "style": known.id, "scale": 1}
            result = paint(small, desk, options, further)
            if not sheet:
                sheet.append((result.photo, say("all.photo", "en")))
                shown.append((_kept(result.photo, folder / "photo.jpg"), say("all.photo", tongue(request))))
            sheet.append((result.image, known.label))
            shown.append((_kept(result.image, folder / f"{known.id}.jpg"), style_caption(known, request)))
            yield shown, gr.update(interactive=False)
        path = animegan.save(animegan.gallery(sheet), folder / f"{table.name}-all-styles.png")
    label = say("all.download", tongue(request))
    yield shown, gr.update(label=label, value=str(path), interactive=True)


def _kept(picture: Any, path: Path) -> str:
    return str(animegan.save(picture, path))


def new_photo(photo: str | bytes | None, request: gr.Request) -> tuple:
    """Another photo, or none: what was under way for the one before is stopped, its crops go, and without a photo the
    drawing, too.
    """
    session = session_of(request)
    own_upload(session, photo)
    visitors.stop(session)
    shown = (gr.skip(), gr.skip(), gr.skip())
    if photo is None:
        visitors.clear(session)
        shown = (None, "", gr.update(interactive=False))
    return gr.update(visible=False), gr.update(value=None, visible=False), "none", *shown


def offer_crops(photo: str | bytes | None, request: gr.Request) -> tuple[dict, dict]:
    """Where a face is found: a picture of each crop to click."""
    nothing = gr.update(visible=False), gr.update(value=None, visible=False)
    session = session_of(request)
    if photo is None:
        return nothing
    try:
        sitting = visitors.table(session, photo).sitting
        crops = pipeline.suggest_crop(sitting)
        if not crops:
            return nothing
        picture = sitting.load()
        boxes = {"none": (0, 0, *picture.shape[1::-1]), **crops}
        folder = visitors.folder(session)
        previews = []
        for shape in CHOICES["crop"]:
            left, top, right, bottom = boxes[shape]
            preview = animegan.shrink(picture[top:bottom, left:right], CROP_PREVIEW_SIDE)
            previews.append((_kept(preview, folder / f"{shape}.webp"), say(f"crop.{shape}", tongue(request))))
    except animegan.AnimeganError:  # said when the photo is drawn
        visitors.clear(session)
        return nothing
    return gr.update(visible=True), gr.update(value=previews, visible=True, selected_index=0)


def chosen_crop(event: gr.SelectData) -> str:
    """The crop whose picture was clicked."""
    return CHOICES["crop"][event.index]


def card_styles() -> list[animegan.Style]:
    """The styles that have a picture."""
    return [style for style in STYLES.values() if (CARDS / f"{style.id}.webp").exists()]


def chosen_card(event: gr.SelectData) -> str:
    """The style whose picture was clicked."""
    return card_styles()[event.index].id


def chosen_of_all(event: gr.SelectData) -> tuple[Any, dict]:
    """The style whose drawing was clicked among all of them, and the tab that draws it."""
    at_hand = [style.id for style in STYLES.values() if animegan.at_hand(style)]
    if not 1 <= event.index <= len(at_hand):
        return gr.skip(), gr.skip()
    return at_hand[event.index - 1], gr.update(selected="draw")


def stop(request: gr.Request) -> str:
    """Stop what is under way."""
    visitors.stop(session_of(request))
    return say("error.stopped", tongue(request))


def left(request: gr.Request) -> None:
    """The page was closed."""
    visitors.leave(session_of(request))


def describe(result: animegan.Result, language: str) -> str:
    """One line in plain words: how the photo was, what was done, how long it took."""
    if result.repair:
        state = ("；" if language == "zh" else "; ").join(
            say("done.as", language, say(f"done.{step.stage}", language), texts.phrase(step.why, language))
            for step in result.repair
        )
        state = f"{state[0].upper()}{state[1:]}{'。' if language == 'zh' else '.'}"
    else:
        state = say("done.sharp", language, f"{result.quality.detail:.0%}")
    key = {0: "done.no_face", 1: "done.face"}.get(len(result.faces), "done.faces")
    seconds = say("done.seconds", language, f"{result.seconds['total']:.1f}")
    return " ".join([state, say(key, language, len(result.faces)), seconds])


def style_name(style: animegan.Style, request: gr.Request) -> str:
    """What a style is called in the visitor's language."""
    return texts.STYLES[style.id][0] if tongue(request) == "zh" else style.label


def style_caption(style: animegan.Style, request: gr.Request) -> str:
    """What stands below a style's picture."""
    if tongue(request) == "zh":
        return " · ".join(texts.STYLES[style.id][:2])
    return f"{style.label.split(' (')[0]} · {style.caption}"


def about(style: str, request: gr.Request) -> tuple[str, dict]:
    """The lines under the style's name, and its picture marked."""
    chosen, language = STYLES[style], tongue(request)
    where = (
        say("weights.builtin", language)
        if chosen.source.kind == "built in"
        else say("weights.hub", language, f"`{chosen.source.repo}`")
    )
    if not animegan.at_hand(chosen):
        where += f", {say('weights.later', language)}"
    chinese = language == "zh"
    good_for = texts.STYLES[style][2] if chinese else chosen.good_for
    licence = texts.LICENCES[chosen.licence] if chinese else chosen.licence
    index = next((n for n, card in enumerate(card_styles()) if card.id == style), None)
    return f"{good_for} *{say('weights', language)}: {where}; {licence}.*", gr.update(selected_index=index)


def choices(setting: str, language: str = "en") -> list[tuple[str, str]]:
    """What a setting shows for each of its values."""
    return [(say(f"{setting}.{value}", language), value) for value in CHOICES[setting]]


def localise(style: str, request: gr.Request) -> list[Any]:
    """What gradio's own I18n does not reach: the names of choices, and captions."""
    language = tongue(request)
    named = [
        (style_name(s, request) + ("" if animegan.at_hand(s) else f" · {say('style.download', language)}"), s.id)
        for s in STYLES.values()
    ]
    cards = [(str(CARDS / f"{s.id}.webp"), style_caption(s, request)) for s in card_styles()]
    line, marked = about(style, request)
    return [
        gr.update(choices=named),
        gr.update(value=cards, **{k: v for k, v in marked.items() if k == "selected_index"}),
        line,
        *(gr.update(choices=choices(setting, language)) for setting in CHOICES),
    ]


FILL_SNIPPETS = """() => {
  const here = window.location.origin + window.location.pathname.replace(/\\/$/, "");
  const frame = `<iframe src="${here}/?__theme=light" width="100%" height="900" style="border: 0"
  allow="clipboard-read; clipboard-write; camera" title="A photo becomes anime"></iframe>`;
  const component = `<script type="module"
  src="https://gradio.s3-us-west-2.amazonaws.com/VERSION/gradio.js"></` + `script>
<gradio-app src="${here}" theme_mode="light" eager="true"></gradio-app>`;
  const python = `from gradio_client import Client, handle_file

client = Client("${here}")
picture, report = client.predict(handle_file("photo.jpg"), style="anime", api_name="/stylize")
styles = client.predict(api_name="/styles")
crops = client.predict(handle_file("photo.jpg"), api_name="/crop")`;
  return [frame, component, python];
}""".replace("VERSION", gr.__version__)

SAKURA = colors.Color(
    name="sakura",
    c50="#fff5f7",
    c100="#ffe6ec",
    c200="#fecdd9",
    c300="#fba9bd",
    c400="#f27d9b",
    c500="#d9567c",
    c600="#b93a62",
    c700="#98294d",
    c800="#7c2342",
    c900="#65203a",
    c950="#3a0e1e",
)
CREAM = colors.Color(
    name="cream",
    c50="#fffdf8",
    c100="#fdf8ee",
    c200="#f5ecdd",
    c300="#e6d8c6",
    c400="#b8a594",
    c500="#857163",
    c600="#67564b",
    c700="#4d403a",
    c800="#332a29",
    c900="#251e1f",
    c950="#1a1516",
)


def theme() -> gr.themes.Base:
    """Sakura pink on cream white, and the same warmth in the dark; fonts that travel with gradio."""
    return gr.themes.Soft(
        primary_hue=SAKURA,
        secondary_hue=SAKURA,
        neutral_hue=CREAM,
        radius_size=sizes.radius_lg,
        font=(fonts.LocalFont("Quicksand", weights=(400, 700)), "ui-rounded", "system-ui", "sans-serif"),
    ).set(
        body_background_fill="linear-gradient(180deg, #fff1f4 0, *neutral_50 22rem)",
        body_background_fill_dark="linear-gradient(180deg, #2b181f 0, *neutral_950 22rem)",
        body_text_color="*neutral_800",
        body_text_color_subdued="*neutral_600",
        body_text_color_subdued_dark="*neutral_300",
        block_border_width="1px",
        block_border_color="*neutral_200",
        block_border_color_dark="*neutral_700",
        block_label_text_color="*primary_700",
        block_title_text_color="*primary_700",
        block_info_text_color="*neutral_600",
        block_info_text_color_dark="*neutral_300",
        input_background_fill="*neutral_100",
        input_border_color="*neutral_200",
        button_primary_background_fill="*primary_600",
        button_primary_background_fill_hover="*primary_700",
        button_primary_background_fill_dark="*primary_600",
        button_primary_background_fill_hover_dark="*primary_700",
        checkbox_border_color="*neutral_300",
        checkbox_border_color_dark="*neutral_500",
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        button_primary_text_color="white",
    )


def script() -> str:
    """The page's own JavaScript, with its texts in their places."""
    source = (PAGE_FILES / "page.js").read_text()
    for key in ("photo.alt", "slider.before", "slider.after"):
        source = source.replace(f"@{key}@", "|".join(texts.TEXTS[key]))
    return source


def build() -> gr.Blocks:
    """The page."""
    with gr.Blocks(
        title="animegan: a photo becomes anime", analytics_enabled=False, delete_cache=(SWEEP_SECONDS, KEEP_SECONDS)
    ) as page:
        gr.HTML(word("title"), elem_id="title", html_template="<h1>${value}</h1>")
        gr.Markdown(word("tagline"), elem_id="tagline")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(word("tab.draw"), id="draw"):
                parts = _draw_tab()
            with gr.Tab(word("tab.all"), id="all"):
                _all_tab(parts, tabs)
            with gr.Tab(word("tab.elsewhere"), id="elsewhere"):
                snippets = _elsewhere_tab()
        gr.Markdown(word("small"), elem_id="small")
        _api(parts)
        localised = [parts[name] for name in ("style", "cards", "style_line", *CHOICES)]
        page.load(localise, parts["style"], localised, show_progress="hidden", api_visibility="private")
        page.load(None, None, snippets, js=FILL_SNIPPETS)
        page.unload(left)
    page.queue(max_size=QUEUE)
    _say_who_is_ahead(page)
    return page


def _say_who_is_ahead(page: gr.Blocks) -> None:
    """Gradio tells whom it turns away how large its queue is; ours hears how many are ahead, and what to do.

    Programs get it with the status 503, for which Gradio's page has words of its own: so browsers get it with 400.
    Who is turned away has sent a photo already, which is to go when they go.
    """
    push = page._queue.push

    async def pushed(body: Any, request: Any, username: str | None) -> tuple:
        for value in body.data or [] if body.session_hash else []:
            own_upload(body.session_hash, value.get("path") if isinstance(value, dict) else None)
        taken, answer, kind = await push(body, request, username)
        if kind == "queue_full":
            answer = say("error.busy", texts.language(request.headers.get("accept-language")), len(page._queue))
            kind = "error" if "Mozilla" in request.headers.get("user-agent", "") else kind
        return taken, answer, kind

    page._queue.push = pushed


def _photo() -> gr.Image:
    photo = gr.Image(
        label=word("photo"),
        type="filepath",
        image_mode=None,
        height=320,
        buttons=["fullscreen"],
        elem_id="photo",
        alt_text=say("photo.alt", "en"),
    )
    photo.preprocess = uploaded
    return photo


def _pictures(elem_id: str, label: str, **settings: Any) -> gr.Gallery:
    """A few pictures to choose from by a click."""
    return gr.Gallery(
        label=word(label),
        show_label=False,
        columns=3,
        height="auto",
        object_fit="contain",
        preview=False,
        allow_preview=False,
        buttons=[],
        interactive=False,
        elem_id=elem_id,
        **settings,
    )


def _radio(setting: str) -> gr.Radio:
    """A setting with a few values; the first is what it begins with."""
    info = word(f"{setting}.info") if f"{setting}.info" in texts.TEXTS else None
    options = choices(setting)
    return gr.Radio(options, value=options[0][1], label=word(setting), info=info, elem_id=setting.replace("_", "-"))


def _checkbox(setting: str, value: bool) -> gr.Checkbox:
    return gr.Checkbox(value, label=word(setting), info=word(f"{setting}.info"), elem_id=setting.replace("_", "-"))


def _draw_tab() -> dict[str, Any]:
    """The first tab; its components by name."""
    p: dict[str, Any] = {}
    with gr.Row(equal_height=False, elem_id="columns"):
        with gr.Column(scale=5, min_width=300, elem_id="settings"):
            p["photo"] = _photo()
            gr.Examples(
                [[str(path)] for path in sorted(EXAMPLES.glob("*.jpg"))],
                inputs=[p["photo"]],
                label=word("examples"),
                elem_id="examples",
                cache_examples=False,
            )
            p["crops_title"] = gr.Markdown(word("crops"), visible=False, elem_id="crops-title")
            p["crops"] = _pictures("crops", "crops.alt", visible=False)
            p["cards"] = _pictures(
                "cards",
                "styles",
                value=[(str(CARDS / f"{s.id}.webp"), f"{s.label} · {s.caption}") for s in card_styles()],
                selected_index=0,
            )
            named = [(s.label, s.id) for s in STYLES.values()]
            p["style"] = gr.Dropdown(named, value=named[0][1], label=word("style"), elem_id="style")
            p["style_line"] = gr.Markdown(STYLES[named[0][1]].good_for, elem_id="style-line")
            p["enhance"] = _radio("enhance")
            with gr.Accordion(word("more"), open=False, elem_id="more"):
                p["faces"] = _checkbox("faces", True)
                p["faces_style"] = _radio("faces_style")
                p["strength"] = gr.Slider(
                    0, 1.5, 1.0, step=0.05, label=word("strength"), info=word("strength.info"), elem_id="strength"
                )
                p["vividness"] = gr.Slider(0, 2, 1.0, step=0.05, label=word("vividness"), elem_id="vividness")
                p["guided"] = _checkbox("guided", False)
                p["double"] = _checkbox("double", False)
                p["level"] = _radio("level")
                p["at_once"] = _checkbox("at_once", True)
            p["crop"] = gr.Radio(choices("crop"), value="none", label=word("crop"), visible=False, elem_id="crop")
        with gr.Column(scale=7, min_width=300, elem_id="drawing"):
            p["slider"] = gr.ImageSlider(
                value=tuple(str(CARDS / f"example-{side}.webp") for side in ("before", "after")),
                label=word("slider"),
                buttons=["fullscreen"],
                slider_position=SLIDER_AT,
                max_height=640,
                elem_id="slider",
                interactive=False,
            )
            p["done"] = gr.Markdown(word("done.example"), elem_id="done")
            with gr.Row():
                p["go"] = gr.Button(word("go"), variant="primary", size="lg", elem_id="go", scale=3)
                p["stop"] = gr.Button(word("stop"), size="lg", elem_id="stop", scale=1, min_width=100)
            with gr.Row():
                p["kind"] = _radio("kind")
                p["download"] = gr.DownloadButton(word("download"), interactive=False, elem_id="download")
            with gr.Row():
                p["another"] = gr.Button(word("another"), size="sm", elem_id="another")
                p["again"] = gr.Button(word("again"), size="sm", elem_id="again")
    _draw_events(p)
    return p


def _draw_events(p: dict[str, Any]) -> None:
    """What happens on the first tab."""
    settings = [p[name] for name in SETTINGS]
    quiet = {"show_progress": "hidden", "api_visibility": "private"}
    work = {"concurrency_limit": 1, "concurrency_id": "model", "api_visibility": "private"}
    shown = {"outputs": [p["slider"], p["done"], p["download"]], "show_progress_on": [p["slider"]]}
    at_once = {"fn": draw_at_once, "inputs": [p["photo"], *settings, p["at_once"]], **shown, **work}

    pressed = p["go"].click(draw_now, [p["photo"], *settings], **shown, **work)
    changed = gr.on(
        [
            p["style"].change,
            *(p[name].input for name in ("enhance", "faces", "faces_style", "guided", "double", "level", "at_once")),
            *(p[name].change for name in ("strength", "vividness")),
        ],
        trigger_mode="always_last",
        **at_once,
    )
    cropped = p["crops"].select(chosen_crop, None, p["crop"], queue=False, **quiet).then(**at_once)
    crops = [p["crops_title"], p["crops"]]
    brought = p["photo"].change(
        new_photo,
        p["photo"],
        [*crops, p["crop"], *shown["outputs"]],
        queue=False,
        cancels=[pressed, changed, cropped],
        **quiet,
    )
    drawn = brought.then(trigger_mode="always_last", **at_once)
    drawn.then(offer_crops, p["photo"], crops, concurrency_id="model", **quiet)
    for run in (pressed, changed, cropped, drawn):
        run.success(prepare, p["kind"], p["download"], **quiet)
    p["kind"].input(prepare, p["kind"], p["download"], **quiet)

    p["style"].change(about, p["style"], [p["style_line"], p["cards"]], queue=False, **quiet)
    p["cards"].select(chosen_card, None, p["style"], queue=False, **quiet)
    p["stop"].click(stop, None, p["done"], queue=False, cancels=[pressed, changed, cropped, drawn], **quiet)
    p["another"].click(lambda: None, None, p["photo"], queue=False, **quiet)
    p["again"].click(use_result, None, p["photo"], **quiet)


def _all_tab(p: dict[str, Any], tabs: gr.Tabs) -> None:
    """The photo in every style."""
    gr.Markdown(word("all.info"), elem_id="all-info")
    go = gr.Button(word("all"), variant="primary", elem_id="all")
    gallery = gr.Gallery(
        label=word("all.gallery"),
        columns=2,
        height="auto",
        object_fit="contain",
        allow_preview=False,
        buttons=[],
        interactive=False,
        elem_id="gallery",
    )
    sheet = gr.DownloadButton(word("all.download"), interactive=False, elem_id="sheet")
    go.click(
        draw_all,
        [p["photo"], *(p[name] for name in SETTINGS)],
        [gallery, sheet],
        concurrency_limit=1,
        concurrency_id="model",
        show_progress_on=[gallery],
        api_visibility="private",
    )
    gallery.select(
        chosen_of_all, None, [p["style"], tabs], queue=False, show_progress="hidden", api_visibility="private"
    )


def _elsewhere_tab() -> list[gr.Code]:
    """Lines to copy; the page's own address comes in when it is opened."""
    gr.Markdown(word("elsewhere"), elem_id="elsewhere")
    return [
        gr.Code(label=word(f"elsewhere.{name}"), language=language, interactive=False, elem_id=f"snippet-{name}")
        for name, language in (("iframe", "html"), ("component", "html"), ("python", "python"))
    ]


def _api(p: dict[str, Any]) -> None:
    """What programs call; the names and the order stay as they are."""
    with gr.Row(visible=False):
        door = gr.Button()
        picture, report = gr.File(label="The picture"), gr.JSON(label="The report")
        listed, crops = gr.JSON(label="The styles"), gr.JSON(label="The crops")
    door.click(
        stylize,
        [p["photo"], *(p[name] for name in SETTINGS)],
        [picture, report],
        api_name="stylize",
        concurrency_limit=1,
        concurrency_id="model",
    )
    door.click(styles, None, listed, api_name="styles", queue=False)
    door.click(crop, p["photo"], crops, api_name="crop", concurrency_id="model")


demo = build()


warmed = threading.Event()
"""Set when nobody has to wait any more for what is loaded first."""


def warm() -> None:
    """Be the page's own first visitor, so that nobody else waits for what is loaded at the first visit: the
    models, and then what gradio itself imports at its first upload and its first answer.
    """
    pipeline.warm()
    deadline = time.monotonic() + 60
    while not demo.local_url and time.monotonic() < deadline:
        time.sleep(0.2)
    from gradio_client import Client, handle_file

    # A proxy in between, a password, a port that is not ours: then the first visitor waits half a second.
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(dir=WORKROOM) as folder:
        visitor = Client(demo.local_url, verbose=False, download_files=folder)
        visitor.predict(handle_file(str(next(EXAMPLES.glob("*.jpg")))), api_name="/stylize")
        visitor.close()
    warmed.set()


def launch(**settings: Any) -> None:
    """Serve the page until it is told to stop; an MCP server as well where ``gradio[mcp]`` is installed."""
    threading.Thread(target=visitors.sweep_for_ever, args=[SWEEP_SECONDS], daemon=True).start()
    if not ZERO_GPU:  # there, models wait for the GPU that a visit is lent
        threading.Thread(target=warm, daemon=True).start()
    demo.launch(
        theme=theme(),
        css=(PAGE_FILES / "page.css").read_text(),
        js=script(),
        i18n=i18n,
        max_file_size=UPLOAD_LIMIT,
        run_history=False,
        enable_monitoring=False,
        mcp_server=importlib.util.find_spec("mcp") is not None,
        footer_links=["api", "gradio"],
        **settings,
    )


def _stop(*_: Any) -> None:
    """Told to end (a container stops): delete what visitors sent, and do not wait for a model to load."""
    shutil.rmtree(WORKROOM, ignore_errors=True)
    os._exit(0)


def main(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all. GRADIO_SERVER_NAME.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; the first free one from 7860 on. GRADIO_SERVER_PORT.")] = None,
    share: Annotated[bool, typer.Option("--share", help="A public address for 72 hours, by Gradio's tunnel.")] = False,
    root_path: Annotated[
        str | None, typer.Option(help="The path under which a reverse proxy serves the page. GRADIO_ROOT_PATH.")
    ] = None,
) -> None:
    """A photo becomes anime: the page."""
    signal.signal(signal.SIGTERM, _stop)
    launch(server_name=host, server_port=port, share=share or None, root_path=root_path)  # None: as GRADIO_SHARE says


if __name__ == "__main__":
    typer.run(main)
