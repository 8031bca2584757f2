"""Consumer groups: who is a member and who owns what, since when; in the caller's transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from screener.errors import Fenced
from screener.stream.port import Assignment, Partition, Subscription
from screener.stream.sqlite import catalog, shares


@dataclass(frozen=True, slots=True)
class Seat:
    """What a member asks for when it joins; it holds the slot until it leaves, is silent, or is replaced."""

    group: str
    slot: str
    subscription: Subscription
    session_timeout_ms: int


def join(connection: sqlite3.Connection, seat: Seat, now_ms: int) -> int:
    """A new member's id; an older member of the same slot is put out."""
    connection.execute("INSERT OR IGNORE INTO groups VALUES (?, 0)", (seat.group,))
    connection.execute("DELETE FROM members WHERE group_name = ? AND slot = ?", (seat.group, seat.slot))
    subscription = msgspec.msgpack.encode(seat.subscription)
    member = connection.execute(
        "INSERT INTO members (group_name, slot, subscription, heartbeat_ms, session_timeout_ms)"
        " VALUES (?, ?, ?, ?, ?)",
        (seat.group, seat.slot, subscription, now_ms, seat.session_timeout_ms),
    ).lastrowid
    assert member is not None
    rebalance(connection, seat.group)
    return member


def leave(connection: sqlite3.Connection, group: str, member: int) -> None:
    connection.execute("DELETE FROM members WHERE id = ?", (member,))
    rebalance(connection, group)


def beat(connection: sqlite3.Connection, group: str, member: int, now_ms: int) -> None:
    """Say that `member` is alive, and put out the members of its group that have been silent for too long."""
    connection.execute("UPDATE members SET heartbeat_ms = ? WHERE id = ?", (now_ms, member))
    # A heartbeat from far in the future is as old as one from the past: the clock was set back since.
    silent = connection.execute(
        "DELETE FROM members WHERE group_name = ? AND abs(? - heartbeat_ms) > session_timeout_ms",
        (group, now_ms),
    ).rowcount
    if silent:
        rebalance(connection, group)


def rebalance_all(connection: sqlite3.Connection) -> None:
    """Share out anew in every group, after topics were created."""
    for (group,) in connection.execute("SELECT name FROM groups").fetchall():
        rebalance(connection, group)


def rebalance(connection: sqlite3.Connection, group: str) -> None:
    """Share the group's partitions out; the generation grows if and only if anybody's share has changed."""
    owners = shares.by_range(_subscriptions(connection, group), catalog.counts(connection))
    if owners == _owners(connection, group):
        return
    connection.execute("DELETE FROM assigned WHERE group_name = ?", (group,))
    connection.executemany(
        "INSERT INTO assigned VALUES (?, ?, ?, ?)",
        ((group, partition.topic, partition.number, member) for partition, member in owners.items()),
    )
    connection.execute("UPDATE groups SET generation = generation + 1 WHERE name = ?", (group,))


def holder(connection: sqlite3.Connection, group: str, slot: str) -> int | None:
    """The member that holds a slot, or None."""
    row = connection.execute(
        "SELECT id FROM members WHERE group_name = ? AND slot = ?", (group, slot)
    ).fetchone()
    return None if row is None else int(row[0])


def generation(connection: sqlite3.Connection, group: str) -> int:
    return int(connection.execute("SELECT generation FROM groups WHERE name = ?", (group,)).fetchone()[0])


def assignment(connection: sqlite3.Connection, group: str, member: int) -> Assignment:
    rows = connection.execute(
        "SELECT topic, number FROM assigned WHERE group_name = ? AND member = ?", (group, member)
    )
    partitions = frozenset(Partition(topic, number) for topic, number in rows)
    return Assignment(generation(connection, group), partitions)


def require_current(connection: sqlite3.Connection, seat: Seat, member: int, assignment: Assignment) -> None:
    """Raise `Fenced` unless `member` holds its slot and `assignment` is of the current generation."""
    held_by = holder(connection, seat.group, seat.slot)
    if held_by != member:
        who = "nobody: it was silent for too long" if held_by is None else "a newer worker"
        raise Fenced(f"group {seat.group}: slot {seat.slot} is held by {who}; nothing was committed")
    current = generation(connection, seat.group)
    if assignment.generation != current:
        raise Fenced(
            f"group {seat.group}: expected generation {current}, got {assignment.generation}: "
            f"the partitions were shared out anew; nothing was committed"
        )


def committed(connection: sqlite3.Connection, group: str) -> dict[Partition, int]:
    rows = connection.execute(
        "SELECT topic, number, next_offset FROM committed WHERE group_name = ?", (group,)
    )
    return {Partition(topic, number): next_offset for topic, number, next_offset in rows}


def commit_offsets(connection: sqlite3.Connection, group: str, offsets: Mapping[Partition, int]) -> None:
    connection.executemany(
        "INSERT OR REPLACE INTO committed VALUES (?, ?, ?, ?)",
        ((group, partition.topic, partition.number, offset) for partition, offset in offsets.items()),
    )


def _subscriptions(connection: sqlite3.Connection, group: str) -> dict[int, Subscription]:
    """The members by slot, so that a worker that is started again gets the partitions it had."""
    rows = connection.execute(
        "SELECT id, subscription FROM members WHERE group_name = ? ORDER BY slot", (group,)
    )
    return {member: msgspec.msgpack.decode(packed, type=Subscription) for member, packed in rows}


def _owners(connection: sqlite3.Connection, group: str) -> dict[Partition, int]:
    rows = connection.execute("SELECT topic, number, member FROM assigned WHERE group_name = ?", (group,))
    return {Partition(topic, number): member for topic, number, member in rows}
