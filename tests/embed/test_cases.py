"""The browser's engine and the Python package give the same for the same: pure functions, run by Node in one go."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animegan.embed import constants, contents
from animegan.faces.face import FaceCrop
from tests.embed.cases import Case, cases, encoded
from tests.support.node import node

RUNNER = Path(__file__).parents[1] / "support" / "run_cases.mjs"
NUMBER = re.compile(r"(?<![\w.#])(?:0x[0-9a-f]+|\d+\.?\d*(?:e-?\d+)?)(?![\w.])")
COMMON = {0, 0.5, 1, 2, 3, 4, 5, 8, 10, 12, 16, 128, 180, 255}
"""Numbers that JavaScript may have for reasons of its own: counts, halves, degrees, bytes."""
OWN = {
    "blend.js": {6},
    "engine.js": {96},
    "lab.js": {50, 200, 256, 384},
    "measures.js": {1.5, 6, 7, 256},
    "painter.js": {1.5},
    "pixels.js": {0.001, 0.75},
    "relight.js": {256},
    "tones.js": {256},
    "worker.js": {256, 384, 0.05, 0.15, 0.2, 0.25, 0.3},
}
"""The same of single modules: six sigmas, a byte of WebAssembly, CIE Lab, the last column of a block, half a tile more,
OpenCV's cubic interpolation and its areas, levels, parts of the progress, the preview."""


@pytest.mark.slow
def test_the_browser_computes_what_python_does(tmp_path):
    for name, data in {**contents.site(), "package.json": b'{"type": "module"}'}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    asked = list(cases())
    calls = json.dumps([{"call": case.call, "input": case.input} for case in asked], default=encoded)
    command = [*node(), str(RUNNER), str(tmp_path)]
    done = subprocess.run(command, input=calls, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    given = json.loads(done.stdout)
    assert len(given) == len(asked) > 60
    far = [
        f"{case.name}: {apart}" for case, each in zip(asked, given, strict=True) if (apart := difference(each, case))
    ]
    assert far == []


def difference(given: Any, case: Case) -> str:
    """How far what Node gave is from what Python gives; empty: not farther than the case allows."""
    actual, expected = numbers_of(given), numbers_of(case.expected)
    if len(actual) != len(expected):
        return f"{len(actual)} numbers instead of {len(expected)}"
    apart = np.abs(actual - expected)
    is_near = apart.mean() <= case.mean and apart.max() <= case.most
    return "" if is_near else f"mean {apart.mean():.2g}, most {apart.max():.2g}"


def numbers_of(value: Any) -> np.ndarray:
    """All numbers of a value, in order, ``(N,) float64``: of a picture its pixels."""
    if isinstance(value, FaceCrop):
        value = [*value.centre, value.side, value.angle]
    if isinstance(value, dict) and "rgb" in value:
        value = np.frombuffer(base64.b64decode(value["rgb"]), np.uint8)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return np.concatenate([numbers_of(each) for each in value])
    return np.asarray(value, float).ravel()


def test_no_number_of_python_is_copied_by_hand():
    """The engine's code has none of the numbers that ``constants.js`` gives it."""
    shared = {abs(number) for number in numbers_of(constants.constants())} - COMMON
    assert {0.466, 0.709, 1280, 0.985, 2.2, 0x9E3779B1} <= shared
    for path in sorted((contents.SITE / "engine").glob("*.js")):
        code = re.sub(r"//.*|'[^'\n]*'|`[^`]*`", "", path.read_text("utf-8"))
        literals = {float(int(text, 16) if text[:2] == "0x" else float(text)) for text in NUMBER.findall(code)}
        assert literals & shared == OWN.get(path.name, set()), path.name


def test_the_constants_are_an_es_module_of_frozen_objects():
    text = constants.script()
    assert '  HASH: {"ACROSS": 2654435761,' in text
    groups = re.findall(r"^export const ([A-Z]+) = Object\.freeze\(\{$", text, re.M)
    assert groups == list(constants.constants())
    code = "".join(path.read_text("utf-8") for path in (contents.SITE / "engine").glob("*.js"))
    for group, numbers in constants.constants().items():  # none is written for nothing
        for name in numbers:
            assert re.search(rf"\b{name}\b", code), f"{group}.{name}"
