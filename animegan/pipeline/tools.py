"""What every stage may use."""

from __future__ import annotations

from dataclasses import dataclass

from animegan.pipeline.models import Models
from animegan.pipeline.progress import Clock


@dataclass(frozen=True)
class Tools:
    """The networks, and who hears how far the work is."""

    models: Models
    clock: Clock
