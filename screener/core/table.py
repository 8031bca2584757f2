"""A CSV file of a list: each line becomes an entry for each identity it gives, or says what is wrong.

The columns are `id`, whom it names (`phone`, `address` ...), what is said of it (`grade` ...) and `expires`.
The entry of line `shop-17` that names a phone number is `shop-17.phone`. Lines are read one by one, and
each has an end, so that a file of any length costs the memory of its ids.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any, Final

from msgspec import structs

from screener.contracts.quoting import shown
from screener.contracts.wire import Licence, Sender, Target, Tip
from screener.core.entering import (
    BUSINESSES,
    checked,
    named,
    parse_amount,
    parse_expiry,
    parse_grade,
    quoted,
    writable,
)
from screener.core.entries import MAY_NAME, Entry
from screener.errors import BadInput
from screener.sealing.ring import KeyRing

SAYS: Final[Mapping[type[Entry], tuple[str, ...]]] = {
    Tip: ("source", "reference"),
    Sender: ("grade", "business"),
    Licence: ("sticks", "grams", "e_cigarettes"),
}
"""The columns that say something of whom an entry names."""

REQUIRED: Final[Mapping[type[Entry], tuple[str, ...]]] = {
    Tip: ("id", "source"),
    Sender: ("id", "grade"),
    Licence: ("id",),
}

LONGEST_RECORD: Final = 64 * 1024
"""Characters; no line of a list comes near it."""

Row = dict[str | None, Any]
"""A row by the names of its columns; fields too many lie under "", those missing are None."""


@dataclass(frozen=True, slots=True)
class Reading:
    """For which list something is read, with which keys, and when."""

    kind: type[Entry]
    ring: KeyRing
    now: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its id, and its entries or what is wrong with it."""

    number: int
    id: str
    entries: tuple[Entry, ...] = ()
    wrong: str | None = None

    def spoken_of(self, kind: type[Entry]) -> tuple[str, ...]:
        """The ids of all entries that this line may have: those that it no longer gives are removed."""
        return () if self.wrong else tuple(f"{self.id}.{by}" for by in MAY_NAME[kind])


def columns_of(kind: type[Entry]) -> tuple[str, ...]:
    """The columns that a file of this list may have."""
    return ("id", *MAY_NAME[kind], *SAYS[kind], "expires")


def rows(text: Iterable[str], kind: type[Entry]) -> Iterator[tuple[int, Row]]:
    """The rows with the number of their last line. Raises `BadInput` where the text is no such table."""
    bounded = _Bounded(text)
    reader = csv.DictReader(bounded, restkey="", strict=True)
    try:
        _check_columns(reader.fieldnames or (), kind)
        bounded.begin()
        for row in reader:
            yield reader.line_num, row
            bounded.begin()
    except csv.Error as error:
        raise BadInput(
            "table", f"line {reader.line_num}: expected CSV, got something else ({error})"
        ) from None


def physical(text: IO[str]) -> Iterator[str]:
    """The lines of a file, cut where one is longer than any record: `rows` refuses it then."""
    return iter(lambda: text.readline(LONGEST_RECORD + 1), "")


def lines(found: Iterable[tuple[int, Row]], reading: Reading, *, after: int = 0) -> Iterator[Line]:
    """What each row says; of rows with the same id the first counts, and the others are wrong.

    The first `after` rows are passed over: they were taken before, and only their ids count.
    """
    first: dict[str, int] = {}
    for place, (number, row) in enumerate(found):
        line_id = _id(number, row)
        if place < after:
            first.setdefault(line_id, number)
        elif line_id in first:
            yield Line(number, line_id, wrong=f"id: {shown(line_id)} is in line {first[line_id]} already")
        else:
            first[line_id] = number
            yield _line(number, line_id, row, reading)


def entries(fields: Mapping[str, str], reading: Reading) -> Iterator[Entry]:
    """The entry of each identity that these fields give. Raises `BadInput`."""
    given = [by for by in MAY_NAME[reading.kind] if fields.get(by)]
    if not given:
        raise BadInput("schema", f"expected one of {', '.join(MAY_NAME[reading.kind])}, got none")
    for by in given:
        yield entry(fields, by, f"{fields['id']}.{by}", reading)


def entry(fields: Mapping[str, str], by: str, entry_id: str, reading: Reading) -> Entry:
    """The entry `entry_id` that names its subject by the field `by`. Raises `BadInput`."""
    for name, text in fields.items():
        writable(name, text)
    expires_at = parse_expiry(fields.get("expires", ""), reading.now)
    target = named(by, fields[by], entry_kind=reading.kind, entry_id=entry_id, ring=reading.ring)
    made = _MAKERS[reading.kind](fields, entry_id, target, reading.now)
    return checked(structs.replace(made, expires_at=expires_at))


class _Bounded:
    """Lines, counted from where a record begins: within quotes it may go on over any number of them."""

    def __init__(self, text: Iterable[str]) -> None:
        self._text = iter(text)
        self._chars = 0

    def begin(self) -> None:
        self._chars = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        """Raises `BadInput` where the record is longer than any is."""
        line = next(self._text)
        self._chars += len(line)
        if self._chars > LONGEST_RECORD:
            wanted = f"expected lines of at most {LONGEST_RECORD} characters"
            raise BadInput("table", f"{wanted}, got a longer one; is a quotation mark open?")
        return line


def _check_columns(found: Sequence[str], kind: type[Entry]) -> None:
    allowed = columns_of(kind)
    if unknown := [name for name in found if name not in allowed]:
        raise BadInput(
            "table", f"line 1: unknown column {quoted(unknown[0])}; there are: {', '.join(allowed)}"
        )
    if missing := [name for name in REQUIRED[kind] if name not in found]:
        raise BadInput("table", f"line 1: expected a column {missing[0]}, got none")
    if len(set(found)) < len(found):
        raise BadInput("table", "line 1: expected each column once")


def _id(number: int, row: Row) -> str:
    """A row's id; one that has too few or too many fields has none."""
    return f"line {number}" if _ragged(row) else str(row["id"]).strip()


def _ragged(row: Row) -> bool:
    return None in row.values() or "" in row


def _line(number: int, line_id: str, row: Row, reading: Reading) -> Line:
    if _ragged(row):
        return Line(number, line_id, wrong="expected as many fields as there are columns")
    fields = {str(name): str(text).strip() for name, text in row.items()}
    try:
        return Line(number, line_id, tuple(entries(fields, reading)))
    except BadInput as error:
        return Line(number, line_id, wrong=error.detail)


def _tip(fields: Mapping[str, str], entry_id: str, target: Target, now: datetime) -> Tip:
    reference = fields.get("reference") or None
    return Tip(tip_id=entry_id, target=target, source=fields["source"], reference=reference, added_at=now)


def _sender(fields: Mapping[str, str], entry_id: str, target: Target, now: datetime) -> Sender:
    return Sender(
        sender_id=entry_id,
        target=target,
        grade=parse_grade(fields["grade"]),
        business=_business(fields.get("business", "")),
        added_at=now,
    )


def _licence(fields: Mapping[str, str], entry_id: str, target: Target, now: datetime) -> Licence:
    return Licence(
        licence_id=entry_id,
        target=target,
        sticks=parse_amount(fields.get("sticks", ""), "sticks"),
        tobacco_g=parse_amount(fields.get("grams", ""), "grams"),
        e_cigarettes=_yes(fields.get("e_cigarettes", "")),
        added_at=now,
    )


_MAKERS: Final[Mapping[type[Entry], Callable[[Mapping[str, str], str, Target, datetime], Entry]]] = {
    Tip: _tip,
    Sender: _sender,
    Licence: _licence,
}


def _business(text: str) -> Any:
    if text and text not in BUSINESSES:
        raise BadInput("schema", f"business: expected one of {', '.join(BUSINESSES)}, got {quoted(text)}")
    return text or "other"


def _yes(text: str) -> bool:
    if text.lower() not in ("", "yes", "no"):
        raise BadInput("schema", f"e_cigarettes: expected yes or no, got {quoted(text)}")
    return text.lower() == "yes"
