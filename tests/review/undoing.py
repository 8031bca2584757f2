"""Transactions for examples: what one wrote is gone before the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A transaction that leaves nothing behind."""
    writing = engine.connect().execution_options(screener_writes=True)
    with writing as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()
