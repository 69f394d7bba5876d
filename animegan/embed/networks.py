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

Shape = tuple[int, int, int, int]
Sizes = dict[str, list[int]]


@dataclass(frozen=True)
class Network:
    """A network as the browser gets it: an ONNX file, and its largest difference to PyTorch on noise."""

    data: bytes
    difference: float


def generator(network: CompactGenerator, about: dict[str, str]) -> Network:
    """Export one of our generators. Inputs: ``photo`` ``(1, 3, H, W)``, RGB in [-1, 1], sides in multiples of the
    stride; with a context also ``small``, ``(1, 3, side, side)``. Output: ``drawing``. ``about`` goes into the file.

    Raises:
        OutputNotWritableError: the file draws something else than the network.
        MissingExtraError: the packages that write ONNX are not installed.
    """
    side = network.config.context
    names, small = (["photo", "small"], [(1, 3, side, side)]) if side else (["photo"], [])
    shapes: list[list[Shape]] = [[(1, 3, height, width), *small] for height, width in SIZES]
    sizes: Sizes = {"photo": [2, 3], "drawing": [2, 3]}
    return _network(network, names, ["drawing"], sizes, shapes, about, MAX_DIFFERENCE)


def person_mask(network: CompactGenerator, about: dict[str, str]) -> Network:
    """Export our network for people. Input: ``photo`` ``(1, 3, H, W)``, RGB in [-1, 1]. Output: ``drawing``, the logits
    of a mask, ``(1, 1, H, W)``. It raises what `generator` raises.
    """
    shapes: list[list[Shape]] = [[(1, 3, height, width)] for height, width in SIZES]
    sizes: Sizes = {"photo": [2, 3], "drawing": [2, 3]}
    return _network(network, ["photo"], ["drawing"], sizes, shapes, about, MAX_DIFFERENCE)


def finder(about: dict[str, str]) -> dict[str, Network]:
    """Export the three networks of facenet-pytorch's MTCNN: ``pnet`` takes a picture of any size, ``rnet`` and
    ``onet`` any number of windows of 24 and 48 pixels. Input: ``picture`` ``(N, 3, H, W)`` in about [-1, 1].
    Outputs: ``boxes`` (four corrections), for ``onet`` ``landmarks`` (five x, then five y), and ``probabilities``.
    It raises what `generator` raises.
    """
    from facenet_pytorch import MTCNN

    mtcnn, two = MTCNN(), ["boxes", "probabilities"]
    parts: dict[str, tuple[list[str], list[Shape]]] = {
        "pnet": (two, [(1, 3, 12, 17), (1, 3, 90, 61)]),
        "rnet": (two, [(1, 3, 24, 24), (7, 3, 24, 24)]),
        "onet": (["boxes", "landmarks", "probabilities"], [(1, 3, 48, 48), (7, 3, 48, 48)]),
    }
    networks = {}
    for name, (outputs, shapes) in parts.items():
        sizes: Sizes = {each: [2, 3] if name == "pnet" else [0] for each in ["picture", *outputs]}
        inputs, said = [[shape] for shape in shapes], {**about, "name": name}
        network = getattr(mtcnn, name)
        networks[name] = _network(network, ["picture"], outputs, sizes, inputs, said, MAX_FINDER_DIFFERENCE)
    return networks


def _network(
    network: nn.Module,
    names: list[str],
    outputs: list[str],
    sizes: Sizes,
    shapes: list[list[Shape]],
    about: dict[str, str],
    most: float,
) -> Network:
    """Export a network and compare it with PyTorch on noise of all ``shapes`` of its inputs, which ``names`` names.
    ``sizes`` are the axes of inputs and outputs that may have any length.
    """
    try:
        import onnx
        import onnxruntime
        import onnxscript  # noqa: F401 (torch's exporter fails late without it)
    except ImportError as error:
        raise missing_extra("The ONNX exporter", "export") from error
    network, rng = network.eval(), np.random.default_rng(0)
    inputs = [[rng.uniform(-1, 1, shape).astype(np.float32) for shape in each] for each in shapes]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch announces its other exporter, which takes ten times as long
        path = Path(folder) / "network.onnx"
        torch.onnx.export(
            network,
            tuple(map(torch.from_numpy, inputs[1])),
            str(path),
            input_names=names,
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
    data = model.SerializeToString()
    session = onnxruntime.InferenceSession(data, providers=["CPUExecutionProvider"])
    difference = max(_difference(session, network, dict(zip(names, values, strict=True))) for values in inputs)
    if difference > most:
        raise OutputNotWritableError(
            "The network '{about}' differs by {difference:.1e} from PyTorch as ONNX and was not kept: use "
            "other versions of torch and onnx.",
            about=about["name"],
            difference=difference,
        )
    return Network(data, difference)


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


def _difference(session: Any, network: nn.Module, values: dict[str, Any]) -> float:
    """Return the largest difference between the outputs of a file and those of its network."""
    with torch.inference_mode():
        expected = network(*map(torch.from_numpy, values.values()))
    expected = expected if isinstance(expected, tuple) else (expected,)
    pairs = zip(session.run(None, values), expected, strict=True)
    return max(float(np.abs(np.asarray(output) - wanted.numpy()).max()) for output, wanted in pairs)
