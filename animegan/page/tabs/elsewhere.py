"""The tab Use it elsewhere: code to copy, into which the browser fills the page's address."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

from animegan.page.widgets import word

SCRIPT = Path(__file__).with_name("snippets.js")


def build(blocks: gr.Blocks) -> None:
    """Create the components, and fill them when the page opens."""
    gr.Markdown(word("elsewhere"), elem_id="elsewhere")
    snippets = [
        gr.Code(
            label=word(f"elsewhere.{name}"),
            language="python" if name == "python" else "html",
            interactive=False,
            elem_id=f"snippet-{name}",
        )
        for name in ("iframe", "component", "embed", "python")
    ]
    blocks.load(None, None, snippets, js=SCRIPT.read_text(encoding="utf-8").replace("@version@", gr.__version__))
