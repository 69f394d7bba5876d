"""``python -m animegan.page``: the same as ``animegan page``."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def main(
    host: Annotated[str | None, typer.Option(help="Address to listen on; 0.0.0.0 for all. GRADIO_SERVER_NAME.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; the first free one from 7860 on. GRADIO_SERVER_PORT.")] = None,
    share: Annotated[bool, typer.Option("--share", help="A public address for 72 hours, by Gradio's tunnel.")] = False,
    root_path: Annotated[
        str | None, typer.Option(help="The path under which a reverse proxy serves the page. GRADIO_ROOT_PATH.")
    ] = None,
    client_header: Annotated[
        str | None,
        typer.Option(help="Header in which a reverse proxy names the visitor's address. ANIMEGAN_CLIENT_HEADER."),
    ] = None,
    mcp: Annotated[
        bool, typer.Option("--mcp", help="Serve the API to language models, too; needs gradio[mcp]. GRADIO_MCP_SERVER.")
    ] = False,
    clip_seconds: Annotated[
        float, typer.Option(min=1, help="Seconds of a clip that are drawn at most.", envvar="ANIMEGAN_CLIP_SECONDS")
    ] = 20,
    clip_frames: Annotated[
        int, typer.Option(min=1, help="Frames of a clip that are drawn at most.", envvar="ANIMEGAN_CLIP_FRAMES")
    ] = 600,
    clip_side: Annotated[
        int,
        typer.Option(
            min=64, max=8192, help="Long side in pixels at which clips are drawn at most.", envvar="ANIMEGAN_CLIP_SIDE"
        ),
    ] = 640,
    style: Annotated[
        list[str] | None, typer.Option(help="A style of your own to add to the list: a file, or hub:owner/repo.")
    ] = None,
    train: Annotated[
        bool, typer.Option("--train", help="With a tab on which visitors train a style; never on a public page.")
    ] = False,
) -> None:
    """A photo becomes anime: the page."""
    from animegan.page.clip_limits import ClipLimits
    from animegan.page.server import serve

    clips = ClipLimits(clip_seconds, clip_side, clip_frames)
    serve(host, port, share, root_path, client_header, mcp, clips, train, style or ())


def run() -> None:
    """Start the page with the options of this process, like the command ``animegan page``."""
    from animegan.__main__ import app

    app(["page", *sys.argv[1:]], prog_name="animegan")


if __name__ == "__main__":
    run()
