"""MTCNN (Zhang et al. 2016) with facenet-pytorch's networks and steps, but with all windows of a picture cut at once:
every mean over an area is a difference in an integral image.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

if TYPE_CHECKING:
    from animegan.images.resize import Array, Picture

SMALLEST, STEP = 20, 0.709
"""The smallest face that is searched for, in pixels, and the ratio of two sizes at which a picture is searched."""
SIDES = (12, 24, 48)
"""Pixels along a side of what each of the three networks sees."""
SCORES = (0.6, 0.7, 0.7)
"""The probabilities from which they take a window for a face."""
OVERLAP_OF_A_SIZE, OVERLAPS = 0.5, (0.7, 0.7, 0.7)
"""Of two windows that share more than this the better one stays: within a size, and after each network."""
AT_ONCE = 128
"""So many windows go through a network at once, at most: memory stays bounded."""

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Seen:
    """What a search saw in one picture, in its pixels, the largest face first."""

    boxes: Array
    """``(N, 4)``: left, top, right, bottom."""
    scores: Array
    """``(N,)``: the probability that it is a face."""
    landmarks: Array
    """``(N, 5, 2)``: (x, y) of the eyes, the nose, and the mouth's corners."""
    face_like: Array
    """``(M, 4)``: what came as far as the third network. Upright or not, a face does."""


@dataclass(frozen=True)
class _Windows:
    """Squares that may hold a face."""

    which: Tensor
    """``(N,)``: the number of the picture."""
    boxes: Tensor
    """``(N, 4)``: left, top, right, bottom in its pixels."""
    scores: Tensor
    """``(N,)``"""
    moves: Tensor
    """``(N, 4)``: how the last network would move their edges, in parts of their sides."""
    points: Tensor
    """``(N, 10)``: five x and five y of landmarks, in parts of their sides; 0 before the third network."""

    @staticmethod
    def none() -> _Windows:
        """Return no windows."""
        return _Windows(
            torch.zeros(0, dtype=torch.long), torch.zeros(0, 4), torch.zeros(0), torch.zeros(0, 4), torch.zeros(0, 10)
        )

    @staticmethod
    def together(parts: list[_Windows]) -> _Windows:
        """Return several sets of windows as one."""
        return _Windows(*(torch.cat(values) for values in zip(*(vars(part).values() for part in parts), strict=True)))

    def __getitem__(self, chosen: Any) -> _Windows:
        return _Windows(*(values[chosen] for values in vars(self).values()))

    def sides(self, more: int = 0) -> Tensor:
        """Return width and height, ``(N, 2)``, and ``more`` pixels."""
        return self.boxes[:, 2:] - self.boxes[:, :2] + more

    def best(self, most: float) -> _Windows:
        """Return those that share at most this part of their union with a better one, the best first."""
        from torchvision.ops import batched_nms  # takes two seconds to import

        return self[batched_nms(self.boxes, self.scores, self.which, most)]

    def best_of_smaller(self, most: float) -> _Windows:
        """Return those that share at most this part of the smaller one with a better one, the best first."""
        ordered = self[self.scores.argsort(descending=True)]
        low, high, area = ordered.boxes[:, :2], ordered.boxes[:, 2:], ordered.sides(1).prod(1)
        common = torch.minimum(high[:, None], high) - torch.maximum(low[:, None], low) + 1
        same = common.clamp(min=0).prod(2) > most * torch.minimum(area[:, None], area)
        same &= ordered.which[:, None] == ordered.which
        kept: list[int] = []
        for number, row in enumerate(same.numpy()):
            if not row[kept].any():
                kept.append(number)
        return ordered[kept]

    def moved(self, more: int = 1) -> _Windows:
        """Return them where the network would have them; their sides count ``more`` pixels."""
        return replace(self, boxes=self.boxes + self.moves * self.sides(more).repeat(1, 2))

    def squared(self) -> _Windows:
        """Return squares of their longer side around the same middles."""
        sides = self.sides()
        longest = sides.amax(1, keepdim=True)
        corner = self.boxes[:, :2] + sides * 0.5 - longest * 0.5
        return replace(self, boxes=torch.cat([corner, corner + longest], 1))


class _Sums:
    """The integral images of pictures of one size, one below the other: they give the mean over any area."""

    def __init__(self, pictures: list[Picture]):
        self.count, (self.height, self.width) = len(pictures), pictures[0].shape[:2]
        self._sums = np.concatenate([cv2.integral(picture, sdepth=cv2.CV_32S) for picture in pictures])

    def at_size(self, height: int, width: int) -> Tensor:
        """Return the pictures at another size, ``(count, 3, height, width)`` in about [-1, 1]."""
        y, x = (
            _bins(np.array([[0, whole]]), count)[0] for whole, count in ((self.height, height), (self.width, width))
        )
        sums = self._sums.reshape(self.count, self.height + 1, self.width + 1, 3)
        high = np.take(sums, y[:, 1], 1) - np.take(sums, y[:, 0], 1)
        both = np.take(high, x[:, 1], 2) - np.take(high, x[:, 0], 2)
        return _planes(both, np.diff(y) * np.diff(x).T)

    def cut(self, windows: _Windows, side: int) -> tuple[_Windows, Tensor]:
        """Cut windows out of the pictures, without what lies beyond the border: those that lie within, and what they
        show, ``(N, 3, side, side)`` in about [-1, 1].
        """
        areas = windows.boxes.trunc().long().numpy()
        areas[:, :2] = np.maximum(areas[:, :2], 1) - 1
        areas[:, 2:] = np.minimum(areas[:, 2:], [self.width, self.height])
        within = (areas[:, 2:] > areas[:, :2]).all(1)
        areas, windows = areas[within], windows[torch.from_numpy(within)]
        y, x = _bins(areas[:, 1::2], side), _bins(areas[:, ::2], side)
        rows = y + (windows.which.numpy() * (self.height + 1))[:, None, None]
        places = np.empty((len(areas), side, 2, side, 2, 2), np.int16)
        places[..., 0], places[..., 1] = x[:, None, None], rows[:, :, :, None, None]
        corners = cv2.remap(self._sums, places.reshape(-1, 2 * side, 2), np.empty(0), cv2.INTER_NEAREST)
        corners = corners.reshape(len(areas), side, 2, side, 2, 3)
        high = corners[:, :, 1] - corners[:, :, 0]
        return windows, _planes(high[:, :, :, 1] - high[:, :, :, 0], np.diff(y) * np.diff(x).swapaxes(1, 2))


def _bins(spans: Whole, count: int) -> Whole:
    """Divide spans, ``(N, 2)``, into ``count`` bins each, ``(N, count, 2)``, as PyTorch's "area" does."""
    start, length, number = spans[:, :1], np.diff(spans), np.arange(count)
    return np.stack([start + number * length // count, start - (-(number + 1) * length // count)], 2)


def _planes(sums: Array, areas: Whole) -> Tensor:
    """Return sums, ``(N, H, W, 3)``, over areas of so many pixels as planes of about [-1, 1]."""
    means = torch.from_numpy(sums) / torch.from_numpy(areas.astype(np.float32))[..., None]
    return means.sub_(127.5).mul_(1 / 128).permute(0, 3, 1, 2)


class Cascade:
    """The three networks: each looks closer at what the one before took for a face."""

    def __init__(self) -> None:
        from facenet_pytorch import MTCNN

        networks: Any = MTCNN().eval()
        networks.to(memory_format=torch.channels_last)  # so they pool several times as fast
        self.first, self.second, self.third = networks.pnet, networks.rnet, networks.onet

    @torch.inference_mode()
    def detect(self, pictures: list[Picture], least: float = SMALLEST) -> list[Seen]:
        """Search pictures of one size, ``(H, W, 3) uint8``, whose sides have 20 pixels or more. Faces of fewer than
        ``least`` pixels may be missed, which saves time.
        """
        sums = _Sums(pictures)
        windows = self._candidates(sums, least).best(OVERLAPS[0]).moved(more=0).squared()
        windows = self._judged(self.second, 1, sums, windows).best(OVERLAPS[1]).moved().squared()
        faces = self._judged(self.third, 2, sums, windows)
        points = faces.points.reshape(-1, 2, 5).swapaxes(1, 2) * faces.sides(1)[:, None]
        faces = replace(faces, points=faces.boxes[:, None, :2] + points - 1)
        faces = faces.moved().best_of_smaller(OVERLAPS[2])
        faces = faces[faces.sides().prod(1).argsort(descending=True)]
        return [_seen(faces[faces.which == n], windows[windows.which == n]) for n in range(len(pictures))]

    def _candidates(self, sums: _Sums, least: float) -> _Windows:
        """Let the first network look at the pictures at all sizes."""
        found, scale = [_Windows.none()], SIDES[0] / SMALLEST
        while SIDES[0] / (scale * STEP) <= least:
            scale *= STEP
        while min(sums.height, sums.width) * scale >= SIDES[0]:
            moves, scores = self.first(sums.at_size(int(sums.height * scale + 1), int(sums.width * scale + 1)))
            which, row, column = torch.nonzero(scores[:, 1] >= SCORES[0], as_tuple=True)
            corner = 2 * torch.stack([column, row], 1).float()
            boxes = torch.cat([((corner + 1) / scale).floor(), ((corner + SIDES[0]) / scale).floor()], 1)
            none = boxes.new_zeros(len(boxes), 10)
            here = _Windows(which, boxes, scores[which, 1, row, column], moves[which, :, row, column], none)
            found.append(here.best(OVERLAP_OF_A_SIZE))
            scale *= STEP
        return _Windows.together(found)

    def _judged(self, network: Any, number: int, sums: _Sums, windows: _Windows) -> _Windows:
        """Return the windows that a network takes for faces, with what it says of them."""
        found = [windows[:0]]
        for start in range(0, len(windows.boxes), AT_ONCE):
            part, shown = sums.cut(windows[start : start + AT_ONCE], SIDES[number])
            moves, *points, scores = network(shown)
            part = replace(part, scores=scores[:, 1], moves=moves, points=points[0] if points else part.points)
            found.append(part[part.scores > SCORES[number]])
        return _Windows.together(found)


def _seen(faces: _Windows, windows: _Windows) -> Seen:
    return Seen(faces.boxes.numpy(), faces.scores.numpy(), faces.points.numpy(), windows.boxes.numpy())
