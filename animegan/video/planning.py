"""Decides once for a clip what its frames need, so that all are repaired alike."""

from __future__ import annotations

from dataclasses import fields, replace
from statistics import median

from animegan.images.resize import Picture
from animegan.repair.plan import Plan, plan
from animegan.repair.quality import Quality, assess
from animegan.repair.tones import curve_for

SAMPLES = 5
"""Frames of a clip on which its quality is measured."""


def plan_for_clip(samples: list[Picture], mode: str) -> Plan:
    """Return what a clip needs, by some of its frames, ``(H, W, 3) uint8``, all of one size; ``mode`` is a choice of
    `animegan.options.Options.enhance`. A frame is restored once: at the size that counts for more.
    """
    if mode == "off" or not samples:
        return Plan()
    needed = plan(_median([assess(sample) for sample in samples]), mode, max(samples[0].shape))
    at_own_size = needed.own_share >= 0.5
    needed = replace(needed, own_share=float(at_own_size), lost=0.0 if at_own_size else needed.lost)
    return replace(needed, curve=curve_for(samples, needed))


def _median(measured: list[Quality]) -> Quality:
    return Quality(**{each.name: median(getattr(one, each.name) for one in measured) for each in fields(Quality)})
