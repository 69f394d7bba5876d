"""Writes ``site/engine/constants.js``: the numbers that the browser's engine shares with the Python package.

JavaScript copies none of them by hand. A number that stands inside a function in Python has a name only here; the cases
of ``tests/embed/cases.py``, and for the finder the tests in a browser, fail where the two differ.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from animegan.faces import face, mtcnn, painting
from animegan.faces.thresholds import FACES
from animegan.images import blend, mattes, patterns, sizes, tones, transparency
from animegan.networks import enlarger, painters, people, restorers

HEAD = "// Written by Python, from the numbers of the package: see animegan/embed/constants.py.\n"
NOT_IN_BROWSER = (
    "glance_side",
    "turned_at_once",
    "windows",
    "most_in_photo",
    "tiny_in_photo",
    "share_in_photo",
    "restored_feather",
)
"""Photos are not repaired in the browser, and its camera looks for no faces."""
HASH = {"ACROSS": 0x9E3779B1, "DOWN": 0x85EBCA77, "LAYER": 0xC2B2AE3D, "FIRST": 0x85EBCA6B, "SECOND": 0xC2B2AE35}
"""Of the paper's noise, see `animegan.images.patterns`."""

Group = dict[str, Any]


def constants() -> dict[str, Group]:
    """Return the numbers by group and name: each group is an object that ``constants.js`` exports."""
    return {
        "SCENE": _named(sizes, "PAINT_SIDE LEAST_SHORT"),
        "PAINTER": _named(painters, "MARGIN QUICK_MARGIN TILE SEEN"),
        "RESTORER": {**_named(restorers, "TILE OVERLAP VIEWS"), "EDGE": 8},
        "ENLARGER": {**_named(restorers, "MARGIN"), **_named(enlarger, "TILE MOST_DOUBLINGS"), "SLACK": 0.01},
        "FACE": {
            **_named(face, "EYES EYES_APART EYES_TO_MOUTH PROFILE MIDDLE HALF_AXES"),
            **{"LEAST_SIDE": 1.1, "MOST_SIDE": 1.8, "STEEP": 30},
            **{"LEAST_DOWN": 0.15, "MOST_DOWN": 0.8, "NOSE_BELOW": 0.1, "LEAST_APART": 0.08},
        },
        "FACES": {name.upper(): value for name, value in asdict(FACES).items() if name not in NOT_IN_BROWSER},
        "FINDER": {"LEANING": 20},
        "MTCNN": _named(mtcnn, "SMALLEST STEP SIDES SCORES OVERLAP_OF_A_SIZE OVERLAPS"),
        "PAINTING": {
            **{"LEAST_PIXELS": 16, "MULTIPLE": 8, "EDGE_SHARE": 5, "OUTSIDE": 2, "EYE_HIGH": 0.2, "EYE_WIDE": 0.28},
            **_named(painting, "HEAD"),
        },
        "TONES": _named(tones, "EDGE"),
        "TRANSPARENCY": _named(transparency, "LEAST_ALPHA FILL_SIDE LEAST_WEIGHT"),
        "PEOPLE": _named(people, "SIDE CERTAIN CLEAR FOLLOW"),
        "MATTES": _named(mattes, "LEAST RIM RADII SIDE EPS"),
        "BLEND": {
            **_named(blend, "SOLVE_SIDE SOFTNESS LIKENESS LIGHT FEW PLACES GREY COLOURED AROUND"),
            "LUMA": blend.LUMA.tolist(),
        },
        "PATTERNS": {
            **_named(patterns, "PERIOD DARKEST_DOTS LIGHTEST_DOTS LINES LEAST_LINE SURE_LINE CONTRAST GRAINS GRAIN"),
            **{"TONE_RANGE": 0.98, "EDGE_BLACK": 0.1, "EDGE_WHITE": 0.08, "PURE_WHITE": 0.04, "SHARPNESS": 4},
            **{"BLUR": 0.8, "HASH": HASH},
        },
    }


def script() -> str:
    """Return ``constants.js``: an ES module that exports each group as a frozen object."""
    lines = [HEAD]
    for group, numbers in constants().items():
        lines += [f"export const {group} = Object.freeze({{"]
        lines += [f"  {name}: {json.dumps(number)}," for name, number in numbers.items()]
        lines += ["});"]
    return "\n".join([*lines, ""])


def _named(module: object, names: str) -> Group:
    return {name: getattr(module, name) for name in names.split()}
