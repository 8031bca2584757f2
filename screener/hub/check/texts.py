"""Doubts about what a manifest says in words: each told from one text, and none repeats it."""

from __future__ import annotations

import re
from importlib import resources
from typing import Final

import msgspec

from screener.contracts.wire import Manifest, Party

_CODES: Final = msgspec.json.decode(resources.files(__package__).joinpath("codes.json").read_bytes())

CURRENCIES: Final = frozenset(" ".join(_CODES["iso_4217"]).split())
COUNTRIES: Final = frozenset(" ".join(_CODES["iso_3166_1"]).split())
"""ISO 3166-1 alpha-2."""

_CHINESE_REGION: Final = re.compile(r"[1-9][0-9]{5}")
"""GB/T 2260: the codes of provinces, cities and districts."""

_MISREAD: Final = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]")
"""Two characters of Latin-1 that are one of UTF-8: a lead byte and its continuation."""

_MISREAD_1252: Final = re.compile("[Ã-ô][€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_LOST: Final = re.compile(r"\?{2,}|\ufffd")
_DIGITS: Final = re.compile(r"[0-9]")
_PLACEHOLDER: Final = frozenset(
    {"NOREAD", "UNKNOWN", "NULL", "NONE", "NA", "TEST", "DUMMY", "ERROR", "UNDEFINED"}
)
_PAYLOAD: Final = re.compile(r"[^A-Za-z0-9]")


def misread(text: str) -> bool:
    """Whether UTF-8 was read as Latin-1 or Windows-1252."""
    return bool(_MISREAD.search(text) or _MISREAD_1252.search(text))


def lost(text: str) -> bool:
    """Whether characters were replaced by question marks."""
    return bool(_LOST.search(text))


def made_up_phone(phone: str) -> bool:
    """Whether the digits are too few, or nearly all of them the same: 000, 111, 13800000000."""
    digits = "".join(_DIGITS.findall(phone))
    if "*" in phone:  # masked on purpose
        return False
    tail = digits[-8:]
    return len(digits) < 5 or len(set(tail)) == 1 or digits in {"12345678", "123456789", "12345678901"}


def made_up_id(name: str) -> bool:
    """Whether an id is a word for none, or one character over and over."""
    bare = _PAYLOAD.sub("", name).upper()
    return (
        bare.rstrip("0123456789") in _PLACEHOLDER
        or (len(bare) > 3 and len(set(bare)) == 1)
        or not bare.strip("0")
    )


def known_region(region: str) -> bool:
    """Whether it is a country of ISO 3166-1 (with or without a part of it), or a code of GB/T 2260."""
    return region.partition("-")[0] in COUNTRIES or _CHINESE_REGION.fullmatch(region) is not None


def doubts(manifest: Manifest) -> frozenset[str]:
    """The codes of all that is doubtful in a manifest's own words."""
    sides = (manifest.consignor, manifest.consignee)
    texts = [text for side in sides for text in (side.name, side.address) if text]
    texts += [line.text for line in manifest.contents]
    currencies = [line.value.currency for line in manifest.contents if line.value]
    found = {
        "text_mojibake": any(map(misread, texts)),
        "text_lost": any(map(lost, texts)),
        "phone_placeholder": any(made_up_phone(side.phone) for side in sides if side.phone),
        "region_unknown": any(not known_region(side.region) for side in sides if side.region),
        "currency_unknown": any(code not in CURRENCIES for code in currencies),
        "contents_empty": not any(line.text.strip() for line in manifest.contents),
        "parcel_id_placeholder": made_up_id(manifest.parcel_id),
        "parties_same": _same(*sides),
    }
    return frozenset(code for code, hit in found.items() if hit)


def _same(one: Party, other: Party) -> bool:
    return (one.name, one.address) == (other.name, other.address)
