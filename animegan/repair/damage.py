"""Tells damaged photos from good ones: boosted regression trees over what `animegan.repair.quality` measures.

No single measure does: JPEG hides noise, noise hides blur, and an enlargement hides both. The trees (Friedman 2001,
"Greedy Function Approximation: A Gradient Boosting Machine") were fitted by ``python -m animegan.training quality``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from animegan.images.resize import Array

FILE = Path(__file__).parent.parent / "builtin" / "damage.safetensors"


@dataclass(frozen=True)
class Trees:
    """T complete binary trees of depth D over F features; node n has the children 2 n + 1 and 2 n + 2."""

    feature: npt.NDArray[np.int64]
    """``(T, 2^D - 1)``: the feature that a node looks at."""
    threshold: npt.NDArray[np.float64]
    """``(T, 2^D - 1)``: above it, the right child comes next, otherwise the left one."""
    value: npt.NDArray[np.float64]
    """``(T, 2^D)``: what a leaf adds."""
    start: float
    """The value before all trees."""

    def __call__(self, features: Array) -> float:
        """Return the sum of all trees for one photo's features, ``(F,)``."""
        count, inner = self.feature.shape
        trees, node = np.arange(count), np.zeros(count, np.int64)
        while node[0] < inner:
            node = 2 * node + 1 + (features[self.feature[trees, node]] > self.threshold[trees, node])
        return self.start + float(self.value[trees, node - inner].sum())


@cache
def trees() -> Trees:
    """Return the built-in trees; the first call reads their file."""
    from safetensors import safe_open

    with safe_open(FILE, "numpy") as file:
        start = json.loads(file.metadata()["about"])["start"]
        feature, threshold, value = (file.get_tensor(name) for name in ("feature", "threshold", "value"))
    return Trees(feature.astype(np.int64), threshold.astype(np.float64), value.astype(np.float64), start)
