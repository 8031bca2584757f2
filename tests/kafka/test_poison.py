"""Nothing that a hub can write stops those who read: it comes as a record, or the broker refuses it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import kafka.codec
import pytest
from kafka import KafkaProducer
from kafka.errors import MessageSizeTooLargeError
from kafka.record.default_records import DefaultRecordBatchBuilder

from screener.stream.kafka import KafkaLog
from screener.stream.port import MAX_MESSAGE_BYTES, Subscription, TopicSpec
from tests.contract.polling import everything, follow, take
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka

Hub = Callable[..., KafkaProducer]


class Name(str):
    """The name of a header that goes out as `wire`, which a `str` alone may not."""

    wire: bytes

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return self.wire


def name(wire: bytes) -> Name:
    made = Name("any")
    made.wire = wire
    return made


@pytest.fixture
def topic(log: KafkaLog, fresh: Fresh) -> str:
    log.create([TopicSpec(fresh("in"), partitions=1)])
    return fresh("in")


@pytest.fixture
def hub(kafka_bootstrap: str) -> Iterator[Hub]:
    """Producers as a hub may have them, without our settings."""
    opened: list[KafkaProducer] = []

    def producer(**settings: object) -> KafkaProducer:
        roomy = {"bootstrap_servers": kafka_bootstrap.split(","), "max_request_size": 4 * MAX_MESSAGE_BYTES}
        opened.append(KafkaProducer(**roomy | settings))
        return opened[-1]

    yield producer
    for one in opened:
        one.close()


def test_a_header_name_that_is_no_text_stops_no_poll(
    log: KafkaLog, topic: str, fresh: Fresh, hub: Hub
) -> None:
    names = [b"\xff\xfe", "ce_ü".encode(), b"\xe5\x8c ce_id", b""]
    sender = hub(linger_ms=200)  # all in one batch: what comes before and after is read as well
    sender.send(topic, key=b"0", value=b"first", headers=[("ce_id", b"1")])
    sender.send(topic, key=b"1", value=b"\xffpoison", headers=[(name(one), b"\xff") for one in names])
    sender.send(topic, key=b"2", value=b"last", headers=[("ce_id", b"2")])
    sender.flush()

    with log.join(fresh("group"), Subscription(topics=(topic,)), "0") as member:
        _, polled = take(member, 3)
    with log.follow([topic], from_start=True) as follower:
        followed = follow(follower, 3)
    read = everything(log, topic)

    assert read == polled == followed
    assert [(one.offset, one.key, one.value) for one in read] == [
        (0, b"0", b"first"),
        (1, b"1", b"\xffpoison"),
        (2, b"2", b"last"),
    ]
    assert [one for one, _ in read[1].headers] == ["\ufffd\ufffd", "ce_ü", "\ufffd ce_id", ""]
    assert {value for _, value in read[1].headers} == {b"\xff"}
    assert read[2].header("ce_id") == b"2"


@pytest.mark.parametrize("attributes", [0x7F, 0x80, 0xFF])
def test_the_unused_attributes_of_a_record_are_not_read(
    log: KafkaLog, topic: str, hub: Hub, monkeypatch: pytest.MonkeyPatch, attributes: int
) -> None:
    write = DefaultRecordBatchBuilder.build

    def build(builder: DefaultRecordBatchBuilder) -> bytearray:
        # The one record's length takes one byte, its attributes are the next.
        builder._buffer[builder.HEADER_STRUCT.size + 1] = attributes
        return bytearray(write(builder))

    monkeypatch.setattr(DefaultRecordBatchBuilder, "build", build)
    hub().send(topic, key=b"k", value=b"v", headers=[("a", b"1")]).get(10)
    (record,) = everything(log, topic)
    assert (record.offset, record.key, record.value, record.headers) == (0, b"k", b"v", (("a", b"1"),))


def test_what_a_hub_compresses_needs_no_codec_to_be_read(
    log: KafkaLog, topic: str, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub(compression_type="gzip").send(topic, value=b"x" * 1000).get(10)
    # Of the codecs this client has gzip alone. Without it, it is to gzip what it is to the others.
    monkeypatch.setattr(kafka.codec, "has_gzip", lambda: False)
    assert [one.value for one in everything(log, topic)] == [b"x" * 1000]


def test_compression_lets_nothing_past_the_cap(log: KafkaLog, topic: str, hub: Hub) -> None:
    with pytest.raises(MessageSizeTooLargeError):
        hub(compression_type="gzip").send(topic, value=b"\0" * (MAX_MESSAGE_BYTES + 1)).get(20)
    hub(compression_type="gzip").send(topic, value=b"\0" * (MAX_MESSAGE_BYTES - 4096)).get(20)
    (record,) = everything(log, topic)
    assert record.value is not None
    assert len(record.value) == MAX_MESSAGE_BYTES - 4096
