"""Whether the record of all reads and writes is what it was when its heads were signed.

Three things are held against each other: the rows, the heads that the database keeps, and the heads that
were published. Whoever owns the database can write the first two anew. He cannot take back the third, and
without the key he can sign no other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import compress

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from screener.contracts.wire import Checkpoint
from screener.review import audit, checkpoints
from screener.review.audit import Break, Entry
from screener.review.checkpoints import Published
from screener.review.signature import PublicKey


@dataclass(frozen=True, slots=True)
class Report:
    """What was found: `rows` rows, `heads` that hold, the last row that one of them vouches for, and when."""

    rows: int
    heads: int
    vouched: int
    vouched_at: datetime | None
    findings: tuple[Break, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


class _Walk:
    """The rows on their way through the check of the chain; keeps the hashes at the heads."""

    def __init__(self, wanted: frozenset[int]) -> None:
        self._wanted = wanted
        self.hashes: dict[int, str] = {}
        self.rows = 0
        self.last = 0

    def through(self, rows: Iterable[Entry]) -> Iterator[Entry]:
        for row in rows:
            self.rows, self.last = self.rows + 1, row.n
            if row.n in self._wanted:
                self.hashes[row.n] = row.hash
            yield row


def verify(
    connection: Connection, agency: str, published: Published | None, keys: Mapping[str, PublicKey]
) -> Report:
    """Everything that does not hold, by row; `keys` are all that ever signed, by id.

    Without `published` only the database is held against itself: whoever has the key can have rewritten it.
    """
    kept = checkpoints.kept(connection, agency)
    told = published or Published()
    heads = sorted({*kept, *told.heads}, key=lambda head: (head.n, head.hash))
    holds = [_holds(head, keys) for head in heads]
    good = list(compress(heads, holds))
    walk = _Walk(frozenset(head.n for head in good))
    findings = [
        *(Break(0, fault) for fault in told.faults),
        *(_unsigned(head, keys) for head, is_good in zip(heads, holds, strict=True) if not is_good),
        *(_unpublished(kept, told) if published is not None else ()),
        *_unkept(kept, told),
        *_chain(connection, walk),
        *_missed(good, walk),
    ]
    return Report(
        rows=walk.rows,
        heads=len(good),
        vouched=good[-1].n if good else 0,
        vouched_at=good[-1].at if good else None,
        findings=tuple(sorted(findings, key=lambda found: found.n)),
    )


def _holds(head: Checkpoint, keys: Mapping[str, PublicKey]) -> bool:
    key = keys.get(head.key_id)
    return key is not None and key.signed(checkpoints.text(head), head.signature)


def _unsigned(head: Checkpoint, keys: Mapping[str, PublicKey]) -> Break:
    if head.key_id not in keys:
        return Break(head.n, f"a head is signed with key {head.key_id}, whose public half was not given")
    return Break(head.n, "a head is not signed by the key that it names: it was changed or made up")


def _unpublished(kept: Iterable[Checkpoint], told: Published) -> Iterator[Break]:
    """Heads older than the last published one that are not in the topic."""
    heads = {(head.n, head.hash) for head in told.heads}
    last = max((n for n, _ in heads), default=0)
    for head in kept:
        if head.n < last and (head.n, head.hash) not in heads:
            yield Break(head.n, "the database has a head that was never published")


def _unkept(kept: Iterable[Checkpoint], told: Published) -> Iterator[Break]:
    heads = {(head.n, head.hash) for head in kept}
    for head in told.heads:
        if (head.n, head.hash) not in heads:
            yield Break(
                head.n, "a published head is not in the database: the database was changed, or is older"
            )


def _chain(connection: Connection, walk: _Walk) -> Iterator[Break]:
    try:
        yield from audit.breaks(walk.through(audit.entries(connection)))
    except (DBAPIError, ValueError, TypeError, OverflowError, OSError) as error:
        unread = f"the row cannot be read ({type(error).__name__}), and none after it was checked"
        yield Break(walk.last + 1, unread)


def _missed(good: Iterable[Checkpoint], walk: _Walk) -> Iterator[Break]:
    for head in good:
        signed_at = f"{head.at:%Y-%m-%d %H:%M:%SZ}"
        if head.n not in walk.hashes:
            yield Break(head.n, f"the row that was vouched for at {signed_at} is not there")
        elif walk.hashes[head.n] != head.hash:
            yield Break(head.n, f"it is not the row that was vouched for at {signed_at}")
