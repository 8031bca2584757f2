"""Whatever the bytes: the lens tells what they show, or why they are refused, and looks at the next."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from bench.hub_check.__main__ import Remembering
from screener.contracts.wire import Energy
from screener.errors import BadInput
from screener.hub.chance import chance
from screener.hub.corruption import bombs
from screener.imaging.picture import Request


def request(data: bytes, content_type: str = "image/png") -> Request:
    return Request(data, content_type, 0.8, 0.8, Energy.DUAL)


def sound() -> bytes:
    pixels = np.full((120, 160, 3), 250, np.uint8)
    pixels[30:90, 40:120] = (40, 120, 220)
    return cv2.imencode(".png", pixels)[1].tobytes()


NOISE = b"\x89PNG\r\n\x1a\n" + chance(1).bytes(500)
BAD = {"nothing": b"", "gif": b"GIF89a", "noise": NOISE, "bomb": bombs.png(30_000, 30_000, rows_held=8)}


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_a_bad_image_costs_itself_alone(lens: Remembering, data: bytes) -> None:
    with pytest.raises(BadInput):
        lens.look(request(data))
    assert lens.look(request(sound())).look.matter > 0.1


def test_a_look_says_what_the_picture_is(lens: Remembering) -> None:
    sight = lens.look(request(sound()))
    assert (sight.look.rows, sight.look.cols, sight.look.coloured) == (120, 160, True)
    assert sight.look.warm > 0.9
    assert sight.thumbnail.startswith(b"\xff\xd8")
