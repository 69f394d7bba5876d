"""The methods that `benchmarks/comparison.py` compares: how each is made ready, and what is timed of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import cv2
import facenet_pytorch
import numpy as np
import onnxruntime
import torch

import animegan
from animegan import weights
from animegan.engine import choose
from animegan.export import export
from animegan.generator import load
from animegan.networks import AnimeGANv2Generator, parameter_count
from animegan.styles import BuiltIn, find
from benchmarks.peers import PEERS, stylization

EXAMPLES = Path(__file__).parent.parent / "examples"
REFERENCE = "AnimeGANv2, eager"


@dataclass(frozen=True)
class Setting:
    """What all methods share."""

    side: int
    nst_steps: int
    folder: Path
    """Where exported files are, so that they are made once."""

    @cached_property
    def photo(self) -> np.ndarray:
        """``(side, side, 3) uint8``, with one face."""
        return self._example("1-astronaut.jpg")

    @cached_property
    def style(self) -> torch.Tensor:
        """``(1, 3, side, side)`` in [-1, 1]: for methods that take the style from a picture."""
        return to_tensor(self._example("4-coffee.jpg"))

    def _example(self, name: str) -> np.ndarray:
        return cv2.resize(animegan.load(EXAMPLES / name), (self.side, self.side), interpolation=cv2.INTER_AREA)


@dataclass(frozen=True)
class Ready:
    """A method with its weights loaded."""

    run: Callable[[Any], Any]
    """What is timed."""
    photo: Any
    """What it is called with."""
    bytes: int | None
    """Of the weights: the file's, or fp32 where they are random; None where there are none."""
    paint: Callable[[np.ndarray], np.ndarray] | None = None
    """A whole picture, ``(H, W, 3) uint8``, where the weights are real."""


@dataclass(frozen=True)
class Method:
    """A way to draw."""

    name: str
    group: str
    make: Callable[[Setting], Ready]
    slow: bool = False
    faces: bool = False


def to_tensor(picture: np.ndarray) -> torch.Tensor:
    """``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1]."""
    return (torch.from_numpy(picture).float() / 127.5 - 1).permute(2, 0, 1)[None].contiguous()


def our_network(style: str, engine_name: str, setting: Setting) -> Ready:
    """A built-in generator under PyTorch, channels last, as the package runs it on an engine."""
    path, engine = weights.locate(find(style)), choose(engine_name)
    painter = load(path, engine)

    def run(photo: torch.Tensor) -> torch.Tensor:
        with engine.autocast():
            return painter.network(photo).cpu()  # a GPU is waited for

    photo = to_tensor(setting.photo).to(engine.device, memory_format=torch.channels_last)
    return Ready(run, photo, path.stat().st_size, painter.paint)


def our_onnx(style: str, int8: bool, setting: Setting) -> Ready:
    """A built-in generator, exported and run by ONNX Runtime on the CPU."""
    path = setting.folder / f"{style}{'-int8' if int8 else ''}.onnx"
    if not path.exists():
        export(style, path, "onnx", int8)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    photo = {session.get_inputs()[0].name: to_tensor(setting.photo).numpy()}
    return Ready(partial(session.run, None), photo, path.stat().st_size, load(path).paint)


def our_pipeline(style: str, setting: Setting) -> Ready:
    """From photo to drawing, faces and all; its weights are those of the scene, of the faces, and MTCNN's."""
    pipeline = animegan.Pipeline()
    used = {style, find(style).faces_style or style}
    finder = (Path(facenet_pytorch.__file__).parent / "data").glob("?net.pt")
    files = [*(weights.locate(find(each)) for each in used), *finder]

    def paint(photo: np.ndarray) -> np.ndarray:
        return pipeline.stylize(photo, style, enhance="off").image

    return Ready(paint, setting.photo, sum(file.stat().st_size for file in files), paint)


def animegan_v2(way: str, setting: Setting) -> Ready:
    """AnimeGANv2's generator under PyTorch: ``eager``, ``channels last`` or ``TorchScript``."""
    network, photo = AnimeGANv2Generator().eval(), to_tensor(setting.photo)
    size = 4 * parameter_count(network)
    if way == "channels last":
        network, photo = (each.to(memory_format=torch.channels_last) for each in (network, photo))
    if way == "TorchScript":
        with torch.inference_mode():
            network = torch.jit.freeze(torch.jit.trace(network, photo))
            network(photo)  # it is compiled in the first two passes
    return Ready(network, photo, size)


def peer(name: str, setting: Setting) -> Ready:
    """One of `benchmarks.peers`, random weights."""
    network = PEERS[name](setting.style, setting.nst_steps).eval()
    return Ready(network, to_tensor(setting.photo), 4 * parameter_count(network))


def opencv(setting: Setting) -> Ready:
    """OpenCV's filter, which has no weights."""
    return Ready(stylization, setting.photo, None, stylization)


def methods(nst_steps: int) -> list[Method]:
    """All of them, in the order of the table."""
    ours = []
    for style in [style.id for style in animegan.styles() if isinstance(style.source, BuiltIn)]:
        ways = {
            "PyTorch fp32": partial(our_network, style, "cpu"),
            f"chosen engine ({choose().name})": partial(our_network, style, "auto"),
            "ONNX Runtime": partial(our_onnx, style, False),
            "ONNX Runtime int8": partial(our_onnx, style, True),
        }
        ours += [Method(f"{style}, {way}", "ours", make) for way, make in ways.items()]
        ours.append(Method(f"{style}, whole pipeline", "ours", partial(our_pipeline, style), faces=True))
    v2 = [
        Method(f"AnimeGANv2, {way}", "AnimeGANv2", partial(animegan_v2, way))
        for way in ("eager", "channels last", "TorchScript")
    ]
    return [
        *ours,
        *v2,
        Method("CycleGAN, ResNet-9", "other", partial(peer, "CycleGAN, ResNet-9")),
        Method("OpenCV stylization", "other", opencv),
        Method(
            "FastPhotoStyle, PhotoWCT (no smoothing)", "other", partial(peer, "FastPhotoStyle, PhotoWCT"), slow=True
        ),
        Method(nst_name(nst_steps), "other", partial(peer, "Neural Style Transfer"), slow=True),
    ]


def nst_name(steps: int) -> str:
    """What the row of Neural Style Transfer is called."""
    return f"Neural Style Transfer, {steps} steps"
