"""The page: layout and events. Everything about pictures is in the `animegan` package."""

from __future__ import annotations

import atexit
import base64
import binascii
import contextlib
import html
import os
import shutil
import signal
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

# A folder of this process's own for everything that a visitor sends or gets; gradio puts its files
# where this variable points, and reads it when components are made.
WORKROOM = Path(tempfile.mkdtemp(prefix="animegan-", dir=os.environ.get("GRADIO_TEMP_DIR")))
os.environ["GRADIO_TEMP_DIR"] = str(WORKROOM)
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
atexit.register(shutil.rmtree, WORKROOM, ignore_errors=True)

import gradio as gr  # noqa: E402
from gradio.themes.utils import colors, fonts, sizes  # noqa: E402

import animegan  # noqa: E402

KEEP_SECONDS = 3600
"""A visitor's files are deleted when the page is closed, and in any case after this."""
SWEEP_SECONDS = 300
PREVIEW_SIDE = 2048
"""Pixels: the long side of the pictures in the slider; the download has the photo's own size."""
QUEUE = 32
"""Visitors who may wait; the next one is told to come back."""
UPLOAD_LIMIT = 80 * 1024 * 1024

EXAMPLES = Path(__file__).parent / "examples"
STYLES = {style.id: style for style in animegan.styles()}
BUILT_IN_STYLES = "Built in: " + ", ".join(s.label for s in STYLES.values() if s.source.kind == "built in") + "."
WORDS = {
    "restore": "restored",
    "denoise": "denoised",
    "exposure": "brightened",
    "contrast": "contrast lifted",
    "sharpen": "sharpened",
}
FACES_STYLES = [("As suits the style", "auto"), ("As the scene", "scene"), ("Portrait", "portrait")]
CROPS = [("Whole", "none"), ("4:5", "portrait"), ("Square", "square")]
CROP_PREVIEW_SIDE = 320
LEVELS = [("As the machine allows", "auto"), ("Light", "light"), ("Best, slow: Real-ESRGAN from the Hub", "best")]

animegan.register_formats()
gr.set_static_paths([EXAMPLES])  # served from where they are, so that the sweeper never meets them


class Belongings:
    """Which files belong to which visitor, so that all of them go when the visitor goes."""

    def __init__(self, keep: float = KEEP_SECONDS):
        self._keep = keep
        self._lock = threading.Lock()
        self._owners: dict[Path, set[str]] = defaultdict(set)
        self._gone: set[str] = set()

    def arrive(self, session: str) -> None:
        """Say that a visitor is here."""
        with self._lock:
            self._gone.discard(session)

    def is_gone(self, session: str) -> bool:
        """Whether a visitor has left since the last request."""
        return session in self._gone

    def folder(self, session: str) -> Path:
        """A new folder that nobody can guess, for one result."""
        path = Path(tempfile.mkdtemp(dir=WORKROOM))
        self.add(session, path)
        return path

    def add(self, session: str, path: Path) -> None:
        """Say that a file or folder belongs to a visitor; several may share an upload."""
        with self._lock:
            self._owners[path].add(session)

    def leave(self, session: str) -> None:
        """Delete what belonged to this visitor alone."""
        with self._lock:
            self._gone.add(session)
            mine = [path for path, owners in self._owners.items() if session in owners]
            for path in mine:
                self._owners[path].discard(session)
            gone = [path for path in mine if not self._owners[path]]
            for path in gone:
                del self._owners[path]
        for path in gone:
            _delete(path)

    def sweep(self) -> None:
        """Delete every file that is older than it may be, whoever made it."""
        oldest = time.time() - self._keep
        for path in sorted(WORKROOM.rglob("*"), reverse=True):  # files before their folders
            try:
                if path.is_dir():
                    if path.stat().st_ctime < oldest:
                        path.rmdir()  # only when it is empty
                elif path.lstat().st_ctime < oldest:
                    path.unlink()
            except OSError:
                continue
        with self._lock:
            self._owners = defaultdict(set, {p: o for p, o in self._owners.items() if p.exists()})
            self._gone.clear()  # whoever left longer ago than a sweep has no work under way

    def sweep_for_ever(self) -> None:
        """The sweeper's life."""
        while True:
            time.sleep(SWEEP_SECONDS)
            self.sweep()


def _delete(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()  # gradio gives each upload a folder


class VisitorLeftError(Exception):
    """Raised between two stages, to stop the work for a visitor who is not there any more."""


belongings = Belongings()
pipeline = animegan.Pipeline()


def uploaded(payload) -> str | bytes | None:
    """What stands in for ``gr.Image.preprocess``: hand on the file as it came, decode nothing.

    Gradio's own would open the picture first, and fail on a broken one with words of its own.
    """
    if payload is None:
        return None
    if payload.url and payload.url.startswith("data:"):
        _, _, encoded = payload.url.partition(",")
        if len(encoded) > UPLOAD_LIMIT * 4 // 3:
            raise gr.Error("The photo is too large: choose one of at most 80 MB.", print_exception=False)
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise gr.Error("The photo is broken: choose another file.", print_exception=False) from error
    return payload.path


def convert(
    photo: str | bytes | None,
    style: str,
    enhance: str,
    faces: bool,
    strength: float,
    vividness: float,
    guided: bool,
    faces_style: str,
    level: str,
    double: bool,
    crop: str,
    request: gr.Request,
    progress: gr.Progress = gr.Progress(),  # noqa: B008 (gradio finds its progress bar by this default)
) -> tuple[tuple[str, str], str, object]:
    """Draw a photo as anime: before and after, a line on what was done, and the full-size picture."""
    if photo is None:
        raise gr.Error("There is no photo yet: drop one, or click an example.", print_exception=False)
    session = request.session_hash or "api"
    belongings.arrive(session)
    name = "photo"

    def told(fraction: float, what: str) -> None:
        if belongings.is_gone(session):
            raise VisitorLeftError
        progress(fraction, desc=what)

    if isinstance(photo, str):
        name = Path(photo).stem[:80] or name
        if Path(photo).is_relative_to(WORKROOM):
            belongings.add(session, Path(photo))
    try:
        result = pipeline.stylize(
            photo,
            style=style,
            enhance=enhance.lower(),
            faces=faces,
            strength=strength,
            vividness=vividness,
            guided=guided,
            faces_style=faces_style,
            level=level,
            scale=2 if double else 1,
            crop=crop,
            on_progress=told,
        )
        folder = belongings.folder(session)
        before, after = result.preview(PREVIEW_SIDE)
        pair = tuple(
            str(animegan.save(picture, folder / file))
            for picture, file in ((before, "before.webp"), (after, "after.webp"))
        )
        full = animegan.save(result.image, folder / f"{name}-{result.style}.png")
    except VisitorLeftError as error:
        raise gr.Error("You left before the picture was done.", print_exception=False) from error
    except animegan.WeightsUnavailableError as error:
        raise gr.Error(f"{html.escape(str(error), quote=False)} {BUILT_IN_STYLES}", print_exception=False) from error
    except animegan.AnimeganError as error:
        raise gr.Error(html.escape(str(error), quote=False), print_exception=False) from error
    height, width = result.image.shape[:2]
    download = gr.DownloadButton(f"Download PNG · {width} × {height}", value=str(full), interactive=True)
    return pair, describe(result), download


def offer_crops(photo: str | bytes | None, request: gr.Request) -> tuple[dict, dict, dict]:
    """Where a face is found: a picture of each crop to click. And the whole photo chosen again."""
    nothing = gr.update(visible=False), gr.update(value=None, visible=False), gr.update(value="none")
    if photo is None:
        return nothing
    try:
        crops = pipeline.suggest_crop(photo)
        if not crops:
            return nothing
        picture = animegan.load(photo)
        height, width = picture.shape[:2]
        boxes = {"none": (0, 0, width, height), **crops}
        folder = belongings.folder(request.session_hash or "api")
        previews = []
        for label, shape in CROPS:
            left, top, right, bottom = boxes[shape]
            preview = animegan.shrink(picture[top:bottom, left:right], CROP_PREVIEW_SIDE)
            previews.append((str(animegan.save(preview, folder / f"{shape}.webp")), label))
    except animegan.AnimeganError:  # said when the photo is drawn
        return nothing
    return gr.update(visible=True), gr.update(value=previews, visible=True, selected_index=0), gr.update(value="none")


def chosen_crop(event: gr.SelectData) -> str:
    """The crop whose picture was clicked."""
    return CROPS[event.index][1]


def describe(result: animegan.Result) -> str:
    """One line in plain words: how the photo was, what was done, how long it took."""
    if result.repair:
        state = "; ".join(f"{WORDS[step.stage]}, as {step.why}" for step in result.repair)
        state = f"{state[0].upper()}{state[1:]}."
    else:
        state = f"Sharp (fine detail {result.quality.detail:.0%}): left as it is."
    count = len(result.faces)
    faces = {0: "No face painted.", 1: "1 face painted."}.get(count, f"{count} faces painted.")
    return f"{state} {faces} {result.seconds['total']:.1f} s."


def about(style: str) -> str:
    """The line under the style's name."""
    chosen = STYLES[style]
    where = "built in" if chosen.source.kind == "built in" else f"from the Hub, `{chosen.source.repo}`"
    if not animegan.at_hand(chosen):
        where += ", fetched at the first use"
    return f"{chosen.good_for} *Weights: {where}; {chosen.licence}.*"


def choice(style: animegan.Style) -> tuple[str, str]:
    """What the dropdown shows for a style, and its id."""
    return f"{style.label}{'' if animegan.at_hand(style) else ' · needs a download'}", style.id


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
        checkbox_label_background_fill_selected="*primary_600",
        checkbox_label_background_fill_selected_dark="*primary_600",
        button_primary_text_color="white",
    )


CSS = """
.gradio-container { max-width: 1200px !important; margin: 0 auto !important; }
#title { text-align: center; padding: 1.4rem 0 .4rem; }
#title h1 { font-size: clamp(1.6rem, 5vw, 2.4rem); font-weight: 700; margin: 0; }
#title h1 span { color: var(--primary-600); }
.dark #title h1 span { color: var(--primary-300); }
#title p { margin: .3rem 0 0; color: var(--body-text-color-subdued); }
#done { min-height: 1.6em; text-align: center; font-weight: 500; }
#small { text-align: center; font-size: .85rem; color: var(--body-text-color-subdued); }
#crops .grid-container { grid-template-columns: repeat(3, minmax(0, 1fr)) !important; }
#photo, #slider { border-radius: 1rem; overflow: hidden; }
@media (max-width: 640px) { .gradio-container { padding: .4rem !important; } }
"""

TITLE = """<h1>A photo becomes <span>anime</span></h1>
<p>Drop a photo, choose a style. Faces are drawn with care, and you get it back at full size.</p>"""

SMALL_PRINT = (
    "Your photo stays yours: nothing is kept once you close the page (after an hour at the latest), and nothing "
    "is sent anywhere else. Not for identity documents, medical or forensic pictures."
)


def build() -> gr.Blocks:
    """The page."""
    with gr.Blocks(
        title="animegan: a photo becomes anime", analytics_enabled=False, delete_cache=(SWEEP_SECONDS, KEEP_SECONDS)
    ) as page:
        gr.HTML(TITLE, elem_id="title")
        with gr.Row(equal_height=False):
            with gr.Column(scale=5, min_width=300):
                photo = gr.Image(
                    label="Your photo",
                    type="filepath",
                    image_mode=None,
                    height=340,
                    buttons=["fullscreen"],
                    elem_id="photo",
                    alt_text="The photo that you chose",
                )
                photo.preprocess = uploaded
                crops_title = gr.Markdown("A face is in it: crop to it?", visible=False, elem_id="crops-title")
                crops = gr.Gallery(
                    label="Crops around the face",
                    show_label=False,
                    visible=False,
                    columns=3,
                    height="auto",
                    object_fit="contain",
                    preview=False,
                    allow_preview=False,
                    buttons=[],
                    interactive=False,
                    elem_id="crops",
                )
                crop = gr.Radio(CROPS, value="none", label="Crop", visible=False, elem_id="crop")
                style = gr.Dropdown(
                    choices=[choice(s) for s in STYLES.values()],
                    value=next(iter(STYLES)),
                    label="Style",
                    elem_id="style",
                )
                style_line = gr.Markdown(about(next(iter(STYLES))), elem_id="style-line")
                enhance = gr.Radio(
                    ["Auto", "On", "Off"],
                    value="Auto",
                    label="Enhancement",
                    info="Auto mends the photo first when it is blurry, noisy or flat.",
                    elem_id="enhance",
                )
                faces = gr.Checkbox(
                    True, label="Faces with care", info="Each face is painted on its own.", elem_id="faces"
                )
                faces_style = gr.Radio(FACES_STYLES, value="auto", label="Faces painted", elem_id="faces-style")
                with gr.Accordion("More", open=False, elem_id="more"):
                    strength = gr.Slider(
                        0, 1.5, 1.0, step=0.05, label="Strength", info="0 is the photo.", elem_id="strength"
                    )
                    vividness = gr.Slider(0, 2, 1.0, step=0.05, label="Vividness", elem_id="vividness")
                    guided = gr.Checkbox(
                        False, label="Smooth", info="Smooths along the photo's edges.", elem_id="guided"
                    )
                    double = gr.Checkbox(False, label="Twice the size", info="By super-resolution.", elem_id="double")
                    level = gr.Dropdown(LEVELS, value="auto", label="Who mends", elem_id="level")
                go = gr.Button("Draw it", variant="primary", size="lg", elem_id="go")
            with gr.Column(scale=7, min_width=300):
                slider = gr.ImageSlider(
                    label="Before and after", buttons=["fullscreen"], max_height=640, elem_id="slider"
                )
                done = gr.Markdown("", elem_id="done")
                download = gr.DownloadButton("Download PNG", interactive=False, elem_id="download")
                gr.Examples(
                    [[str(path)] for path in sorted(EXAMPLES.glob("*.jpg"))],
                    inputs=[photo],
                    label="No photo at hand? Click one of these.",
                    elem_id="examples",
                    cache_examples=False,
                )
        gr.Markdown(SMALL_PRINT, elem_id="small")

        style.change(about, style, style_line, queue=False, show_progress="hidden", api_visibility="private")
        go.click(
            convert,
            [photo, style, enhance, faces, strength, vividness, guided, faces_style, level, double, crop],
            [slider, done, download],
            api_name="convert",
            concurrency_limit=1,
            concurrency_id="model",
            show_progress_on=[slider],
        )
        photo.change(
            offer_crops,
            photo,
            [crops_title, crops, crop],
            show_progress="hidden",
            concurrency_id="model",
            api_visibility="private",
        )
        crops.select(chosen_crop, None, crop, queue=False, show_progress="hidden", api_visibility="private")
        page.unload(_left)
    return page.queue(max_size=QUEUE)


def _left(request: gr.Request) -> None:
    belongings.leave(request.session_hash)


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
        visitor.predict(handle_file(str(next(EXAMPLES.glob("*.jpg")))), api_name="/convert")
        visitor.close()
    warmed.set()


def launch(**settings) -> None:
    """Serve the page until it is told to stop."""
    threading.Thread(target=belongings.sweep_for_ever, daemon=True).start()
    threading.Thread(target=warm, daemon=True).start()
    demo.launch(
        theme=theme(),
        css=CSS,
        max_file_size=UPLOAD_LIMIT,
        run_history=False,
        footer_links=["api", "gradio"],
        **settings,
    )


def _stop(*_) -> None:
    """Told to end (a container stops): delete what visitors sent, and do not wait for a model to load."""
    shutil.rmtree(WORKROOM, ignore_errors=True)
    os._exit(0)


def main() -> None:
    """``python app.py``"""
    signal.signal(signal.SIGTERM, _stop)
    launch()


if __name__ == "__main__":
    main()
