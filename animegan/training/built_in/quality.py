"""Fits the trees that tell damaged photos from good ones (`animegan.repair.damage`)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from animegan.evaluation.recipes import through_jpeg, to_picture
from animegan.images import files
from animegan.images.resize import Picture, to_long_side
from animegan.repair.damage import Trees
from animegan.repair.quality import features
from animegan.training.built_in import compound, degrade

DEPTH, TREES, RATE = 3, 140, 0.08
GOOD_WEIGHT = 4.0
"""Weight of a good photo over that of a damaged one: a good photo must stay as it is."""
KEPT_GOOD = 0.98
"""Share of the good photos, none of which the trees have seen, that stay below the threshold."""


def samples(photo: Picture, rng: np.random.Generator) -> Iterator[tuple[Picture, bool]]:
    """Yield (picture, whether it is damaged): a good photo at three sizes, and five damaged copies."""
    yield photo, False
    at_512 = to_long_side(photo, 512)
    yield at_512, False
    good = to_long_side(photo, round(min(max(photo.shape), 1400) * rng.uniform(0.5, 1.0)))
    yield good, False
    yield compound.compound(at_512, rng), True
    bad = good
    while bad is good:  # some stay as they are
        bad = degrade.degrade(good, rng)
    yield bad, True
    yield compound.tiny(at_512, rng), True
    yield _enlarged(at_512, rng), True
    yield _filmed(at_512, rng), True


def _filmed(photo: Picture, rng: np.random.Generator) -> Picture:
    """Grain that is coarser than a pixel: a soft scan of film, or a sharp photo that was taken in poor light."""
    soft = photo.astype(np.float32)
    if rng.random() < 0.5:
        soft = np.asarray(cv2.GaussianBlur(soft, (0, 0), rng.uniform(0.4, 1.8)), np.float32)
    colours = 1 if rng.random() < 0.6 else 3
    grain = degrade.coarse(rng.standard_normal((*photo.shape[:2], colours)), rng.uniform(0.5, 1.5))
    return through_jpeg(soft + rng.uniform(5, 18) * grain, int(rng.integers(68, 96)))


def _enlarged(photo: Picture, rng: np.random.Generator) -> Picture:
    """Downscale a photo 3 to 10 times and enlarge it again; half of them go through JPEG afterwards."""
    small = degrade.shrunk(photo, rng.uniform(3, 10), cv2.INTER_AREA).astype(np.uint8)
    large = degrade.enlarged(small, photo, int(rng.choice(compound.ENLARGE)))
    return to_picture(degrade.jpeg(large, rng, 55, 96) if rng.random() < 0.5 else large)


def measure(paths: list[Path], seed: int = 0) -> Iterator[tuple[npt.NDArray, npt.NDArray]]:
    """Yield per photograph the features of its `samples`, ``(N, F)``, and whether they are damaged, ``(N,)``."""
    for number, path in enumerate(paths):
        rng = np.random.default_rng([seed, number])
        rows = [(features(picture), bad) for picture, bad in samples(files.load(path), rng)]
        yield np.array([row for row, _ in rows]), np.array([bad for _, bad in rows])


def fit(measured: npt.NDArray, damaged: npt.NDArray, photo: npt.NDArray, seed: int = 0) -> dict[str, npt.NDArray]:
    """Fit the trees to features, ``(N, F)``, and ``(N,)`` truths; ``photo`` numbers the photographs that they are from.
    Return the arrays of `animegan.repair.damage.Trees`, with ``start`` set so that `KEPT_GOOD` of the good photos are
    below 0 (cross-validated over the photographs).

    Raises:
        ImportError: scikit-learn is missing.
    """
    from sklearn.ensemble import GradientBoostingClassifier
    from sklearn.model_selection import GroupKFold, cross_val_predict

    model = GradientBoostingClassifier(
        n_estimators=TREES, learning_rate=RATE, max_depth=DEPTH, subsample=0.7, min_samples_leaf=8, random_state=seed
    )
    weights = {"sample_weight": np.where(damaged, 1.0, GOOD_WEIGHT)}
    unseen = np.asarray(
        cross_val_predict(
            model, measured, damaged, groups=photo, cv=GroupKFold(5), params=weights, method="decision_function"
        )
    )
    model.fit(measured, damaged, **weights)
    inner, leaves = 2**DEPTH - 1, 2**DEPTH
    feature, threshold = np.zeros((TREES, inner), np.int16), np.full((TREES, inner), np.inf, np.float32)
    value = np.zeros((TREES, leaves), np.float32)
    for number, (tree,) in enumerate(model.estimators_):
        _lay_out(tree.tree_, 0, 0, feature[number], threshold[number], value[number])
    sums = Trees(feature.astype(np.int64), threshold.astype(np.float64), value.astype(np.float64), 0.0)
    prior = float(model.decision_function(measured[:1])[0]) - sums(measured[0])
    start = prior - float(np.quantile(unseen[~damaged], KEPT_GOOD))
    return {"feature": feature, "threshold": threshold, "value": value, "start": np.array(start)}


def _lay_out(
    tree: Any, node: int, place: int, feature: npt.NDArray, threshold: npt.NDArray, value: npt.NDArray
) -> None:
    """Copy a node of scikit-learn's tree, and all below it, to ``place`` in a complete tree."""
    if place >= len(feature):
        value[place - len(feature)] = RATE * tree.value[node, 0, 0]
        return
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        left = right = node  # a leaf
    else:
        feature[place], threshold[place] = tree.feature[node], tree.threshold[node]
    _lay_out(tree, left, 2 * place + 1, feature, threshold, value)
    _lay_out(tree, right, 2 * place + 2, feature, threshold, value)


def save(arrays: dict[str, npt.NDArray], path: Path) -> None:
    """Write the trees as ``.safetensors``."""
    from safetensors.numpy import save_file

    about = json.dumps({"start": float(arrays["start"])})
    save_file({name: arrays[name] for name in ("feature", "threshold", "value")}, path, {"about": about})
