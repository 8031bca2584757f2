"""The tables of the log, and how a file gets them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from screener.errors import BadConfig

APPLICATION_ID = 0x5363724C  # "ScrL"
VERSION = 1

OFFSET_BITS = 40
"""A record's row is its partition's row shifted by this, plus its offset: one integer, one B-tree."""

TABLES = (
    """
    CREATE TABLE topics (
        name TEXT PRIMARY KEY,
        first_partition INTEGER NOT NULL,  -- partition i of the topic is row first_partition + i
        partitions INTEGER NOT NULL,
        retention_ms INTEGER,
        compacted INTEGER NOT NULL,
        log_append_time INTEGER NOT NULL,
        max_message_bytes INTEGER NOT NULL
    )
    """,
    # The next offset is kept here, so that none is used twice after records were deleted.
    """
    CREATE TABLE partitions (
        id INTEGER PRIMARY KEY,
        next_offset INTEGER NOT NULL DEFAULT 0,
        appended_ms INTEGER NOT NULL DEFAULT 0
    )
    """,
    """
    CREATE TABLE records (
        id INTEGER PRIMARY KEY,
        timestamp_ms INTEGER NOT NULL,
        key BLOB,
        value BLOB,
        headers BLOB  -- MessagePack of [[name, bytes], ...]; NULL where there are none
    )
    """,
    # Compacted topics alone: the last record of each key, and what may be deleted once its time has come.
    """
    CREATE TABLE latest (
        partition INTEGER NOT NULL,
        key BLOB NOT NULL,
        record INTEGER NOT NULL,
        PRIMARY KEY (partition, key)
    ) WITHOUT ROWID
    """,
    "CREATE TABLE doomed (record INTEGER PRIMARY KEY, after_ms INTEGER NOT NULL)",
    "CREATE INDEX doomed_by_time ON doomed (after_ms)",
    "CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL)",
    """
    CREATE TABLE members (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        group_name TEXT NOT NULL,
        slot TEXT NOT NULL,
        subscription BLOB NOT NULL,
        heartbeat_ms INTEGER NOT NULL,
        session_timeout_ms INTEGER NOT NULL,
        UNIQUE (group_name, slot)
    )
    """,
    """
    CREATE TABLE assigned (
        group_name TEXT NOT NULL,
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        member INTEGER NOT NULL,
        PRIMARY KEY (group_name, topic, number)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE committed (
        group_name TEXT NOT NULL,
        topic TEXT NOT NULL,
        number INTEGER NOT NULL,
        next_offset INTEGER NOT NULL,
        PRIMARY KEY (group_name, topic, number)
    ) WITHOUT ROWID
    """,
)


def is_present(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether the file is a log already. Raises `BadConfig` if it is another kind of database."""
    found = connection.execute("PRAGMA application_id").fetchone()[0]
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if (found, version) == (APPLICATION_ID, VERSION):
        return True
    if found == APPLICATION_ID:
        raise BadConfig(
            f"{path}: expected a log of version {VERSION}, got {version}; use the Screener that made it"
        )
    if found or connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        raise BadConfig(f"{path}: is an SQLite database, but not a log of Screener; name another file")
    return False


def create(connection: sqlite3.Connection) -> None:
    """Make all tables, inside the caller's transaction."""
    for statement in TABLES:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
