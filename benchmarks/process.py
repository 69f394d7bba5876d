"""Memory of a process, read from /proc."""

from __future__ import annotations

import re
from pathlib import Path


def memory(field: str, pid: int | str = "self") -> int | None:
    """Bytes of resident memory: ``VmRSS`` now, ``VmHWM`` the peak. None where there is no /proc.

    The peak is that of this process alone; getrusage's also covers the parent before the fork.
    """
    try:
        found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return None
    return int(found[1]) * 1024 if found else None
