"""From what people enter to entries of the lists: each field checked, what identifies a person sealed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import click

from screener.contracts.wire import Grade, Licence, Sender, Target, Tip
from screener.errors import BadInput

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.sealing.ring import KeyRing

T = TypeVar("T")

KINDS: Mapping[str, type[Entry]] = {
    "tip": Tip,
    "sender": Sender,
    "licence": Licence,
}
"""The kinds of entries by the words of the command line; their lists have an s more."""

BUSINESSES = ("shop", "e_cigarettes", "other")
ANY = "any"

_DAYS = re.compile(r"([0-9]{1,4})d")


def parse_expiry(text: str, now: datetime) -> datetime | None:
    """The end of a term: a day (its beginning, UTC), a time, or so many days from now. Raises `BadInput`."""
    if not text:
        return None
    if match := _DAYS.fullmatch(text):
        return now + timedelta(days=int(match[1]))
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput("schema", f"expires: expected 2027-01-31, a time, or 90d, got {text!r}") from None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def parse_amount(text: str, name: str) -> float | None:
    """What a licence covers: a number, nothing for 0, `any` for no bound. Raises `BadInput`."""
    if text == ANY:
        return None
    try:
        amount = float(text or 0)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e12:
        raise BadInput("schema", f"{name}: expected a number of 0 or more, or {ANY}, got {text!r}")
    return amount


def parse_grade(text: str) -> Grade:
    """A credit grade. Raises `BadInput`."""
    try:
        return Grade(text.upper())
    except ValueError:
        raise BadInput("schema", f"grade: expected one of {', '.join(Grade)}, got {text[:10]!r}") from None


def named(kind: str, text: str, *, entry_kind: type[Entry], entry_id: str, ring: KeyRing) -> Target:
    """The target that names this text, hashed and sealed. Raises `BadInput` that does not show it."""
    from screener.contracts.quoting import kind_and_length
    from screener.core.entries import topic_of_kind
    from screener.sealing.targets import seal_target, target_aad

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
    from screener.contracts.json_reading import read_json
    from screener.contracts.reading import encode
    from screener.core.entries import flaw
    from screener.stages.lists import MAX_ENTRY_BYTES

    read = read_json(encode(entry), type(entry), MAX_ENTRY_BYTES)
    if wrong := flaw(read):
        raise BadInput("schema", wrong)
    return read


def from_command_line(make: Callable[[], T]) -> T:
    """What `make` makes; where a text is wrong the command ends as click ends it (exit code 2)."""
    try:
        return make()
    except BadInput as error:
        raise click.UsageError(error.detail) from None
