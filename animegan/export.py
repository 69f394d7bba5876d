"""A built-in generator in a form that other programs run: TorchScript, ONNX, safetensors. Each is verified."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from animegan import weights
from animegan.checkpoints import read_compact
from animegan.errors import BadOptionError, OutputNotWritableError
from animegan.networks import CompactGenerator
from animegan.styles import BuiltIn, Style, find

FORMATS = ("torchscript", "onnx", "safetensors")
OPSET = 18
SIZES = ((64, 64), (128, 96), (256, 320))
"""Heights and widths at which what was written is compared with what it was made of: multiples of 16."""
CLOSE = 1e-3
"""The largest difference that is let pass, of values in [-1, 1]."""
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


def export(style: str, path: Path, format: str) -> Exported:
    """Write the generator of a built-in style, run what was written, and compare it with PyTorch.

    Any size in multiples of the network's stride works in every format; layout and opset are in its metadata.

    Raises:
        UnknownStyleError, BadOptionError: there is no such style or format, or the style is not built in.
        OutputNotWritableError: the file cannot be written, or is not what it should be; it is not kept then.
    """
    chosen = find(style)
    if format not in FORMATS:
        raise BadOptionError(f"A format is {', '.join(FORMATS)}, not '{format}'.")
    if not isinstance(chosen.source, BuiltIn):
        raise BadOptionError(f"'{chosen.id}' is not built in: choose a built-in style to export.")
    network = read_compact(weights.locate(chosen)).eval()
    about = _about(chosen, network)
    write, read = {
        "torchscript": (_write_torchscript, _run_torchscript),
        "onnx": (_write_onnx, _run_onnx),
        "safetensors": (_write_safetensors, _run_safetensors),
    }[format]
    try:
        handle, part = tempfile.mkstemp(dir=path.parent or ".", prefix=".animegan-", suffix=path.suffix)
        os.close(handle)
    except OSError as error:
        raise OutputNotWritableError(f"'{path}' cannot be written ({error.strerror}): choose another place.") from error
    try:
        write(network, Path(part), about)
        difference = max(_differences(network, read(Path(part))))
        if difference > CLOSE:
            raise OutputNotWritableError(
                f"The {format} file differs by {difference:.1e} and was not kept: try another format."
            )
        os.chmod(part, 0o644)
        os.replace(part, path)
    except OSError as error:
        raise OutputNotWritableError(f"'{path}' cannot be written ({error.strerror}): choose another place.") from error
    finally:
        Path(part).unlink(missing_ok=True)
    return Exported(path, format, difference)


def _about(style: Style, network: CompactGenerator) -> dict[str, str]:
    return {
        "style": style.id,
        "licence": style.licence,
        "layout": f"{LAYOUT} {network.stride}",
        "architecture": "compact",
        "config": json.dumps(network.config.to_dict()),
    }


def _differences(network: nn.Module, run: Run) -> list[float]:
    rng = np.random.default_rng(0)
    original = _run_by_torch(network)
    out = []
    for height, width in SIZES:
        photo = rng.uniform(-1, 1, (1, 3, height, width)).astype(np.float32)
        out.append(float(np.abs(run(photo) - original(photo)).max()))
    return out


def _write_torchscript(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    import warnings

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
        import onnx
        import onnxscript  # noqa: F401 (the exporter needs it, and says so late)
    except ImportError as error:
        raise BadOptionError("Export to ONNX needs two more packages: pip install onnx onnxscript.") from error
    stride = network.stride
    sides = {2: stride * torch.export.Dim("h", min=1, max=512), 3: stride * torch.export.Dim("w", min=1, max=512)}
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
    model = onnx.load(str(path))
    onnx.helper.set_model_props(model, {**about, "opset": str(OPSET)})
    onnx.save(model, str(path))


def _run_onnx(path: Path) -> Run:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda photo: session.run(None, {"photo": photo})[0]


def _write_safetensors(network: nn.Module, path: Path, about: dict[str, str]) -> None:
    from safetensors.torch import save_file

    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path, metadata=about)


def _run_safetensors(path: Path) -> Run:
    return _run_by_torch(read_compact(path).eval())
