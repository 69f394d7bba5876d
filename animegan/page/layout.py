"""The page: its title, its tabs, and the API. Each tab is a file of `animegan.page.tabs`."""

from __future__ import annotations

import gradio as gr

from animegan.page import api
from animegan.page.events import Visitor
from animegan.page.gradio_private import name_in_api
from animegan.page.serving.runs import PageState, on_zero_gpu
from animegan.page.serving.sessions import KEEP_SECONDS, SWEEP_SECONDS
from animegan.page.tabs import elsewhere, gallery, live, own_style, video
from animegan.page.tabs.draw import DrawTab
from animegan.page.widgets import I18N, language_switch, word
from animegan.words.texts import DEFAULT, translate


def build(state: PageState) -> gr.Blocks:
    """Build the whole page."""

    def leave(request: gr.Request) -> None:
        state.leave(Visitor(request).session)

    with gr.Blocks(
        title=translate("page.title", DEFAULT), analytics_enabled=False, delete_cache=(SWEEP_SECONDS, KEEP_SECONDS)
    ) as blocks:
        gr.HTML(language_switch(), elem_id="languages")
        gr.HTML(word("title"), elem_id="title", html_template="<h1>${value}</h1>")
        gr.Markdown(word("tagline"), elem_id="tagline")
        with gr.Tabs(elem_id="tabs") as tabs:
            with gr.Tab(word("tab.draw"), id="draw"):
                draw = DrawTab(blocks, state)
            with gr.Tab(word("tab.all"), id="all"):
                gallery.build(state, draw, tabs)
            if not on_zero_gpu():  # with ZeroGPU, only single runs have a GPU
                with gr.Tab(word("tab.video"), id="video") as tab:
                    video.build(state, tab)
                with gr.Tab(word("tab.live"), id="live") as tab:
                    live.build(state, tab)
            if state.workshop is not None:
                with gr.Tab(word("tab.own"), id="own"):
                    own_style.build(state, state.workshop, draw.chooser, tabs)
            with gr.Tab(word("tab.elsewhere"), id="elsewhere"):
                elsewhere.build(blocks)
        gr.Markdown(word("small"), elem_id="small")
        api.connect(state, draw.photo, draw.settings)
        blocks.unload(leave)
    blocks.queue()
    name_in_api(blocks, I18N.translations_dict[DEFAULT])
    return blocks
