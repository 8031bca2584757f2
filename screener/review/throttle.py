"""How often one may try to sign in: by name and address together, by name, and by address.

An attempt is counted before its password is looked at, so that many at once count as many; a right
password takes back what its pair of name and address had counted. Whoever knows a name can use up its own
attempts and many more before he shuts out its owner, who comes from another address.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select, text

from screener.review.errors import TooMany
from screener.review.schema import attempt

WINDOW: Final = timedelta(minutes=15)

PAIR_LIMIT: Final = 5
NAME_LIMIT: Final = 100
ADDRESS_LIMIT: Final = 100
"""A bureau may come from one address: 50 people who mistype twice each are no attack."""

_LOCK: Final = 0x5C4EE4A7


@dataclass(frozen=True, slots=True)
class _Bucket:
    """What attempts are counted by: a hash of it, and how many there may be in the window."""

    who: str
    limit: int


def count(connection: Connection, now: datetime, name: str, address: str) -> None:
    """Count one attempt to sign in. Raises `TooMany`, with nothing counted, where it is one too many."""
    _alone(connection)
    connection.execute(delete(attempt).where(attempt.c.at <= now - WINDOW))
    for bucket in _buckets(name, address):
        used, oldest = _used(connection, bucket)
        if used >= bucket.limit and oldest is not None:
            raise TooMany(oldest + WINDOW - now)
    rows = [{"who": bucket.who, "at": now} for bucket in _buckets(name, address)]
    connection.execute(insert(attempt), rows)


def forget(connection: Connection, name: str, address: str) -> None:
    """The password was right: the attempt counts no more, nor do mistakes of this name from this address."""
    pair, *others = (bucket.who for bucket in _buckets(name, address))
    connection.execute(delete(attempt).where(attempt.c.who == pair))
    for who in others:
        newest = select(func.max(attempt.c.id)).where(attempt.c.who == who).scalar_subquery()
        connection.execute(delete(attempt).where(attempt.c.id == newest))


def _used(connection: Connection, bucket: _Bucket) -> tuple[int, datetime | None]:
    query = select(func.count(), func.min(attempt.c.at)).where(attempt.c.who == bucket.who)
    used, oldest = connection.execute(query).one()
    return used, oldest


def _buckets(name: str, address: str) -> tuple[_Bucket, _Bucket, _Bucket]:
    return (
        _Bucket(_hashed("pair", name, address), PAIR_LIMIT),
        _Bucket(_hashed("name", name), NAME_LIMIT),
        _Bucket(_hashed("address", address), ADDRESS_LIMIT),
    )


def _hashed(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _alone(connection: Connection) -> None:
    """Attempts are counted one after the other (SQLite: who writes is alone)."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
