"""Who is signed in: a random token in the browser, its hash here, an end by idleness and an end for all."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, or_, select, update

from screener.config import ReviewSettings
from screener.review.audit import Deed, record
from screener.review.schema import person, session

SEEN_EVERY: Final = timedelta(seconds=30)
"""How often a session notes that its person is there, at most: reading pages is no reason to write."""

_TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Opened:
    """What the browser gets: `token` in a cookie, `csrf` in its pages. Neither is ever logged."""

    token: str = field(repr=False)
    csrf: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A session that is going on: whose it is (`person`, a row), since when, and until when at the latest."""

    token_sha256: str = field(repr=False)
    person: int
    csrf: str = field(repr=False)
    made_at: datetime
    seen_at: datetime
    ends_at: datetime


def begin(connection: Connection, now: datetime, person_id: int, settings: ReviewSettings) -> Opened:
    """A new session, never one that the browser brought; ends those of all people that are over."""
    _forget_ended(connection, now, settings)
    opened = Opened(secrets.token_urlsafe(_TOKEN_BYTES), secrets.token_urlsafe(_TOKEN_BYTES))
    row = Session(_hashed(opened.token), person_id, opened.csrf, now, now, now + _longest(settings))
    connection.execute(insert(session).values({name: getattr(row, name) for name in Session.__slots__}))
    return opened


def of(connection: Connection, now: datetime, token: str, settings: ReviewSettings) -> Session | None:
    """The session of a token, where it goes on and its person is not disabled. Writes nothing."""
    columns = [session.c[name] for name in Session.__slots__]
    query = select(*columns).join(person, person.c.id == session.c.person)
    row = connection.execute(
        query.where(
            session.c.token_sha256 == _hashed(token),
            session.c.seen_at > now - _idle(settings),
            session.c.ends_at > now,
            person.c.disabled_at.is_(None),
        )
    ).first()
    return None if row is None else Session(*row)


def needs_touch(now: datetime, going_on: Session) -> bool:
    """Whether it is time to note that the person is there: then `touch` it, in a transaction that writes."""
    return now - going_on.seen_at >= SEEN_EVERY


def touch(connection: Connection, now: datetime, going_on: Session) -> None:
    """The person did something: the idle time begins anew. Nothing that a page does by itself may call it."""
    found = (session.c.token_sha256 == going_on.token_sha256) & (session.c.seen_at < now)
    connection.execute(update(session).where(found).values(seen_at=now))


def end(connection: Connection, now: datetime, token: str) -> None:
    """Sign out; a token that is none any more is no error."""
    found = session.c.token_sha256 == _hashed(token)
    name = connection.scalar(select(person.c.name).join(session).where(found))
    if name is not None:
        connection.execute(delete(session).where(found))
        record(connection, Deed(now, name, "sign_out", f"person:{name}"))


def end_all(connection: Connection, person_id: int) -> int:
    """End all sessions of a person, and say how many there were; the caller records why."""
    return connection.execute(delete(session).where(session.c.person == person_id)).rowcount


def _forget_ended(connection: Connection, now: datetime, settings: ReviewSettings) -> None:
    ended = or_(session.c.ends_at <= now, session.c.seen_at <= now - _idle(settings))
    connection.execute(delete(session).where(ended))


def _idle(settings: ReviewSettings) -> timedelta:
    return timedelta(minutes=settings.idle_min)


def _longest(settings: ReviewSettings) -> timedelta:
    return timedelta(hours=settings.session_h)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
