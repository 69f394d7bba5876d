"""The methods that `benchmarks.comparison` compares: how to set each one up, and what to time."""

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
from animegan.images.resize import Picture
from animegan.networks.engine import choose_engine
from animegan.networks.export import export
from animegan.networks.modules import AnimeGANv2Generator, parameter_count
from animegan.networks.painters import load
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.sources import BuiltIn
from benchmarks import public_photos
from benchmarks.generators import load_torch
from benchmarks.peers import PEERS, stylization

REFERENCE = "AnimeGANv2, eager"


@dataclass(frozen=True)
class Setting:
    """Inputs that all methods share."""

    side: int
    nst_steps: int
    folder: Path
    """Folder for exported files, so that each is made once."""

    @cached_property
    def photo(self) -> Picture:
        """``(side, side, 3) uint8``, with one face."""
        return self._public("astronaut")

    @cached_property
    def style(self) -> torch.Tensor:
        """``(1, 3, side, side)`` in [-1, 1]: the style picture, for methods that need one."""
        return to_tensor(self._public("coffee"))

    def _public(self, name: str) -> Picture:
        photo = public_photos.load(name)
        return np.asarray(cv2.resize(photo, (self.side, self.side), interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True)
class Ready:
    """A method with its weights loaded."""

    run: Callable[[Any], Any]
    """The function to time."""
    photo: Any
    """Its argument."""
    bytes: int | None
    """Size of the weights: that of the file, or of fp32 if they are random; None: no weights."""
    paint: Callable[[Picture], Picture] | None = None
    """Draws a picture, ``(H, W, 3) uint8``; None if the weights are random."""


@dataclass(frozen=True)
class Method:
    """A method to draw a photo."""

    name: str
    group: str
    make: Callable[[Setting], Ready]
    slow: bool = False
    faces: bool = False


def to_tensor(picture: Picture) -> torch.Tensor:
    """``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1]."""
    return (torch.from_numpy(picture).float() / 127.5 - 1).permute(2, 0, 1)[None].contiguous()


def our_network(style: str, engine_name: str, setting: Setting) -> Ready:
    """A built-in generator in PyTorch, channels last, as the package runs it on an engine."""
    path, engine = weights.locate(find_style(style)), choose_engine(engine_name)
    generator = load_torch(path, engine)

    def run(photo: torch.Tensor) -> torch.Tensor:
        with engine.autocast():
            return generator.network(photo).cpu()  # waits for a GPU

    photo = to_tensor(setting.photo).to(engine.device, memory_format=torch.channels_last)
    return Ready(run, photo, path.stat().st_size, generator.paint)


def our_onnx(style: str, int8: bool, setting: Setting) -> Ready:
    """A built-in generator, exported to ONNX, in ONNX Runtime on the CPU."""
    path = setting.folder / f"{style}{'-int8' if int8 else ''}.onnx"
    if not path.exists():
        export(style, path, "onnx", int8)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    photo = {session.get_inputs()[0].name: to_tensor(setting.photo).numpy()}
    return Ready(partial(session.run, None), photo, path.stat().st_size, load(path).paint)


def our_pipeline(style: str, setting: Setting) -> Ready:
    """The whole pipeline, faces included. Its weights are those of the scene, of the faces, and of MTCNN."""
    pipeline = animegan.Pipeline()
    used = {style, find_style(style).faces_style or style}
    detector = (Path(str(facenet_pytorch.__file__)).parent / "data").glob("?net.pt")
    files = [*(weights.locate(find_style(each)) for each in used), *detector]

    def paint(photo: Picture) -> Picture:
        return pipeline.stylize(photo, style, enhance="off").image

    return Ready(paint, setting.photo, sum(file.stat().st_size for file in files), paint)


def animegan_v2(mode: str, setting: Setting) -> Ready:
    """AnimeGANv2's generator in PyTorch: ``eager``, ``channels last`` or ``TorchScript``."""
    network, photo = AnimeGANv2Generator().eval(), to_tensor(setting.photo)
    size = 4 * parameter_count(network)
    if mode == "channels last":
        return Ready(choose_engine("cpu").ready(network), photo.to(memory_format=torch.channels_last), size)
    if mode == "TorchScript":
        with torch.inference_mode():
            frozen = torch.jit.freeze(torch.jit.trace(network, photo))
            frozen(photo)  # it is compiled in the first two passes
        return Ready(frozen, photo, size)
    return Ready(network, photo, size)


def peer(name: str, setting: Setting) -> Ready:
    """One of `benchmarks.peers`, with random weights."""
    network = PEERS[name](setting.style, setting.nst_steps).eval()
    return Ready(network, to_tensor(setting.photo), 4 * parameter_count(network))


def opencv(setting: Setting) -> Ready:
    """OpenCV's filter; it has no weights."""
    return Ready(stylization, setting.photo, None, stylization)


def methods(nst_steps: int) -> list[Method]:
    """All methods, in the order of the table."""
    ours = []
    for style in [style.id for style in animegan.list_styles() if isinstance(style.source, BuiltIn)]:
        modes = {
            "PyTorch fp32": partial(our_network, style, "cpu"),
            f"chosen engine ({choose_engine().name})": partial(our_network, style, "auto"),
            "ONNX Runtime": partial(our_onnx, style, False),
            "ONNX Runtime int8": partial(our_onnx, style, True),
        }
        ours += [Method(f"{style}, {mode}", "ours", make) for mode, make in modes.items()]
        ours.append(Method(f"{style}, whole pipeline", "ours", partial(our_pipeline, style), faces=True))
    v2 = [
        Method(f"AnimeGANv2, {mode}", "AnimeGANv2", partial(animegan_v2, mode))
        for mode in ("eager", "channels last", "TorchScript")
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
    """Name of the row of Neural Style Transfer."""
    return f"Neural Style Transfer, {steps} steps"
