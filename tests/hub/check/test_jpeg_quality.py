"""The quality of a JPEG file is read from its tables, within a few points."""

from __future__ import annotations

import cv2
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from screener.hub.check.jpeg_quality import jpeg_quality

PIXELS = np.random.default_rng(1).integers(0, 256, (32, 32, 3)).astype(np.uint8)


@given(st.integers(5, 99))
def test_the_quality_that_a_file_was_saved_with_is_told(quality: int) -> None:
    data = cv2.imencode(".jpg", PIXELS, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
    told = jpeg_quality(data)
    assert told is not None
    assert abs(told - quality) <= (4 if quality >= 15 else 9)


@given(st.binary(max_size=200))
def test_whatever_the_bytes_no_more_than_a_number_comes(data: bytes) -> None:
    for tried in (data, b"\xff\xd8" + data, b"\xff\xd8\xff\xdb" + data):
        told = jpeg_quality(tried)
        assert told is None or 1 <= told <= 100
