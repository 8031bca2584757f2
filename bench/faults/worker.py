"""A worker as the rig starts it: `screener ...` with places to break at, and, if asked, a bug put in.

    python -m bench.faults.worker FOLDER BUG SCREENER-ARGUMENTS...

Every bug takes one protection away, as a careless change would. `none` is the real thing.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any
from uuid import uuid4

from kafka import KafkaProducer
from kafka.structs import ConsumerGroupMetadata

from bench.faults import points
from bench.faults.points import Points
from screener.cli import compose
from screener.evidence.store import EvidenceStore
from screener.scoring.model import Model
from screener.stream.kafka import publisher
from screener.stream.kafka.member import KafkaMember
from screener.stream.kafka.transactions import Transactions
from screener.stream.port import Assignment, Message, Partition
from screener.stream.runner import Reading, Session
from screener.stream.sqlite.member import SqliteMember
from screener.stream.watchdog import Watchdog


def place(at: Points) -> None:
    """Put the places around the real functions: commits that no record led to pass none of them."""
    laden = Laden()
    _around(Transactions, "commit", at, points.BEFORE_COMMIT, passed=laden.by_transactions)
    _around(SqliteMember, "commit", at, points.BEFORE_COMMIT, passed=laden.by_member)
    _around(
        KafkaProducer,
        "send_offsets_to_transaction",
        at,
        points.AFTER_SEND,
        after=points.AFTER_OFFSETS,
        passed=laden.is_so,
    )
    _around(KafkaProducer, "commit_transaction", at, points.IN_COMMIT, passed=laden.is_so)
    _delayed(Model, "score", at, points.SLOW_MODEL)
    _delayed(EvidenceStore, "put", at, points.SLOW_EVIDENCE)
    _set_clock(at)
    _time_restores(at)


def _around(
    owner: Any, name: str, at: Points, before: str, after: str | None = None, *, passed: Callable[..., bool]
) -> None:
    real = getattr(owner, name)

    def passing(*arguments: Any, **named: Any) -> Any:
        does_pass = passed(*arguments)
        if does_pass:
            at.pass_by(before)
        result = real(*arguments, **named)
        if does_pass and after is not None:
            at.pass_by(after)
        return result

    setattr(owner, name, passing)


class Laden:
    """Whether the commit under way carries what came of records that no commit before it had.

    Stages speak without being asked, too: how far they have read, for one.
    """

    def __init__(self) -> None:
        self._now = False
        self._carried: Mapping[Partition, int] = {}

    def by_transactions(
        self, _: Transactions, messages: Sequence[Message], offsets: Mapping[Partition, int], __: Any
    ) -> bool:
        return self._begins(messages, offsets)

    def by_member(
        self, _: Any, __: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> bool:
        return self._begins(messages, offsets)

    def is_so(self, *_: object) -> bool:
        return self._now

    def _begins(self, messages: Sequence[Message], offsets: Mapping[Partition, int]) -> bool:
        self._now = bool(messages) and (not offsets or offsets != self._carried)
        if messages:
            self._carried = dict(offsets)
        return self._now


def _delayed(owner: Any, name: str, at: Points, delay: str) -> None:
    real = getattr(owner, name)

    def slow(*arguments: Any, **named: Any) -> Any:
        time.sleep(at.seconds(delay))
        return real(*arguments, **named)

    setattr(owner, name, slow)


def _set_clock(at: Points) -> None:
    """`time.time` and `time.time_ns` run ahead by what the rig says, or behind."""
    real, real_ns = time.time, time.time_ns
    time.time = lambda: real() + at.seconds(points.CLOCK)
    time.time_ns = lambda: real_ns() + round(at.seconds(points.CLOCK) * 1e9)

    class Ahead(datetime):
        """`datetime` goes by a clock of its own."""

        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.fromtimestamp(time.time(), tz)

    vars(compose)["datetime"] = Ahead


def _time_restores(at: Points) -> None:
    """Note of each state that is taken up how many rows it has, what it takes, and how large we are then."""
    session: Any = Session
    real = session._begin

    def begin(self: Session, *given: Any) -> Any:
        began_s = time.monotonic()
        made = real(self, *given)
        rows = sum(len(table) for table in self._tables.values())
        if rows:
            at.note_restore(self._stage.name, rows, time.monotonic() - began_s)
        return made

    session._begin = begin


# --- one bug for each protection -------------------------------------------------------------------


def offsets_early() -> None:
    """Offsets are committed before what was made of their records."""
    for member in (KafkaMember, SqliteMember):
        _commit_offsets_first(member)


def _commit_offsets_first(member: Any) -> None:
    real = member.commit

    def commit(
        self: Any, assignment: Assignment, messages: Sequence[Message], offsets: Mapping[Partition, int]
    ) -> None:
        real(self, assignment, [], offsets)
        real(self, assignment, messages, offsets)

    member.commit = commit


def futures_unchecked() -> None:
    """Nobody asks whether what was sent has arrived."""

    def deliver(producer: Any, messages: Sequence[Message], timeout_s: float) -> list[Any]:
        for message in messages:
            publisher._send(producer, message)
        return []

    publisher.deliver = deliver


def no_fencing() -> None:
    """Every process has a transactional id of its own, and offsets are committed whoever owns them."""
    real_opened = Transactions.__init__

    def opened(self: Transactions, settings: Any, transactional_id: str, guard: Any) -> None:
        real_opened(self, settings, f"{transactional_id}.{uuid4()}", guard)

    def commit(
        self: KafkaMember,
        assignment: Assignment,
        messages: Sequence[Message],
        offsets: Mapping[Partition, int],
    ) -> None:
        nobody = ConsumerGroupMetadata(self._consumer.config["group_id"], -1, "", None)
        self._transactions.commit(messages, offsets or self._some_offset(), nobody)

    Transactions.__init__ = opened  # type: ignore[method-assign]
    KafkaMember.commit = commit  # type: ignore[method-assign]


def no_watchdog() -> None:
    """What hangs, hangs."""

    @contextmanager
    def guard(self: Watchdog, what: str) -> Iterator[None]:
        yield

    Watchdog.guard = guard  # type: ignore[method-assign]


def wall_clock() -> None:
    """Timers go by the wall: what has not been read yet counts as not having come."""
    real = Session._reading

    def reading(self: Session, batch: Any) -> Reading | None:
        found = real(self, batch)
        if found is None:
            return None
        now_ms = self._clock_ms()
        return Reading(until_ms=dict.fromkeys(found.until_ms, now_ms), lags=dict.fromkeys(found.lags, 0))

    Session._reading = reading  # type: ignore[method-assign]


BUGS: dict[str, Callable[[], None]] = {
    "none": lambda: None,
    "offsets-early": offsets_early,
    "futures-unchecked": futures_unchecked,
    "no-fencing": no_fencing,
    "no-watchdog": no_watchdog,
    "wall-clock": wall_clock,
}


def main() -> None:
    folder, bug, *arguments = sys.argv[1:]
    stage = arguments[arguments.index("run") + 1] if "run" in arguments else ""
    place(Points(Path(folder), stage))
    BUGS[bug]()
    from screener.cli import main as screener

    sys.argv = ["screener", *arguments]
    screener()


if __name__ == "__main__":
    main()
