"""Starts the page, and stops it without leaving files behind."""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animegan.errors import BadOptionError
from animegan.page.serving.clip_limits import ClipLimits
from animegan.styles.lookup import add, find_style, free_id, remove

MAX_THREADS = 64
"""Threads of the server: twice the number of runs that may wait, because each of those holds one."""


SWITCH_INTERVAL = 0.0005
"""Seconds after which a Python thread lets another one run. The worker's many short operations (MTCNN's above all) wait
this long each time the server is busy with requests: with Python's 5 ms a drawing took ten times as long then."""


@dataclass
class Server:
    """A running page."""

    state: Any
    """The state that its events share: `animegan.page.serving.runs.PageState`."""
    blocks: Any
    """The ``gr.Blocks``."""
    temp_dir: str | None = None
    """The value of GRADIO_TEMP_DIR before the start."""
    ended: threading.Event = field(default_factory=threading.Event)
    added: list[str] = field(default_factory=list)
    """Ids of the user's own styles in the list."""

    @property
    def url(self) -> str:
        """The page's address on this machine."""
        return self.blocks.local_url

    def close(self) -> None:
        """Stop serving, and delete everything that visitors sent or got."""
        self.ended.set()
        if self.state.workshop is not None:
            self.state.workshop.close()
        for id in self.added:
            remove(id)
        self.blocks.close()
        shutil.rmtree(self.state.folder, ignore_errors=True)
        os.environ.pop("GRADIO_TEMP_DIR", None)
        if self.temp_dir is not None:
            os.environ["GRADIO_TEMP_DIR"] = self.temp_dir


def build(client_header: str | None = None, clips: ClipLimits | None = None, train: bool = False) -> tuple[Any, Any]:
    """Create the state and the layout of a page, but do not serve it yet; for the arguments see `start`.

    Gradio reads from the environment where its files go and whether it may send statistics, so both are set here.
    """
    folder = Path(tempfile.mkdtemp(prefix="animegan-", dir=os.environ.get("GRADIO_TEMP_DIR")))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # torch's threads must not spin while they wait: the server's threads need the cores. Read when torch is imported.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

    import gradio as gr

    import animegan
    from animegan.examples import FOLDER
    from animegan.page.layout import KEEP_SECONDS, Layout
    from animegan.page.serving.runs import PageState
    from animegan.page.serving.sessions import Sessions

    animegan.register_formats()
    gr.set_static_paths([FOLDER])  # served from where they are, so that no sweep deletes them
    state = PageState(folder, Sessions(folder, KEEP_SECONDS), client_header=client_header, clips=clips or ClipLimits())
    if train:
        from animegan.page.serving.workshop import Workshop

        state.workshop = Workshop()
    return state, Layout(state)


def start(
    client_header: str | None = None,
    mcp: bool | None = None,
    block: bool = False,
    clips: ClipLimits | None = None,
    train: bool = False,
    own: Sequence[str] = (),
    **settings: Any,
) -> Server:
    """Serve the page.

    Args:
        client_header: the header in which a reverse proxy sends the visitor's address, such as X-Forwarded-For.
        mcp: serve the API to language models as well (needs ``gradio[mcp]``); None: follow GRADIO_MCP_SERVER.
        block: return only when the page has ended.
        clips: how much of a clip is drawn at most; None: the defaults of `ClipLimits`.
        train: with the tab *Your style*, on which visitors train styles. Not on a public page.
        own: styles to add to the list, as `animegan.styles.lookup.find_style` takes them.
        settings: further arguments of ``gr.Blocks.launch``.

    Raises:
        BadOptionError: visitors cannot train on a public page.
        UnknownStyleError: a style of ``own`` is not there.
    """
    check_private(train, bool(settings.get("share")))
    added = [add(name, free_id(name)).id for name in own]
    sys.setswitchinterval(SWITCH_INTERVAL)
    temp_dir = os.environ.get("GRADIO_TEMP_DIR")
    state, layout = build(client_header, clips, train)
    from starlette.middleware import Middleware

    from animegan.page import theme
    from animegan.page.gradio_private import UPLOAD_LIMIT
    from animegan.page.layout import SWEEP_SECONDS
    from animegan.page.serving.limits import BodyLimit
    from animegan.page.serving.runs import on_zero_gpu

    server = Server(state, layout.build(), temp_dir, added=added)
    threading.Thread(target=state.sessions.sweep_regularly, args=[SWEEP_SECONDS, server.ended], daemon=True).start()
    if not on_zero_gpu():  # with ZeroGPU, models can only be loaded once a run has a GPU
        threading.Thread(target=_warm, args=[server], daemon=True).start()
    slack = 1024 * 1024
    limits = Middleware(BodyLimit, upload=UPLOAD_LIMIT + slack, other=UPLOAD_LIMIT * 4 // 3 + slack)
    server.blocks.launch(
        theme=theme.theme(),
        css=theme.style_sheet(),
        js=theme.script(),
        i18n=layout.i18n,
        max_file_size=UPLOAD_LIMIT,
        max_threads=MAX_THREADS,
        run_history=False,
        enable_monitoring=False,
        mcp_server=mcp,
        footer_links=["api", "gradio"],
        app_kwargs={"middleware": [limits], "routes": [state.live.route]},
        prevent_thread_lock=not block,
        **settings,
    )
    return server


def serve(
    host: str | None = None,
    port: int | None = None,
    share: bool = False,
    root_path: str | None = None,
    client_header: str | None = None,
    mcp: bool = False,
    clips: ClipLimits | None = None,
    train: bool = False,
    own: Sequence[str] = (),
) -> None:
    """Serve the page until the process is told to end. None and False: follow Gradio's environment variables."""
    check_private(train, share)
    for name in own:
        find_style(name)
    signal.signal(signal.SIGTERM, _end_at_once)
    start(
        client_header or os.environ.get("ANIMEGAN_CLIENT_HEADER"),
        mcp or None,
        block=True,
        clips=clips,
        train=train,
        own=own,
        server_name=host,
        server_port=port,
        share=share or None,
        root_path=root_path,
    )


def check_private(train: bool, share: bool) -> None:
    """Check that a page on which visitors may train is not a public one.

    Raises:
        BadOptionError: it is.
    """
    if train and (share or os.environ.get("SPACE_ID") or os.environ.get("GRADIO_SHARE", "").lower() == "true"):
        raise BadOptionError("Strangers must not train on your machine: leave --train out on a Space and with --share.")


def _end_at_once(*_: Any) -> None:
    """Delete what visitors sent, and exit without waiting for a model that is loading: the container is stopping."""
    shutil.rmtree(os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
    os._exit(0)


def _warm(server: Server) -> None:
    """Act as the first visitor, so that no real one waits for what loads on the first visit: the models, and then what
    gradio imports for its first upload and its first answer.
    """
    from animegan.examples import example_photos

    state = server.state
    state.pipeline.warm()
    deadline = time.monotonic() + 60
    while not server.url and time.monotonic() < deadline:
        time.sleep(0.2)
    from gradio_client import Client, handle_file

    # A proxy, a password or a foreign port may make this fail: then the first visitor waits half a second.
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(dir=state.folder) as folder:
        visitor = Client(server.url, verbose=False, download_files=folder, analytics_enabled=False)
        visitor.predict(handle_file(str(example_photos()[0])), api_name="/stylize")
        visitor.close()
    state.warmed.set()
