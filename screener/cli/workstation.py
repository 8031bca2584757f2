"""The workstation's database, and who works on it, for commands at its console."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screener.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from screener.review.rights import Reviewer


@contextmanager
def opened(config: Config) -> Iterator[Engine]:
    """The database with the tables of this version, made where there is none. Raises `BadConfig`."""
    from screener.review import database

    engine = database.opened(config.review.database)
    try:
        database.upgrade(engine)
        yield engine
    finally:
        engine.dispose()


def console() -> Reviewer:
    """Whoever runs this command, by his name on this machine."""
    from screener.review import accounts

    try:
        return accounts.console(getpass.getuser())
    except (KeyError, OSError):  # a container whose user has no name
        return accounts.console("unknown")


def account(engine: Engine, name: str) -> Reviewer:
    """The person of an account, with the rights of this moment. Raises `Hidden`, `Denied`."""
    from screener.review import accounts, database
    from screener.review.errors import Denied

    with database.reading(engine) as connection:
        found = accounts.reviewer_of(connection, accounts.find(connection, name))
    if found is None:
        raise Denied(f"{name}: this account is disabled")
    return found
