"""A parcel that goes through the scanner once more, as it lay or turned round on the belt."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import cv2
import numpy as np

from screener.hub.parcel import ScanImage, TrafficParcel
from screener.hub.sent import Again

_LONGEST_ID = 64
_SUFFIX = ".again"

_ENDINGS = {"image/jpeg": ".jpg", "image/png": ".png", "image/tiff": ".tiff"}
_QUALITY = 95


def scanned_again(parcel: TrafficParcel, how: Again, after: timedelta) -> TrafficParcel:
    """The same parcel under another scan id, so much later."""
    images = parcel.images if how is Again.SAME else tuple(map(turned, parcel.images))
    return replace(
        parcel,
        scan_id=parcel.scan_id[: _LONGEST_ID - len(_SUFFIX)] + _SUFFIX,
        images=images,
        scanned_at=parcel.scanned_at + after,
        scanned_before=True,
    )


def turned(image: ScanImage) -> ScanImage:
    """The view of a parcel that lies the other way round: half a turn. What is no image stays what it is."""
    ending = _ENDINGS.get(image.content_type)
    data = np.frombuffer(image.content, np.uint8)
    done, pages = cv2.imdecodemulti(data, cv2.IMREAD_UNCHANGED) if ending and data.size else (False, ())
    if not done or ending is None:
        return image
    around = [np.ascontiguousarray(page[::-1, ::-1]) for page in pages]
    return replace(image, content=_encoded(around, ending))


def _encoded(pages: list[np.ndarray], ending: str) -> bytes:
    if len(pages) > 1:
        _, data = cv2.imencodemulti(ending, pages)
    else:
        options = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY] if ending == ".jpg" else []
        _, data = cv2.imencode(ending, pages[0], options)
    return data.tobytes()
