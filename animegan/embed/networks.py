"""Writes networks for the browser: ONNX with weights stored in half precision, verified against PyTorch.

Each weight is stored as fp16 with a Cast to fp32 behind it: half the bytes, and every engine computes in fp32. Our own
weights are fp16 already, so nothing is rounded. A graph that computes in fp16 would need WebGPU's ``shader-f16``.
"""

from __future__ import annotations

import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from animegan.errors import OutputNotWritableError, missing_extra
from animegan.networks.export import MAX_DIFFERENCE, OPSET
from animegan.networks.modules import CompactGenerator

if TYPE_CHECKING:
    from onnx import ModelProto

SIZES = ((64, 64), (160, 96), (256, 320))
"""Heights and widths at which a generator is compared with PyTorch, in multiples of 32."""
MAX_FINDER_DIFFERENCE = 0.02
"""The largest accepted difference of the face finder's networks, whose weights are rounded to fp16: of probabilities,
and of places in parts of a box."""

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Network:
    """A network as the browser gets it."""

    data: bytes
    """An ONNX file."""
    difference: float
    """The largest difference to PyTorch on noise."""


def generator(network: CompactGenerator, about: dict[str, str]) -> Network:
    """Export one of our generators. Inputs: ``photo`` ``(1, 3, H, W)``, RGB in [-1, 1], sides in multiples of the
    stride; with a context also ``small``, ``(1, 3, side, side)``. Output: ``drawing``. ``about`` goes into the file.

    Raises:
        OutputNotWritableError: the file draws something else than the network.
        MissingExtraError: the packages that write ONNX are not installed.
    """
    network = network.eval()
    side = network.config.context
    photo = torch.zeros(1, 3, 4 * network.stride, 6 * network.stride)
    small = (torch.zeros(1, 3, side, side),) if side else ()
    sizes = {"photo": {2: "height", 3: "width"}, "drawing": {2: "drawn height", 3: "drawn width"}}
    model = _exported(network, (photo, *small), ["photo", "small"][: 1 + bool(side)], ["drawing"], sizes, about)
    rng = np.random.default_rng(0)

    def noise(*shape: int) -> Values:
        return rng.uniform(-1, 1, shape).astype(np.float32)

    inputs = [[noise(1, 3, height, width), *([noise(1, 3, side, side)] if side else [])] for height, width in SIZES]
    return _verified(model, network, inputs, MAX_DIFFERENCE, about["name"])


def finder(about: dict[str, str]) -> dict[str, Network]:
    """Export the three networks of facenet-pytorch's MTCNN: ``pnet`` takes a picture of any size, ``rnet`` and
    ``onet`` any number of windows of 24 and 48 pixels. Input: ``picture`` ``(N, 3, H, W)`` in about [-1, 1].
    Outputs: ``boxes`` (four corrections), for ``onet`` ``landmarks`` (five x, then five y), and ``probabilities``.

    Raises:
        OutputNotWritableError: a file finds something else than its network.
        MissingExtraError: the packages that write ONNX are not installed.
    """
    from facenet_pytorch import MTCNN

    mtcnn = MTCNN().eval()
    rng = np.random.default_rng(0)

    def noise(count: int, height: int, width: int) -> list[Values]:
        return [rng.uniform(-1, 1, (count, 3, height, width)).astype(np.float32)]

    two, three = ["boxes", "probabilities"], ["boxes", "landmarks", "probabilities"]
    parts: dict[str, tuple[Any, list[str], list[list[Values]]]] = {
        "pnet": (torch.zeros(1, 3, 40, 53), two, [noise(1, 12, 17), noise(1, 90, 61)]),
        "rnet": (torch.zeros(3, 3, 24, 24), two, [noise(1, 24, 24), noise(7, 24, 24)]),
        "onet": (torch.zeros(3, 3, 48, 48), three, [noise(1, 48, 48), noise(7, 48, 48)]),
    }
    networks = {}
    for name, (example, outputs, inputs) in parts.items():
        network = getattr(mtcnn, name)
        sizes = {
            each: {2: f"{each} h", 3: f"{each} w"} if name == "pnet" else {0: "n"} for each in ["picture", *outputs]
        }
        model = _exported(network, (example,), ["picture"], outputs, sizes, {**about, "name": name})
        networks[name] = _verified(model, network, inputs, MAX_FINDER_DIFFERENCE, name)
    return networks


def _exported(
    network: nn.Module,
    example: tuple,
    inputs: list[str],
    outputs: list[str],
    sizes: dict[str, dict[int, str]],
    about: dict[str, str],
) -> ModelProto:
    """Export to ONNX and halve the weights. ``sizes`` names the sides that may have any length."""
    try:
        import onnx
        import onnxruntime  # noqa: F401
        import onnxscript  # noqa: F401 (torch's exporter fails late without it)
    except ImportError as error:
        raise missing_extra("The ONNX exporter", "export") from error
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch announces its other exporter, which takes ten times as long
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network,
            example,
            str(path),
            input_names=inputs,
            output_names=outputs,
            dynamic_axes=sizes,
            opset_version=OPSET,
            dynamo=False,
        )
        model = onnx.load(str(path))
    for node in model.graph.node:
        node.doc_string = ""  # torch's notes on where a node came from, with paths of this machine
    _halve(model)
    onnx.helper.set_model_props(model, about)
    return model


def _halve(model: ModelProto) -> None:
    """Store the weights of a graph in fp16, each with a Cast to fp32."""
    from onnx import TensorProto, helper, numpy_helper

    casts = []
    for weight in model.graph.initializer:
        values = numpy_helper.to_array(weight)
        if weight.data_type != TensorProto.FLOAT or values.size < 16:
            continue
        name = weight.name
        weight.CopyFrom(numpy_helper.from_array(values.astype(np.float16), f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend([*casts, *nodes])


def _verified(model: ModelProto, network: nn.Module, inputs: list[list[Values]], most: float, name: str) -> Network:
    """Run a file on inputs and compare all its outputs with the network's."""
    import onnxruntime

    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    difference = 0.0
    for values in inputs:
        with torch.inference_mode():
            expected = network(*map(torch.from_numpy, values))
        expected = expected if isinstance(expected, tuple) else (expected,)
        outputs = session.run(None, dict(zip(names, values, strict=True)))
        for output, wanted in zip(outputs, expected, strict=True):
            difference = max(difference, float(np.abs(np.asarray(output) - wanted.numpy()).max()))
    if difference > most:
        raise OutputNotWritableError(
            f"The network '{name}' differs by {difference:.1e} from PyTorch as ONNX and was not kept: use other "
            "versions of torch and onnx."
        )
    return Network(data, difference)
