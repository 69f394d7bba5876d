"""Exports our painters and the enlarger to TorchScript, ONNX and safetensors, and verifies every file."""

from __future__ import annotations

import json
import math
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from animegan import examples
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError, missing_extra
from animegan.images import files, metrics
from animegan.images.resize import Picture, to_uint8
from animegan.networks import enlarger
from animegan.networks.checkpoints import read_compact
from animegan.networks.modules import CompactGenerator
from animegan.networks.painters import open_onnx
from animegan.options import SETTINGS
from animegan.storage import output_file
from animegan.styles import weights
from animegan.styles.lookup import find_style
from animegan.styles.sources import FREE, OnDisk, Style
from animegan.styles.table import ENLARGER

FORMATS = ("torchscript", "onnx", "safetensors")
OPSET = 18
SIZES = ((256, 256), (384, 512), (512, 640))
"""Heights and widths at which a file is compared with the network: multiples of 16."""
MAX_DIFFERENCE = 1e-3
"""The largest accepted difference, of values in [-1, 1]."""
MIN_INT8_PSNR = 35.0
"""dB: the smallest accepted PSNR of an int8 file to the fp32 network on a photograph, at each of `SIZES`."""
CALIBRATION_PHOTOS = ("1-astronaut.jpg", "2-astronaut-blurry.jpg", "3-rocket.jpg", "5-chelsea.jpg")
"""Photos, good and bad ones, that set the int8 ranges of the activations."""
VALIDATION_PHOTO = "4-coffee.jpg"
"""The photo that an int8 file is measured on; it is not in the calibration."""
CALIBRATION_SIZE = 256, 384
LAYOUT = "NCHW, RGB, values in [-1, 1], sides in multiples of"

Values: TypeAlias = npt.NDArray[np.float32]
"""``(1, 3, H, W) float32`` in [-1, 1]."""
Run = Callable[[Values], Values]
"""A network as a function; the output is as many times as large as the input as the file says."""


@dataclass(frozen=True)
class Exported:
    """An exported file and how close it is to the network."""

    path: Path
    format: str
    difference: float
    """The largest difference over `SIZES`, of values in [-1, 1]."""
    psnr: float | None = None
    """dB to the fp32 network on a photograph, the minimum over `SIZES`; None if the file is not int8."""


class EnlargedPainter(nn.Module):
    """A painter with the enlarger's networks behind it: ``(N, 3, H, W)`` in [-1, 1] to twice or four times the size."""

    def __init__(self, painter: CompactGenerator, enlarger: list[CompactGenerator]):
        super().__init__()
        self.painter, self.enlarger = painter, nn.ModuleList(enlarger)
        self.stride = painter.stride

    def forward(self, photo: Tensor) -> Tensor:
        drawing: Tensor = self.painter(photo)
        for network in self.enlarger:
            drawing = network(drawing.clamp(-1, 1))
        return drawing


Network: TypeAlias = CompactGenerator | EnlargedPainter
Write = Callable[[Network, Path, dict[str, str]], None]


def export(style: str, path: Path, format: str, int8: bool = False, scale: int = 1) -> Exported:
    """Write a network, run the file, and compare its output with PyTorch's.

    All files have one input and one output, and accept any size in multiples of the network's stride; the metadata give
    licence, layout, scale and opset. A network with a context needs whole pictures, not tiles.

    Args:
        style: a built-in style, a style file, or `ENLARGER`.
        path: the file to write.
        format: one of `FORMATS`.
        int8: make the convolutions 8-bit, calibrated on the example photographs; ONNX only.
        scale: 2 or 4 put the enlarger behind the painter, once or twice: the drawing is so many times as large as the
            photo. Not in safetensors, which hold one network.

    Raises:
        UnknownStyleError, BadOptionError: there is no such style, format or scale, they do not go together, the style
            is not one of our networks, or int8 changes its drawings too much.
        OutputNotWritableError: the file cannot be written, or its output differs too much; then it is deleted.
        MissingExtraError: the packages that write ONNX are not installed.
    """
    if format not in FORMATS:
        raise BadOptionError("A format is {choices}, not '{format}'.", choices=", ".join(FORMATS), format=format)
    if int8 and format != "onnx":
        raise BadOptionError("There is int8 in ONNX only, not in {format}: choose the format onnx.", format=format)
    if SETTINGS["scale"].check(scale) > 1 and format == "safetensors":
        raise BadOptionError(
            "A safetensors file holds one network: with --scale choose the format onnx or torchscript."
        )
    name, network, metadata = _read(style, scale)
    formats: dict[str, tuple[Write, Callable[[Path], Run]]] = {
        "torchscript": (_write_torchscript, lambda file: _run_torch(torch.jit.load(str(file)))),
        "onnx": (_write_int8 if int8 else _write_onnx, lambda file: open_onnx(file)[1]),
        "safetensors": (_write_safetensors, lambda file: _run_torch(read_compact(file).eval())),
    }
    write, load = formats[format]
    int8_psnr = None
    with output_file(path) as file:
        part = Path(file.name)
        write(network, part, metadata)
        difference = _difference(network, load(part))
        if int8:
            int8_psnr = _verify_int8(network, part, name)
        elif difference > MAX_DIFFERENCE:
            raise OutputNotWritableError(
                "The {format} file differs by {difference:.1e} and was not kept: try another format.",
                format=format,
                difference=difference,
            )
        os.chmod(part, 0o644)  # some writers make a file of their own
    return Exported(path, format, difference, int8_psnr)


def _read(style: str, scale: int) -> tuple[str, Network, dict[str, str]]:
    """The name of what is exported, the network, and its metadata; `export` says what it raises."""
    if style == ENLARGER:
        name, network = ENLARGER, read_compact(weights.fetch(enlarger.SOURCE)).eval()
        about = {"name": ENLARGER, "licence": FREE}
    else:
        chosen = find_style(style)
        name, network = chosen.id, _painter(chosen)
        about = {"style": name, "licence": chosen.licence}
        if chosen.finish is not None:
            about["finish"] = f"{chosen.finish}: a pattern that animegan lays on afterwards, not part of this file"
    about |= {
        "layout": f"{LAYOUT} {network.stride}",
        "scale": str(scale * network.config.scale),
        "architecture": "compact",
        "config": json.dumps(network.config.to_dict()),
    }
    if network.config.context:
        about["context"] = "colours depend on the whole input: give whole pictures, no tiles"
    if scale == 1:
        return name, network, about
    if network.config.scale > 1:
        raise BadOptionError("'{name}' enlarges already: export it without --scale.", name=name)
    sources = (enlarger.SOURCE, enlarger.AGAIN)[: round(math.log2(scale))]
    larger = [read_compact(weights.fetch(source)).eval() for source in sources]
    joined = EnlargedPainter(network, larger).eval()
    about["enlarger"] = json.dumps([each.config.to_dict() for each in larger])  # its licence adds nothing
    return name, joined, about


def _painter(style: Style) -> CompactGenerator:
    source = style.source
    name = source.path if isinstance(source, OnDisk) else source.file
    if not (name or ".safetensors").lower().endswith(".safetensors"):
        raise BadOptionError(
            "'{id}' is not built in: choose a built-in style, or a .safetensors file of ours.", id=style.id
        )
    return read_compact(weights.locate(style), style.part).eval()


def _difference(network: nn.Module, run: Run) -> float:
    """The largest difference between the network and an exported file on noise, over `SIZES`."""
    rng, original = np.random.default_rng(0), _run_torch(network)
    photos = (rng.uniform(-1, 1, (1, 3, *size)).astype(np.float32) for size in SIZES)
    return max(float(np.abs(run(photo) - original(photo)).max()) for photo in photos)


def _write_torchscript(network: Network, path: Path, metadata: dict[str, str]) -> None:
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch warns that tracing is deprecated
        traced = torch.jit.trace(network, torch.zeros(1, 3, 64, 64))
        traced = torch.jit.freeze(traced)
        torch.jit.save(traced, str(path), _extra_files={"about.json": json.dumps(metadata)})


def _run_torch(network: nn.Module) -> Run:
    def run(photo: Values) -> Values:
        with torch.inference_mode():
            drawn: Values = network(torch.from_numpy(photo)).numpy()
            return drawn

    return run


def _ends(network: Network) -> tuple[str, str]:
    """What input and output are called in ONNX."""
    alone = isinstance(network, CompactGenerator) and network.config.scale > 1
    return ("picture", "enlarged") if alone else ("photo", "drawing")


def _write_onnx(network: Network, path: Path, metadata: dict[str, str]) -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401 (torch's exporter needs both, and fails late without them)
    except ImportError as error:
        raise missing_extra("The ONNX exporter", "export") from error
    stride, (source, result) = network.stride, _ends(network)
    sides = {2: stride * torch.export.Dim("h", min=1, max=512), 3: stride * torch.export.Dim("w", min=1, max=512)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns about its own code
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 4 * stride, 6 * stride),),
            str(path),
            input_names=[source],
            output_names=[result],
            dynamic_shapes=(sides,),
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    _add_onnx_metadata(path, {**metadata, "opset": str(OPSET)})


def _add_onnx_metadata(path: Path, metadata: dict[str, str]) -> None:
    """Add entries to the metadata of an ONNX file."""
    import onnx

    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {entry.key: entry.value for entry in model.metadata_props} | metadata)
    onnx.save(model, str(path))


def _write_int8(network: Network, path: Path, metadata: dict[str, str]) -> None:
    """Write ONNX with 8-bit convolutions: weights scaled per output channel, activations by their range in calibration.
    Additions stay in fp32: no value is rounded twice, none is clipped at the brightest colour of the calibration.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Photos(CalibrationDataReader):  # type: ignore[misc]  # it has no types
        def __init__(self) -> None:
            self._remaining = [_to_network(_example(name, *CALIBRATION_SIZE)) for name in CALIBRATION_PHOTOS]

        # The annotation of onnxruntime lacks the None that ends the calibration.
        def get_next(self) -> dict[str, Values] | None:  # type: ignore[override]
            return {source: self._remaining.pop(0)} if self._remaining else None

    calibration, (source, _) = Photos(), _ends(network)
    with tempfile.TemporaryDirectory() as folder:
        full, prepared = Path(folder) / "full.onnx", Path(folder) / "prepared.onnx"
        _write_onnx(network, full, {})
        quant_pre_process(str(full), str(prepared), skip_symbolic_shape=True)
        quantize_static(
            str(prepared),
            str(path),
            calibration,
            quant_format=QuantFormat.QDQ,
            op_types_to_quantize=["Conv"],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
        )
    _add_onnx_metadata(path, {**metadata, "opset": str(OPSET)})


def _verify_int8(network: nn.Module, path: Path, name: str) -> float:
    """Measure the PSNR of an int8 file to its network and add it to the metadata; dB, the minimum over `SIZES`.

    Raises:
        BadOptionError: it is less than `MIN_INT8_PSNR`.
    """
    original, run = _run_torch(network), open_onnx(path)[1]
    inputs = [_to_network(_example(VALIDATION_PHOTO, height, width)) for height, width in SIZES]
    psnr = min(metrics.psnr(_to_picture(run(photo)), _to_picture(original(photo))) for photo in inputs)
    if psnr < MIN_INT8_PSNR:
        raise BadOptionError(
            "'{name}' changes too much in int8 ({psnr:.1f} dB to the original, at least {min_int8_psnr:g} "
            "are needed): export it without --int8.",
            name=name,
            psnr=psnr,
            min_int8_psnr=MIN_INT8_PSNR,
        )
    sizes = ", ".join(f"{width}×{height}" for height, width in SIZES)
    _add_onnx_metadata(path, {"int8": f"convolutions; at least {psnr:.1f} dB to fp32 on a photograph at {sizes}"})
    return psnr


def _example(name: str, height: int, width: int) -> Picture:
    """The centre of an example photograph, ``(height, width, 3) uint8``; smaller photographs are mirrored.

    Raises:
        BadOptionError: the examples are missing.
    """
    try:
        photo = files.load(examples.FOLDER / name)
    except AnimeganError as error:
        raise BadOptionError(
            "int8 needs the example photographs for calibration, and '{folder}' cannot be read: "
            "export in a checkout of the project, or without --int8.",
            folder=examples.FOLDER / name,
        ) from error
    below, beside = max(0, height - photo.shape[0]), max(0, width - photo.shape[1])
    photo = np.pad(photo, ((0, below), (0, beside), (0, 0)), "reflect")
    top, left = (photo.shape[0] - height) // 2, (photo.shape[1] - width) // 2
    return photo[top : top + height, left : left + width]


def _to_network(picture: Picture) -> Values:
    """``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1]."""
    return np.ascontiguousarray((picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None])


def _to_picture(values: Values) -> Picture:
    """``(1, 3, H, W)`` in [-1, 1] to ``(H, W, 3) uint8``."""
    return to_uint8((values[0].transpose(1, 2, 0) + 1) * 127.5)


def _write_safetensors(network: Network, path: Path, metadata: dict[str, str]) -> None:
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path, metadata=metadata)
