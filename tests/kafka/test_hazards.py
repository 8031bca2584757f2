"""What kafka-python does to who uses it as it comes, and that we do not.

Each hazard is shown on the bare client first: when kafka-python has mended one, its test fails, and what
stands against it here may go.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from importlib.metadata import requires, version

import kafka.record.util
import msgspec
import pytest
from confluent_kafka import Producer
from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import CommitFailedError, KafkaError, MessageSizeTooLargeError, UnknownError
from kafka.structs import ConsumerGroupMetadata

from screener import config
from screener.errors import Fenced, Unavailable
from screener.stream.kafka import KafkaLog, clients, publisher, values
from screener.stream.kafka.transactions import Transactions
from screener.stream.port import MAX_MESSAGE_BYTES, Message, Partition, Subscription, TopicSpec
from tests.contract.polling import after, copied, everything, numbered, rounds, take
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka

COUNT = 4
OUT_OF_ORDER = 7
"""A sequence number that a broker does not expect next."""


@pytest.fixture
def source(log: KafkaLog, fresh: Fresh) -> Partition:
    log.create([TopicSpec(fresh("source"), 1), TopicSpec(fresh("target"), 1)])
    with log.publisher() as hub:
        hub.publish(numbered(fresh("source"), COUNT))
    return Partition(fresh("source"), 0)


@pytest.fixture
def target(source: Partition, fresh: Fresh) -> str:
    return fresh("target")


@pytest.fixture
def bare(settings: config.KafkaLog, fresh: Fresh) -> Iterator[KafkaProducer]:
    """kafka-python's transactional producer, used as its documentation says."""
    patient = msgspec.structs.replace(settings, delivery_timeout_s=20.0)
    producer = clients.producer(patient, fresh("bare"))
    producer.init_transactions()
    yield producer
    publisher.close(producer)


def committed_by(log: KafkaLog, group: str, source: Partition) -> int:
    return log.committed(group).get(source, 0)


# --- hazard 2: a produce error during the commit marks it done ------------------------------------


def test_hazard_2_a_bare_commit_returns_though_nothing_was_committed(
    log: KafkaLog, bare: KafkaProducer, source: Partition, target: str, fresh: Fresh
) -> None:
    """Hazard 2: a sequence out of order (45) met while committing bumps the epoch; no EndTxn is sent."""
    bare.begin_transaction()
    bare.send(target, key=b"k", value=b"lost").get(10)
    bare.send_offsets_to_transaction(values.offsets({source: COUNT}), fresh("group"))
    lose_count(bare, target)
    sent = bare.send(target, key=b"k", value=b"lost, too")
    bare.commit_transaction()
    assert isinstance(sent.exception, KafkaError)
    assert everything(log, target) == []
    assert committed_by(log, fresh("group"), source) == 0


def test_hazard_2_our_commit_tells_and_a_new_producer_goes_on(
    log: KafkaLog, source: Partition, target: str, fresh: Fresh
) -> None:
    """Hazard 2: nothing is in flight any more when a commit begins."""
    subscription = Subscription(topics=(source.topic,))
    with log.join(fresh("group"), subscription, "0") as member:
        assignment, records = take(member, COUNT)
        member.commit(assignment, copied(records[:2], target), after(records[:2]))
        lose_count(member._transactions._producer, target)
        with pytest.raises(Unavailable):
            member.commit(assignment, copied(records[2:], target), after(records))
    with log.join(fresh("group"), subscription, "0") as member:
        assignment, records = take(member, COUNT - 2)
        member.commit(assignment, copied(records, target), after(records))
    assert [int(one.value or b"") for one in everything(log, target)] == list(range(COUNT))


def lose_count(producer: KafkaProducer, topic: str) -> None:
    """As after a record that the broker has and the client believes lost, or the other way round."""
    producer._transaction_manager._sequence_numbers[TopicPartition(topic, 0)] += OUT_OF_ORDER


# --- hazard 4: a flush returns before all that it is for --------------------------------------------


def split(log: KafkaLog, producer: KafkaProducer, topic: str) -> list[Message]:
    """Messages that a producer puts into one batch, and a topic takes one by one."""
    log.create([TopicSpec(topic, 1, max_message_bytes=60_000)])
    producer.config["linger_ms"] = producer._accumulator.linger_ms = 200
    return [Message(topic, key=b"%d" % number, value=bytes(40_000)) for number in range(3)]


def test_hazard_4_a_flush_returns_before_the_parts_of_a_split_batch(
    log: KafkaLog, settings: config.KafkaLog, fresh: Fresh
) -> None:
    """Hazard 4: a batch that was split for its size is not waited for."""
    producer = clients.producer(settings)
    messages = split(log, producer, fresh("small"))
    futures = [producer.send(one.topic, key=one.key, value=one.value) for one in messages]
    with suppress(UnknownError):
        producer.flush(10)
    waiting = [one for one in futures if not one.is_done]
    publisher.close(producer)
    assert waiting


def test_hazard_4_what_we_deliver_is_there(log: KafkaLog, settings: config.KafkaLog, fresh: Fresh) -> None:
    """Hazard 4: each future is waited for besides."""
    producer = clients.producer(settings)
    messages = split(log, producer, fresh("small"))
    places = publisher.deliver(producer, messages, 10)
    publisher.close(producer)
    assert sorted(offset for _, offset in places) == [0, 1, 2]
    assert len(everything(log, fresh("small"))) == len(messages)


# --- hazard 5: offsets that were refused are committed with the next transaction --------------------

STRANGER = 7
"""A generation that its group never had."""


@pytest.fixture
def refused(log: KafkaLog, fresh: Fresh) -> Partition:
    """Offsets of it are refused; those of the partition after it are committed."""
    log.create([TopicSpec(fresh("shared"), 2)])
    return Partition(fresh("shared"), 0)


def test_hazard_5_a_bare_producer_commits_what_was_refused_before(
    bare: KafkaProducer, log: KafkaLog, refused: Partition, fresh: Fresh
) -> None:
    bare.begin_transaction()
    with pytest.raises(CommitFailedError):
        bare.send_offsets_to_transaction(values.offsets({refused: 5}), _put_out(fresh("group")))
    bare.abort_transaction()
    bare.begin_transaction()
    bare.send_offsets_to_transaction(values.offsets({_next(refused): 7}), _nobody(fresh("group")))
    bare.commit_transaction()
    assert log.committed(fresh("group")) == {refused: 5, _next(refused): 7}


def test_hazard_5_ours_commits_what_is_of_its_transaction_alone(
    log: KafkaLog, settings: config.KafkaLog, refused: Partition, fresh: Fresh
) -> None:
    ours = Transactions(settings, fresh("ours"), lambda _: nullcontext())
    with pytest.raises(Fenced):
        ours.commit([], {refused: 5}, _put_out(fresh("group")))
    assert ours.unusable is None
    ours.commit([], {_next(refused): 7}, _nobody(fresh("group")))
    ours.close()
    assert log.committed(fresh("group")) == {_next(refused): 7}


def _put_out(group: str) -> ConsumerGroupMetadata:
    return ConsumerGroupMetadata(group, STRANGER, "stranger", None)


def _nobody(group: str) -> ConsumerGroupMetadata:
    """Who is no member commits to a group that has none."""
    return ConsumerGroupMetadata(group, -1, "", None)


def _next(partition: Partition) -> Partition:
    return Partition(partition.topic, partition.number + 1)


# --- around it --------------------------------------------------------------------------------------


class Commits(ConsumerRebalanceListener):
    """Commits when it is given partitions, as listeners of other clients may."""

    def __init__(self, consumer: KafkaConsumer) -> None:
        self._consumer = consumer
        self.thread: threading.Thread | None = None
        self.refusal: RuntimeError | None = None

    def on_partitions_revoked(self, revoked: object) -> None:
        pass

    def on_partitions_assigned(self, assigned: object) -> None:
        self.thread = threading.current_thread()
        try:
            self._consumer.commit()
        except RuntimeError as error:
            self.refusal = error


def test_a_listener_may_not_use_the_consumer(
    settings: config.KafkaLog, source: Partition, fresh: Fresh
) -> None:
    """Listeners run in the thread of the heartbeats, and a commit there is refused.

    Ours sets flags alone, and a commit under way is waited for: `test_rebalancing.py`.
    """
    consumer = clients.group_consumer(settings, fresh("group"))
    listener = Commits(consumer)
    consumer.subscribe(topics=[source.topic], listener=listener)
    for _ in rounds("partitions"):
        consumer.poll(200)
        if listener.thread is not None:
            break
    consumer.close(autocommit=False)
    assert listener.thread is not threading.current_thread()
    assert listener.refusal is not None


def test_hubs_on_librdkafka_put_a_key_elsewhere(log: KafkaLog, fresh: Fresh, kafka_bootstrap: str) -> None:
    """Its default is CRC32, ours and Java's murmur2: two hubs' topics are not co-partitioned.

    So what must come together is written anew by [score], with our partitioner: `test_murmur2.py`.
    """
    log.create([TopicSpec(fresh("theirs"), 4), TopicSpec(fresh("ours"), 4)])
    theirs = Producer({"bootstrap.servers": kafka_bootstrap})
    for message in numbered(fresh("theirs"), 40):
        theirs.produce(message.topic, message.value, message.key)
    assert theirs.flush(30) == 0
    with log.publisher() as publisher_:
        publisher_.publish(numbered(fresh("ours"), 40))
    places = [
        {record.key: record.partition.number for record in everything(log, fresh(whose))}
        for whose in ("theirs", "ours")
    ]
    assert places[0].keys() == places[1].keys()
    assert places[0] != places[1]


# --- defaults that matter ---------------------------------------------------------------------------


def test_a_bare_consumer_reads_what_was_taken_back(
    log: KafkaLog, bare: KafkaProducer, target: str, kafka_bootstrap: str
) -> None:
    """Default: isolation is read_uncommitted. Ours: `test_open_transactions.py`."""
    bare.begin_transaction()
    bare.send(target, key=b"k", value=b"taken back").get(10)
    bare.abort_transaction()
    place = TopicPartition(target, 0)
    consumer = KafkaConsumer(bootstrap_servers=kafka_bootstrap.split(","), auto_offset_reset="earliest")
    consumer.assign([place])
    polled = consumer.poll(20_000)
    consumer.close()
    assert [one.value for one in polled[place]] == [b"taken back"]
    assert everything(log, target) == []


def test_a_bare_producer_takes_a_mebibyte(bare: KafkaProducer, kafka_bootstrap: str, target: str) -> None:
    """Default: `max_request_size` is 1 MiB. Ours: `tests/contract/test_publishing.py`."""
    with (
        KafkaProducer(bootstrap_servers=kafka_bootstrap.split(",")) as producer,
        pytest.raises(MessageSizeTooLargeError),
    ):
        producer.send(target, value=bytes(MAX_MESSAGE_BYTES))
    assert bare.config["max_request_size"] > MAX_MESSAGE_BYTES


def test_a_group_shares_by_range_alone(settings: config.KafkaLog, fresh: Fresh) -> None:
    """Default: Range and RoundRobin; with any but Range equal numbers of two topics part.

    That they stay together: `tests/contract/test_groups.py`.
    """
    assert len(KafkaConsumer.DEFAULT_CONFIG["partition_assignment_strategy"]) > 1
    consumer = clients.group_consumer(settings, fresh("group"))
    names = [one.name for one in consumer.config["partition_assignment_strategy"]]
    consumer.close(autocommit=False)
    assert names == ["range"]


def test_what_is_in_flight_has_a_bound_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Default: `buffer_memory` is gone, and a producer takes whatever it is given."""
    assert "buffer_memory" not in KafkaProducer.DEFAULT_CONFIG
    messages = numbered("topic", 10)
    monkeypatch.setattr(publisher, "IN_FLIGHT_BYTES", 3 * values.size_bytes(messages[0]))
    portions = list(publisher._portions(messages))
    assert [one for portion in portions for one in portion] == messages
    assert max(map(len, portions)) == 3


def test_checksums_are_not_computed_in_python() -> None:
    """The pure-Python checksum runs at 7 MB/s: the extra `crc32c` is wanted, and there."""
    assert kafka.record.util.crc32c_c is not None
    assert kafka.record.util._crc32c is kafka.record.util.crc32c_c


def test_no_release_with_a_bug_that_was_mended_is_let_in() -> None:
    """3.0.7 and 3.0.8 leave partitions stuck under a listener, those before 3.0.12 hang in a flush."""
    (pinned,) = [one for one in requires("screener") or () if one.startswith("kafka-python")]
    assert re.search(r">=3\.0\.12", pinned)
    assert tuple(map(int, version("kafka-python").split("."))) >= (3, 0, 12)
