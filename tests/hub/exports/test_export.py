from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from PIL import Image

from screener.config import ImageLimits
from screener.contracts.wire import Energy, PitchMm
from screener.errors import BadInput
from screener.hub.exports.export import Export, exported
from screener.hub.exports.samples import AXES, PLANES
from screener.hub.exports.sidecar import RawLayout, Sidecar
from screener.imaging.decode import announce, decode
from screener.imaging.reasons import ImageFault
from tests.imaging.corpus import Array, encoded, good, saved, scene
from tests.imaging.dicos_files import dicos

LIMITS = ImageLimits()
KNOWN = {fault.value for fault in ImageFault}
GREY = np.ascontiguousarray(scene()[:, :, 0])
SIDES = st.tuples(st.integers(1, 20), st.integers(5, 20))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


def export(folder: Path, data: bytes, sidecar: Sidecar | None = None) -> Export:
    path = folder / "scan"
    path.write_bytes(data)
    return exported(path, sidecar or Sidecar(), LIMITS)


def decoded(export: Export) -> Array:
    """What the decoder gives out."""
    return decode(export.content, announce(export.content, export.content_type, LIMITS))


def reason(folder: Path, data: bytes, sidecar: Sidecar | None = None) -> str | None:
    try:
        export(folder, data, sidecar)
    except BadInput as error:
        return error.reason
    return None


def raw_file(planes: NDArray[Any], layout: RawLayout) -> bytes:
    """Samples [planes, rows, cols] laid out as it says, after a header that counts for nothing."""
    order = "<" if layout.byte_order == "little" else ">"
    placed = planes.transpose(np.argsort(AXES[layout.interleaving]))
    return b"#" * layout.skip_bytes + placed.astype(f"{order}u{planes.dtype.itemsize}").tobytes()


@st.composite
def raw_cases(draw: st.DrawFn) -> tuple[NDArray[Any], RawLayout]:
    kind = draw(st.sampled_from(["uint8", "uint16"]))
    planes = draw(st.sampled_from(sorted(PLANES)))
    rows, cols = draw(SIDES)
    fields = {
        "rows": rows,
        "cols": cols,
        "dtype": kind,
        "byte_order": draw(st.sampled_from(["little", "big"])),
        "planes": planes,
        "interleaving": draw(st.sampled_from(sorted(AXES))),
        "skip_bytes": draw(st.integers(0, 70)),
    }
    layout = msgspec.convert(fields, RawLayout)
    return draw(arrays(np.dtype(kind), (PLANES[planes], rows, cols))), layout


def as_decoded(planes: NDArray[Any], layout: RawLayout) -> NDArray[Any]:
    if layout.planes == "grey":
        return planes[0]
    if layout.planes == "rgb":
        return planes.transpose(1, 2, 0)
    return planes if layout.planes == "low_high" else planes[::-1]


@settings(max_examples=80)
@given(raw_cases())
def test_a_raw_file_loses_nothing_in_any_layout(folder: Path, case: tuple[NDArray[Any], RawLayout]) -> None:
    planes, layout = case
    got = decoded(export(folder, raw_file(planes, layout), Sidecar(raw=layout)))
    assert got.dtype == planes.dtype
    assert np.array_equal(got, as_decoded(planes, layout))


@settings(max_examples=30)
@given(st.integers(0, 65535), st.integers(0, 65535))
def test_air_is_bright_whichever_way_the_values_run(folder: Path, dark: int, air: int) -> None:
    layout = RawLayout(rows=1, cols=8, dtype="uint16", dark=dark, open_air=air)
    samples = np.array([[[dark, air] * 4]], np.uint16)
    got = decoded(export(folder, raw_file(samples, layout), Sidecar(raw=layout)))
    assert np.array_equal(got, np.array([[0, abs(air - dark)] * 4]))


def test_a_raw_file_without_its_air_is_doubted(folder: Path) -> None:
    layout = RawLayout(rows=8, cols=8, dtype="uint16", open_air=4095)
    dim = np.full((1, 8, 8), 1000, np.uint16)
    assert "open air" in export(folder, raw_file(dim, layout), Sidecar(raw=layout)).doubts[0]
    lit = np.full((1, 8, 8), 4000, np.uint16)
    assert export(folder, raw_file(lit, layout), Sidecar(raw=layout)).doubts == ()


@pytest.mark.parametrize("missing", [-1, 1, 10])
def test_a_raw_file_of_another_length_is_refused(folder: Path, missing: int) -> None:
    layout = RawLayout(rows=10, cols=10, dtype="uint16")
    assert reason(folder, bytes(200 - missing), Sidecar(raw=layout)) == "image_corrupt"


def test_a_raw_file_beyond_the_limits_is_refused_before_anything_is_made_of_it(folder: Path) -> None:
    layout = RawLayout(rows=65_535, cols=65_535, dtype="uint16", planes="rgb")
    assert reason(folder, bytes(100), Sidecar(raw=layout)) == "image_too_large"


def bitmap(pixels: NDArray[Any], mode: str) -> bytes:
    """A bitmap as Pillow writes it."""
    return saved(Image.fromarray(pixels).convert(mode), "BMP")


@settings(max_examples=50)
@given(SIDES.flatmap(lambda sides: arrays(np.uint8, (*sides, 3))), st.sampled_from(["L", "RGB", "P", "RGBA"]))
def test_a_bitmap_loses_nothing(folder: Path, pixels: NDArray[Any], mode: str) -> None:
    data = bitmap(pixels, mode)
    with Image.open(io.BytesIO(data)) as other:
        expected = np.asarray(other if mode == "L" else other.convert("RGB"))
    got = decoded(export(folder, data))
    if mode == "P" and got.ndim == 2:  # a palette of greys alone
        expected = expected[:, :, 0]
    assert np.array_equal(got, expected)


def test_a_bitmap_may_have_its_top_row_first(folder: Path) -> None:
    data = bytearray(bitmap(GREY, "L"))
    data[22:26] = struct.pack("<i", -GREY.shape[0])
    assert np.array_equal(decoded(export(folder, bytes(data))), GREY[::-1])


@pytest.mark.parametrize(
    ("place", "value", "wanted"),
    [
        (28, struct.pack("<H", 4), "image_bit_depth"),
        (28, struct.pack("<H", 16), "image_bit_depth"),
        (30, struct.pack("<I", 1), "image_encoding"),
        (18, struct.pack("<i", 30_000), "image_too_large"),
        (18, struct.pack("<i", -128), "image_corrupt"),
        (18, struct.pack("<i", 129), "image_corrupt"),
        (14, struct.pack("<I", 12), "image_corrupt"),
        (10, struct.pack("<I", 20), "image_corrupt"),
        (46, struct.pack("<I", 257), "image_corrupt"),
    ],
)
def test_a_bitmap_that_cannot_be_is_refused(folder: Path, place: int, value: bytes, wanted: str) -> None:
    data = bytearray(bitmap(GREY, "L"))
    data[place : place + len(value)] = value
    assert reason(folder, bytes(data)) == wanted


@pytest.mark.parametrize("name", sorted(good()))
def test_what_the_contract_carries_goes_as_it_is(folder: Path, name: str) -> None:
    data, content_type = good()[name]
    found = export(folder, data)
    assert found.content == data
    assert found.content_type == content_type.partition(";")[0].lower()


def test_a_dicos_file_says_what_a_sidecar_would(folder: Path) -> None:
    data = dicos(
        GREY,
        PixelSpacing=[0.8, 1.2],
        PatientID="RR123456785CN",
        StudyID="S-9",
        StationName="line 3",
        InstanceNumber=2,
    )
    found = export(folder, data)
    assert (found.content, found.content_type) == (data, "application/dicos")
    assert found.says == Sidecar(
        parcel_id="RR123456785CN",
        scan_id="S-9",
        pitch_mm=PitchMm(across=0.8, along=1.2),
        energy=Energy.SINGLE,
    )
    assert found.hints == Sidecar(view=2), "a station's name with a blank is no name of a scanner"


def test_a_pitch_on_the_detector_is_a_hint_and_an_id_of_no_parcel_a_doubt(folder: Path) -> None:
    found = export(folder, dicos(GREY, ImagerPixelSpacing=[1.6, 1.6], PatientID="unread.1"))
    assert (found.says.pitch_mm, found.says.parcel_id) == (None, None)
    assert found.hints.pitch_mm == PitchMm(across=1.6, along=1.6)
    assert len(found.doubts) == 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_a_resolution_is_a_hint_at_the_pitch_unless_it_is_that_of_a_screen_or_printer(
    folder: Path, kind: str
) -> None:
    dpi = (25.4 / 1.2, 25.4 / 0.8)
    hint = export(folder, saved(Image.fromarray(GREY), kind, dpi=dpi)).hints.pitch_mm
    assert hint is not None
    assert (hint.along, hint.across) == pytest.approx((1.2, 0.8), rel=2e-3)
    for usual in (72, 96, 300):
        assert export(folder, saved(Image.fromarray(GREY), kind, dpi=(usual, usual))).hints == Sidecar()


def test_other_files_are_refused_with_what_would_be_read(folder: Path) -> None:
    with pytest.raises(BadInput, match="expected JPEG, PNG, TIFF, DICOS, BMP, or a raw file with a sidecar"):
        export(folder, saved(Image.fromarray(GREY), "GIF"))


SOUND = {
    "grey bitmap": bitmap(GREY, "L"),
    "colour bitmap": bitmap(scene(), "RGB"),
    "dicos": dicos(GREY, PixelSpacing=[1, 1]),
    "png": saved(Image.fromarray(GREY), "PNG", dpi=(30, 30)),
    "tiff": saved(Image.fromarray(GREY), "TIFF", dpi=(30, 30)),
    "jpeg": encoded(GREY, ".jpg"),
}


@settings(max_examples=120)
@given(st.data(), st.sampled_from(sorted(SOUND)))
def test_any_mutation_is_exported_or_refused_for_a_known_reason(
    folder: Path, data: st.DataObject, name: str
) -> None:
    mutated = bytearray(SOUND[name])
    places = st.tuples(st.integers(0, min(1000, len(mutated) - 1)), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=8)):
        mutated[place] = value
    cut = data.draw(st.one_of(st.just(len(mutated)), st.integers(0, len(mutated))))
    found = reason(folder, bytes(mutated[:cut]))
    assert found is None or found in KNOWN
