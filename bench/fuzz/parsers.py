"""The parsers, each with what it may answer, and sound inputs to begin with."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from bench.fuzz import gateways, workstation
from bench.fuzz.parser import LIMITS, ROOT, Parser, encoded, pixels
from screener.contracts import cloudevents, examples, publishing, reading
from screener.contracts.wire import Energy
from screener.core import policy
from screener.errors import BadConfig, BadInput
from screener.hub.exports import export
from screener.hub.exports.sidecar import Sidecar
from screener.imaging.picture import Request, read_picture
from screener.scoring.model import Model

EXAMPLE_HUB = examples.MANIFEST.hub


def _manifest(data: bytes) -> None:
    headers = publishing.manifest_message(examples.MANIFEST, event_id="m").headers
    with suppress(BadInput):
        reading.read_manifest(data, headers, EXAMPLE_HUB)


def _headers(data: bytes) -> None:
    """Lines `name: value`, as headers of a scan."""
    pairs = [tuple(line.split(b":", 1)) for line in data.split(b"\n") if b":" in line]
    headers = tuple((name.decode("utf-8", "replace"), value) for name, value in pairs)
    with suppress(BadInput):
        reading.read_scan_headers(headers, EXAMPLE_HUB, None)
    with suppress(BadInput):
        cloudevents.from_headers(headers)


def _header_seeds() -> Sequence[bytes]:
    made = publishing.scan_message(examples.SCAN, b"\x89PNG", event_id="s")
    return [b"\n".join(name.encode() + b":" + (value or b"") for name, value in made.headers)]


def _reference(data: bytes) -> None:
    with suppress(BadInput):
        reading.read_image_reference(data)


def _image(content_type: str) -> Callable[[bytes], None]:
    def parse(data: bytes) -> None:
        for energy in (None, Energy.SINGLE, Energy.DUAL):
            with suppress(BadInput, MemoryError):
                read_picture(Request(data, content_type, 1.0, 1.0, energy), LIMITS, 1.5)

    return parse


def _dicos_seeds() -> Sequence[bytes]:
    from tests.imaging.dicos_files import data_set

    found = []
    for seen in (pixels(), pixels()[..., 0].astype(np.uint16)):
        buffer = io.BytesIO()
        data_set(seen).save_as(buffer, enforce_file_format=True)
        found.append(buffer.getvalue())
    return found


def _policy(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder, suppress(BadConfig):
        path = Path(folder) / "policy.toml"
        path.write_bytes(data)
        policy.read(path)


def _model(data: bytes) -> None:
    """The card, and the graph that it vouches for."""
    from tests.scoring import tiny_model

    with tempfile.TemporaryDirectory() as folder, suppress(BadConfig):
        path = Path(folder) / "tiny.onnx"
        path.write_bytes(data)
        tiny_model.write_card(path, {})
        Model.load(path)


def _card(data: bytes) -> None:
    from tests.scoring import tiny_model

    with tempfile.TemporaryDirectory() as folder, suppress(BadConfig):
        path = tiny_model.write(Path(folder))
        path.with_suffix(".json").write_bytes(data)
        Model.load(path)


def _model_seeds() -> Sequence[bytes]:
    from tests.scoring import tiny_model

    with tempfile.TemporaryDirectory() as folder:
        return [tiny_model.write(Path(folder)).read_bytes()]


def _card_seeds() -> Sequence[bytes]:
    from tests.scoring import tiny_model

    with tempfile.TemporaryDirectory() as folder:
        return [tiny_model.write(Path(folder)).with_suffix(".json").read_bytes()]


def _export(data: bytes) -> None:
    """A file that a scanner's software wrote, as the folder gateway reads it."""
    with tempfile.TemporaryDirectory() as folder, suppress(BadInput, MemoryError):
        path = Path(folder) / "scan.bin"
        path.write_bytes(data)
        export.exported(path, Sidecar(), LIMITS)


def _file(name: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [(ROOT / name).read_bytes()]


def _encoded_manifest() -> Sequence[bytes]:
    return [reading.encode(examples.MANIFEST)]


def _encoded_reference() -> Sequence[bytes]:
    return [reading.encode(examples.IMAGE_REFERENCE)]


PARSERS: dict[str, Parser] = {
    "manifest": Parser(_manifest, _encoded_manifest),
    "headers": Parser(_headers, _header_seeds, 4096),
    "reference": Parser(_reference, _encoded_reference, 4096),
    "png": Parser(_image("image/png"), encoded(".png")),
    "jpeg": Parser(_image("image/jpeg"), encoded(".jpg")),
    "tiff": Parser(_image("image/tiff"), encoded(".tiff")),
    "dicos": Parser(_image("application/dicos"), _dicos_seeds),
    "policy": Parser(_policy, _file("configs/policy.toml")),
    "model": Parser(_model, _model_seeds),
    "card": Parser(_card, _card_seeds, 4096),
    "export": Parser(_export, lambda: [*encoded(".bmp")(), *encoded(".png")(), *_dicos_seeds()]),
    **gateways.PARSERS,
    **workstation.PARSERS,
}
"""Uploads of the workstation go through the same decoders as scans, and WebP beside them."""
