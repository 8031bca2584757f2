"""int8: the features in 8 bits, calibrated on pictures; the first block and the last answer stay float32.

The first block is as fast in float32, and took half of what int8 lost: in float32 it leaves an error of 0.13
in the logit of the alarm instead of 0.22. Nor is the picture itself rounded to 8 bits, then.

Weights are held to 7 bits. Without VNNI a processor multiplies unsigned activations with signed weights in
pairs whose sum saturates at 16 bits: full 8-bit weights would overflow there without a word, and the same
file would answer differently on another machine (full weights on AVX2: rank correlation .79, these: .99).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import onnx
import onnxruntime as ort
from onnx import GraphProto, ModelProto, NodeProto
from onnx.helper import make_opsetid
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantType, quantize_static

from screener.imaging.prepare import Picture
from screener.lab.loop import OPSET

QUANTIZED = {"Conv", "Clip", "Add", "Resize", "Slice"}
BEGIN, ANSWER = "/net/_blocks.1/_expand_conv/Conv", "/net/answer/Conv"


def quantized(one: ModelProto, pictures: Iterable[Picture]) -> ModelProto:
    """The graph of one picture with its features in int8, as ranges on `pictures` [3, H, W] ask for.

    It takes and gives what the float32 graph does.
    """
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, out = Path(folder, "plain.onnx"), Path(folder, "int8.onnx")
        _simplify(one, plain)
        quantize_static(
            plain,
            out,
            _Pictures(pictures),
            per_channel=True,
            reduce_range=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            nodes_to_quantize=features(onnx.load(plain).graph),
            calibrate_method=CalibrationMethod.MinMax,
        )
        return onnx.load(out)


def features(graph: GraphProto) -> list[str]:
    """The names of the nodes between the first block and the last answer that 8 bits suit."""
    makers = {name: node for node in graph.node for name in node.output}
    named = {node.name: node for node in graph.node}
    first = {node.name for node in _before(named[BEGIN], makers)}
    between = (node for node in _before(named[ANSWER], makers) if node.name not in first)
    return [node.name for node in between if node.op_type in QUANTIZED]


def _before(node: NodeProto, makers: dict[str, NodeProto]) -> Iterator[NodeProto]:
    waiting, seen = [*node.input], set[str]()
    while waiting:
        maker = makers.get(waiting.pop())
        if maker is not None and maker.name not in seen:
            seen.add(maker.name)
            waiting.extend(maker.input)
            yield maker


def _simplify(model: ModelProto, out: Path) -> None:
    """Writes the model with its paddings folded into the convolutions, still in standard operators."""
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(out)
    ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    plain = onnx.load(out)
    del plain.opset_import[:]
    plain.opset_import.append(make_opsetid("", OPSET))
    onnx.save(plain, out)


class _Pictures(CalibrationDataReader):
    def __init__(self, pictures: Iterable[Picture]) -> None:
        self._left = iter(pictures)

    def get_next(self) -> dict[str, Picture] | None:
        picture = next(self._left, None)
        return None if picture is None else {"picture": picture}
