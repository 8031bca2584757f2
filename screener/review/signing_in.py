"""Signing in by password or by an OpenID provider: counted, recorded, one answer to all who fail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, Engine

from screener.config import ReviewSettings
from screener.review import accounts, database, passwords, sessions, throttle
from screener.review.accounts import Identity
from screener.review.audit import Deed, record
from screener.review.errors import Refused
from screener.review.oidc import Provider
from screener.review.sessions import Opened


@dataclass(frozen=True, slots=True)
class Answered:
    """What a browser brought back from a provider: its cookie, and the query that it came with."""

    provider: Provider
    redirect_uri: str
    browser: str = field(repr=False)
    query: Mapping[str, str] = field(repr=False)

    def finish(self, engine: Engine, now: datetime) -> Identity:
        return self.provider.finish(engine, now, self.redirect_uri, self.browser, self.query)


NOBODY: Final = "-"
"""Who did what nobody has signed in for."""


def by_password(
    engine: Engine, now: datetime, settings: ReviewSettings, *, name: str, password: str, address: str
) -> Opened:
    """A session for a local account; `address` is where the browser is. Raises `Refused`, `TooMany`.

    In transactions of its own: the attempt counts whatever comes of it, and no lock is held while the
    password is hashed.
    """
    folded = accounts.fold(name)
    with database.writing(engine) as connection:
        throttle.count(connection, now, folded, address)
        found = accounts.kept_password(connection, folded)
    if not passwords.matches(found and found[1], password) or found is None:
        raise _refused(engine, now, folded if found else NOBODY, address)
    with database.writing(engine) as connection:
        throttle.forget(connection, folded, address)
        if passwords.is_outdated(found[1]):
            accounts.rehash(connection, found[0], password)
        return _admit(connection, now, settings, found[0], address)


def by_provider(
    engine: Engine, now: datetime, settings: ReviewSettings, answered: Answered, address: str
) -> Opened:
    """A session for one whom an OpenID provider vouches for. Raises `Refused`, `Unavailable`, `BadConfig`."""
    try:
        identity = answered.finish(engine, now)
    except Refused:
        _refused(engine, now, NOBODY, address)
        raise
    with database.writing(engine) as connection:
        person = accounts.of_issuer(connection, now, identity, settings.language)
        if person is not None:
            return _admit(connection, now, settings, person, address)
    raise _refused(engine, now, NOBODY, address)


def _admit(
    connection: Connection, now: datetime, settings: ReviewSettings, person: int, address: str
) -> Opened:
    who = accounts.reviewer_of(connection, person)
    if who is None:
        raise Refused("the account was disabled")
    opened = sessions.begin(connection, now, person, settings)
    record(connection, Deed(now, who.name, "sign_in", f"person:{who.name}", {"address": address}))
    return opened


def _refused(engine: Engine, now: datetime, name: str, address: str) -> Refused:
    """The error to raise, once it is recorded. A name that nobody has may be a password: it is not kept."""
    with database.writing(engine) as connection:
        record(connection, Deed(now, NOBODY, "sign_in_failed", f"person:{name}", {"address": address}))
    return Refused("name or password is not right, or the account is disabled")
