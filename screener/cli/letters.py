"""Dead letters and the way back: opened with their key, published again, remembered as replayed.

A letter goes out before its marker: a crash between the two replays it once more, which is harmless,
since the same message twice leads to one decision.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from screener.contracts import dead_letter, topics
from screener.contracts.wire import DeadLetter, Sealed
from screener.errors import BadConfig
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.records import Original, open_record
from screener.sealing.ring import KeyRing
from screener.stream.port import MAX_MESSAGE_BYTES, Headers, Log, Message, Partition, Publisher, Record

REPLAYED_HEADER = "ce_replayed"
"""Says of a message where it lay when it was rejected; readers of the contract pass it over."""

HEADER_OVERHEAD_BYTES = 20
ALMOST_FULL_BYTES = MAX_MESSAGE_BYTES - 4096

BATCH_BYTES = 8 * 1024 * 1024
BATCH_LETTERS = 200


class Fate(StrEnum):
    """What becomes of a letter in one run."""

    REPLAYED = "replayed"
    READY = "ready"
    ALREADY = "already"
    IMPOSSIBLE = "impossible"


class Impossible(Exception):
    """The letter cannot go back; the text says why."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A dead letter with its sealed original, and the log time at which it was published."""

    about: DeadLetter
    box: bytes
    timestamp_ms: int

    @property
    def origin(self) -> bytes:
        """Where the message lay when it was rejected: its identity."""
        return dead_letter.origin(self.about.topic, self.about.partition, self.about.offset)


@dataclass(frozen=True, slots=True)
class Fated:
    """A letter and what becomes of it: its `message` if ready, `why` there is none, `to` where it went."""

    letter: Letter
    fate: Fate
    message: Message | None = None
    why: str | None = None
    to: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """The offsets of one partition that were there at one moment."""

    partition: Partition
    start: int
    stop: int


def spans(log: Log, topic: str) -> list[Span]:
    """All that the topic holds now. Raises `BadConfig` where there is no such topic."""
    count = log.topics().get(topic)
    if count is None:
        raise BadConfig(f"topic {topic}: missing; `screener topics create` makes it")
    places = [Partition(topic, number) for number in range(count)]
    return [Span(place, log.start(place), log.end(place)) for place in places]


def read(log: Log, held: Iterable[Span]) -> Iterator[Letter]:
    """The dead letters in these spans, partition after partition, from old to new."""
    for record in records(log, held):
        about, box = dead_letter.from_record(record.headers, record.value)
        yield Letter(about, box, record.timestamp_ms)


def replayed(log: Log) -> set[bytes]:
    """The origins of all letters that went back before."""
    return {record.key for record in records(log, spans(log, topics.REPLAYED)) if record.key}


def weigh(
    found: Iterable[Letter], ring: KeyRing, sizes: Mapping[str, int], done: Collection[bytes]
) -> Iterator[Fated]:
    """Each letter with its message, or why it stays; `sizes` has the partitions of every topic."""
    seen: set[bytes] = set(done)
    for letter in found:
        if letter.origin in seen:
            yield Fated(letter, Fate.ALREADY)
            continue
        seen.add(letter.origin)
        try:
            yield Fated(letter, Fate.READY, message=original(letter, ring, sizes))
        except Impossible as error:
            yield Fated(letter, Fate.IMPOSSIBLE, why=str(error))


def up_to(limit: int | None, weighed: Iterable[Fated]) -> Iterator[Fated]:
    """All up to the letter that is the `limit`th to be ready."""
    ready = 0
    for one in weighed:
        yield one
        ready += one.fate is Fate.READY
        if ready == limit:
            return


def send(publisher: Publisher, weighed: Iterable[Fated]) -> Iterator[Fated]:
    """Publish what is ready, in order and in batches of bounded size, and remember each."""
    batch: list[Fated] = []
    size = 0
    for one in weighed:
        if one.message is None:
            yield one
            continue
        batch.append(one)
        size += len(one.message.value or b"")
        if size >= BATCH_BYTES or len(batch) >= BATCH_LETTERS:
            yield from _publish(publisher, batch)
            batch, size = [], 0
    yield from _publish(publisher, batch)


def original(letter: Letter, ring: KeyRing, sizes: Mapping[str, int]) -> Message:
    """The message as it was, for its own topic again. Raises `Impossible`."""
    topic = letter.about.topic
    if not re.fullmatch(topics.HUB_INPUTS, topic):
        raise Impossible(f"{topic} is not a topic that hubs write")
    if topic not in sizes:
        raise Impossible(f"topic {topic} is gone: `screener topics create --hub {topics.hub_of(topic)}`")
    opened = _opened(letter, ring)
    if not opened.complete:
        raise Impossible("it was cut to fit into a dead letter; its hub must send it again")
    place = letter.about.partition if letter.about.partition < sizes[topic] else None
    return Message(topic, opened.key, opened.value, _marked(opened, letter.origin), partition=place)


def marker(letter: Letter, to: str, at: datetime) -> Message:
    """Says for later runs that the letter went back, to which place and when."""
    headers: Headers = (("to", to.encode()), ("at", at.isoformat().encode()))
    return Message(topics.REPLAYED, letter.origin, b"", headers)


def _publish(publisher: Publisher, batch: Sequence[Fated]) -> list[Fated]:
    places = publisher.publish([one.message for one in batch if one.message])
    sent = [
        Fated(one.letter, Fate.REPLAYED, to=f"{partition}/{offset}")
        for one, (partition, offset) in zip(batch, places, strict=True)
    ]
    now = datetime.now(UTC)
    publisher.publish([marker(one.letter, str(one.to), now) for one in sent])
    return sent


def _opened(letter: Letter, ring: KeyRing) -> Original:
    try:
        return open_record(Sealed(key_id=letter.about.key_id, box=letter.box), ring=ring, aad=letter.origin)
    except (Unreadable, Tampered) as error:
        raise Impossible(str(error)) from error


def _marked(opened: Original, origin: bytes) -> Headers:
    """The headers as they were and one more, which only a message as large as can be does without."""
    kept = tuple((name, value or b"") for name, value in opened.headers if name.lower() != REPLAYED_HEADER)
    in_headers = sum(len(name.encode()) + len(value) + HEADER_OVERHEAD_BYTES for name, value in kept)
    if len(opened.key or b"") + len(opened.value or b"") + in_headers > ALMOST_FULL_BYTES:
        return kept
    return (*kept, (REPLAYED_HEADER, origin))


def records(log: Log, held: Iterable[Span]) -> Iterator[Record]:
    """The records in these spans, partition after partition, from old to new."""
    for span in held:
        yield from log.read(span.partition, span.start, span.stop)
