"""In a slot every call is all or nothing, and whoever opens it can read what came of the last one."""

from __future__ import annotations

import pytest

from screener.errors import BadInput
from screener.stream.port import MAX_MESSAGE_BYTES, Log, Message, TopicSpec
from tests.contract.conftest import Fresh
from tests.contract.polling import everything, numbered, values


@pytest.fixture
def topic(log: Log, fresh: Fresh) -> str:
    log.create([TopicSpec(fresh("in"), partitions=4)])
    return fresh("in")


def test_a_slot_tells_where_each_message_lies(log: Log, topic: str, fresh: Fresh) -> None:
    with log.publisher(fresh("slot")) as publisher:
        places = publisher.publish(numbered(topic, 20)) + publisher.publish(numbered(topic, 20))
    found = {(record.partition, record.offset): int(record.value or b"") for record in everything(log, topic)}
    assert [found[place] for place in places] == [*range(20), *range(20)]


def test_of_a_call_that_is_refused_nothing_is_in_the_log_and_the_next_one_is(
    log: Log, topic: str, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("narrow"), partitions=1, max_message_bytes=20_000)])
    too_large = Message(fresh("narrow"), b"k", b"x" * 30_000)
    with log.publisher(fresh("slot")) as publisher:
        for refused in (too_large, Message(topic, b"k", b"x" * (2 * MAX_MESSAGE_BYTES))):
            with pytest.raises(BadInput, match="message_too_large"):
                publisher.publish([*numbered(topic, 5), refused])
        publisher.publish(numbered(topic, 3))
    assert sorted(values(everything(log, topic))) == [0, 1, 2]
    assert everything(log, fresh("narrow")) == []


def test_a_slot_is_opened_again_and_again(log: Log, topic: str, fresh: Fresh) -> None:
    for turn in range(3):
        with log.publisher(fresh("slot")) as publisher:
            publisher.publish([Message(topic, b"k", b"%d" % turn)])
    assert values(everything(log, topic)) == [0, 1, 2]


def test_publishing_nothing_in_a_slot_is_nothing(log: Log, topic: str, fresh: Fresh) -> None:
    with log.publisher(fresh("slot")) as publisher:
        assert publisher.publish([]) == []
    assert everything(log, topic) == []
