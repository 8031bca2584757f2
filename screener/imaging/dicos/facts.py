"""What a DICOS file says of parcel, scan and scanner, and of the size and meaning of its pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from screener.contracts.wire import Energy
from screener.imaging.announced import Said
from screener.imaging.dicos.elements import Elements

NO_DETECTORS: Final = frozenset({"", "NO", "NONE"})
ON_THE_DETECTOR: Final = ("ImagerPixelSpacing", "DetectorElementSpacing", "NominalScannedPixelSpacing")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the elements hold, as texts that nobody has checked; None where they are silent.

    `parcel_ids` are the ids of the object of inspection, a barcode first. `time` is aware, since it is None
    without a zone.
    """

    parcel_ids: tuple[str, ...]
    scan_id: str | None
    view: int | None
    views: int | None
    scanner: str | None
    manufacturer: str | None
    time: datetime | None


def facts(found: Elements) -> Facts:
    """The facts of the data set."""
    return Facts(
        parcel_ids=_parcel_ids(found),
        scan_id=found.text("StudyID") or found.text("StudyInstanceUID"),
        view=_count(found, "InstanceNumber"),
        views=_count(found, "ImagesInAcquisition"),
        scanner=found.text("StationName") or found.text("DeviceSerialNumber"),
        manufacturer=_joined(found.text("Manufacturer"), found.text("ManufacturerModelName")),
        time=_time(found),
    )


def said(found: Elements, frames: int, samples: int) -> Said:
    """The pitch and energy that the file states."""
    pitch, at_detector = _pitch(found)
    return Said(pitch, at_detector, _energy(found, frames, samples))


def low_is_first(found: Elements) -> bool:
    """Whether the first frame of a pair is the low energy: so it is, unless the image type says otherwise."""
    kinds = found.texts("ImageType")
    if "LOW_ENERGY" not in kinds or "HIGH_ENERGY" not in kinds:
        return True
    return kinds.index("LOW_ENERGY") < kinds.index("HIGH_ENERGY")


def _pitch(found: Elements) -> tuple[tuple[float, float] | None, bool]:
    """Rows lie across the belt: the distance of rows is the pitch across it, that of columns along."""
    detector = next((pair for name in ON_THE_DETECTOR if (pair := _pair(found, name))), None)
    spacing = _pair(found, "ObjectPixelSpacingInCenterOfBeam") or _pair(found, "PixelSpacing")
    calibrated = found.text("PixelSpacingCalibrationType") is not None
    if spacing and (spacing != detector or calibrated):
        return spacing, False
    factor = found.numbers("EstimatedRadiographicMagnificationFactor", 1)
    if detector and factor and 1 <= factor[0] <= 10:
        return (detector[0] / factor[0], detector[1] / factor[0]), False
    return detector, detector is not None


def _pair(found: Elements, keyword: str) -> tuple[float, float] | None:
    numbers = found.numbers(keyword, 2)
    if numbers is None or not all(math.isfinite(number) and 0 < number < 1000 for number in numbers):
        return None
    return numbers[0], numbers[1]


def _energy(found: Elements, frames: int, samples: int) -> Energy | None:
    if samples == 1:
        return Energy.DUAL if frames == 2 else Energy.SINGLE
    both = ("LowEnergyDetectors", "HighEnergyDetectors")
    has_both = all((found.text(keyword) or "") not in NO_DETECTORS for keyword in both)
    return Energy.DUAL if has_both else None


def _parcel_ids(found: Elements) -> tuple[str, ...]:
    own = ((found.text("PatientID") or "", found.text("TypeOfPatientID") or ""),)
    ids = [(text, kind) for text, kind in (*own, *found.ids) if text]
    return tuple(text for text, _ in sorted(ids, key=lambda one: one[1] != "BARCODE"))


def _count(found: Elements, keyword: str) -> int | None:
    numbers = found.numbers(keyword, 1)
    return int(numbers[0]) if numbers and 1 <= numbers[0] <= 32 else None


def _joined(*texts: str | None) -> str | None:
    return " ".join(text for text in texts if text) or None


def _time(found: Elements) -> datetime | None:
    """The moment of acquisition, if its zone is known."""
    zone = found.text("TimezoneOffsetFromUTC") or ""
    stamps = (
        found.text("AcquisitionDateTime") or "",
        (found.text("AcquisitionDate") or "") + (found.text("AcquisitionTime") or ""),
        (found.text("ContentDate") or "") + (found.text("ContentTime") or ""),
    )
    stamp = next((stamp for stamp in stamps if len(stamp) >= 14), "")
    moment, offset = _split(stamp, zone)
    for form in ("%Y%m%d%H%M%S.%f%z", "%Y%m%d%H%M%S%z"):
        try:
            return datetime.strptime(moment + offset, form).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _split(stamp: str, zone: str) -> tuple[str, str]:
    """A date and time, and its own offset before that of the file."""
    for sign in "+-":
        if sign in stamp:
            moment, _, offset = stamp.partition(sign)
            return moment, sign + offset
    return stamp, zone
