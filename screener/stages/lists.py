"""The lists as their topics have them: read whole before the first answer, then followed.

An entry that cannot be read is our own fault or written by hand. It is refused with a log line and counted,
and the others stay: a bad entry must not stop decisions. Where it replaces one, that one stays in force
for as long as the log still holds it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import structlog

from screener.contracts import cloudevents, topics
from screener.contracts.cloudevents import Event
from screener.contracts.json_reading import read_json
from screener.contracts.quoting import shown
from screener.contracts.reading import encode
from screener.core.entries import KINDS, MAX_ENTRY_BYTES, Entry, flaw, id_of, topic_of, topic_of_kind
from screener.core.lists import Change, Lists
from screener.errors import BadInput
from screener.stream.port import Log, Message, Partition, Record

logger = structlog.get_logger(__name__)

SOURCE: Final = "screener/lists"
REFRESH_S: Final = 0.3

_EVENT_TYPES: Final = {
    topics.TIPS: cloudevents.TIP,
    topics.SENDERS: cloudevents.SENDER,
    topics.LICENCES: cloudevents.LICENCE,
}


class ListReader:
    """Reads the lists; `clock_s` is monotonic, `refused` is told the topic of each entry that is refused."""

    def __init__(
        self, log: Log, clock_s: Callable[[], float], refused: Callable[[str], None] = lambda _: None
    ) -> None:
        self._log = log
        self._clock_s = clock_s
        self._refused = refused
        self._lists = Lists()
        self._read_at_s: float | None = None

    def current(self) -> Lists:
        """The lists, read to their end at most `REFRESH_S` ago. Raises `BadConfig`, `Unavailable`.

        The same lists give the same object, so a caller sees by identity that nothing changed.
        """
        now_s = self._clock_s()
        if self._read_at_s is None or now_s - self._read_at_s >= REFRESH_S:
            for topic in topics.LISTS:
                self._read_on(topic)
            self._read_at_s = now_s
        return self._lists

    def _read_on(self, topic: str) -> None:
        place = Partition(topic, 0)
        end = self._log.end(place)
        start = self._lists.offsets.get(topic)
        if start is None:
            start = self._log.start(place)
        elif start == end:
            return
        changes = list(self._changes(self._log.read(place, start, end)))
        self._lists = self._lists.changed(topic, changes, end)

    def _changes(self, records: Iterator[Record]) -> Iterator[Change]:
        for record in records:
            try:
                yield read_change(record)
            except BadInput as error:
                self._refused(record.partition.topic)
                where = f"{record.partition}/{record.offset}"
                logger.error("list entry refused", where=where, why=str(error))  # noqa: TRY400 (one line says it)


def read_change(record: Record) -> Change:
    """What a record of a list says. Raises `BadInput`."""
    try:
        entry_id = (record.key or b"").decode()
    except UnicodeDecodeError:
        raise BadInput("not_utf8", "key: expected the id of an entry, got other bytes") from None
    if record.value is None:
        return Change(entry_id, None, record.offset)
    entry = read_json(record.value, KINDS[record.partition.topic], MAX_ENTRY_BYTES)
    if id_of(entry) != entry_id:
        raise BadInput("schema", f"key: expected {shown(id_of(entry))}, the id of the entry, got another")
    if wrong := flaw(entry):
        raise BadInput("schema", wrong)
    return Change(entry_id, entry, record.offset)


def entry_message(entry: Entry) -> Message:
    """The message that adds an entry to its list, or changes it."""
    topic, entry_id = topic_of(entry), id_of(entry)
    event = Event(
        id=f"{entry_id}/{entry.added_at.timestamp():.3f}",
        source=SOURCE,
        type=_EVENT_TYPES[topic],
        subject=entry_id,
        time=entry.added_at,
        content_type=cloudevents.JSON,
    )
    return Message(topic, entry_id.encode(), encode(entry), cloudevents.to_headers(event))


def removal(topic: str, entry_id: str) -> Message:
    """The message that removes an entry from its list."""
    return Message(topic, entry_id.encode(), None)


def read_whole(
    log: Log, kind: type[Entry], refused: Callable[[BadInput], None] = lambda _: None
) -> dict[str, Entry]:
    """A list as its topic has it now, by id, sealed targets included; `refused` is told what is left out."""
    place = Partition(topic_of_kind(kind), 0)
    found: dict[str, Entry] = {}
    for record in log.read(place, log.start(place), log.end(place)):
        try:
            change = read_change(record)
        except BadInput as error:
            refused(error)
            continue
        if change.entry is None:
            found.pop(change.entry_id, None)
        else:
            found[change.entry_id] = change.entry
    return found
