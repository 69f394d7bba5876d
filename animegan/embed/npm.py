"""What makes the folder a package of npm: its ``package.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable

import animegan

FILE = "package.json"
NAME = "animegan-embed"
EXPORTS = {
    ".": {"types": "./engine.d.ts", "node": "./node.js", "default": "./engine.js"},
    "./element": {"types": "./element.d.ts", "default": "./element.js"},
    f"./{FILE}": f"./{FILE}",
}
"""By what scripts import: the file for it, and in which programs."""


def package_json(paths: Iterable[str]) -> bytes:
    """Return ``package.json`` of a folder with files of these ``paths``, all of which npm packs."""
    about = {
        "name": NAME,
        "version": animegan.__version__,
        "description": "Turns a photo into anime, in the browser or in Node. Nothing leaves the machine.",
        "license": "SEE LICENSE IN README.md",
        "type": "module",
        "exports": EXPORTS,
        "types": "./engine.d.ts",
        "engines": {"node": ">=18"},
        "files": sorted({path.partition("/")[0] for path in paths} | {"manifest.json"}),
    }
    return json.dumps(about, indent=2).encode()
