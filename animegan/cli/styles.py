"""The command ``styles``: what there is to choose from."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from animegan.cli import output
from animegan.styles import weights
from animegan.styles.lookup import list_styles


def styles(
    as_json: Annotated[bool, typer.Option("--json", help="A JSON list on standard output.")] = False,
) -> None:
    """List the styles."""
    listed = [
        {**style.to_dict(), "at_hand": weights.at_hand(style), "bytes": weights.size(style)} for style in list_styles()
    ]
    if as_json:
        output.say(json.dumps(listed, indent=2))
        return
    for style in listed:
        output.say(f"{style['id']:15} {style['label']}: {style['good_for']}")
        where = style["source"]["kind"] if style["at_hand"] else "fetched from the Hub at first use"
        output.say(f"{'':15} weights: {where}; {style['licence']}")
