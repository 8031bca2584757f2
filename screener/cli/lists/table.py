"""A CSV file of a list: each line becomes an entry for each identity it gives, or says what is wrong.

The columns are `id`, whom it names (`phone`, `address` ...), what is said of it (`grade` ...) and `expires`.
The entry of line `shop-17` that names a phone number is `shop-17.phone`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from msgspec import structs

from screener.cli.lists.entering import (
    BUSINESSES,
    checked,
    named,
    parse_amount,
    parse_expiry,
    parse_grade,
)
from screener.contracts.wire import Licence, Sender, Target, Tip
from screener.errors import BadConfig, BadInput

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.sealing.ring import KeyRing

SAYS: Mapping[type[Entry], tuple[str, ...]] = {
    Tip: ("source", "reference"),
    Sender: ("grade", "business"),
    Licence: ("sticks", "grams", "e_cigarettes"),
}
"""The columns that say something of whom an entry names."""

REQUIRED: Mapping[type[Entry], tuple[str, ...]] = {
    Tip: ("id", "source"),
    Sender: ("id", "grade"),
    Licence: ("id",),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the file: its id, and its entries or what is wrong with it."""

    number: int
    id: str
    entries: tuple[Entry, ...] = ()
    wrong: str | None = None


def columns_of(kind: type[Entry]) -> tuple[str, ...]:
    """The columns that a file of this list may have."""
    from screener.core.entries import MAY_NAME

    return ("id", *MAY_NAME[kind], *SAYS[kind], "expires")


Row = dict[str, Any]
"""A row by the names of its columns; fields too many lie under "", those missing are None."""


def read_rows(content: bytes, encoding: str, kind: type[Entry], where: str) -> list[tuple[int, Row]]:
    """The rows with the number of their last line. Raises `BadConfig` where the file is no such table."""
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except LookupError:
        raise BadConfig(f"--encoding: expected one that Python knows, got {encoding!r}") from None
    except UnicodeDecodeError as error:
        raise BadConfig(
            f"{where}: expected {encoding}, got other bytes from {error.start} on; try --encoding gb18030"
        ) from None
    reader = csv.DictReader(io.StringIO(text, newline=""), restkey="", strict=True)
    _check_columns(reader.fieldnames or (), kind, where)
    try:
        return [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise BadConfig(f"{where}:{reader.line_num}: expected CSV, got something else ({error})") from None


def read_lines(
    rows: Sequence[tuple[int, Row]], kind: type[Entry], ring: KeyRing, now: datetime
) -> Iterator[Line]:
    """What each row says; of rows with the same id the first counts, and the others are wrong."""
    first: dict[str, int] = {}
    for number, row in rows:
        line = _line(number, row, kind, ring, now)
        if line.id in first:
            yield Line(number, line.id, wrong=f"id: {line.id!r} is in line {first[line.id]} already")
        else:
            first[line.id] = number
            yield line


def _check_columns(found: Sequence[str], kind: type[Entry], where: str) -> None:
    allowed = columns_of(kind)
    if unknown := [name for name in found if name not in allowed]:
        raise BadConfig(f"{where}:1: unknown column {unknown[0][:40]!r}; there are: {', '.join(allowed)}")
    if missing := [name for name in REQUIRED[kind] if name not in found]:
        raise BadConfig(f"{where}:1: expected a column {missing[0]}, got none")


def _line(number: int, row: Row, kind: type[Entry], ring: KeyRing, now: datetime) -> Line:
    if None in row.values() or "" in row:
        return Line(number, f"line {number}", wrong="expected as many fields as there are columns")
    fields = {name: str(text).strip() for name, text in row.items()}
    try:
        return Line(number, fields["id"], tuple(_entries(fields, kind, ring, now)))
    except BadInput as error:
        return Line(number, fields["id"], wrong=error.detail)


def _entries(fields: Mapping[str, str], kind: type[Entry], ring: KeyRing, now: datetime) -> Iterator[Entry]:
    from screener.core.entries import MAY_NAME

    given = [by for by in MAY_NAME[kind] if fields.get(by)]
    if not given:
        raise BadInput("schema", f"expected one of {', '.join(MAY_NAME[kind])}, got none")
    expires_at = parse_expiry(fields.get("expires", ""), now)
    for by in given:
        entry_id = f"{fields['id']}.{by}"
        target = named(by, fields[by], entry_kind=kind, entry_id=entry_id, ring=ring)
        entry = _MAKERS[kind](fields, entry_id, target, now)
        yield checked(structs.replace(entry, expires_at=expires_at))


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


_MAKERS: Mapping[type[Entry], Callable[[Mapping[str, str], str, Target, datetime], Entry]] = {
    Tip: _tip,
    Sender: _sender,
    Licence: _licence,
}


def _business(text: str) -> Any:
    if text and text not in BUSINESSES:
        raise BadInput("schema", f"business: expected one of {', '.join(BUSINESSES)}, got {text[:20]!r}")
    return text or "other"


def _yes(text: str) -> bool:
    if text.lower() not in ("", "yes", "no"):
        raise BadInput("schema", f"e_cigarettes: expected yes or no, got {text[:20]!r}")
    return text.lower() == "yes"
