"""Weights that people bring and that cannot paint: each is refused in one sentence, none in a runtime's words."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from animegan.errors import NotAModelError
from animegan.networks import painters
from animegan.networks.checkpoints import metadata
from animegan.networks.export import export
from animegan.networks.modules import AnimeGANv2Generator
from animegan.networks.painters import load
from tests.support.own_styles import write_style

onnx = pytest.importorskip("onnx")
NODE, FLOAT = onnx.helper.make_node, onnx.TensorProto.FLOAT
ANY = ("n", 3, "h", "w")


def write(path: Path, nodes: Sequence[Any], source: Sequence[Any], kind: int = FLOAT, **constants: Any) -> Path:
    """An ONNX file from ``x`` of the shape ``source`` to ``y``."""
    values = [onnx.numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()]
    ends = [onnx.helper.make_tensor_value_info(name, kind, shape) for name, shape in (("x", source), ("y", None))]
    graph = onnx.helper.make_graph(nodes, "odd", ends[:1], ends[1:], values)
    opset = [onnx.helper.make_opsetid("", 18)]
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=10), str(path))
    return path


SAME = [NODE("Identity", ["x"], ["y"])]
HALVED = NODE("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], strides=[2, 2])


@pytest.mark.parametrize("source", [ANY, (1, 3, "h", "w"), (None, 3, None, None), ("n", "h", "w", 3), (1, 3, 64, 64)])
def test_what_takes_and_gives_one_picture_paints(tmp_path, source):
    photo = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)
    np.testing.assert_array_equal(load(write(tmp_path / "same.onnx", SAME, source)).paint(photo), photo)


@pytest.mark.parametrize(
    ("why", "nodes", "source", "kind", "constants"),
    [
        ("it takes 4 pictures at a time", SAME, (4, 3, "h", "w"), FLOAT, {}),
        ("it takes 2 pictures at a time", SAME, (2, 64, 64, 3), FLOAT, {}),
        ("its input has the shape", SAME, (1, 1, "h", "w"), FLOAT, {}),
        ("its input has the shape", SAME, (1, 4, "h", "w"), FLOAT, {}),
        ("its input has the shape", SAME, (3, "h", "w"), FLOAT, {}),
        ("float16", SAME, ANY, onnx.TensorProto.FLOAT16, {}),
        ("uint8", SAME, ("n", "h", "w", 3), onnx.TensorProto.UINT8, {}),
        ("it gives [1, 1, 64, 64]", [NODE("ReduceMean", ["x", "axis"], ["y"])], ANY, FLOAT, {"axis": [1]}),
        ("it gives [1, 6, 64, 64]", [NODE("Concat", ["x", "x"], ["y"], axis=1)], ANY, FLOAT, {}),
        ("it gives [1, 3, 32, 32]", [HALVED], ANY, FLOAT, {}),
        ("it gives [64, 64]", [NODE("ReduceMean", ["x", "axes"], ["y"], keepdims=0)], ANY, FLOAT, {"axes": [0, 1]}),
        ("no numbers", [NODE("Div", ["x", "nought"], ["y"])], ANY, FLOAT, {"nought": np.float32(0)}),
        ("no numbers", [NODE("Sqrt", ["x"], ["y"])], ANY, FLOAT, {}),
    ],
)  # fmt: skip
def test_an_onnx_file_that_paints_no_picture_is_named(tmp_path, why, nodes, source, kind, constants):
    path = write(tmp_path / "odd.onnx", nodes, source, kind, **constants)
    with pytest.raises(NotAModelError, match=r"'odd\.onnx' cannot be used as a style \(") as caught:
        load(path).paint(np.zeros((64, 64, 3), np.uint8))
    assert why in str(caught.value)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    ("node", "constants"),
    [
        (NODE("Reshape", ["x", "shape"], ["y"]), {"shape": [1, 3, 100, 100]}),
        (NODE("Add", ["x", "other"], ["y"]), {"other": np.zeros((1, 3, 50, 50), np.float32)}),
        (NODE("MatMul", ["x", "other"], ["y"]), {"other": np.zeros((50, 50), np.float32)}),
    ],
)
def test_an_onnx_file_that_fails_at_this_size_is_named(tmp_path, node, constants):
    """Its input says any size, and its inside wants one."""
    path = write(tmp_path / "odd.onnx", [node], ANY, **constants)
    with pytest.raises(NotAModelError, match=r"'odd\.onnx' holds no network that is known here"):
        load(path).paint(np.zeros((64, 64, 3), np.uint8))


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_weights_that_are_no_numbers_are_refused(tmp_path, value):
    path = write_style(tmp_path / "failed.safetensors", faces=True)
    tensors, about = load_file(path), metadata(path)
    for name in ("tail.bias", "faces.tail.weight"):
        save_file({**tensors, name: torch.full_like(tensors[name], value)}, path, about)
        part = "faces" if name.startswith("faces") else ""
        with pytest.raises(NotAModelError, match=r"'failed\.safetensors' holds weights that are no numbers"):
            load(path, part=part)
        load(path, part="" if part else "faces")  # the other network is whole


def test_a_checkpoint_of_no_numbers_is_refused(tmp_path):
    weights = AnimeGANv2Generator().state_dict()
    name = next(iter(weights))
    weights[name] = weights[name].clone()
    weights[name].view(-1)[0] = float("nan")
    torch.save(weights, tmp_path / "failed.pt")
    with pytest.raises(NotAModelError, match="no numbers"):
        load(tmp_path / "failed.pt")


@pytest.mark.slow
def test_torchscript_says_that_it_is_no_style(tmp_path):
    """Ours, out of ``export``, and anybody else's: code is never run."""
    own = write_style(tmp_path / "own.safetensors")
    export(str(own), tmp_path / "own.pt", "torchscript")
    torch.jit.save(torch.jit.script(torch.nn.Conv2d(3, 3, 1)), str(tmp_path / "other.pth"))
    for name in ("own.pt", "other.pth"):
        with pytest.raises(NotAModelError, match=f"'{name}' is TorchScript.* safetensors or ONNX"):
            load(tmp_path / name)


@pytest.mark.parametrize(("processors", "of_torch", "expected"), [(1, 8, 1), (8, 2, 2), (4, 4, 4)])
def test_onnx_uses_the_cores_that_the_process_may_use(tmp_path, monkeypatch, processors, of_torch, expected):
    import onnxruntime

    seen = []
    session = onnxruntime.InferenceSession

    def watched(path: str, options: Any, **more: Any) -> Any:
        seen.append(options.intra_op_num_threads)
        return session(path, options, **more)

    monkeypatch.setattr(onnxruntime, "InferenceSession", watched)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(processors)))
    monkeypatch.setattr(torch, "get_num_threads", lambda: of_torch)
    path = write(tmp_path / "same.onnx", SAME, ANY)
    load(path)
    painters.OnnxGenerator(path, threads=3)
    assert seen == [expected, 3]
