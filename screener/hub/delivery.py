"""Delivery: what waits in an outbox reaches the log in order, once, whatever breaks in between.

What is sent goes out in transactions of one slot, so that a batch is in the log whole or not at all, and so
that nothing of a killed process or a cut link can still come in once the slot has been opened anew. Whether
the last batch came in is then read from the log itself: from the outbox's marks on, below which nothing
lies of what still waits. That is the whole of recovery, and every connection begins with it.
"""

from __future__ import annotations

import hashlib
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from screener.errors import BadConfig, BadInput, Fenced, Unavailable
from screener.hub.outbox import Entry, Outbox
from screener.stream.port import Headers, Log, Message, Partition, Publisher, Record

BATCH_MESSAGES = 200
BATCH_BYTES = 8 * 1024 * 1024
FIRST_BACKOFF_S = 0.5
LONGEST_BACKOFF_S = 10.0
LOOK_S = 0.5

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How delivery stands: whether the log answers, the trouble if not, entries sent and refused so far."""

    connected: bool
    trouble: str | None
    sent: int
    refused: int


class Delivery:
    """Sends what waits in `outbox`, from a thread of its own, while the `with` lasts.

    `slot` is stable and this outbox's alone (Kafka: the transactional id is `screener.publish.SLOT`).
    While the link is down it waits and tries again. Wrong settings end it: `check` then raises `BadConfig`.
    """

    def __init__(
        self, outbox: Outbox, open_log: Callable[[], Log], *, slot: str, backoff_s: float = FIRST_BACKOFF_S
    ) -> None:
        self._outbox = outbox
        self._open_log = open_log
        self._slot = slot
        self._backoff_s = backoff_s
        self._care = Care()
        self._stop = threading.Event()
        self._changed = threading.Condition()
        self._progress = Progress(connected=False, trouble=None, sent=0, refused=0)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"delivery {slot}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._outbox.arrived.set()
        self._thread.join()

    def progress(self) -> Progress:
        """How delivery stands now."""
        return self._progress

    def check(self) -> None:
        """Raise what has ended delivery, if anything has."""
        if self._failure is not None:
            raise self._failure

    def drained(self, timeout_s: float) -> bool:
        """Wait until nothing is left to be sent; whether it came to that. Raises as `check`."""
        with self._changed:
            return self._changed.wait_for(self._is_drained, timeout_s)

    def _is_drained(self) -> bool:
        self.check()
        return self._outbox.waiting().count == 0

    def _run(self) -> None:
        try:
            self._persist()
        except BaseException as error:  # noqa: BLE001  `check` raises it where somebody listens
            self._tell(connected=False, trouble=str(error), failure=error)
            logger.critical("delivery ended", slot=self._slot, detail=str(error))

    def _persist(self) -> None:
        wait_s = self._backoff_s
        while not self._stop.is_set():
            sent = self._progress.sent
            try:
                self._connect_and_send()
            except (Unavailable, Fenced) as error:
                wait_s = self._backoff_s if self._progress.sent > sent else wait_s
                self._tell(connected=False, trouble=str(error))
                logger.warning("not delivered", slot=self._slot, detail=str(error), retry_in_s=wait_s)
                self._stop.wait(wait_s)
                wait_s = min(2 * wait_s, LONGEST_BACKOFF_S)

    def _connect_and_send(self) -> None:
        with self._open_log() as log, log.publisher(self._slot) as publisher:
            passage = Passage(self._outbox, log, publisher, self._care)
            self._count(passage.recover(), 0)
            self._tell(connected=True, trouble=None)
            while not self._stop.is_set():
                self._outbox.arrived.clear()
                sent, refused = passage.send_some()
                self._count(sent, refused)
                if not sent + refused:
                    self._outbox.arrived.wait(LOOK_S)

    def _count(self, sent: int, refused: int) -> None:
        if sent or refused:
            now = self._progress
            self._set(Progress(now.connected, now.trouble, now.sent + sent, now.refused + refused))

    def _tell(self, *, connected: bool, trouble: str | None, failure: BaseException | None = None) -> None:
        self._failure = failure
        self._set(Progress(connected, trouble, self._progress.sent, self._progress.refused))

    def _set(self, progress: Progress) -> None:
        with self._changed:
            self._progress = progress
            self._changed.notify_all()


@dataclass(slots=True)
class Care:
    """How many entries are sent each alone, since one among them was refused; outlasts a connection."""

    alone: int = 0


class Passage:
    """One connection from the outbox to the log."""

    def __init__(self, outbox: Outbox, log: Log, publisher: Publisher, care: Care | None = None) -> None:
        self._outbox = outbox
        self._log = log
        self._publisher = publisher
        self._marked = {partition.topic for partition in outbox.marks()}
        self._care = care or Care()

    def recover(self) -> int:
        """Let go of what a former connection has sent without learning of it; how many entries that were.

        To be called after the slot was opened. Batches are whole and in order, so what was sent is the
        first of what waits.
        """
        ends = self._ends(self._marked)
        found = self._published(ends) if self._outbox.waiting().count else set()
        settled = 0
        while found and (sent := _sent_of(self._outbox.head(BATCH_MESSAGES, BATCH_BYTES), found)):
            self._outbox.settle(sent, {})
            settled += len(sent)
        if ends:
            self._outbox.mark(ends)
        return settled

    def send_some(self) -> tuple[int, int]:
        """Send the oldest entries; how many were sent, and how many refused: no log can hold them."""
        most = 1 if self._care.alone else BATCH_MESSAGES
        entries = self._outbox.head(most, BATCH_BYTES)
        if not entries:
            return 0, 0
        messages = [message for entry in entries for message in entry.messages]
        self._mark_new(messages)
        try:
            places = self._publisher.publish(messages)
        except BadInput as error:
            return self._refused(entries, error)
        self._care.alone = max(0, self._care.alone - len(entries))
        self._outbox.settle(entries, _after(places))
        return len(entries), 0

    def _refused(self, entries: Sequence[Entry], error: BadInput) -> tuple[int, int]:
        """Nothing came in. One entry of these cannot: it is found by sending each alone."""
        if len(entries) > 1:
            self._care.alone = len(entries)
            return self.send_some()
        self._care.alone = max(0, self._care.alone - 1)
        # Whoever was told that it is taken learns of it nowhere else.
        topic = next((one.topic for one in entries[0].messages), None)
        logger.error("refused by the log", topic=topic, entry=entries[0].seq, why=str(error))
        self._outbox.refuse(entries[0], str(error))
        return 0, 1

    def _mark_new(self, messages: Sequence[Message]) -> None:
        """Before the first message to a topic: nothing of it lies there yet."""
        new = {message.topic for message in messages} - self._marked
        if new:
            self._outbox.mark(self._ends(new))
            self._marked |= new

    def _ends(self, names: Iterable[str]) -> dict[Partition, int]:
        counts = self._log.topics() if names else {}
        if missing := sorted(set(names) - counts.keys()):
            raise BadConfig(
                f"topics {', '.join(missing)}: there are none that this user may write; "
                "`screener hub add` makes them"
            )
        partitions = [Partition(name, number) for name in sorted(names) for number in range(counts[name])]
        return {partition: self._log.end(partition) for partition in partitions}

    def _published(self, ends: Mapping[Partition, int]) -> set[bytes]:
        """The fingerprints of all that lies between the marks and the ends."""
        marks = self._outbox.marks()
        return {
            fingerprint(record.key, record.headers, record.value)
            for partition, end in ends.items()
            for record in self._between(partition, marks.get(partition, 0), end)
        }

    def _between(self, partition: Partition, start: int, end: int) -> Iterator[Record]:
        if start < end:
            yield from self._log.read(partition, max(start, self._log.start(partition)), end)


def fingerprint(key: bytes | None, headers: Headers, value: bytes | None) -> bytes:
    """SHA-256 of a message as the log gives it back: equal messages, and no others, have equal ones."""
    parts = [b"\0" if key is None else b"\1" + key, b"\0" if value is None else b"\1" + value]
    parts += [part for name, content in headers for part in (name.encode(), content)]
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.digest()


def _sent_of(entries: Sequence[Entry], found: set[bytes]) -> list[Entry]:
    """The first entries as far as all their messages are among those found."""
    return list(itertools.takewhile(lambda entry: _prints(entry) <= found, entries))


def _prints(entry: Entry) -> set[bytes]:
    return {fingerprint(one.key, one.headers, one.value) for one in entry.messages}


def _after(places: Sequence[tuple[Partition, int]]) -> dict[Partition, int]:
    """The offsets after the last message in each partition."""
    marks: dict[Partition, int] = {}
    for partition, offset in places:
        marks[partition] = max(marks.get(partition, 0), offset + 1)
    return marks
