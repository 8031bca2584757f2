"""The lists follow their topics, on both logs."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from msgspec.structs import replace

from screener.contracts import topics
from screener.contracts.wire import Grade, Target
from screener.core.entries import Entry, id_of
from screener.core.lists import Lists, Met
from screener.core.parcel import PartyNote
from screener.stages import lists as stage
from screener.stages.lists import REFRESH_S, ListReader, entry_message, read_whole, removal
from screener.stream.port import Log, Message, Publisher, TopicSpec
from tests.core.listing import licence, sender, tip

STRANGER = PartyNote()


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


class Someone:
    """A person of this test alone: tests share the topics of a broker."""

    def __init__(self) -> None:
        self.link = uuid.uuid4().hex
        self.target = Target(kind="phone", link=self.link)

    def id(self, name: str) -> str:
        return f"{name}-{self.link}"

    def met(self, lists: Lists) -> Met:
        return lists.meeting("YT-9", PartyNote(phone=self.link), STRANGER, 0)


@pytest.fixture
def someone(log: Log) -> Someone:
    log.create([TopicSpec(name, 1, compacted=True) for name in topics.LISTS])
    return Someone()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def reader(log: Log, clock: Clock) -> ListReader:
    return ListReader(log, clock)


Say = Callable[..., None]


@pytest.fixture
def say(publisher: Publisher) -> Say:
    def publish(*entries: Entry) -> None:
        publisher.publish([entry_message(entry) for entry in entries])

    return publish


def test_all_lists_are_read_whole_before_the_first_answer(
    reader: ListReader, someone: Someone, say: Say, log: Log
) -> None:
    say(
        tip(someone.id("T"), someone.target),
        sender(someone.id("S"), someone.target, Grade.C),
        licence(someone.id("L"), someone.target),
    )
    lists = reader.current()
    met = someone.met(lists)
    assert [match.entry_id for match in met.tips] == [someone.id("T")]
    assert met.grade is Grade.C
    assert met.licence is not None
    assert set(lists.offsets) == set(topics.LISTS)


def test_what_comes_later_is_seen_when_the_time_has_come(
    reader: ListReader, someone: Someone, say: Say, clock: Clock
) -> None:
    before = reader.current()
    say(tip(someone.id("T"), someone.target))
    clock.now_s += REFRESH_S / 2
    assert reader.current() is before
    clock.now_s += REFRESH_S
    after = reader.current()
    assert someone.met(after).tips
    assert [one.tip_id for one in after.tips_after(before.offsets[topics.TIPS])] == [someone.id("T")]
    clock.now_s += REFRESH_S
    assert reader.current() is after


def test_an_entry_is_changed_and_removed(
    reader: ListReader, someone: Someone, say: Say, clock: Clock, publisher: Publisher
) -> None:
    say(sender(someone.id("S"), someone.target, Grade.AAA))
    assert someone.met(reader.current()).grade is Grade.AAA
    say(sender(someone.id("S"), someone.target, Grade.C))
    clock.now_s += REFRESH_S
    assert someone.met(reader.current()).grade is Grade.C
    publisher.publish([removal(topics.SENDERS, someone.id("S"))])
    clock.now_s += REFRESH_S
    assert someone.met(reader.current()) == Met()


def test_a_new_reader_answers_as_one_that_followed(
    log: Log, someone: Someone, say: Say, clock: Clock, publisher: Publisher
) -> None:
    reader = ListReader(log, clock)
    steps: list[Entry] = [
        tip(someone.id("T"), someone.target),
        replace(tip(someone.id("T"), someone.target), source="letter"),
        tip(someone.id("U"), someone.target),
    ]
    for step in steps:
        say(step)
        clock.now_s += REFRESH_S
        reader.current()
    publisher.publish([removal(topics.TIPS, someone.id("U"))])
    clock.now_s += REFRESH_S
    followed, anew = reader.current(), ListReader(log, clock).current()
    assert someone.met(followed) == someone.met(anew)
    assert followed.offsets == anew.offsets


def test_a_bad_entry_is_refused_and_counted_and_the_others_stay(
    log: Log, someone: Someone, publisher: Publisher, clock: Clock
) -> None:
    good = tip(someone.id("T"), someone.target)
    nameless = entry_message(sender(someone.id("S"), Target(kind="name", link=someone.link)))
    bad = [
        Message(topics.TIPS, b"\xff", b"{}"),
        Message(topics.TIPS, someone.id("X").encode(), b'{"tip_id": 1}'),
        Message(topics.TIPS, someone.id("Y").encode(), entry_message(good).value),
        Message(topics.TIPS, someone.id("T").encode(), b"no JSON"),
        nameless,
    ]
    publisher.publish([entry_message(good), *bad])
    refused: list[str] = []
    lists = ListReader(log, clock, refused.append).current()
    assert [match.entry_id for match in someone.met(lists).tips] == [id_of(good)]
    assert refused.count(topics.TIPS) >= 4
    assert topics.SENDERS in refused


def test_a_list_is_read_with_what_is_sealed_of_it(log: Log, someone: Someone, say: Say) -> None:
    kept, gone = tip(someone.id("T"), someone.target), tip(someone.id("U"), someone.target)
    say(kept, gone)
    with log.publisher() as publisher:
        publisher.publish([removal(topics.TIPS, id_of(gone))])
    found = read_whole(log, type(kept))
    assert found[id_of(kept)] == kept
    assert id_of(gone) not in found


def test_messages_are_those_of_the_contract() -> None:
    headers = dict(entry_message(licence("L", Target(kind="waybill", pattern="SF123*"))).headers)
    assert headers["ce_type"] == b"org.screener.licence.v1"
    assert headers["ce_subject"] == b"L"
    assert headers["ce_source"] == stage.SOURCE.encode()
