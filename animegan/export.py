"""A built-in generator in a form that other programs run: TorchScript, ONNX, safetensors. Each is verified."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import nn

from animegan import measures, photos, weights
from animegan.checkpoints import read_compact
from animegan.errors import AnimeganError, BadOptionError, OutputNotWritableError
from animegan.files import written_whole
from animegan.networks import CompactGenerator
from animegan.styles import BuiltIn, Style, find

FORMATS = ("torchscript", "onnx", "safetensors")
OPSET = 18
SIZES = ((256, 256), (384, 512), (512, 640))
"""Heights and widths at which what was written is compared with what it was made of: multiples of 16."""
CLOSE = 1e-3
"""The largest difference that is let pass, of values in [-1, 1]."""
FAITHFUL = 35.0
"""dB: the least PSNR to the fp32 network that an int8 file must keep on a photograph, at each of `SIZES`."""
EXAMPLES = Path(__file__).parent.parent / "examples"
CALIBRATED_ON = ("1-astronaut.jpg", "2-astronaut-blurry.jpg", "3-rocket.jpg", "5-chelsea.jpg")
"""Photos, good and bad ones, whose ranges of activations int8 is scaled to. Without the first, the worst of 30 other
photos came to 34 dB (portrait); with it, to 44 dB."""
VERIFIED_ON = "4-coffee.jpg"
"""The photo that an int8 file is judged by: calibration does not see it."""
CALIBRATION_SIZE = 256, 384
LAYOUT = "NCHW, RGB, values in [-1, 1], sides in multiples of"

Run = Callable[[np.ndarray], np.ndarray]
"""``(1, 3, H, W) float32`` to the same."""


@dataclass(frozen=True)
class Exported:
    """What was written, and how near it is to the original."""

    path: Path
    format: str
    difference: float
    """The largest, of values in [-1, 1], over `SIZES`."""
    psnr: float | None = None
    """dB to the fp32 network on a photograph, the least over `SIZES`; None where nothing was made int8."""


def export(style: str, path: Path, format: str, int8: bool = False) -> Exported:
    """Write the generator of a built-in style, run what was written, and compare it with PyTorch.

    Any size in multiples of the network's stride works in every format; layout and opset are in its metadata. The
    thumbnail that a network with a context is shown is made inside, from the whole input: so every file has one input
    and one output, and takes another's place; but such a network must be given whole pictures, no tiles.
    ``int8`` (ONNX only) makes the convolutions 8-bit, calibrated on the example photographs.

    Raises:
        UnknownStyleError, BadOptionError: there is no such style or format, the style is not built in, or it does
            not survive int8.
        OutputNotWritableError: the file cannot be written, or is not what it should be; it is not kept then.
    """
    chosen = find(style)
    if format not in FORMATS:
        raise BadOptionError(f"A format is {', '.join(FORMATS)}, not '{format}'.")
    if int8 and format != "onnx":
        raise BadOptionError(f"There is int8 in ONNX only, not in {format}: choose the format onnx.")
    if not isinstance(chosen.source, BuiltIn):
        raise BadOptionError(f"'{chosen.id}' is not built in: choose a built-in style to export.")
    network = read_compact(weights.locate(chosen)).eval()
    about = _about(chosen, network)
    write, read = {
        "torchscript": (_write_torchscript, _run_torchscript),
        "onnx": (_write_int8 if int8 else _write_onnx, _run_onnx),
        "safetensors": (_write_safetensors, _run_safetensors),
    }[format]
    fidelity = None
    try:
        with written_whole(path) as file:
            part = Path(file.name)
            write(network, part, about)
            difference = max(_differences(network, read(part)))
            if int8:
                fidelity = _verify_int8(network, part, chosen.id)
            elif difference > CLOSE:
                raise OutputNotWritableError(
                    f"The {format} file differs by {difference:.1e} and was not kept: try another format."
                )
            os.chmod(part, 0o644)
    except OSError as error:
        raise OutputNotWritableError(f"'{path}' cannot be written ({error.strerror}): choose another place.") from error
    return Exported(path, format, difference, fidelity)


def _about(style: Style, network: CompactGenerator) -> dict[str, str]:
    about = {
        "style": style.id,
        "licence": style.licence,
        "layout": f"{LAYOUT} {network.stride}",
        "architecture": "compact",
        "config": json.dumps(network.config.to_dict()),
    }
    if network.config.context:
        about["context"] = "colours depend on the whole input: give whole pictures, no tiles"
    if style.finish is not None:
        about["finish"] = f"{style.finish}: a pattern that animegan lays on afterwards, not part of this file"
    return about


def _differences(network: nn.Module, run: Run) -> list[float]:
    rng = np.random.default_rng(0)
    original = _run_by_torch(network)
    out = []
    for height, width in SIZES:
        photo = rng.uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        out.append(float(np.abs(run(photo) - original(photo)).max()))
    return out


def _write_torchscript(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch says that traces will go one day
        traced = torch.jit.trace(network, torch.zeros(1, 3, 64, 64))
        traced = torch.jit.freeze(traced)
        torch.jit.save(traced, str(path), _extra_files={"about.json": json.dumps(about)})


def _run_torchscript(path: Path) -> Run:
    return _run_by_torch(torch.jit.load(str(path)))


def _run_by_torch(network: nn.Module) -> Run:
    def run(photo: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            return network(torch.from_numpy(photo)).numpy()

    return run


def _write_onnx(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    try:
        import onnx  # noqa: F401
        import onnxscript  # noqa: F401 (the exporter needs them, and says so late)
    except ImportError as error:
        raise BadOptionError("Export to ONNX needs two more packages: pip install onnx onnxscript.") from error
    stride = network.stride
    sides = {2: stride * torch.export.Dim("h", min=1, max=512), 3: stride * torch.export.Dim("w", min=1, max=512)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of torch about torch
        torch.onnx.export(
            network,
            (torch.zeros(1, 3, 4 * stride, 6 * stride),),
            str(path),
            input_names=["photo"],
            output_names=["drawing"],
            dynamic_shapes=(sides,),
            opset_version=OPSET,
            external_data=False,
            verbose=False,
        )
    _describe_onnx(path, {**about, "opset": str(OPSET)})


def _describe_onnx(path: Path, about: dict[str, str]) -> None:
    """Put this into the metadata of an ONNX file, beside what is there."""
    import onnx

    model = onnx.load(str(path))
    there = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, {**there, **about})
    onnx.save(model, str(path))


def _write_int8(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    """The same with 8-bit convolutions: weights by output channel, activations by the range that calibration sees.

    Only convolutions: the sums of the residual blocks, and the last one with the photo, stay in fp32, so that nothing
    is rounded twice, and no drawing is cut off at the brightest colour of the calibration.
    """
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Photos(CalibrationDataReader):
        def __init__(self) -> None:
            self._left = [_to_network(_example(name, *CALIBRATION_SIZE)) for name in CALIBRATED_ON]

        def get_next(self) -> dict[str, np.ndarray] | None:
            return {"photo": self._left.pop(0)} if self._left else None

    calibration = Photos()
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
    _describe_onnx(path, {**about, "opset": str(OPSET)})


def _verify_int8(network: nn.Module, path: Path, style: str) -> float:
    """The least PSNR of an int8 file to its network in dB, over `SIZES`; it goes into the file's metadata.

    Raises:
        BadOptionError: it is less than `FAITHFUL`.
    """
    original, run = _run_by_torch(network), _run_onnx(path)
    pictures = [_to_network(_example(VERIFIED_ON, height, width)) for height, width in SIZES]
    fidelity = min(measures.psnr(_to_picture(run(photo)), _to_picture(original(photo))) for photo in pictures)
    if fidelity < FAITHFUL:
        raise BadOptionError(
            f"The style '{style}' does not survive int8 ({fidelity:.1f} dB to the original, {FAITHFUL:g} are asked "
            "for): export it without --int8."
        )
    sizes = ", ".join(f"{width}×{height}" for height, width in SIZES)
    _describe_onnx(path, {"int8": f"convolutions; at least {fidelity:.1f} dB to fp32 on a photograph at {sizes}"})
    return fidelity


def _example(name: str, height: int, width: int) -> np.ndarray:
    """The middle of an example photograph, ``(height, width, 3) uint8``; enlarged where it is smaller than that.

    Raises:
        BadOptionError: the examples are not there, as in an installed package.
    """
    try:
        photo = photos.load(EXAMPLES / name)
    except AnimeganError as error:
        raise BadOptionError(
            f"int8 is calibrated on example photographs, and '{EXAMPLES / name}' cannot be read: "
            "export in a checkout of the project, or without --int8."
        ) from error
    scale = max(1.0, height / photo.shape[0], width / photo.shape[1])
    if scale > 1:
        size = max(width, round(photo.shape[1] * scale)), max(height, round(photo.shape[0] * scale))
        photo = cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC)
    top, left = (photo.shape[0] - height) // 2, (photo.shape[1] - width) // 2
    return photo[top : top + height, left : left + width]


def _to_network(picture: np.ndarray) -> np.ndarray:
    """``(H, W, 3) uint8`` to ``(1, 3, H, W)`` in [-1, 1]."""
    return np.ascontiguousarray((picture.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)[None])


def _to_picture(values: np.ndarray) -> np.ndarray:
    """``(1, 3, H, W)`` in [-1, 1] to ``(H, W, 3) uint8``."""
    return np.clip(np.rint((values[0].transpose(1, 2, 0) + 1) * 127.5), 0, 255).astype(np.uint8)


def _run_onnx(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda photo: session.run(None, {"photo": photo})[0]


def _write_safetensors(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path, metadata=about)


def _run_safetensors(path: Path) -> Run:
    return _run_by_torch(read_compact(path).eval())
