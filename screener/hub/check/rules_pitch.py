"""Rules about the pitch, against the parcels that the scans show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from screener.hub.check.facts import ManifestFact, ScanFact, ScannerPitch, Stretch
from screener.hub.check.pitch import Outlined, estimate
from screener.hub.check.rule import Hit, Level, Rule, by_scanner, places
from screener.hub.check.rules_declared import DENSITY, HEAVY_G, LARGE_MM, LIGHT_G, SMALL_MM, density

SCALE_OFF: Final = 1.35
ASPECT_OFF: Final = 1.25
DOUBTFUL: Final = 1.5


def with_pitches(stretch: Stretch) -> Stretch:
    """The stretch with what the parcels say of each scanner's pitch: it takes a while, so it is done once."""
    return replace(stretch, pitches=tuple(_pitches(stretch)))


def _pitches(stretch: Stretch) -> Iterator[ScannerPitch]:
    declared = {fact.parcel_id: fact for fact in stretch.manifests}
    for scanner, own in by_scanner(stretch.looked):
        shown = [scan for scan in own if _clear(scan)]
        if (found := estimate([_outlined(scan, declared) for scan in shown])) and len(shown) >= 3:
            yield ScannerPitch(scanner, tuple(shown), found)


def _clear(scan: ScanFact) -> bool:
    """Whether the image shows a parcel with belt around it."""
    look = scan.look
    if look is None or look.white < 0.02 or look.spread < 2:
        return False
    return 0.02 < look.matter < 0.95 and look.dark < 0.28


def _outlined(scan: ScanFact, declared: Mapping[str, ManifestFact]) -> Outlined:
    assert scan.look is not None
    fact = declared.get(scan.parcel_id or "")
    hull = tuple((x * scan.along_mm, y * scan.across_mm) for x, y in scan.look.hull)
    mass_g = scan.look.mass_px * scan.along_mm * scan.across_mm / 100
    sized, weighed = _plausible(fact)
    return Outlined(hull, mass_g, sized, weighed)


def _plausible(fact: ManifestFact | None) -> tuple[tuple[float, float, float] | None, float | None]:
    """What is declared, unless its unit is in doubt."""
    if fact is None:
        return None, None
    size, weight = fact.size_mm, fact.weight_g
    dense = density(fact)
    if dense is not None and not DENSITY[0] <= dense <= DENSITY[1]:
        return None, None
    if size is not None and not SMALL_MM <= max(size) <= LARGE_MM:
        size = None
    return size, weight if weight is not None and LIGHT_G <= weight <= HEAVY_G else None


def _scales(stretch: Stretch) -> Iterator[Hit]:
    for own in stretch.pitches:
        found, shown, first = own.estimate, own.shown, own.shown[0]
        if found.off(SCALE_OFF):
            told = (
                f"True is about {found.scale:.2f} times what is told (give or take {found.scale_sd:.0%}): "
                f"some {first.across_mm * found.scale:.2g} x {first.along_mm * found.scale:.2g} mm."
            )
            yield Hit(len(shown), len(shown), places(shown), own.scanner, told)


def _doubts(stretch: Stretch) -> Iterator[Hit]:
    for own in stretch.pitches:
        found = own.estimate
        if found.doubtful(DOUBTFUL) and not found.off(SCALE_OFF):
            told = f"By the scans it is about {found.seen:.2f} times that (give or take {found.seen_sd:.0%})."
            yield Hit(len(own.shown), len(own.shown), places(own.shown), own.scanner, told)


def _aspects(stretch: Stretch) -> Iterator[Hit]:
    for own in stretch.pitches:
        found, shown, first = own.estimate, own.shown, own.shown[0]
        if found.skewed(ASPECT_OFF):
            told = (
                f"Told along over across is {first.along_mm / first.across_mm:.2f}; by the parcels it is "
                f"{first.along_mm / first.across_mm * found.aspect:.2f} (give or take {found.aspect_sd:.0%})."
            )
            yield Hit(len(shown), len(shown), places(shown), own.scanner, told)


RULES: Final = (
    Rule(
        "pitch_scale",
        Level.WRONG,
        "outlines and mass of parcels by the told pitch, against declared sizes and weights, and against "
        "what parcels measure at all",
        f"a factor of {SCALE_OFF:g}, and 2.5 standard deviations of the estimate",
        "The pixel pitch is implausible: by it parcels have another size than is declared.",
        "ce_pitchacross and ce_pitchalong are mm on the object for one pixel of the image that is sent: "
        "look whether it was made smaller after the pitch was taken, and at the unit.",
        _scales,
    ),
    Rule(
        "pitch_doubtful",
        Level.DOUBTFUL,
        "the same, where too little is declared to be sure",
        f"a factor of {DOUBTFUL:g}, and 2 standard deviations of the estimate",
        "The pixel pitch is doubtful: what the scans show speaks for another.",
        "Measure it: lay a ruler or a box of known size on the belt, count its pixels both ways; and send "
        "size_mm and weight_g in manifests.",
        _doubts,
    ),
    Rule(
        "pitch_aspect",
        Level.WRONG,
        "outlines of parcels against the sides that are declared",
        f"a factor of {ASPECT_OFF:g}, and 1.6 standard deviations, from four parcels with sizes on",
        "Pitch across and along the belt do not fit each other: parcels are stretched.",
        "Rows lie across the belt and columns along it; along is the belt's speed over the line rate. Look "
        "whether the two changed places, or one was told for both.",
        _aspects,
    ),
)
