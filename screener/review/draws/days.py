"""The seed of each day: its hash before the day, itself once nothing of the day can be decided any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from screener.review import audit
from screener.review.audit import Deed
from screener.review.draws.tables import day as days
from screener.sealing import draw
from screener.sealing.ring import KeyRing

AHEAD: Final = 7
"""So many days before it the hash of a seed is public."""

CLERK: Final = "workstation"
"""Who publishes, as the record calls it."""


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the draw, in UTC: the hash of its seed and since when it is public; then the seed itself."""

    day: str
    commitment: str
    committed_at: datetime
    seed: bytes | None
    published_at: datetime | None

    @property
    def begins(self) -> datetime:
        return datetime.fromisoformat(self.day).replace(tzinfo=UTC)

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(days=1)

    @property
    def in_time(self) -> bool:
        """Whether its hash was public before the day began."""
        return self.committed_at < self.begins

    @property
    def kept(self) -> bool | None:
        """Whether the seed is the one that its hash promised; None before it is public."""
        return None if self.seed is None else draw.commitment(self.seed) == self.commitment


def commit(connection: Connection, ring: KeyRing, now: datetime) -> tuple[str, ...]:
    """Make public the hashes of today's seed and of those of the next days that are not yet; which days."""
    wanted = [(now.astimezone(UTC).date() + timedelta(days=n)).isoformat() for n in range(AHEAD + 1)]
    known = set(connection.scalars(select(days.c.day).where(days.c.day.in_(wanted))))
    missing = tuple(one for one in wanted if one not in known)
    for one in missing:
        said = draw.commitment(ring.seed(one))
        connection.execute(insert(days).values(day=one, commitment=said, committed_at=now))
        audit.record(connection, Deed(now, CLERK, "draw_committed", f"draw:{one}", {"sha256": said}))
    return missing


def publish(connection: Connection, ring: KeyRing, now: datetime, after_days: float) -> tuple[str, ...]:
    """Make public the seeds of the days that ended so long ago; which days."""
    ended = (now.astimezone(UTC) - timedelta(days=1 + after_days)).isoformat()
    due = select(days.c.day).where(days.c.seed.is_(None), days.c.day <= ended[:10]).order_by(days.c.day)
    ready = [one for one in connection.scalars(due) if _begins(one) + timedelta(days=1 + after_days) <= now]
    for one in ready:
        seed = ring.seed(one).hex()
        connection.execute(update(days).where(days.c.day == one).values(seed=seed, published_at=now))
        audit.record(connection, Deed(now, CLERK, "draw_published", f"draw:{one}", {"seed": seed}))
    return tuple(ready)


def find(connection: Connection, day: str) -> Day | None:
    """A day whose hash at least is public."""
    row = connection.execute(select(days).where(days.c.day == day)).first()
    return None if row is None else _day_of(row)


def latest(connection: Connection, limit: int = 60) -> tuple[Day, ...]:
    """The days up to those whose hash is public already, the latest first."""
    rows: Iterable[Row[Any]] = connection.execute(select(days).order_by(days.c.day.desc()).limit(limit))
    return tuple(_day_of(row) for row in rows)


def today(now: datetime) -> str:
    """The day of the draw that it is now."""
    return draw.day_of(now)


def is_day(text: str) -> bool:
    """Whether this is how a day is written."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _begins(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def _day_of(row: Row[Any]) -> Day:
    seed = None if row.seed is None else bytes.fromhex(row.seed)
    return Day(row.day, row.commitment, row.committed_at, seed, row.published_at)
