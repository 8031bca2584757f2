"""Pixels as a file of the contract from which the decoder gives back the same pixels."""

from __future__ import annotations

import cv2
import numpy as np

from screener.imaging.announced import ImageFormat
from screener.imaging.prepare import Pixels

DEFLATE = 8


def lossless(pixels: Pixels) -> tuple[bytes, str]:
    """A PNG of grey [H, W] or RGB [H, W, 3], a TIFF of a pair [2, H, W], and its content type."""
    if pixels.ndim == 3 and pixels.shape[2] != 3:
        done, data = cv2.imencodemulti(".tiff", list(pixels), [cv2.IMWRITE_TIFF_COMPRESSION, DEFLATE])
        assert done
        return data.tobytes(), ImageFormat.TIFF.value
    shown = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR) if pixels.ndim == 3 else pixels
    done, data = cv2.imencode(".png", np.ascontiguousarray(shown))
    assert done
    return data.tobytes(), ImageFormat.PNG.value
