"""The entries of the lists: whom each kind may name, what is wrong with one, what a waybill pattern fits."""

from __future__ import annotations

import re
from typing import Final

from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.wire import Licence, Sender, Target, Tip

Entry = Tip | Sender | Licence

KINDS: Final[dict[str, type[Entry]]] = {topics.TIPS: Tip, topics.SENDERS: Sender, topics.LICENCES: Licence}
"""What lies on the topic of each list."""

MAY_NAME: Final[dict[type[Entry], tuple[str, ...]]] = {
    Tip: ("phone", "name", "address", "building", "waybill"),
    Sender: ("phone", "address"),
    Licence: ("phone", "address", "waybill"),
}
"""By what an entry may name its subject. A name alone is shared by many people and a building by its tenants:
that is enough to look at a parcel, and not enough to grade a sender or to explain a load."""

MAX_ENTRY_BYTES: Final = 64 * 1024

SHORTEST_PATTERN: Final = 4
"""Letters and digits that a waybill pattern must give: `*` alone would hold every parcel."""

_BETWEEN: Final = re.compile(r"[^0-9A-Z]+")
_BETWEEN_WITH_STARS: Final = re.compile(r"[^0-9A-Z*]+")


def id_of(entry: Entry) -> str:
    """The entry's id, which is the key of its record."""
    match entry:
        case Tip():
            return entry.tip_id
        case Sender():
            return entry.sender_id
        case Licence():
            return entry.licence_id


def topic_of(entry: Entry) -> str:
    """The topic of the list that the entry belongs to."""
    return topic_of_kind(type(entry))


def topic_of_kind(kind: type[Entry]) -> str:
    """The topic of the list of these entries."""
    return next(topic for topic, other in KINDS.items() if other is kind)


def alike(entry: Entry, there: Entry) -> bool:
    """Whether they say the same and are sealed with the same key: a month's import seals anew."""
    ours, theirs = entry.target.sealed, there.target.sealed
    if (ours and ours.key_id) != (theirs and theirs.key_id):
        return False
    return replace(entry, added_at=there.added_at, target=replace(entry.target, sealed=theirs)) == there


def flaw(entry: Entry) -> str | None:
    """Why no list takes this entry: expected, got; None where nothing is wrong."""
    target, allowed = entry.target, MAY_NAME[type(entry)]
    if target.kind not in allowed:
        kind = type(entry).__name__.lower()
        return f"$.target.kind: expected one of {', '.join(allowed)} for a {kind}, got {target.kind!r}"
    return _waybill_flaw(target) if target.kind == "waybill" else _link_flaw(target)


def _link_flaw(target: Target) -> str | None:
    if target.link and target.pattern is None:
        return None
    return f"$.target: expected a link and no pattern for a {target.kind}, got something else"


def _waybill_flaw(target: Target) -> str | None:
    if target.link is not None or target.pattern is None:
        return "$.target: expected a pattern and no link for a waybill, got something else"
    given = len(bare_waybill(target.pattern))
    if given < SHORTEST_PATTERN:
        return f"$.target.pattern: expected at least {SHORTEST_PATTERN} letters or digits, got {given}"
    return None


def bare_waybill(waybill: str) -> str:
    """A waybill number as it is compared: letters and digits alone, in capitals."""
    capitals = waybill.upper()
    return capitals if capitals.isalnum() and capitals.isascii() else _BETWEEN.sub("", capitals)


def bare_pattern(pattern: str) -> str:
    """A waybill pattern as it is compared: its stars too, of several in a row one."""
    return re.sub(r"\*+", "*", _BETWEEN_WITH_STARS.sub("", pattern.upper()))


def fits(pattern: str) -> re.Pattern[str]:
    """What the bare form of a waybill must match whole.

    Each part between stars is found where it first occurs and never sought again (atomic groups), so that
    no pattern makes the search long.
    """
    first, *middle = pattern.split("*")
    if not middle:
        return re.compile(re.escape(first))
    *middle, last = middle
    sought = "".join(f"(?>.*?{re.escape(part)})" for part in middle)
    return re.compile(f"{re.escape(first)}{sought}.*{re.escape(last)}")
