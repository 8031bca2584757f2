"""From the bytes of a file to its pixels. Runs inside the sandbox's child."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from screener.config import ImageLimits
from screener.imaging import jpeg, png, tiff
from screener.imaging.announced import Announced, ImageFormat, check_bytes, check_limits
from screener.imaging.complaints import heard
from screener.imaging.dicos.file import is_dicos
from screener.imaging.dicos.frames import frames
from screener.imaging.dicos.header import Dicos, announced_dicos
from screener.imaging.jpeg import announced_jpeg
from screener.imaging.png import announced_png
from screener.imaging.prepare import Pixels
from screener.imaging.reasons import Distrusted, ImageFault, refused
from screener.imaging.tiff import announced_tiff

CONTENT_TYPES = {
    "image/jpeg": ImageFormat.JPEG,
    "image/jpg": ImageFormat.JPEG,
    "image/png": ImageFormat.PNG,
    "image/tiff": ImageFormat.TIFF,
    "application/dicos": ImageFormat.DICOS,
}
"""The content types that a scan may be declared with."""


def announce(data: bytes, content_type: str, limits: ImageLimits) -> Announced:
    """What the file says of itself, checked against its declared type and the limits.

    Raises `BadInput`. Allocates nothing for pixels.
    """
    check_bytes(data, limits)
    found = sniffed(data)
    _check_content_type(content_type, found)
    announced = _parsed(data, found, limits)
    check_limits(announced, limits)
    return announced


def sniffed(data: bytes) -> ImageFormat:
    """The format by its first bytes. Raises `BadInput` where it is none that is read."""
    if data.startswith(jpeg.MAGIC):
        return ImageFormat.JPEG
    if data.startswith(png.MAGIC):
        return ImageFormat.PNG
    if data.startswith(tiff.MAGICS):
        return ImageFormat.TIFF
    if data.startswith(tiff.BIG_MAGICS):
        raise refused(ImageFault.ENCODING, "TIFF: expected the classic kind, got BigTIFF")
    if is_dicos(data):
        return ImageFormat.DICOS
    expected = "expected JPEG, PNG, TIFF or DICOS"
    raise refused(ImageFault.FORMAT, f"{expected}, got bytes that begin {data[:8].hex()}")


def decode(data: bytes, announced: Announced) -> Pixels:
    """The pixels as `prepare` takes them, RGB; a pair as [2, H, W].

    Raises `BadInput` where the file is damaged or does not hold what it announced, and `MemoryError`.
    Listens to descriptor 2 meanwhile (`complaints`).
    """
    with heard() as complaints:
        pages = _pages(data, announced)
    if complaints.overflowed:
        raise Distrusted(ImageFault.CORRUPT.value, f"{announced}: the decoder complained without end")
    damage = complaints.damage()
    if damage or not pages:
        raise refused(ImageFault.CORRUPT, f"{announced}: {damage or 'the decoder gave it up'}")
    _check_pages(pages, announced)
    return np.stack(pages) if len(pages) == 2 else pages[0]


def out_of_memory(error: cv2.error) -> bool:
    """Whether OpenCV failed for want of memory."""
    return error.code == cv2.Error.StsNoMem or "alloc" in str(error)


def _check_content_type(declared: str, found: ImageFormat) -> None:
    bare = declared.partition(";")[0].strip().lower()
    if CONTENT_TYPES.get(bare) is not found:
        raise refused(ImageFault.CONTENT_TYPE, f"declared as {bare[:80]!r}, but the bytes are {found}")


def _parsed(data: bytes, found: ImageFormat, limits: ImageLimits) -> Announced:
    if found is ImageFormat.JPEG:
        return announced_jpeg(data)
    if found is ImageFormat.PNG:
        return announced_png(data)
    if found is ImageFormat.DICOS:
        return announced_dicos(data)
    return announced_tiff(data, min(limits.max_pages, 2))


def _pages(data: bytes, announced: Announced) -> list[NDArray[Any]]:
    """What the decoder gives, colours as RGB or RGBA; nothing where it gave the file up."""
    try:
        if isinstance(announced, Dicos):
            return frames(data, announced, _frame)
        if announced.format is ImageFormat.TIFF:
            buffer = np.frombuffer(data, np.uint8)
            return [_rgb(page) for page in cv2.imdecodemulti(buffer, cv2.IMREAD_UNCHANGED)[1]]
        return [picture] if (picture := _picture(data)) is not None else []
    except cv2.error as error:
        if out_of_memory(error):
            raise MemoryError(str(error)) from error
        raise refused(ImageFault.CORRUPT, f"{announced}: {str(error)[:160]}") from error


def _picture(data: bytes) -> NDArray[Any] | None:
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return None if picture is None else _rgb(picture)


def _frame(data: bytes) -> NDArray[Any]:
    picture = _picture(data)
    if picture is None:
        raise refused(ImageFault.CORRUPT, "the decoder gave up a frame")
    return picture


def _check_pages(pages: list[NDArray[Any]], announced: Announced) -> None:
    size = (announced.rows, announced.cols)
    shape = size if announced.channels == 1 else (*size, announced.channels)
    kind = np.dtype(f"u{announced.bits // 8}")
    if len(pages) != announced.pages or any(page.shape != shape or page.dtype != kind for page in pages):
        got = " and ".join(f"{page.dtype} {list(page.shape)}" for page in pages)
        raise refused(ImageFault.CORRUPT, f"expected {announced}, got {got}")


def _rgb(page: NDArray[Any]) -> NDArray[Any]:
    if page.ndim == 2:
        return page
    return np.asarray(cv2.cvtColor(page, cv2.COLOR_BGRA2RGBA if page.shape[2] == 4 else cv2.COLOR_BGR2RGB))
