"""Networks with random weights: what they put out means nothing, but they cost what real ones cost.

A swapper of inswapper_128's architecture, and plain stacks of convolutions for the detector and the
recogniser of buffalo_l.

python benchmarks/network.py FILE    # the swapper, 554 MB
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LATENT = 512
STYLED = 1024  # channels where the source's style comes in
BLOCKS = 6
GIGAFLOP = 349.2  # a face, two for each multiplication with its addition

# Channels before and after, side of the kernel, and its stride, or whether the size is doubled.
_DOWN = ((3, 128, 7, 1), (128, 256, 3, 1), (256, 512, 3, 2), (512, STYLED, 3, 2))
_UP = ((STYLED, 512, 3, True), (512, 256, 3, True), (256, 128, 3, False))


# Channels and stride of 3x3 convolutions. The recogniser's are those of its ResNet-50 without the
# shortcuts, 6.3 GMAC; the detector's come to the cost of SCRFD-10G at 640 x 640, 12 GMAC.
_RECOGNISER = (
    *((64, 1), (64, 1), (64, 2), *[(64, 1)] * 4),
    *((128, 1), (128, 2), *[(128, 1)] * 6),
    *((256, 1), (256, 2), *[(256, 1)] * 26),
    *((512, 1), (512, 2), *[(512, 1)] * 4),
)
_DETECTOR = (
    *((28, 2), (28, 1), (56, 1), (56, 2), *[(56, 1)] * 5),
    *((88, 2), *[(88, 1)] * 8, (80, 1), (80, 1)),
    *((88, 2), *[(88, 1)] * 4, (224, 2), (224, 1)),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("file", type=Path)
    write_network(parser.parse_args().file)


def write_network(path: Path, seed: int = 0, shrink: int = 1) -> None:
    """`target` [1, 3, 128, 128] and `source` [1, 512] to `output` [1, 3, 128, 128] in [0, 1], with
    the 512x512 emap as the last initializer; 138 million parameters.

    shrink: divides all channels, where only the interface matters.
    """
    made = _Builder(seed, shrink)
    x = "target"
    for number, (before, after, side, stride) in enumerate(_DOWN):
        x = made.pad(x, 3) if number == 0 else x
        x = made.convolve(x, before, after, side, stride, padded=number > 0)
        x = made.node("LeakyRelu", x, alpha=0.2)
    for _ in range(BLOCKS):
        x = made.block(x)
    for before, after, side, doubled in _UP:
        x = made.double(x) if doubled else x
        x = made.convolve(x, before, after, side, 1, padded=True)
        x = made.node("LeakyRelu", x, alpha=0.2)
    x = made.convolve(made.pad(x, 3), 128, 3, 7, 1, padded=False)
    x = made.node("Add", made.node("Tanh", x), made.constant(np.float32(1)))
    made.node("Div", x, made.constant(np.float32(2)), output="output")
    made.weight(LATENT, LATENT)
    inputs = {"target": [1, 3, 128, 128], "source": [1, LATENT]}
    path.write_bytes(made.model(inputs).SerializeToString())


def write_recogniser(path: Path) -> None:
    """[1, 3, 112, 112] to [1, 512, 7, 7], at the cost of w600k_r50."""
    _write_stack(path, 112, _RECOGNISER)


def write_detector(path: Path) -> None:
    """[1, 3, 640, 640] to some numbers, at about the cost of det_10g."""
    _write_stack(path, 640, _DETECTOR)


def _write_stack(path: Path, side: int, layers: Sequence[tuple[int, int]]) -> None:
    made = _Builder(0, 1)
    x, before = "data", 3
    for after, stride in layers:
        x = made.node("Relu", made.convolve(x, before, after, 3, stride, padded=True))
        before = after
    made.node("Identity", x, output="output")
    path.write_bytes(made.model({"data": [1, 3, side, side]}).SerializeToString())


class _Builder:
    def __init__(self, seed: int, shrink: int) -> None:
        self._shrink = shrink
        self._rng = np.random.default_rng(seed)
        self._nodes: list[onnx.NodeProto] = []
        self._tensors: list[onnx.TensorProto] = []
        self._names = (f"t{number}" for number in range(10_000))

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or next(self._names)
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: Any) -> str:
        name = next(self._names)
        self._tensors.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def weight(self, *shape: int) -> str:
        """Random numbers that keep the variance of what passes through them."""
        inputs = shape[0] if len(shape) == 2 else int(np.prod(shape[1:]))
        values = self._rng.standard_normal(shape, np.float32)
        return self.constant(values * np.float32(1 / np.sqrt(inputs)))

    def convolve(
        self, x: str, before: int, after: int, side: int, stride: int, *, padded: bool
    ) -> str:
        before, after = (n if n == 3 else n // self._shrink for n in (before, after))
        weight, bias = self.weight(after, before, side, side), np.zeros(after, np.float32)
        margin = [side // 2 if padded else 0] * 4
        return self.node(
            "Conv", x, weight, self.constant(bias), strides=[stride, stride], pads=margin
        )

    def pad(self, x: str, width: int) -> str:
        margin = np.array([0, 0, width, width] * 2, np.int64)
        return self.node("Pad", x, self.constant(margin), mode="reflect")

    def double(self, x: str) -> str:
        scales = self.constant(np.array([1, 1, 2, 2], np.float32))
        return self.node("Resize", x, "", scales, mode="linear")

    def block(self, x: str) -> str:
        y = self.node("Relu", self.styled(x))
        return self.node("Add", x, self.styled(y))

    def styled(self, x: str) -> str:
        """A convolution, instance normalisation, and the source's scale and shift."""
        x = self.convolve(self.pad(x, 1), STYLED, STYLED, 3, 1, padded=False)
        x = self.node("Sub", x, self.node("ReduceMean", x, axes=[2, 3]))
        variance = self.node("ReduceMean", self.node("Mul", x, x), axes=[2, 3])
        deviation = self.node("Sqrt", self.node("Add", variance, self.constant(np.float32(1e-8))))
        x = self.node("Div", x, deviation)
        styled = STYLED // self._shrink
        bias = self.constant(np.repeat(np.array([1, 0], np.float32), styled))
        style = self.node("Gemm", "source", self.weight(LATENT, 2 * styled), bias)
        scale, shift = (
            self.node("Unsqueeze", part, self.constant(np.array([2, 3])))
            for part in self._halves(style, styled)
        )
        return self.node("Add", self.node("Mul", x, scale), shift)

    def _halves(self, style: str, width: int) -> Iterator[str]:
        for start in (0, width):
            ends = (self.constant(np.array([at])) for at in (start, start + width, 1))
            yield self.node("Slice", style, *ends)

    def model(self, inputs: Mapping[str, list[int]]) -> onnx.ModelProto:
        ports = [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
            for name, shape in inputs.items()
        ]
        output = helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, None, None, None])
        graph = helper.make_graph(self._nodes, "random", ports, [output], self._tensors)
        made: onnx.ModelProto = helper.make_model(
            graph, ir_version=8, opset_imports=[helper.make_opsetid("", 13)]
        )
        return made


if __name__ == "__main__":
    main()
