"""A scan written anew from its pixels alone: what files carry beside them stays behind.

Barcodes, names and times in the headers of DICOS, TIFF or JPEG would lead from a training set to parcels.
"""

from __future__ import annotations

import cv2

from screener.imaging.prepare import Pixels


def written(pixels: Pixels) -> tuple[bytes, str]:
    """The same pixels and the suffix of their file: PNG, or TIFF with two pages for a pair [2, H, W]."""
    if pixels.ndim == 3 and pixels.shape[2] not in (3, 4):
        done, data = cv2.imencodemulti(".tiff", [pixels[0], pixels[1]])
        suffix = ".tiff"
    else:
        done, data = cv2.imencode(".png", _blue_first(pixels), [cv2.IMWRITE_PNG_COMPRESSION, 3])
        suffix = ".png"
    assert done
    return data.tobytes(), suffix


def _blue_first(pixels: Pixels) -> Pixels:
    if pixels.ndim == 2:
        return pixels
    order = cv2.COLOR_RGB2BGR if pixels.shape[2] == 3 else cv2.COLOR_RGBA2BGRA
    turned: Pixels = cv2.cvtColor(pixels, order)
    return turned
