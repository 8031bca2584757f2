"""WebP: read for people in the sandbox, refused as a scan, and never more decoded than it announces."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from screener.config import ImageLimits
from screener.errors import BadInput
from screener.imaging.picture import Request
from screener.imaging.sandbox import Sandbox
from screener.imaging.webp import CONTENT_TYPE, announced_webp

LIMITS = ImageLimits()
CHANNELS = {"RGB": 3, "RGBA": 4}


def webp(mode: str = "RGB", size: tuple[int, int] = (31, 44), **how: Any) -> bytes:
    shape = (*size, CHANNELS[mode])
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels, mode).save(buffer, "webp", **how)
    return buffer.getvalue()


WAYS: dict[str, dict[str, Any]] = {
    "lossy": {"quality": 80},
    "lossless": {"lossless": True},
    "extended": {"quality": 80, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\0"},
}
GOOD = {(mode, name): webp(mode, **how) for mode in CHANNELS for name, how in WAYS.items()}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(LIMITS) as opened:
        yield opened


@pytest.mark.parametrize(("mode", "name"), GOOD)
def test_what_it_announces_is_what_it_holds(mode: str, name: str, sandbox: Sandbox) -> None:
    data = GOOD[mode, name]
    announced = announced_webp(data, LIMITS)
    pixels = sandbox.unpack(data, CONTENT_TYPE).result()
    assert not isinstance(pixels, BadInput)
    assert (announced.rows, announced.cols, announced.channels) == pixels.shape == (31, 44, CHANNELS[mode])


@pytest.mark.parametrize("end", [0, 4, 11, 12, 19, 20, 25, 29, 30, 200, -200])
def test_a_file_that_is_cut_short_is_refused(end: int, sandbox: Sandbox) -> None:
    for data in GOOD.values():
        assert isinstance(sandbox.unpack(data[:end], CONTENT_TYPE).result(), BadInput)


def test_an_animation_is_refused(sandbox: Sandbox) -> None:
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "webp", save_all=True, append_images=frames[1:])
    result = sandbox.unpack(buffer.getvalue(), CONTENT_TYPE).result()
    assert isinstance(result, BadInput)
    assert result.reason == "image_too_many_pages"


def test_more_pixels_than_the_limit_are_refused_before_they_are_decoded() -> None:
    with pytest.raises(BadInput, match="image_too_large"):
        announced_webp(webp(size=(101, 100)), ImageLimits(max_pixels=10_000))


def test_a_canvas_that_hides_a_larger_picture_is_refused() -> None:
    data = bytearray(GOOD["RGB", "extended"])
    data[24:27] = (9).to_bytes(3, "little")
    with pytest.raises(BadInput, match="image_corrupt"):
        announced_webp(bytes(data), LIMITS)


def test_a_scan_is_never_webp(sandbox: Sandbox) -> None:
    for declared in (CONTENT_TYPE, "image/png", "image/jpeg"):
        result = sandbox.submit(Request(GOOD["RGB", "lossy"], declared, 1.0, 1.0, None)).result()
        assert isinstance(result, BadInput)
        assert result.reason == "image_format"


@given(
    st.sampled_from(list(GOOD.values())),
    st.lists(st.tuples(st.integers(0, 60), st.integers(0, 255)), max_size=4),
)
def test_headers_that_lie_end_in_bad_input_or_a_bounded_picture(
    data: bytes, lies: list[tuple[int, int]]
) -> None:
    changed = bytearray(data)
    for at, value in lies:
        changed[at] = value
    try:
        announced = announced_webp(bytes(changed), LIMITS)
    except BadInput:
        return
    assert 0 < announced.rows * announced.cols <= LIMITS.max_pixels
