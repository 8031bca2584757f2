"""The ONNX model: loaded only when file, card and signature fit, and run on prepared pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from msgspec.structs import replace
from numpy.typing import NDArray

from screener.contracts.wire import ClassProbabilities, Estimate, Findings
from screener.errors import BadConfig, ScreenerError
from screener.imaging.prepare import Picture
from screener.scoring.card import MEND, Card, read_verified
from screener.scoring.heatmap import encode_map
from screener.scoring.signature import (
    CELL_PX,
    INPUTS,
    MULTIPLE_PX,
    OUTPUTS,
    check_metadata,
    check_ports,
)

EXTERNAL_DATA = b"\x0a\x08location\x12"
"""The protobuf entry that every tensor kept outside the file has: key `location`, then its value."""

OVERSHOOT = 1e-4
"""How far rounding may carry a probability beyond 0 and 1."""

Output = dict[str, NDArray[np.float32]]


class Unscorable(ScreenerError):
    """The model gave no usable numbers for a sound image: the scan counts as unscored, never as clear."""


class Model:
    """A verified model. Thread-safe."""

    def __init__(self, session: onnxruntime.InferenceSession, card: Card) -> None:
        self._session = session
        self._card = card

    @classmethod
    def load(cls, path: Path, threads: int = 1) -> Model:
        """The model at `path`, with its card beside it.

        Raises `BadConfig` where a file is missing, the SHA-256, signature or metadata differ, weights
        lie outside the file, or ONNX Runtime cannot load or run it.
        """
        data, card = read_verified(path)
        if EXTERNAL_DATA in data:
            raise BadConfig(f"{path}: expected all weights inside the file, got external data; {MEND}")
        session = _session(path, data, threads)
        try:
            check_ports(path, "inputs", INPUTS, session.get_inputs())
            check_ports(path, "outputs", OUTPUTS, session.get_outputs())
            check_metadata(path, session.get_modelmeta().custom_metadata_map, card)
        except UnicodeDecodeError as error:  # ONNX Runtime loads such a file, and fails as its names are read
            raise BadConfig(f"{path}: names and metadata: expected UTF-8, got {error}; {MEND}") from error
        model = cls(session, card)
        model._try_on_empty_belt(path)
        return model

    @property
    def id(self) -> str:
        return self._card.model

    @property
    def sha256(self) -> str:
        """Of the file."""
        return self._card.sha256

    def at_threshold(self, threshold: float) -> Model:
        """The same model in the same memory, which flags from another alarm on."""
        return Model(self._session, replace(self._card, threshold=threshold))

    @property
    def threshold(self) -> float:
        """The alarm at and above which a scan is flagged, by the model's card."""
        return self._card.threshold

    @property
    def pitch_mm(self) -> float:
        """The pitch that pictures must be prepared at."""
        return self._card.pitch_mm

    def score(self, images: Sequence[Picture]) -> list[Findings]:
        """Findings for each picture [3, H, W] of `prepare`, in order. Raises `Unscorable`.

        Pictures are run one by one: measured on one thread, batches of 2 to 8 were no faster, and so no
        picture's numbers depend on its company.
        """
        return [self._findings(image) for image in images]

    def _findings(self, image: Picture) -> Findings:
        rows, cols = image.shape[1:]
        output = self._run(image)
        cells = output["maps"][:3, : -(-rows // CELL_PX), : -(-cols // CELL_PX)]
        return Findings(
            alarm=_probability(output["alarm"]),
            threshold=self.threshold,
            p=ClassProbabilities(
                cigarettes=_probability(output["p"][0]),
                loose_tobacco=_probability(output["p"][1]),
                e_cigarettes=_probability(output["p"][2]),
            ),
            sticks=_estimate(output["sticks"]),
            tobacco_g=_estimate(output["tobacco_g"]),
            map_png=encode_map(cells),
            map_pitch_mm=CELL_PX * self.pitch_mm,
            model=self.id,
        )

    def _run(self, image: Picture) -> Output:
        """The outputs for one picture, without the axis N. Raises `Unscorable` where one is no number."""
        extent = np.array([image.shape[1:]], np.int64)
        names = list(OUTPUTS)
        try:
            values = self._session.run(names, {"image": padded(image)[None], "extent": extent})
        except Exception as error:  # ONNX Runtime's errors have no common base
            raise Unscorable(f"model {self.id}: it fails on {rows_by_cols(image)}: {error}") from error
        output = {name: value[0] for name, value in zip(names, values, strict=True)}
        for name, value in output.items():
            if not np.isfinite(value).all():
                raise Unscorable(f"model {self.id}: output {name}: expected finite numbers, got NaN or Inf")
        return output

    def _try_on_empty_belt(self, path: Path) -> None:
        """A model may load and still not run; better to know before the first parcel."""
        belt = np.ones((3, 40, 70), np.float32)
        try:
            output = self._run(belt)
        except Unscorable as error:
            raise BadConfig(f"{path}: it fails on an empty belt: {error}; {MEND}") from error
        shape = output["maps"].shape
        if shape != (4, 64 // CELL_PX, 96 // CELL_PX):
            raise BadConfig(f"{path}: maps: expected [4, H/8, W/8], got {list(shape)} for 64 x 96; {MEND}")


def rows_by_cols(image: Picture) -> str:
    """The size of a picture, as errors say it."""
    return f"a picture of {image.shape[1]} x {image.shape[2]}"


def padded(image: Picture) -> Picture:
    """The picture with air added below and to the right, up to multiples of 32."""
    rows, cols = image.shape[1:]
    below, right = -rows % MULTIPLE_PX, -cols % MULTIPLE_PX
    return np.pad(image, ((0, 0), (0, below), (0, right)), constant_values=np.float32(1.0))


def _session(path: Path, data: bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common base
        raise BadConfig(f"{path}: ONNX Runtime cannot load it: {error}; {MEND}") from error


def _probability(value: NDArray[np.float32]) -> float:
    """Rounded to what the numbers are worth, so that a message is short and the same everywhere."""
    number = float(value)
    if not -OVERSHOOT <= number <= 1 + OVERSHOOT:
        raise Unscorable(f"expected a probability, got {number}")
    return round(min(max(number, 0.0), 1.0), 6)


def _estimate(values: NDArray[Any]) -> Estimate:
    low, mid, high = np.maximum.accumulate(np.maximum(values, 0.0)).astype(float).tolist()
    return Estimate(low=round(low, 3), mid=round(mid, 3), high=round(high, 3))
