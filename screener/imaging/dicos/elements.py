"""The elements of a DICOS data set that we look at, read by pydicom, as plain and bounded Python values."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Final

from screener.errors import BadInput
from screener.imaging.dicos.file import Syntax
from screener.imaging.reasons import ImageFault, refused

MAX_HEADER_BYTES: Final = 2 * 1024 * 1024
"""All that stands before the pixels."""

MAX_READS: Final = 20_000
"""Steps that pydicom may take through a header: one or two an element, also deep in sequences, 20 us each."""

MAX_VALUE_BYTES: Final = 4096
MAX_IDS: Final = 20
PIXEL_DATA: Final = 0x7FE00010
UNDEFINED: Final = 0xFFFFFFFF

KEYWORDS: Final = (
    *("SOPClassUID", "ImageType", "Modality", "PresentationIntentType"),
    *("Rows", "Columns", "SamplesPerPixel", "NumberOfFrames", "PlanarConfiguration"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PhotometricInterpretation"),
    *("RescaleSlope", "RescaleIntercept", "ModalityLUTSequence"),
    *("PixelIntensityRelationship", "PixelIntensityRelationshipSign"),
    *("PixelSpacing", "PixelSpacingCalibrationType", "ImagerPixelSpacing", "DetectorElementSpacing"),
    *("ObjectPixelSpacingInCenterOfBeam", "NominalScannedPixelSpacing"),
    *("EstimatedRadiographicMagnificationFactor", "LowEnergyDetectors", "HighEnergyDetectors"),
    *("PatientID", "TypeOfPatientID", "OtherPatientIDsSequence", "StudyID", "StudyInstanceUID"),
    *("InstanceNumber", "ImagesInAcquisition", "Manufacturer", "ManufacturerModelName"),
    *("DeviceSerialNumber", "StationName", "TimezoneOffsetFromUTC"),
    *("AcquisitionDateTime", "AcquisitionDate", "AcquisitionTime", "ContentDate", "ContentTime"),
)

Plain = tuple[int | float | str, ...]


@dataclass(frozen=True, slots=True)
class Elements:
    """Values by keyword; `ids` are the parcel's alternate ids with their types, `at` the pixels' first byte.

    `length` of the pixel data is None where it is encapsulated. `lut` says that values lead through a table.
    """

    values: Mapping[str, Plain]
    ids: tuple[tuple[str, str], ...]
    lut: bool
    at: int
    length: int | None

    def text(self, keyword: str) -> str | None:
        """The first value as text; None where there is none."""
        values = self.values.get(keyword, ())
        return str(values[0]).strip() or None if values else None

    def texts(self, keyword: str) -> tuple[str, ...]:
        return tuple(str(value).strip() for value in self.values.get(keyword, ()))

    def whole(self, keyword: str, default: int | None = None) -> int:
        """A whole number; raises `BadInput` where it is something else, or absent without a default."""
        values = self.values.get(keyword, ())
        if not values and default is not None:
            return default
        if len(values) != 1 or not isinstance(values[0], int):
            got = f"{len(values)} value(s)" if len(values) != 1 else ascii(values[0])[:40]
            raise refused(ImageFault.CORRUPT, f"DICOS: {keyword}: expected a whole number, got {got}")
        return values[0]

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """`count` numbers; None where they are absent or something else."""
        values = self.values.get(keyword, ())
        numbers = tuple(float(value) for value in values if isinstance(value, int | float))
        return numbers if len(numbers) == len(values) == count else None


def elements(data: bytes, syntax: Syntax, begin: int) -> Elements:
    """What stands before the pixels, and where these lie. Raises `BadInput` where the file is damaged."""
    with pydicom_errors():
        return _read(data, syntax, begin)


def _read(data: bytes, syntax: Syntax, begin: int) -> Elements:
    from pydicom.datadict import tag_for_keyword  # noqa: PLC0415 - 0.15 s and 20 MiB, for a DICOS file only
    from pydicom.filereader import read_dataset  # noqa: PLC0415

    buffer = _Bounded(data[: begin + MAX_HEADER_BYTES])
    buffer.seek(begin)
    stop = _Stop(len(data), buffer.tell)
    tags = [tag_for_keyword(keyword) for keyword in KEYWORDS]
    found = read_dataset(buffer, syntax.implicit, True, stop_when=stop, specific_tags=tags)
    if stop.at is None:
        raise refused(ImageFault.CORRUPT, f"DICOS: no pixel data in the first {MAX_HEADER_BYTES} bytes")
    values = {keyword: _plain(_short(found, keyword)) for keyword in KEYWORDS if keyword in found}
    lut = len(found.get("ModalityLUTSequence") or ()) > 0
    return Elements(values, tuple(_ids(found)), lut, stop.at, stop.length)


class _Bounded(BytesIO):
    """A header that is walked in a bounded number of steps."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self._reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self._reads += 1
        if self._reads > MAX_READS:
            raise refused(ImageFault.CORRUPT, f"DICOS: expected a header of {MAX_READS} steps, got more")
        return super().read(size)


class _Stop:
    """Ends the reading at the pixel data, and at the first element that cannot be true."""

    def __init__(self, file_bytes: int, tell: Callable[[], int]) -> None:
        self.at: int | None = None
        self.length: int | None = None
        self._file_bytes = file_bytes
        self._tell = tell

    def __call__(self, tag: int, kind: str | None, length: int) -> bool:
        at = self._tell()
        if length != UNDEFINED and at + length > self._file_bytes:
            detail = f"DICOS: element {tag:08x} has {length} bytes at byte {at} of {self._file_bytes}"
            raise refused(ImageFault.CORRUPT, detail)
        if tag != PIXEL_DATA:
            return False
        self.at, self.length = at, None if length == UNDEFINED else length
        return True


def _short(found: Any, keyword: str) -> Any:
    """A value, but no long one: turning a megabyte of backslashes into texts would take a gigabyte."""
    raw = getattr(found.get_item(keyword), "value", None)
    if isinstance(raw, bytes) and len(raw) > MAX_VALUE_BYTES:
        raise refused(
            ImageFault.CORRUPT, f"DICOS: {keyword}: expected {MAX_VALUE_BYTES} bytes, got {len(raw)}"
        )
    return found.get(keyword)


def _plain(value: Any) -> Plain:
    """Numbers and texts as Python's own; of sequences and bytes nothing."""
    many = value if isinstance(value, list | tuple) or type(value).__name__ == "MultiValue" else (value,)
    return tuple(one for item in many if (one := _one(item)) is not None)


def _one(item: Any) -> int | float | str | None:
    if isinstance(item, int):
        return int(item)
    if isinstance(item, float):
        return float(item)
    return str(item) if isinstance(item, str) else None


def _ids(found: Any) -> Iterator[tuple[str, str]]:
    for item in list(found.get("OtherPatientIDsSequence") or ())[:MAX_IDS]:
        text, kind = _short(item, "PatientID"), _short(item, "TypeOfPatientID")
        yield str(text or "").strip(), str(kind or "").strip()


@contextmanager
def pydicom_errors() -> Iterator[None]:
    """pydicom raises errors of a dozen kinds on bytes that are no DICOM, and warns of what we check."""
    from pydicom import config  # noqa: PLC0415

    with warnings.catch_warnings(), config.disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            yield
        except (BadInput, MemoryError):
            raise
        except Exception as error:
            raise refused(ImageFault.CORRUPT, f"DICOS: {type(error).__name__} in its elements") from error
