"""Rules about what images show, scanner by scanner, of those that were looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import Final

from screener.contracts.wire import Energy
from screener.hub.check.facts import ScanFact, Stretch
from screener.hub.check.look import Look
from screener.hub.check.rule import FEWEST, Hit, Level, Rule, by_scanner, places, share

COARSE_MM: Final = 2.0
"""A cigarette is 7.8 mm thick: four pixels at this pitch, which is the fewest that show it."""

JPEG_LEAST: Final = 35
EDGE: Final = 0.4
EMPTY: Final = 0.01
CONSTANT: Final = 0.5
SAMPLES_LEAST: Final = 20_000

Shows = Callable[[ScanFact, Look], bool]


def _scans_that(
    shows: Shows, least: float, among: Shows = lambda _, __: True
) -> Callable[..., Iterator[Hit]]:
    """A hit for each scanner of whose looked-at images such a share shows it, `among` some of them."""

    def find(stretch: Stretch) -> Iterator[Hit]:
        for scanner, own in by_scanner(stretch.looked):
            asked = [scan for scan in own if scan.look and among(scan, scan.look)]
            yield from share(asked, lambda scan: bool(scan.look and shows(scan, scan.look)), least, scanner)

    return find


def _filled(_: ScanFact, look: Look) -> bool:
    """Not an empty belt, nor of one level."""
    return look.matter > 0.02 and look.spread > 2


def _inverted(_: ScanFact, look: Look) -> bool:
    return look.dark > 0.28 and look.white < 0.4 and look.dark > look.white and look.spread > 2


def _grey_as_dual(scan: ScanFact, look: Look) -> bool:
    return scan.energy is Energy.DUAL and look.pages == 1 and not look.coloured


def _colour_as_single(scan: ScanFact, look: Look) -> bool:
    return scan.energy is Energy.SINGLE and look.coloured


def _strange(stretch: Stretch) -> Iterator[Hit]:
    """Organic matter that is mostly bluish; or pictures without any white."""
    for scanner, own in by_scanner(stretch.looked):
        shown = [
            scan
            for scan in own
            if scan.look
            and scan.look.coloured
            and _filled(scan, scan.look)
            and not _inverted(scan, scan.look)
        ]
        if len(shown) < FEWEST:
            continue
        warm = median(scan.look.warm for scan in shown if scan.look)
        if warm < -0.4:
            yield Hit(len(shown), len(own), places(shown), scanner, "Light matter is bluish.")
        elif median(_unlike(scan) for scan in shown) > 0.5:
            yield Hit(len(shown), len(own), places(shown), scanner, "The empty belt is not white.")


def _unlike(scan: ScanFact) -> float:
    return float(scan.look is not None and scan.look.white < 0.02 and scan.look.vivid > 0.9)


def _cropped(_: ScanFact, look: Look) -> bool:
    return max(look.edges) > EDGE and look.dark < 0.28 and look.white > 0.02


def _coarse(stretch: Stretch) -> Iterator[Hit]:
    for scanner, own in by_scanner(stretch.scans):
        yield from share(
            own, lambda scan: max(scan.across_mm, scan.along_mm) > COARSE_MM, 0.1, scanner, _coarsest
        )


def _coarsest(scans: Sequence[ScanFact]) -> str:
    return f"Up to {max(max(scan.across_mm, scan.along_mm) for scan in scans):.3g} mm."


def _pair(_: ScanFact, look: Look) -> bool:
    return look.ratio is not None


RULES: Final = (
    Rule(
        "image_constant",
        Level.WRONG,
        "the deviation of all pixels",
        f"10 % of a scanner's images below {CONSTANT:g} of 255 levels",
        "Images are of one level: they show nothing.",
        "Look whether the export waits for the scan to end, and which window of values is written.",
        _scans_that(lambda _, look: look.spread < CONSTANT, 0.1),
    ),
    Rule(
        "belt_empty",
        Level.WRONG,
        "the share of pixels that are not belt",
        f"15 % of a scanner's images below {EMPTY:.0%}",
        "Images show the belt without a parcel.",
        "Move the trigger (light barrier) or the cut, so that the file holds the parcel.",
        _scans_that(lambda _, look: look.matter < EMPTY and look.spread >= CONSTANT, 0.15),
    ),
    Rule(
        "image_cropped",
        Level.DOUBTFUL,
        "how much matter lies on the edges of the image",
        f"a third of a scanner's images with over {EDGE:.0%} of one edge",
        "Parcels reach beyond the image: what lies outside is not screened.",
        "Write the whole scan, with some belt before and behind the parcel.",
        _scans_that(_cropped, 0.34, _filled),
    ),
    Rule(
        "image_margin",
        Level.WRONG,
        "the largest share of pixels of one level that is neither white nor black",
        "half of a scanner's images with over 40 %",
        "Much of each image is one flat surface: a screenshot, or a frame around the scan.",
        "Export the image itself, not the viewer's window.",
        _scans_that(
            lambda scan, look: look.flat > 0.4 and look.white > 0.02 and look.spread > 2, 0.5, _filled
        ),
    ),
    Rule(
        "palette_inverted",
        Level.WRONG,
        "how much of the image is black, and how much white",
        "half of a scanner's images with over 28 % black and less white",
        "The picture is a negative: air is dark and matter bright.",
        "Send what the operator sees: empty belt white, matter darker. In raw data more means more photons.",
        _scans_that(_inverted, 0.5),
    ),
    Rule(
        "palette_unknown",
        Level.WRONG,
        "colours of light matter (organic in most parcels), and the colour of the belt",
        "median more bluish than reddish by 40 points, or half of the images without white",
        "The colours are none that the model knows: organic matter is not orange, or air is not white.",
        "Look whether red and blue changed places (OpenCV writes BGR); export the maker's standard palette; "
        "a palette that must stay needs a model of its own (`screener hub commission`).",
        _strange,
    ),
    Rule(
        "energy_grey_as_dual",
        Level.WRONG,
        "ce_energy: dual of images that have no colour",
        "30 % of a scanner's images with something on the belt",
        "Grey pictures are declared dual energy: what they lack would be taken for organic matter.",
        "Say ce_energy: single, or send the colour picture or the low/high pair.",
        _scans_that(_grey_as_dual, 0.3, _filled),
    ),
    Rule(
        "energy_colour_as_single",
        Level.WRONG,
        "ce_energy: single of images that have colours",
        "30 % of a scanner's images",
        "Colour pictures are declared single energy: their colours are thrown away.",
        "Say ce_energy: dual where colours tell materials.",
        _scans_that(_colour_as_single, 0.3),
    ),
    Rule(
        "pair_swapped",
        Level.WRONG,
        "attenuation of page 1 over that of page 2",
        "half of a scanner's pairs below 0.95",
        "The pages of the pair are in the wrong order.",
        "Low energy first, high energy second: low attenuates more.",
        _scans_that(lambda _, look: (look.ratio or 1) < 0.95, 0.5, _pair),
    ),
    Rule(
        "pair_identical",
        Level.WRONG,
        "attenuation of page 1 over that of page 2",
        "half of a scanner's pairs between 0.98 and 1.02",
        "Both pages of the pair are the same: there is no second energy.",
        "Write the low energy page first and the high energy page second; or send one page as single.",
        _scans_that(lambda _, look: abs((look.ratio or 9) - 1) <= 0.02, 0.5, _pair),
    ),
    Rule(
        "depth_squeezed",
        Level.WRONG,
        "distinct values of 16-bit images",
        "half of a scanner's images with 256 or fewer",
        "16-bit images hold 8 bits: what lies behind thick matter is lost.",
        "Write the detector's values as they are, through no 8-bit step.",
        _scans_that(
            lambda _, look: (look.levels or 999) <= 256,
            0.5,
            lambda _, look: look.levels is not None and look.rows * look.cols > SAMPLES_LEAST,
        ),
    ),
    Rule(
        "jpeg_strong",
        Level.WRONG,
        "the quality that a JPEG file's own tables speak for",
        f"30 % of a scanner's images below {JPEG_LEAST}",
        "JPEG compression is too strong: thin rods drown in blocks.",
        "Save with quality 85 or more, or as PNG.",
        _scans_that(lambda _, look: (look.jpeg_quality or 100) < JPEG_LEAST, 0.3),
    ),
    Rule(
        "pitch_coarse",
        Level.WRONG,
        "ce_pitchacross and ce_pitchalong",
        f"10 % of a scanner's scans above {COARSE_MM:g} mm",
        "Pixels are too large to see a cigarette: it is less than four of them thick.",
        "Send the image in full size, not a preview.",
        _coarse,
    ),
)
