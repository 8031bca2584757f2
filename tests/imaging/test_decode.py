from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from screener.config import ImageLimits
from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.imaging.decode import announce, decode
from screener.imaging.picture import Prepared, Request, read_picture
from screener.imaging.reasons import EXPLAINED, ImageFault
from tests.imaging.corpus import encoded, good, hostile, pair_tiff, scene

LIMITS = ImageLimits()
GOOD, HOSTILE = good(), hostile()
KNOWN = {fault.value for fault in ImageFault}


def request(data: bytes, content_type: str, energy: Energy | None = None) -> Request:
    return Request(data, content_type, 1.0, 1.0, energy)


def reason_for(data: bytes, content_type: str, energy: Energy | None = None) -> str | None:
    try:
        read_picture(request(data, content_type, energy), LIMITS, 1.5)
    except BadInput as error:
        return error.reason
    return None


def test_every_reason_is_explained_in_one_line() -> None:
    assert set(EXPLAINED) == set(ImageFault)
    assert all("\n" not in line for line in EXPLAINED.values())


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_image_is_refused_for_its_one_reason(name: str) -> None:
    data, content_type, reason = HOSTILE[name]
    assert reason_for(data, content_type) == reason


@pytest.mark.parametrize("name", GOOD)
def test_a_good_image_is_read_at_the_size_it_announces(name: str) -> None:
    data, content_type = GOOD[name]
    prepared = read_picture(request(data, content_type), LIMITS, 1.5)
    assert prepared.original_px == (96, 128)
    assert prepared.image.shape == (3, 64, 85)


@pytest.mark.parametrize("name", GOOD)
def test_the_headers_say_the_same_as_another_reader(name: str) -> None:
    data, content_type = GOOD[name]
    announced = announce(data, content_type, LIMITS)
    with Image.open(io.BytesIO(data)) as other:
        assert (announced.cols, announced.rows) == other.size
        assert announced.pages == getattr(other, "n_frames", 1)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_lossless_colours_come_back_as_they_were(suffix: str, kind: type[np.uint8 | np.uint16]) -> None:
    picture = scene() if kind is np.uint8 else scene().astype(np.uint16) * 257
    data, content_type = encoded(picture, suffix), f"image/{suffix[1:]}"
    assert np.array_equal(decode(data, announce(data, content_type, LIMITS)), picture)


def test_the_first_page_of_a_pair_is_the_low_energy() -> None:
    low, high = scene(seed=1)[:, :, 0], scene(seed=2)[:, :, 0]
    data = pair_tiff(low, high)
    assert np.array_equal(decode(data, announce(data, "image/tiff", LIMITS)), np.stack([low, high]))


@pytest.mark.parametrize(
    ("name", "energy", "reason"),
    [
        ("grey jpeg", Energy.DUAL, "image_energy"),
        ("16-bit png", Energy.DUAL, "image_energy"),
        ("16-bit pair", Energy.SINGLE, "image_energy"),
        ("grey jpeg", Energy.SINGLE, None),
        ("colour jpeg", Energy.SINGLE, None),
        ("colour jpeg", Energy.DUAL, None),
        ("16-bit pair", Energy.DUAL, None),
    ],
)
def test_pages_and_energy_fit_or_are_refused(name: str, energy: Energy, reason: str | None) -> None:
    assert reason_for(*GOOD[name], energy) == reason


def test_energy_is_told_from_what_is_seen() -> None:
    grey_in_colour = np.repeat(scene()[:, :, :1], 3, axis=2)
    told = {
        name: read_picture(request(data, kind), LIMITS, 1.5).energy
        for name, (data, kind) in {
            **GOOD,
            "grey in a colour jpeg": (encoded(grey_in_colour, ".jpg"), "image/jpeg"),
        }.items()
    }
    single = {name for name, energy in told.items() if energy is Energy.SINGLE}
    assert single == {name for name in told if "grey" in name} | {"16-bit png", "png deflate bomb"}


@pytest.mark.parametrize("name", ["colour jpeg", "progressive jpeg", "colour png", "16-bit pair, LZW"])
def test_no_image_cut_anywhere_gives_half_a_picture(name: str) -> None:
    data, content_type = GOOD[name]
    for end in range(0, len(data) - 1, max(1, len(data) // 60)):
        assert reason_for(data[:end], content_type) in KNOWN, f"cut at {end} of {len(data)}"


MAGICS = st.sampled_from([b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"II*\x00\x08\x00\x00\x00", b"MM\x00*"])
TYPES = st.sampled_from(["image/jpeg", "image/png", "image/tiff"])


def check_outcome(data: bytes, content_type: str) -> None:
    try:
        prepared = read_picture(request(data, content_type), LIMITS, 1.5)
    except BadInput as error:
        assert error.reason in KNOWN
        return
    assert isinstance(prepared, Prepared)
    assert 0.0 <= float(prepared.image.min()) <= float(prepared.image.max()) <= 1.0


@settings(max_examples=300)
@given(MAGICS, st.binary(max_size=400), TYPES)
def test_any_bytes_give_a_picture_or_a_known_reason(magic: bytes, tail: bytes, content_type: str) -> None:
    check_outcome(magic + tail, content_type)


@settings(max_examples=300)
@given(st.data(), st.sampled_from(sorted(GOOD)))
def test_any_mutation_gives_a_picture_or_a_known_reason(data: st.DataObject, name: str) -> None:
    original, content_type = GOOD[name]
    mutated = bytearray(original)
    places = st.one_of(st.integers(0, min(200, len(original) - 1)), st.integers(0, len(original) - 1))
    for place, value in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), min_size=1, max_size=8)):
        mutated[place] = value
    check_outcome(bytes(mutated), content_type)


def test_a_directory_of_65_535_fields_is_walked_without_reading_what_each_points_at() -> None:
    fields = b"".join(b"\x3b\x01\x01\x00\xff\xff\xff\x00\x00\x00\x00\x00" for _ in range(65_535))
    data = b"II*\x00\x08\x00\x00\x00\xff\xff" + fields + bytes(16 << 20)
    assert reason_for(data, "image/tiff") == "image_corrupt"
