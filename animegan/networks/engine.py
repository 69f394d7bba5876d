"""Selects the device and the precision that networks run with: the fastest correct choice on this machine."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from animegan.errors import BadOptionError
from animegan.images.resize import Picture
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
        """The same engine in fp32, for networks that do not add their output to the photo: bfloat16 has 8 bits."""
        return replace(self, half=False)

    def ready(self, network: N) -> N:
        """A network made ready to run here: on the device, channels last in memory."""
        network.eval().to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
        return network

    def autocast(self) -> torch.autocast:
        """The context manager to run networks in."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)

    def to_tensor(self, picture: Picture) -> Tensor:
        """``(H, W, 3) uint8`` to ``(1, 3, H, W) float32`` of 0 to 255, on the device."""
        x: Tensor = torch.from_numpy(picture).to(self.device).permute(2, 0, 1)[None]
        return x.to(torch.float32, memory_format=torch.channels_last)

    @torch.inference_mode()
    def run(
        self, network: Callable[[Tensor], Tensor], picture: Picture, edge: int, multiple: int, scale: int = 1
    ) -> Picture:
        """Run a network over ``(H, W, 3) uint8``; the result is ``scale`` times as large.

        The picture gets mirrored borders of ``edge`` pixels, which make its sides multiples of ``multiple``.
        ``network`` maps ``(1, 3, H, W)`` of 0 to 255 to the same range, and may change its input.
        """
        height, width = picture.shape[:2]
        below, right = (edge + -(length + 2 * edge) % multiple for length in (height, width))
        padded = cv2.copyMakeBorder(picture, edge, below, edge, right, cv2.BORDER_REFLECT_101)
        x = self.to_tensor(np.asarray(padded, np.uint8))
        with self.autocast():
            y = network(x)
        y = y.round_().clamp_(0, 255).to(torch.uint8)[0].permute(1, 2, 0)
        inner = y[scale * edge : scale * (edge + height), scale * edge : scale * (edge + width)]
        result: Picture = inner.contiguous().cpu().numpy()
        return result


def choose_engine(name: str = "auto") -> Engine:
    """Get an engine by name. ``auto`` is CUDA, else MPS, else the CPU, in bfloat16 if it has that in hardware. The
    environment variable ``ANIMEGAN_ENGINE`` replaces ``auto``.

    Raises:
        BadOptionError: there is no such engine, or this machine does not have it.
    """
    name = os.environ.get("ANIMEGAN_ENGINE", "auto") if name == "auto" else name
    if name not in ENGINES:
        raise BadOptionError(
            "An engine is {choices} or {last}, not '{name}'.",
            choices=", ".join(ENGINES[:-1]),
            last=ENGINES[-1],
            name=name,
        )
    is_available: dict[str, Callable[[], bool]] = {
        "cuda": torch.cuda.is_available,
        "mps": torch.backends.mps.is_available,
        "cpu-bf16": has_bf16,
    }
    if name == "auto":
        name = next((engine for engine, available in is_available.items() if available()), "cpu")
    elif name in is_available and not is_available[name]():
        raise BadOptionError("This machine has no '{name}': choose the engine auto.", name=name)
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
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    for names in (["cpu.max"], ["cpu/cpu.cfs_quota_us", "cpu/cpu.cfs_period_us"]):  # version 2, else 1
        with suppress(OSError, ValueError):
            granted, period = " ".join((CGROUP / name).read_text() for name in names).split()
            return count if granted in ("max", "-1") else min(count, max(1, round(int(granted) / int(period))))
    return count
