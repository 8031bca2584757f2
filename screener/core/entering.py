"""From what people enter to entries of the lists: each field checked, what identifies a person sealed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final

from screener.contracts.json_reading import read_json
from screener.contracts.quoting import kind_and_length
from screener.contracts.reading import encode
from screener.contracts.wire import Grade, Licence, Sender, Target, Tip
from screener.core.entries import MAX_ENTRY_BYTES, Entry, flaw, topic_of_kind
from screener.errors import BadInput
from screener.sealing.ring import KeyRing
from screener.sealing.targets import seal_target, target_aad

KINDS: Final[Mapping[str, type[Entry]]] = {"tip": Tip, "sender": Sender, "licence": Licence}
"""The kinds of entries as people call them; their lists have an s more."""

BUSINESSES: Final = ("shop", "e_cigarettes", "other")
ANY: Final = "any"

LONGEST_TARGET: Final = 500
"""Characters of what names somebody, as in manifests: longer ones take ever longer to compare."""

_DAYS: Final = re.compile(r"([0-9]{1,4})d")
_CODE: Final = re.compile(r"[A-Za-z0-9 :.+/_-]{1,20}")
_NUMBER_OF_SOMEBODY: Final = re.compile(r"[0-9]{5,}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def parse_expiry(text: str, now: datetime) -> datetime | None:
    """The end of a term: a day (its beginning, UTC), a time, or so many days from now. Raises `BadInput`."""
    if not text:
        return None
    if match := _DAYS.fullmatch(text):
        return now + timedelta(days=int(match[1]))
    try:
        time = datetime.fromisoformat(text)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        got = quoted(text)
        raise BadInput("schema", f"expires: expected 2027-01-31, a time, or 90d, got {got}") from None


def parse_amount(text: str, name: str) -> float | None:
    """What a licence covers: a number, nothing for 0, `any` for no bound. Raises `BadInput`."""
    if text == ANY:
        return None
    try:
        amount = float(text or 0)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e12:
        raise BadInput("schema", f"{name}: expected a number of 0 or more, or {ANY}, got {quoted(text)}")
    return amount


def parse_grade(text: str) -> Grade:
    """A credit grade. Raises `BadInput`."""
    try:
        return Grade(text.upper())
    except ValueError:
        raise BadInput("schema", f"grade: expected one of {', '.join(Grade)}, got {quoted(text)}") from None


def quoted(text: str) -> str:
    """A text of a field for codes, where it looks like one: what slipped in from the next column may name
    somebody."""
    personal = _CODE.fullmatch(text) is None or _NUMBER_OF_SOMEBODY.search(text) is not None
    return kind_and_length(text) if personal else repr(text)


def named(kind: str, text: str, *, entry_kind: type[Entry], entry_id: str, ring: KeyRing) -> Target:
    """The target that names this text, hashed and sealed. Raises `BadInput` that does not show it."""
    if len(text) > LONGEST_TARGET:
        raise BadInput("schema", f"{kind}: expected at most {LONGEST_TARGET} characters, got {len(text)}")
    match kind:
        case "waybill":
            return Target(kind="waybill", pattern=text.strip())
        case "phone" | "name" | "address" | "building":
            found = seal_target(kind, text, ring, target_aad(topic_of_kind(entry_kind), entry_id))
            if found is not None:
                return found
    got = f"{kind_and_length(text)} that is masked or says nothing"
    raise BadInput("schema", f"{kind}: expected a whole {kind}, got {got}")


def checked(entry: Entry) -> Entry:
    """The entry, if a list takes it. Raises `BadInput` with the path to what is wrong."""
    read = read_json(encode(entry), type(entry), MAX_ENTRY_BYTES)
    if wrong := flaw(read):
        raise BadInput("schema", wrong)
    return read


def writable(name: str, text: str) -> str:
    """A text that every list and database keeps: no control characters. Raises `BadInput`."""
    if _CONTROL.search(text):
        raise BadInput("schema", f"{name}: expected a text, got one with control characters")
    return text
