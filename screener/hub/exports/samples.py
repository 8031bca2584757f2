"""Raw detector samples in a file without a header of its own, laid out as their sidecar says."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from screener.config import ImageLimits
from screener.hub.exports.sidecar import RawLayout
from screener.imaging.announced import Announced, ImageFormat, check_limits
from screener.imaging.prepare import AIR_PERCENTILE, Pixels
from screener.imaging.reasons import ImageFault, refused

PLANES: Final = {"grey": 1, "rgb": 3, "low_high": 2, "high_low": 2}
AXES: Final = {"plane": (0, 1, 2), "row": (1, 0, 2), "pixel": (2, 0, 1)}
"""Where the planes, rows and columns are among the axes of each interleaving."""

NEAR_AIR: Final = 0.9


def raw_pixels(data: bytes, layout: RawLayout, limits: ImageLimits) -> Pixels:
    """Grey [H, W], RGB [H, W, 3] or a pair (low, high) [2, H, W], growing with the intensity.

    The values are those of the file, less `layout.dark`; where air lies below the dark, dark less them.
    Samples of 8 bits come as 16 where their air is known and not 255, since only of 16 bits it is looked for.
    Raises `BadInput` where the file has another length, or is beyond the limits.
    """
    planes = PLANES[layout.planes]
    bits = np.dtype(layout.dtype).itemsize * 8
    pages, channels = (2, 1) if planes == 2 else (1, planes)
    check_limits(Announced(ImageFormat.TIFF, layout.rows, layout.cols, channels, bits, pages), limits)
    count = layout.rows * layout.cols * planes
    expected = layout.skip_bytes + count * bits // 8
    if len(data) != expected:
        detail = f"raw: expected {expected} bytes for {layout.cols}x{layout.rows} px in {planes} plane(s)"
        raise refused(ImageFault.CORRUPT, f"{detail} after {layout.skip_bytes} bytes, got {len(data)}")
    kind = np.dtype(layout.dtype).newbyteorder("<" if layout.byte_order == "little" else ">")
    stored = np.frombuffer(data, kind, count, layout.skip_bytes)
    return _arranged(_upright(_in_planes(stored, layout, planes), layout), layout)


def missing_air(pixels: Pixels, layout: RawLayout) -> str | None:
    """A doubt where the sidecar names the value of air and the brightest of the picture is far from it."""
    if layout.open_air is None:
        return None
    air = abs(layout.open_air - layout.dark)
    brightest = float(np.percentile(pixels, AIR_PERCENTILE))
    if NEAR_AIR * air <= brightest <= air / NEAR_AIR:
        return None
    return f"open air is said to be {air} above the dark, and the brightest of the picture is {brightest:g}"


def _in_planes(stored: NDArray[Any], layout: RawLayout, planes: int) -> NDArray[Any]:
    """The samples as [planes, rows, cols]."""
    sizes = (planes, layout.rows, layout.cols)
    axes = AXES[layout.interleaving]
    shape = tuple(size for _, size in sorted(zip(axes, sizes, strict=True)))
    return stored.reshape(shape).transpose(axes)


def _upright(values: NDArray[Any], layout: RawLayout) -> NDArray[Any]:
    air = layout.open_air
    wide = values.dtype.itemsize == 2 or (air is not None and abs(air - layout.dark) != 255)
    kind = np.uint16 if wide else np.uint8
    if layout.dark == 0:
        return values.astype(kind)
    dark = np.int32(layout.dark)
    above = dark - values if air is not None and air < layout.dark else values - dark
    return np.maximum(above, 0).astype(kind)


def _arranged(planes: NDArray[Any], layout: RawLayout) -> Pixels:
    if layout.planes == "grey":
        return np.ascontiguousarray(planes[0])
    if layout.planes == "rgb":
        return np.ascontiguousarray(planes.transpose(1, 2, 0))
    return np.ascontiguousarray(planes if layout.planes == "low_high" else planes[::-1])
