"""Run in a child process with bounded memory: broken files by the thousand, read as photos.

    python -m tests.support.mutations COUNT SEED

Prints one JSON object: how many ended in a picture, how many in a named error, and every other end.
"""

import io
import json
import re
import resource
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from animegan import errors
from animegan.images import files

KINDS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "JPEG": {"quality": 80},
    "WEBP": {"quality": 80},
    "BMP": {},
    "GIF": {},
    "TIFF": {"compression": "tiff_lzw"},
    "AVIF": {"quality": 60},
    "HEIF": {"quality": 60},
}
MEMORY = 3 << 30
MAX_MEGAPIXELS = 4.0


def whole(kind: str) -> bytes:
    """A small photograph in one format."""
    y, x = np.mgrid[:40, :56]
    picture = np.stack([4 * x, 6 * y, 128 + 60 * np.sin((x + y) / 5)], axis=2).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **KINDS[kind])
    return buffer.getvalue()


def broken(data: bytes, rng: np.random.Generator) -> bytes:
    """Cut off, with bits turned, bytes overwritten, or a piece doubled or lost."""
    how = rng.integers(5)
    if how == 0:
        return data[: rng.integers(0, len(data))]
    bad = bytearray(data)
    if how == 1:
        for place in rng.integers(0, len(bad), rng.integers(1, 9)):
            bad[place] ^= 1 << int(rng.integers(8))
    elif how == 2:  # the header is where a reader trusts most
        for place in rng.integers(0, min(64, len(bad)), rng.integers(1, 5)):
            bad[place] = rng.integers(256)
    else:
        start, stop = sorted(int(v) for v in rng.integers(0, len(bad), 2))
        bad[start:stop] = bad[start:stop] * 2 if how == 3 else b""
    return bytes(bad)


def highest_memory() -> int:
    """Bytes, of this process alone; what getrusage says begins with the parent's."""
    status = Path("/proc/self/status").read_text()
    (peak,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(peak) * 1024


def main() -> None:
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    warnings.simplefilter("ignore")
    files.register_formats()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    rng = np.random.default_rng(seed)
    originals = {kind: whole(kind) for kind in KINDS}
    report: dict[str, Any] = {"pictures": 0, "errors": 0, "other": []}
    for number in range(count):
        kind = list(KINDS)[number % len(KINDS)]
        try:
            picture = files.load(broken(originals[kind], rng), MAX_MEGAPIXELS)
            assert picture.dtype == np.uint8
            assert picture.ndim == 3
            assert picture.shape[0] * picture.shape[1] <= MAX_MEGAPIXELS * 1e6
            report["pictures"] += 1
        except errors.AnimeganError:
            report["errors"] += 1
        except BaseException as error:
            report["other"].append(f"{kind} {number}: {type(error).__name__}: {error}"[:200])
    report["peak"] = highest_memory()
    print(json.dumps(report))  # noqa: T201


if __name__ == "__main__":
    main()
