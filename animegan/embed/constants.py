"""Writes ``site/engine/constants.js``: the numbers that the browser's engine shares with the Python package; and what
its repair of bad photos shares besides, trees and words.

JavaScript copies none of them by hand. A number that stands inside a function in Python has a name only here; the cases
of ``tests/embed/cases.py``, and for the finder the tests in a browser, fail where the two differ.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import asdict
from typing import Any

import numpy as np

from animegan.faces import face, mtcnn, painting
from animegan.faces.thresholds import FACES
from animegan.images import blend, mattes, patterns, sizes, tones, transparency
from animegan.networks import enlarger, painters, people, restorers
from animegan.repair import measures, quality
from animegan.repair.damage import trees
from animegan.repair.thresholds import REPAIR
from animegan.words.languages import LANGUAGES
from animegan.words.texts import translate

HEAD = "// Written by Python: see animegan/embed/constants.py.\n"
NOT_IN_BROWSER = (
    "glance_side",
    "turned_at_once",
    "windows",
    "noise_left",
    "grain_left",
    "strong_grain",
    "grain_strength",
    "most_strength",
)
"""Its camera looks for no faces, and noise is not removed there but by the restorer."""
PERIOD = {"AROUND": 33, "LEAST_AROUND": 0.05, "LOWEST": -1, "MOST": 3, "LOWEST_RATE": 1 / 16.5, "SHARE": 0.5}
"""Of the steps between repeated pixels, see `animegan.repair.measures`."""
HASH = {"ACROSS": 0x9E3779B1, "DOWN": 0x85EBCA77, "LAYER": 0xC2B2AE3D, "FIRST": 0x85EBCA6B, "SECOND": 0xC2B2AE35}
"""Of the paper's noise, see `animegan.images.patterns`."""

REASONS = ("blurry", "noisy", "blocky", "worn", "coarse", "faded", "dark", "flat")
STAGES = ("restore", "fading", "exposure", "contrast")
WORDS = (
    *("enhance", "enhance.info", "enhance.auto", "enhance.on", "enhance.off", "list", "done.because", "done.asked"),
    "kind.repaired",
)
"""What both pages say of the repair of bad photos, besides its reasons and its stages."""

Group = dict[str, Any]


def constants() -> dict[str, Group]:
    """Return the numbers by group and name: each group is an object that ``constants.js`` exports."""
    return {
        "SCENE": _named(sizes, "PAINT_SIDE LEAST_SHORT"),
        "PAINTER": _named(painters, "MARGIN TILE SEEN"),
        "RESTORER": {**_named(restorers, "TILE OVERLAP VIEWS ENSEMBLE_SIDE"), "EDGE": 8, "LEAST_WORKING": 32},
        "ENLARGER": {**_named(restorers, "MARGIN"), **_named(enlarger, "TILE MOST_DOUBLINGS"), "SLACK": 0.01},
        "FACE": {
            **_named(face, "EYES EYES_APART EYES_TO_MOUTH PROFILE MIDDLE HALF_AXES"),
            **{"LEAST_SIDE": 1.1, "MOST_SIDE": 1.8, "STEEP": 30},
            **{"LEAST_DOWN": 0.15, "MOST_DOWN": 0.8, "NOSE_BELOW": 0.1, "LEAST_APART": 0.08},
        },
        "FACES": _upper(FACES),
        "FINDER": {"LEANING": 20},
        "MTCNN": _named(mtcnn, "SMALLEST STEP SIDES SCORES OVERLAP_OF_A_SIZE OVERLAPS"),
        "PAINTING": {
            **{"LEAST_PIXELS": 16, "MULTIPLE": 8, "EDGE_SHARE": 5, "OUTSIDE": 2, "EYE_HIGH": 0.2, "EYE_WIDE": 0.28},
            **_named(painting, "HEAD"),
        },
        "TONES": _named(tones, "EDGE"),
        "QUALITY": _named(quality, "SIDE NOISE_SIDE"),
        "REPAIR": _upper(REPAIR),
        "MEASURES": {
            **_named(measures, "BAND_SCALES BAND_WEIGHTS NOISE_WEIGHT NO_BAND REPEATED LEAST_STRUCTURE BLOCK_STEPS"),
            **{"NOISE_SHARE": 1.2, "NOISE_SCALE": 1.1, "CALM": 0.1, "VIVID": 0.9, "LEAST_ENERGY": 0.1},
            **{"FINE_NOISE": 0.0388, "COARSE_NOISE": 0.0097, "CLIPPED_BLACK": 12, "CLIPPED_WHITE": 243},
            **{"BAND_BLOCK": 32, "HALVED_AT": 2.8, "FLAT": 0.02, "BRIGHT": 0.95, "LEAST_HIGHLIGHTS": 0.01},
            **{"MOST_SEEN": 1024, "MOST_STEP": 16, "ALIKE": 0.05, "LEAST_RATIO": 0.02, "LEAST_PERIOD": 64},
            "PERIOD": PERIOD,
        },
        "RELIGHT": {
            **{"CLIP": 2, "TILES": 8, "OUTSIDE": 0.5, "SHARES": [0.005, 0.995], "LEAST_LIGHT": 1e-3},
            **{"LEAST_HIGH": 0.05, "LEAST_SPAN": 1e-3, "NEARLY_BLACK": 0.02, "NEARLY_WHITE": 0.98},
        },
        "TRANSPARENCY": _named(transparency, "LEAST_ALPHA FILL_SIDE LEAST_WEIGHT"),
        "PEOPLE": _named(people, "SIDES PLAIN CERTAIN CLEAR FOLLOW"),
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


def trees_script() -> str:
    """Return ``trees.js``: the boosted trees of `animegan.repair.damage`, node after node, as an ES module."""
    found = trees()
    numbers = {
        "depth": found.feature.shape[1].bit_length(),
        "start": found.start,
        "feature": found.feature.ravel().tolist(),
        "threshold": [float(str(each)) for each in found.threshold.astype(np.float32).ravel()],
        "value": [float(str(each)) for each in found.value.astype(np.float32).ravel()],
    }
    return f"{HEAD}export const TREES = {json.dumps(numbers, separators=(',', ':'))};\n"


def words_script() -> str:
    """Return ``words.js``: what the browser's page says in the other page's words, by language, as an ES module."""
    keys = [*WORDS, *(f"done.{name}" for name in (*REASONS, *STAGES))]
    words = {code: {key: _numbered(translate(key, code)) for key in keys} for code in LANGUAGES}
    return f"{HEAD}export const WORDS = {json.dumps(words, ensure_ascii=False, indent=1)};\n"


def _numbered(text: str) -> str:
    """Return a text with the numbers of its places in them, as the browser's page has them."""
    places = itertools.count()
    return re.sub(r"\{\}", lambda _: f"{{{next(places)}}}", text)


def _upper(table: Any) -> Group:
    """Return the fields of a table that the browser needs."""
    return {name.upper(): value for name, value in asdict(table).items() if name not in NOT_IN_BROWSER}


def _named(module: object, names: str) -> Group:
    return {name: getattr(module, name) for name in names.split()}
