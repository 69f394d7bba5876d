"""The fastest correct way on the machine at hand, chosen once."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import torch

from animegan.errors import BadOptionError

ENGINES = ("auto", "cuda", "mps", "cpu", "cpu-bf16")
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Engine:
    """Where networks run, and in what precision."""

    device: torch.device
    half: bool
    """Convolutions in bfloat16; sums with the photo stay in fp32."""

    @property
    def name(self) -> str:
        """As it is chosen by: one of `ENGINES`."""
        return f"{self.device.type}-bf16" if self.half and self.device.type == "cpu" else self.device.type

    def exact(self) -> Engine:
        """The same in fp32: for networks that do not end in a sum with the photo, whose last layer would be
        rounded to 8 bits of precision.
        """
        return replace(self, half=False)

    def autocast(self) -> torch.autocast:
        """The context in which networks run."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)


def choose(name: str = "auto") -> Engine:
    """An engine by name; ``auto`` is CUDA, MPS, or the CPU, there in bfloat16 where it has that in hardware.

    The environment variable ``ANIMEGAN_ENGINE`` stands in for ``auto``.

    Raises:
        BadOptionError: there is no such engine, or not on this machine.
    """
    name = os.environ.get("ANIMEGAN_ENGINE", "auto") if name == "auto" else name
    if name not in ENGINES:
        raise BadOptionError(f"An engine is {', '.join(ENGINES[:-1])} or {ENGINES[-1]}, not '{name}'.")
    at_hand = {"cuda": torch.cuda.is_available, "mps": torch.backends.mps.is_available, "cpu-bf16": has_bf16}
    if name == "auto":
        name = next((engine for engine, is_here in at_hand.items() if is_here()), "cpu")
    elif name in at_hand and not at_hand[name]():
        raise BadOptionError(f"This machine has no '{name}': choose the engine auto.")
    return Engine(torch.device(name.removesuffix("-bf16")), name == "cpu-bf16")


@cache
def has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware (AVX-512 BF16, AMX; ARM's BF16): slower everywhere else."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags or " bf16" in flags


def cores() -> int:
    """Processors that this process may use: by affinity, and by the quota of its control group."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # not on this system
        count = os.cpu_count() or 1
    return max(1, min(count, _quota() or count))


def _quota() -> int | None:
    """Whole processors that the control group (version 2, else 1) grants; None where it sets no bound."""
    try:
        granted, period = (CGROUP / "cpu.max").read_text().split()
    except (OSError, ValueError):
        try:
            granted, period = ((CGROUP / "cpu" / f"cpu.cfs_{what}_us").read_text() for what in ("quota", "period"))
        except OSError:
            return None
    if granted.strip() in ("max", "-1"):
        return None
    return max(1, round(int(granted) / int(period)))
