from __future__ import annotations

import struct
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEG2000Lossless, RLELossless

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging.decode import announce, decode
from screener.imaging.dicos.header import Dicos
from screener.imaging.picture import Prepared, Request, read_picture
from screener.imaging.reasons import ImageFault
from screener.imaging.sandbox import Sandbox
from tests.imaging.corpus import Array, encoded, pair_tiff, scene
from tests.imaging.dicos_files import as_pydicom_reads, data_set, dicos, encapsulated, written

Pitch = tuple[float, float]
LIMITS = ImageLimits()
KIND = "application/dicos"
KNOWN = {fault.value for fault in ImageFault}
GREY = np.ascontiguousarray(scene()[:, :, 0])
DEEP = GREY.astype(np.uint16) * 201
PAIR = np.stack([DEEP, np.flipud(DEEP)])
MAGNIFICATION = "EstimatedRadiographicMagnificationFactor"
SYNTAXES = st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian, RLELossless])


def read(data: bytes) -> Array:
    return decode(data, announce(data, KIND, LIMITS))


def announced(data: bytes) -> Dicos:
    found = announce(data, KIND, LIMITS)
    assert isinstance(found, Dicos)
    return found


def prepared(data: bytes, energy: Energy | None = None, pitch_mm: Pitch = (1.0, 1.0)) -> Prepared:
    return read_picture(Request(data, KIND, *pitch_mm, energy), LIMITS, 1.5)


def reason(data: bytes, energy: Energy | None = None, pitch_mm: Pitch = (1.0, 1.0)) -> str | None:
    try:
        prepared(data, energy, pitch_mm)
    except BadInput as error:
        return error.reason
    return None


def shapes() -> st.SearchStrategy[tuple[int, ...]]:
    side = st.integers(4, 24)
    return st.one_of(
        st.tuples(side, side), st.tuples(st.just(2), side, side), st.tuples(side, side, st.just(3))
    )


@settings(max_examples=40)
@given(shapes().flatmap(lambda shape: arrays(st.sampled_from([np.uint8, np.uint16]), shape)), SYNTAXES)
def test_pixels_come_back_as_they_were_and_as_pydicom_reads_them(pixels: NDArray[Any], syntax: str) -> None:
    found = data_set(pixels, ExplicitVRLittleEndian if syntax == RLELossless else syntax)
    if syntax == RLELossless:
        found.compress(RLELossless, generate_instance_uid=False)
    data = written(found)
    assert np.array_equal(read(data), pixels)
    assert np.array_equal(as_pydicom_reads(data), pixels)


@pytest.mark.parametrize("pixels", [GREY, DEEP, PAIR, scene()], ids=["grey", "deep", "pair", "colour"])
def test_a_dicos_file_gives_the_picture_of_the_png_or_tiff_of_its_pixels(pixels: Array) -> None:
    other = (pair_tiff(*pixels), "image/tiff") if pixels is PAIR else (encoded(pixels, ".png"), "image/png")
    same = read_picture(Request(*other, 1.0, 1.0, None), LIMITS, 1.5)
    mine = prepared(dicos(pixels))
    assert np.array_equal(mine.image, same.image)
    assert (mine.original_px, mine.energy) == (same.original_px, same.energy)


def test_jpeg_2000_frames_are_read_without_loss() -> None:
    frames = [
        codestream(cv2.imencode(".jp2", page, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1].tobytes())
        for page in PAIR
    ]
    data = encapsulated(PAIR, JPEG2000Lossless, frames)
    assert np.array_equal(read(data), PAIR)
    assert np.array_equal(as_pydicom_reads(data), PAIR)
    for end in (len(frames[0]) - 2, len(frames[0]) // 2, 60):
        assert reason(encapsulated(DEEP, JPEG2000Lossless, [frames[0][:end]])) == "image_corrupt"


def codestream(jp2: bytes) -> bytes:
    return jp2[jp2.index(b"\xff\x4f\xff\x51") :]


def test_jpeg_frames_are_those_of_the_jpeg_file() -> None:
    jpeg = encoded(GREY, ".jpg")
    data = encapsulated(GREY, "1.2.840.10008.1.2.4.50", [jpeg])
    assert np.array_equal(read(data), decode(jpeg, announce(jpeg, "image/jpeg", LIMITS)))
    assert reason(encapsulated(GREY, "1.2.840.10008.1.2.4.50", [jpeg[: len(jpeg) // 2]])) == "image_corrupt"
    larger = encapsulated(GREY[:50], "1.2.840.10008.1.2.4.50", [jpeg])
    assert reason(larger) == "image_corrupt", "the frame is larger than the header says"


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        ({"PhotometricInterpretation": "MONOCHROME1"}, 65535 - DEEP),
        ({"PixelIntensityRelationshipSign": -1}, 65535 - DEEP),
        ({"PixelIntensityRelationshipSign": 1, "PhotometricInterpretation": "MONOCHROME1"}, DEEP),
        ({"RescaleSlope": -1, "RescaleIntercept": 65535}, 65535 - DEEP),
        ({"RescaleSlope": 2.5, "RescaleIntercept": 0}, DEEP),
        ({"RescaleSlope": 1, "RescaleIntercept": -1000}, np.maximum(DEEP, 1000) - 1000),
        ({"RescaleSlope": -1, "RescaleIntercept": 65535, "PhotometricInterpretation": "MONOCHROME1"}, DEEP),
    ],
)
def test_values_are_turned_so_that_air_is_bright(elements: dict[str, Any], expected: Array) -> None:
    assert np.array_equal(read(dicos(DEEP, **elements)), expected)


def test_twelve_bits_are_read_without_what_lies_above_them() -> None:
    stored = (DEEP >> 4).astype(np.uint16)
    data = dicos((stored | 0xA000).astype(np.uint16), BitsStored=12, HighBit=11)
    assert np.array_equal(read(data), stored)


def test_planes_one_after_the_other_are_colours_too() -> None:
    data = dicos(scene(), PlanarConfiguration=1, PixelData=scene().transpose(2, 0, 1).tobytes())
    assert np.array_equal(read(data), scene())


def test_the_image_type_may_name_the_high_energy_first() -> None:
    data = dicos(PAIR, ImageType=["ORIGINAL", "PRIMARY", "HIGH_ENERGY", "LOW_ENERGY"])
    assert np.array_equal(read(data), PAIR[::-1])


@pytest.mark.parametrize(
    ("elements", "pitch_mm", "energy", "wanted"),
    [
        ({"PixelSpacing": [0.8, 1.2]}, (0.8, 1.2), None, None),
        ({"PixelSpacing": [0.8, 1.2]}, (0.84, 1.2), None, None),
        ({"PixelSpacing": [0.8, 1.2]}, (1.2, 0.8), None, "pitch_conflict"),
        ({"PixelSpacing": [0.8, 1.2]}, (0.8, 1.5), None, "pitch_conflict"),
        ({"ImagerPixelSpacing": [1.6, 1.6]}, (1.0, 1.6), None, None),
        ({"ImagerPixelSpacing": [1.6, 1.6]}, (1.9, 1.6), None, "pitch_conflict"),
        ({"ImagerPixelSpacing": [1.6, 1.6], "PixelSpacing": [1.6, 1.6]}, (1.0, 1.0), None, None),
        ({"ImagerPixelSpacing": [2, 2], MAGNIFICATION: 2}, (1.0, 1.0), None, None),
        ({"ImagerPixelSpacing": [2, 2], MAGNIFICATION: 2}, (2.0, 2.0), None, "pitch_conflict"),
        ({"PixelSpacing": ["-1", "0"]}, (1.0, 1.0), None, None),
        ({}, (1.0, 1.0), Energy.DUAL, "image_energy"),
        ({}, (1.0, 1.0), Energy.SINGLE, None),
    ],
)  # fmt: skip
def test_headers_that_disagree_with_the_file_are_refused(
    elements: dict[str, Any], pitch_mm: tuple[float, float], energy: Energy | None, wanted: str | None
) -> None:
    assert reason(dicos(DEEP, **elements), energy, pitch_mm) == wanted


def test_what_the_file_says_of_parcel_and_scanner_is_read() -> None:
    barcode = Dataset()
    barcode.PatientID, barcode.TypeOfPatientID = "RR123456785CN", "BARCODE"
    facts = announced(
        dicos(
            DEEP,
            PatientID="17",
            TypeOfPatientID="RFID",
            OtherPatientIDsSequence=Sequence([barcode]),
            StudyID="S-9",
            InstanceNumber=2,
            Manufacturer="Maker",
            StationName="line-3",
            AcquisitionDateTime="20261101080000.5+0800",
        )
    ).facts
    assert facts.parcel_ids == ("RR123456785CN", "17")
    assert (facts.scan_id, facts.view, facts.views, facts.scanner) == ("S-9", 2, None, "line-3")
    assert facts.manufacturer == "Maker"
    assert facts.time is not None
    assert facts.time.isoformat() == "2026-11-01T00:00:00.500000+00:00"


def refusals() -> dict[str, tuple[bytes, str]]:
    """By name: a file, and the one reason that it is refused for."""
    sound = dicos(DEEP)
    half = sound[: len(sound) // 2]
    place = sound.index(b"\xe0\x7f\x10\x00OW") + 8
    ct = "1.2.840.10008.5.1.4.1.1.501.1"
    return {
        "cut short": (half, "image_corrupt"),
        "magic alone": (sound[:132], "image_corrupt"),
        "no pixels": (sound[: place - 8], "image_corrupt"),
        "pixels of 4 GiB": (sound[:place] + b"\xfe\xff\xff\xff" + sound[place + 4 :], "image_corrupt"),
        "open pixels of any length": (sound[:place] + b"\xff" * 4 + sound[place + 4 :], "image_corrupt"),
        "bomb": (dicos(DEEP, Rows=65535, Columns=65535), "image_corrupt"),
        "packed bomb": (encapsulated(DEEP, JPEG2000Lossless, [b"12"], Rows=30_000), "image_too_large"),
        "many frames": (dicos(np.zeros((3, 20, 20), np.uint8)), "image_too_many_pages"),
        "no rows": (dicos(DEEP, Rows=0), "image_corrupt"),
        "two rows": (sound.replace(b"(\x00\x10\x00US\x02", b"(\x00\x12\x00US\x02"), "image_corrupt"),
        "32 bits": (dicos(DEEP, BitsAllocated=32, BitsStored=32, HighBit=31), "image_bit_depth"),
        "signed": (dicos(DEEP, PixelRepresentation=1), "image_encoding"),
        "palette": (dicos(GREY, PhotometricInterpretation="PALETTE COLOR"), "image_encoding"),
        "logarithms": (dicos(DEEP, PixelIntensityRelationship="LOG"), "image_encoding"),
        "rescaled beyond": (dicos(DEEP, RescaleSlope=1, RescaleIntercept=60000), "image_encoding"),
        "slope of nothing": (dicos(DEEP, RescaleSlope=0, RescaleIntercept=0), "image_encoding"),
        "computed tomography": (dicos(DEEP, SOPClassUID=ct), "image_encoding"),
        "JPEG-LS": (encapsulated(DEEP, "1.2.840.10008.1.2.4.80", [b"12"]), "image_encoding"),
        "JPEG Lossless": (encapsulated(DEEP, "1.2.840.10008.1.2.4.70", [b"12"]), "image_encoding"),
        "a codec of nobody": (sound.replace(b"10008.1.2.1\x00", b"10008.7.7.7\x00"), "image_encoding"),
        "deep sequences": (with_nested_sequences(sound, 3000), "image_corrupt"),
        "endless elements": (with_elements(sound, 30_000), "image_corrupt"),
        "endless items": (with_items(sound, 100_000), "image_corrupt"),
        "a million values": (with_image_type(sound, b"\\" * 1_000_000), "image_corrupt"),
        "a long header": (with_blob(sound, 3 << 20), "image_corrupt"),
    }  # fmt: skip


def with_elements(sound: bytes, count: int) -> bytes:
    """Private elements without values before the pixels."""
    at = sound.index(b"\xe0\x7f\x10\x00OW")
    return sound[:at] + b"\x51\x00\x10\x10CS\x00\x00" * count + sound[at:]


def with_items(sound: bytes, count: int) -> bytes:
    """A sequence of undefined length, each of its items with one element."""
    at = sound.index(b"\x28\x00\x02\x00US")
    item = b"\xfe\xff\x00\xe0\x08\x00\x00\x00" + b"\x51\x00\x11\x10CS\x00\x00"
    return sound[:at] + b"\x10\x00\x02\x10SQ\x00\x00\xff\xff\xff\xff" + item * count + sound[at:]


def with_image_type(sound: bytes, value: bytes) -> bytes:
    at = sound.index(b"\x08\x00\x16\x00UI")
    return sound[:at] + b"\x08\x00\x08\x00UT\x00\x00" + struct.pack("<I", len(value)) + value + sound[at:]


def with_blob(sound: bytes, length: int) -> bytes:
    at = sound.index(b"\xe0\x7f\x10\x00OW")
    return sound[:at] + b"\x51\x00\x10\x10UN\x00\x00" + struct.pack("<I", length) + bytes(length) + sound[at:]


def with_nested_sequences(sound: bytes, depth: int) -> bytes:
    """Sequences of undefined length in one another, before the pixels."""
    at = sound.index(b"\xe0\x7f\x10\x00OW")
    opened = b"\x51\x00\x10\x10SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * depth
    return sound[:at] + opened + sound[at:]


REFUSALS = refusals()


@pytest.mark.parametrize("name", REFUSALS)
def test_what_is_not_read_is_refused_for_its_one_reason(name: str) -> None:
    data, wanted = REFUSALS[name]
    assert reason(data) == wanted


def test_a_refused_codec_is_named() -> None:
    with pytest.raises(BadInput, match=r"JPEG Lossless SV1 \(1\.2\.840\.10008\.1\.2\.4\.70\)"):
        read(REFUSALS["JPEG Lossless"][0])


def test_the_sandbox_survives_them_all_with_one_child_and_within_its_memory() -> None:
    sound = Request(dicos(PAIR), KIND, 1.0, 1.0, Energy.DUAL)
    with Sandbox(LIMITS, 1.5) as sandbox:
        first = sandbox.child_pid
        for data, wanted in REFUSALS.values():
            got = sandbox.submit(Request(data, KIND, 1.0, 1.0, None)).result()
            assert isinstance(got, BadInput)
            assert got.reason == wanted
        again = sandbox.submit(sound).result()
        assert isinstance(again, Prepared)
        assert np.array_equal(again.image, prepared(sound.data).image)
        assert sandbox.child_pid == first


SOUND = {
    "pair": dicos(PAIR, PixelSpacing=[1, 1], PatientID="P"),
    "implicit": dicos(GREY, ImplicitVRLittleEndian, AcquisitionDateTime="20261101"),
    "packed": encapsulated(GREY, "1.2.840.10008.1.2.4.50", [encoded(GREY, ".jpg")]),
}


@settings(max_examples=120)
@given(st.data(), st.sampled_from(sorted(SOUND)))
def test_any_mutation_gives_a_picture_or_a_known_reason(data: st.DataObject, name: str) -> None:
    mutated = bytearray(SOUND[name])
    last = min(1200, len(mutated)) - 1
    places = st.tuples(st.integers(128, last), st.integers(0, 255))
    for place, value in data.draw(st.lists(places, min_size=1, max_size=8)):
        mutated[place] = value
    found = reason(bytes(mutated))
    assert found is None or found in KNOWN


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_bytes_behind_the_magic_give_a_known_reason(tail: bytes) -> None:
    assert reason(bytes(128) + b"DICM" + tail) in KNOWN
