"""Rules about what manifests declare: units, codes, texts, people who are nobody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from statistics import median
from typing import Final

from screener.hub.check.facts import ManifestFact, Stretch
from screener.hub.check.rule import Hit, Level, Rule, places, share

LIGHT_G: Final = 30.0
HEAVY_G: Final = 100_000.0
SMALL_MM: Final = 80.0
LARGE_MM: Final = 3000.0
DENSITY: Final = (0.005, 12.0)
"""g/cm3 of a parcel: from a box of air to solid iron, nearly twice."""

FEWEST: Final = 6


def _doubt(code: str, least: float) -> Callable[[Stretch], Iterator[Hit]]:
    """A hit where so many manifests have this doubt."""

    def find(stretch: Stretch) -> Iterator[Hit]:
        yield from share(stretch.manifests, lambda fact: code in fact.doubts, least)

    return find


def _weights(stretch: Stretch) -> Iterator[Hit]:
    weighed = [fact for fact in stretch.manifests if fact.weight_g is not None]
    if len(weighed) < FEWEST:
        return
    middle = median(fact.weight_g or 0 for fact in weighed)
    if not LIGHT_G <= middle <= HEAVY_G:
        yield Hit(len(weighed), len(weighed), places(weighed), figures=f"The median is {middle:.3g} g.")


def _sizes(stretch: Stretch) -> Iterator[Hit]:
    sized = [fact for fact in stretch.manifests if fact.size_mm is not None]
    if len(sized) < FEWEST:
        return
    middle = median(max(fact.size_mm or (0.0,)) for fact in sized)
    if not SMALL_MM <= middle <= LARGE_MM:
        told = f"The median of the longest side is {middle:.3g} mm."
        yield Hit(len(sized), len(sized), places(sized), figures=told)


def density(fact: ManifestFact) -> float | None:
    """g/cm3 by weight and sizes, where both are declared."""
    if fact.size_mm is None or fact.weight_g is None:
        return None
    length, width, height = fact.size_mm
    return fact.weight_g / (length * width * height / 1000)


def _densities(stretch: Stretch) -> Iterator[Hit]:
    found = [value for fact in stretch.manifests if (value := density(fact)) is not None]
    units = next(_weights(stretch), None) or next(_sizes(stretch), None)
    if units or len(found) < FEWEST or DENSITY[0] <= median(found) <= DENSITY[1]:
        return
    told = f"The median is {median(found):.3g} g/cm3."
    yield Hit(len(found), len(found), places(stretch.manifests), figures=told)


def _constant_weights(stretch: Stretch) -> Iterator[Hit]:
    weights = Counter(fact.weight_g for fact in stretch.manifests if fact.weight_g is not None)
    for weight, count in weights.most_common(1):
        if count >= max(10, 0.6 * weights.total()):
            found = [fact for fact in stretch.manifests if fact.weight_g == weight]
            yield Hit(count, weights.total(), places(found), figures=f"It is {weight:g} g.")


def _phones(stretch: Stretch) -> Iterator[Hit]:
    if made_up := list(_doubt("phone_placeholder", 0.1)(stretch)):
        yield from made_up
        return
    counted = Counter(phone for fact in stretch.manifests for phone in fact.phones)
    for phone, count in counted.most_common(1):
        if count >= max(10, 0.4 * counted.total()):
            found = [fact for fact in stretch.manifests if phone in fact.phones]
            yield Hit(count, counted.total(), places(found), figures="One number stands for most.")


def _one_sender(stretch: Stretch) -> Iterator[Hit]:
    yield from _doubt("parties_same", 0.2)(stretch)


RULES: Final = (
    Rule(
        "weight_unit",
        Level.WRONG,
        "the median of weight_g",
        f"below {LIGHT_G:g} g or above {HEAVY_G / 1000:g} kg",
        "Weights are in another unit than grams.",
        "weight_g is in grams: 1.25 kg is 1250.",
        _weights,
    ),
    Rule(
        "size_unit",
        Level.WRONG,
        "the median of the longest side in size_mm",
        f"below {SMALL_MM:g} mm or above {LARGE_MM:g} mm",
        "Sizes are in another unit than millimetres.",
        "size_mm is in millimetres: 40 cm is 400.",
        _sizes,
    ),
    Rule(
        "density_odd",
        Level.DOUBTFUL,
        "the median of weight_g over the volume of size_mm",
        f"outside {DENSITY[0]:g} to {DENSITY[1]:g} g/cm3",
        "Weights and sizes do not fit together.",
        "Look at the units of both: grams and millimetres.",
        _densities,
    ),
    Rule(
        "weight_constant",
        Level.DOUBTFUL,
        "how often the commonest weight_g comes",
        "60 %, ten at least",
        "Most parcels weigh exactly the same: a default, no measurement.",
        "Send the weight of the scale, or leave weight_g out.",
        _constant_weights,
    ),
    Rule(
        "contents_empty",
        Level.DOUBTFUL,
        "manifests without a content line that has a text",
        "10 %",
        "Manifests declare no contents.",
        "Send the sender's declaration line by line: text, hs_code, quantity, value.",
        _doubt("contents_empty", 0.1),
    ),
    Rule(
        "currency_unknown",
        Level.DOUBTFUL,
        "currencies of declared values",
        "1 %, one at least",
        "A currency is none of ISO 4217.",
        "Yuan are CNY (not RMB), pounds GBP, yen JPY.",
        _doubt("currency_unknown", 0.01),
    ),
    Rule(
        "region_unknown",
        Level.DOUBTFUL,
        "regions of consignor and consignee",
        "5 %",
        "A region is neither a country code nor a Chinese area code.",
        "Use ISO 3166 (CN, GB-LND) or GB/T 2260 (430100); leave it out where it is unknown.",
        _doubt("region_unknown", 0.05),
    ),
    Rule(
        "text_mojibake",
        Level.WRONG,
        "names, addresses and contents",
        "2 %",
        "Texts are UTF-8 that was read as Latin-1 and written again: Chinese has become `å¼\u00a0`.",
        "Find where bytes become text with the wrong encoding (a driver's or a file's charset): UTF-8.",
        _doubt("text_mojibake", 0.02),
    ),
    Rule(
        "text_lost",
        Level.WRONG,
        "names, addresses and contents",
        "2 %",
        "Characters have become question marks: what they were is lost.",
        "Find the system whose charset has no Chinese (an ASCII or Latin-1 column): make it UTF-8.",
        _doubt("text_lost", 0.02),
    ),
    Rule(
        "phone_placeholder",
        Level.DOUBTFUL,
        "telephone numbers, as digests",
        "10 % made-up ones, or 40 % one and the same",
        "Telephone numbers are placeholders: parcels of strangers are taken for one person's.",
        "Leave phone out where it is unknown; masked numbers (138****8000) are recognised.",
        _phones,
    ),
    Rule(
        "parties_same",
        Level.DOUBTFUL,
        "name and address of both parties",
        "20 %",
        "Consignor and consignee are the same.",
        "Fill in who sends and who receives, not the courier.",
        _one_sender,
    ),
)
