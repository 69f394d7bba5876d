"""The generator that is imitated: an ONNX file, run with ONNX Runtime."""

from pathlib import Path

import numpy as np


class Teacher:
    """An AnimeGAN generator as ONNX: RGB in [-1, 1], NHWC or NCHW as its own input says."""

    def __init__(self, path: str | Path, threads: int = 0):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        (source,) = self._session.get_inputs()
        self._name = source.name
        self._channels_last = source.shape[-1] == 3

    def __call__(self, photo: np.ndarray) -> np.ndarray:
        """Draw one photo, ``(H, W, 3) uint8`` to the same; H and W as the model's input demands."""
        x = photo.astype(np.float32)[None] / 127.5 - 1
        if not self._channels_last:
            x = x.transpose(0, 3, 1, 2)
        (y,) = self._session.run(None, {self._name: np.ascontiguousarray(x)})
        if not self._channels_last:
            y = y.transpose(0, 2, 3, 1)
        return np.clip(np.rint((y[0] + 1) * 127.5), 0, 255).astype(np.uint8)
