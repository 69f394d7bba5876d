"""Selects the device and the precision that networks run with: the fastest correct choice on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import torch
from torch import nn

from animegan.errors import BadOptionError
from animegan.options import ENGINES

N = TypeVar("N", bound=nn.Module)
CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Engine:
    """The device and precision that networks run with."""

    device: torch.device
    half: bool
    """Convolutions run in bfloat16; additions to the photo stay in fp32."""

    @property
    def name(self) -> str:
        """One of `ENGINES`."""
        return f"{self.device.type}-bf16" if self.half and self.device.type == "cpu" else self.device.type

    def exact(self) -> Engine:
        """The same engine in fp32, for networks that do not add their output to the photo: bfloat16 would round their
        last layer to 8 bits of precision.
        """
        return replace(self, half=False)

    def ready(self, network: N) -> N:
        """A network made ready to run here: on the device, channels last in memory."""
        network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
        return network

    def autocast(self) -> torch.autocast:
        """The context manager to run networks in."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)


def choose_engine(name: str = "auto") -> Engine:
    """Get an engine by name. ``auto`` is CUDA, else MPS, else the CPU; the CPU runs in bfloat16 if it supports that in
    hardware.

    The environment variable ``ANIMEGAN_ENGINE`` replaces ``auto``.

    Raises:
        BadOptionError: there is no such engine, or this machine does not have it.
    """
    name = os.environ.get("ANIMEGAN_ENGINE", "auto") if name == "auto" else name
    if name not in ENGINES:
        raise BadOptionError(f"An engine is {', '.join(ENGINES[:-1])} or {ENGINES[-1]}, not '{name}'.")
    is_available: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu-bf16": has_bf16,
    }
    if name == "auto":
        name = next((engine for engine, available in is_available.items() if available()), "cpu")
    elif name in is_available and not is_available[name]():
        raise BadOptionError(f"This machine has no '{name}': choose the engine auto.")
    return Engine(torch.device(name.removesuffix("-bf16")), name == "cpu-bf16")


@cache
def has_bf16() -> bool:
    """Whether the CPU multiplies bfloat16 in hardware (AVX-512 BF16, AMX, ARM's BF16). Others are slower with it."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags or " bf16" in flags


def cores() -> int:
    """Number of processors this process may use, by its affinity and the quota of its control group."""
    try:
        count = len(os.sched_getaffinity(0))
    except AttributeError:  # this system has no affinity
        count = os.cpu_count() or 1
    return max(1, min(count, _quota() or count))


def _quota() -> int | None:
    """Whole processors that the control group (version 2, else 1) grants; None: no limit."""
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
