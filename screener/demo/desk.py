"""The demo's workstation: people of every kind, and whether the intake took all that was flagged."""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Engine, select

from screener.config import Config
from screener.review import accounts, database, intake, search
from screener.review.accounts import console
from screener.review.rights import Grant, Role
from screener.review.schema import parcel
from screener.stream.port import Log

PEOPLE: Final[Mapping[str, Role]] = {
    "demo": Role.SUPERVISOR,
    "second": Role.INVESTIGATOR,
    "reader": Role.READER,
    "auditor": Role.AUDITOR,
    "admin": Role.ADMINISTRATOR,
}
"""Who may sign in; a seizure wants two of them."""

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look like others."""


def open_accounts(config: Config, language: str) -> str:
    """Make the database and its people; the password of all of them."""
    engine = database.opened(config.review.database)
    try:
        database.upgrade(engine)
        password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
        _add_people(engine, password, language)
    finally:
        engine.dispose()
    return password


def free_port(wanted: int) -> int:
    """The port of the settings if nobody listens there, else any that is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def not_taken(config: Config, log: Log, hub: str, flagged: set[str]) -> set[str]:
    """What of a hub was flagged, and is not in the workstation once it has taken in all that the log has."""
    engine = database.opened(config.review.database)
    try:
        intake.catch_up(engine, log, config.review, lambda: datetime.now(UTC), also=search.keep)
        with database.reading(engine) as connection:
            taken = connection.scalars(select(parcel.c.parcel_id).where(parcel.c.hub == hub)).all()
    finally:
        engine.dispose()
    return flagged.symmetric_difference(taken)


def _add_people(engine: Engine, password: str, language: str) -> None:
    now, who = datetime.now(UTC), console("demo")
    with database.writing(engine) as connection:
        for name, role in PEOPLE.items():
            person = accounts.add(connection, who, now, name, password=password, language=language)
            accounts.grant(connection, who, now, person, Grant(role))
