"""Starts the page, and stops it without leaving files behind."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import getproxies

from animegan.errors import BadOptionError, MissingExtraError
from animegan.examples import FOLDER, example_photos
from animegan.images.files import register_formats
from animegan.page.serving.limits import BodyLimit, ClipLimits
from animegan.page.serving.login import Login, authorization
from animegan.styles.lookup import add, free_id, remove

if TYPE_CHECKING:
    import gradio as gr

    from animegan.page.serving.runs import PageState

MAX_THREADS = 64
"""Threads of the server: twice the number of runs that may wait, because each of those holds one."""
SWITCH_INTERVAL = 0.0005
"""Seconds after which a Python thread lets another one run: drawing and answering share the cores.
See docs/benchmarks.md#the-page-under-load."""


@dataclass
class Server:
    """A running page."""

    state: PageState
    """What its events share."""
    blocks: gr.Blocks
    temp_dir: str | None = None
    """The value of GRADIO_TEMP_DIR before the start."""
    ended: threading.Event = field(default_factory=threading.Event)
    added: list[str] = field(default_factory=list)
    """Ids of the user's own styles in the list."""
    headers: dict[str, str] = field(default_factory=dict)
    """What a request needs to be let in."""

    @property
    def url(self) -> str:
        """The page's address on this machine."""
        return self.blocks.local_url or ""

    def sweep_regularly(self, every: float) -> None:
        """Delete what is too old, every so many seconds until the page ends."""
        while not self.ended.wait(every):
            self.state.sessions.sweep()

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


def _environment() -> Path:
    """Set what Gradio and torch read from the environment when they are imported; returns the folder for files."""
    folder = Path(tempfile.mkdtemp(prefix="animegan-", dir=os.environ.get("GRADIO_TEMP_DIR")))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["GRADIO_TEMP_DIR"] = str(folder)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    # torch's threads must not spin while they wait: the server's threads need the cores.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return folder


def no_proxy_for_itself(host: str | None = None) -> None:
    """Let no request of this process to itself go through a proxy of the environment; ``host`` is where it listens.

    Raises:
        MissingExtraError: the environment names a SOCKS proxy, and what speaks with those is not installed.
    """
    spared = [each for each in re.split(r"[\s,]+", getproxies().get("no", "")) if each]
    if "*" in spared:
        return
    if importlib.util.find_spec("socksio") is None and any(url.startswith("socks") for url in getproxies().values()):
        raise MissingExtraError(
            "The environment names a SOCKS proxy, which needs one more package: pip install 'httpx[socks]', or start "
            "the page without ALL_PROXY."
        )
    own = ["127.0.0.1", "localhost", "::1", *([host.strip("[]")] if host else [])]
    value = ",".join(dict.fromkeys([*spared, *own]))
    os.environ.update(no_proxy=value, NO_PROXY=value)


def start(
    client_header: str | None = None,
    mcp: bool | None = None,
    clips: ClipLimits | None = None,
    train: bool = False,
    own: Sequence[str] = (),
    block: bool = False,
    allow_urls: bool = False,
    login: str | None = None,
    **settings: Any,
) -> Server:
    """Serve the page.

    Args:
        client_header: the header in which a reverse proxy sends the visitor's address, such as X-Forwarded-For.
        mcp: serve the API to language models as well (needs ``gradio[mcp]``); None: follow GRADIO_MCP_SERVER.
        train: with the tab *Your style*, on which visitors train styles. Not on a public page.
        own: styles to add to the list, as `animegan.styles.lookup.find_style` takes them.
        block: return only when the process is told to end.
        allow_urls: ``/draw`` may fetch a photo from a web address.
        login: ``user:password``; without it nobody gets in.
        settings: further arguments of ``gr.Blocks.launch``.

    Raises:
        BadOptionError: visitors cannot train on a public page, or the login is none.
        UnknownStyleError: a style of ``own`` is not there.
        MissingExtraError: see `no_proxy_for_itself`.
    """
    shared = settings.get("share") or os.environ.get("GRADIO_SHARE", "").lower() == "true"
    if train and (shared or os.environ.get("SPACE_ID")):
        raise BadOptionError("Strangers must not train on your machine: leave --train out on a Space and with --share.")
    headers = authorization(login) if login else {}
    added = [add(name, free_id(name)).id for name in own]
    sys.setswitchinterval(SWITCH_INTERVAL)
    temp_dir = os.environ.get("GRADIO_TEMP_DIR")
    no_proxy_for_itself(settings.get("server_name") or os.environ.get("GRADIO_SERVER_NAME"))
    folder = _environment()
    if block:
        signal.signal(signal.SIGTERM, _end_at_once)
    import gradio as gr

    from animegan.page.captions import ICON
    from animegan.page.layout import build
    from animegan.page.serving.runs import PageState, on_zero_gpu
    from animegan.page.serving.sessions import SWEEP_SECONDS
    from animegan.page.serving.workshop import Workshop

    register_formats()
    gr.set_static_paths([FOLDER, ICON])  # served from where they are, so that no sweep deletes them
    workshop = Workshop() if train else None
    state = PageState(folder, client_header=client_header, clips=clips or ClipLimits(), workshop=workshop)
    server = Server(state, build(state), temp_dir, added=added, headers=headers)
    threading.Thread(target=server.sweep_regularly, args=[SWEEP_SECONDS], daemon=True).start()
    _launch(server, allow_urls, mcp_server=mcp, prevent_thread_lock=True, **settings)
    if not on_zero_gpu():  # with ZeroGPU, models can only be loaded once a run has a GPU
        threading.Thread(target=_warm, args=[server], daemon=True).start()
    if block:
        server.blocks.block_thread()
    return server


def _launch(server: Server, allow_urls: bool, **settings: Any) -> None:
    from starlette.middleware import Middleware

    from animegan.page import theme
    from animegan.page.captions import ICON
    from animegan.page.gradio_private import UPLOAD_LIMIT, wait_for_start
    from animegan.page.serving.head import Head, picture_route
    from animegan.page.serving.http_api import HttpApi
    from animegan.page.widgets import I18N

    slack = 1024 * 1024
    limits = Middleware(BodyLimit, upload=UPLOAD_LIMIT + slack, other=UPLOAD_LIMIT * 4 // 3 + slack)
    login = [Middleware(Login, server.headers)] if server.headers else []
    head = Middleware(Head, root_path=settings.get("root_path") or os.environ.get("GRADIO_ROOT_PATH"))
    routes = [server.state.cameras.route, *HttpApi(server.state, allow_urls).routes, picture_route()]
    wait_for_start()
    server.blocks.launch(
        theme=theme.theme(),
        css=theme.style_sheet(),
        js=theme.script(),
        i18n=I18N,
        max_file_size=UPLOAD_LIMIT,
        max_threads=MAX_THREADS,
        run_history=False,
        enable_monitoring=False,
        footer_links=["api", "gradio"],
        favicon_path=ICON,
        app_kwargs={"middleware": [*login, limits, head], "routes": routes, "openapi_url": None},
        **settings,
    )


def _end_at_once(*_: Any) -> None:
    """Delete what visitors sent, and exit without waiting for a model that is loading: the container is stopping."""
    shutil.rmtree(os.environ["GRADIO_TEMP_DIR"], ignore_errors=True)
    os._exit(0)


def _warm(server: Server) -> None:
    """Act as the first visitor, so that no real one waits for the models, and for what Gradio imports at first use."""
    state = server.state
    state.pipeline.warm()
    from gradio_client import Client, handle_file

    # A proxy or a foreign port may make this fail: then the first visitor waits half a second.
    with contextlib.suppress(Exception), tempfile.TemporaryDirectory(dir=state.folder) as folder:
        visitor = Client(
            server.url,
            headers=server.headers,
            verbose=False,
            download_files=folder,
            analytics_enabled=False,
            ssl_verify=False,  # it asks itself
        )
        visitor.predict(handle_file(str(example_photos()[0])), api_name="/stylize")
        visitor.close()
    state.warmed.set()
