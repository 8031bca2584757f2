"""Why somebody stands out in a group, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.contracts.wire import Pattern
from screener.review.web.words import Words, msg

NAMES: Final[Mapping[str, str]] = {"transit_base": msg("transit base"), "fan": msg("fan")}

KINDS: Final[Mapping[str, str]] = {
    "person": msg("person"),
    "phone": msg("phone number"),
    "address": msg("address"),
    "hub": msg("hub"),
    "region": msg("region"),
    "parcel": msg("parcel"),
}

_SENTENCES: Final[Mapping[str, str]] = {
    "transit_base": msg(
        "takes in %(received)s parcels from %(senders)s and sends %(sent)s on to %(receivers)s, "
        "names used: %(names)s"
    ),
    "fan": msg("sends %(sent)s parcels to %(receivers)s receivers, about %(sticks_per_parcel)s sticks each"),
}


def why(pattern: Pattern, words: Words) -> str:
    """The figures that say why, as a sentence."""
    figures = {name: f"{value:,.0f}" for name, value in pattern.figures.items()}
    return words.gettext(_SENTENCES[pattern.code], **figures)
