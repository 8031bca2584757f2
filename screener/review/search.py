"""Full-text search that finds any fragment: of a waybill, of a Chinese word, of a scan's number.

At each place of a word stands a gram of up to three characters, so two characters are a gram's beginning and
longer fragments are all of their grams; what has them all is then compared as text. The grams lie in
`parcel_text`: FTS5 on SQLite, a GIN index on PostgreSQL, both given the same words.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import Connection, Select, delete, insert, select, text, true
from sqlalchemy.sql.elements import ColumnElement

from screener.contracts.wire import Flagged
from screener.review.parcels import visible
from screener.review.rights import Reviewer, Verb
from screener.review.schema import parcel, scan, searched

GRAM: Final = 3
LONGEST: Final = 100
"""Characters of a question that are looked at."""

_LEARN_FTS5: Final = text("INSERT INTO parcel_text (rowid, grams) VALUES (:id, :grams)")
_LEARN_TSVECTOR: Final = text("INSERT INTO parcel_text VALUES (:id, array_to_tsvector(:grams))")
_FORGET_FTS5: Final = text(
    "INSERT INTO parcel_text (parcel_text, rowid, grams) VALUES ('delete', :id, :grams)"
)
_FORGET_TSVECTOR: Final = text("DELETE FROM parcel_text WHERE parcel = :id")


def keep(connection: Connection, item_id: int, flagged: Flagged) -> None:
    """Make a parcel findable by what its row says is searched, in the transaction that keeps its message."""
    said = connection.scalar(select(parcel.c.search).where(parcel.c.id == item_id)) or ""
    written = normal(said)
    row = searched.c.parcel == item_id
    before = connection.scalar(select(searched.c.written).where(row))
    if written != before:
        forget(connection, item_id, before)
        learn(connection, {item_id: written})
    _keep_scans(connection, item_id, flagged)


def learn(connection: Connection, written: Mapping[int, str]) -> None:
    """Keep the normal texts of parcels that have none."""
    connection.execute(
        insert(searched), [{"parcel": item_id, "written": words} for item_id, words in written.items()]
    )
    of_sqlite = connection.dialect.name == "sqlite"
    found = {item_id: grams(words) for item_id, words in written.items()}
    rows = [{"id": item_id, "grams": " ".join(own) if of_sqlite else own} for item_id, own in found.items()]
    connection.execute(_LEARN_FTS5 if of_sqlite else _LEARN_TSVECTOR, rows)


def forget(connection: Connection, item_id: int, written: str | None) -> None:
    """Forget a parcel's normal text. FTS5 keeps no text of its own, so it is told what it forgets."""
    if written is None:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(_FORGET_FTS5, {"id": item_id, "grams": " ".join(grams(written))})
    else:
        connection.execute(_FORGET_TSVECTOR, {"id": item_id})
    connection.execute(delete(searched).where(searched.c.parcel == item_id))


def matching(connection: Connection, asked: str) -> ColumnElement[bool]:
    """The condition on `parcel` that each word of `asked` is a part of one of its words."""
    words = normal(asked[:LONGEST]).split()
    if not words:
        return true()
    wanted: ColumnElement[bool] = parcel.c.id.in_(_having(connection, words))
    for word in words:
        if len(word) > GRAM:  # its grams may stand apart from each other
            has = select(searched.c.parcel).where(searched.c.written.contains(word, autoescape=True))
            wanted &= has.where(searched.c.parcel == parcel.c.id).exists()
    return wanted


def by_barcode(connection: Connection, who: Reviewer, home: str, code: str) -> int | None:
    """The visible parcel with this waybill, parcel id or scan id, in this order, or None.

    Of several the newest: hubs may use a number again.
    """
    code = code.strip()
    if not code or not code.isprintable():
        return None
    seen = visible(who, Verb.SEE, home)
    of_scan = parcel.c.id.in_(select(scan.c.parcel).where(scan.c.scan_id == code))
    for same in (parcel.c.waybill == code, parcel.c.parcel_id == code, of_scan):
        query = select(parcel.c.id).where(same, seen).order_by(parcel.c.flagged_at.desc(), parcel.c.id.desc())
        found: int | None = connection.scalar(query.limit(1))
        if found is not None:
            return found
    return None


def normal(written: str) -> str:
    """Text as it is compared: full width is half width, capitals are small, gaps are one space."""
    return " ".join(unicodedata.normalize("NFKC", written).casefold().split())


def grams(written: str) -> list[str]:
    """The grams of a normal text, each once."""
    found = {word[at : at + GRAM] for word in written.split() for at in range(len(word))}
    return sorted(_token(gram) for gram in found)


def _token(gram: str) -> str:
    """A gram as letters and digits that both databases leave as they are; its beginnings are beginnings."""
    return gram.encode("utf-16-be").hex()


def _having(connection: Connection, words: list[str]) -> Select[tuple[Any]]:
    whole = sorted({gram for word in words if len(word) >= GRAM for gram in _full(word)})
    begun = sorted({_token(word) for word in words if len(word) < GRAM})
    if connection.dialect.name == "sqlite":
        asked = " AND ".join([*(f'"{one}"' for one in whole), *(f'"{one}"*' for one in begun)])
        query = text("SELECT rowid AS parcel FROM parcel_text WHERE parcel_text MATCH :asked")
    else:
        asked = " & ".join([*(f"'{one}'" for one in whole), *(f"'{one}':*" for one in begun)])
        query = text("SELECT parcel FROM parcel_text WHERE grams @@ CAST(:asked AS tsquery)")
    found = query.bindparams(asked=asked).columns(parcel=parcel.c.id.type).subquery()
    return select(found.c.parcel)


def _full(word: str) -> Iterator[str]:
    return (_token(word[at : at + GRAM]) for at in range(len(word) - GRAM + 1))


def _keep_scans(connection: Connection, item_id: int, flagged: Flagged) -> None:
    """One row a view; what was known of the same picture stays."""
    query = select(scan.c.number, scan.c.sha256).where(scan.c.parcel == item_id)
    known = {(row.number, row.sha256) for row in connection.execute(query)}
    connection.execute(delete(scan).where(scan.c.parcel == item_id, scan.c.number > len(flagged.scans)))
    for number, one in enumerate(flagged.scans, 1):
        if (number, one.stored.sha256) not in known:
            connection.execute(delete(scan).where(scan.c.parcel == item_id, scan.c.number == number))
            values = {"parcel": item_id, "number": number, "scan_id": one.scan.scan_id}
            connection.execute(insert(scan).values(values | {"sha256": one.stored.sha256}))
