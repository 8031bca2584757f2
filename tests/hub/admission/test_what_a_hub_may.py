"""A hub with the credentials it was given: what it may is done, and all else is refused, each tried."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka import KafkaError as RdKafkaError
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, errors
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.protocol.consumer import FetchRequest

from screener.contracts import topics
from screener.contracts.wire import Action, Verdict
from screener.stages import topology
from screener.stages.drift import DriftWatch
from screener.stream.kafka import KafkaLog
from screener.stream.kafka.access import KafkaAccess
from screener.stream.port import Message, Partition
from screener.stream.rights import Grant, Operation, Resource, Right
from tests.hub.admission.conftest import Admitted, Fort
from tests.stages.world import CLEAN, OVER, SETTINGS, World, manifest_of, scan_of

pytestmark = pytest.mark.kafka

STAGES = ("score", "decide", "tally", "decide", "network", "drift")
NOBODYS = ("screener.decide.state", "screener.evidence", "screener.decisions", "screener.rejected")
SCREENERS = (*NOBODYS, "screener.tips", "screener.sightings", topics.FLAGGED, topics.OUTCOMES)

MORE = Grant("User:hub.east", Right(Resource.TOPIC, topics.scans("west"), Operation.READ))


@pytest.fixture(scope="module")
def east(fort: Fort) -> Admitted:
    return fort.admit("east")


@pytest.fixture(scope="module")
def west(fort: Fort) -> Admitted:
    return fort.admit("west")


def headers_of(message: Message) -> list[tuple[str, bytes]]:
    return list(message.headers)


def send_by_kafka_python(hub: Admitted, messages: list[Message]) -> None:
    producer = KafkaProducer(**hub.kafka_python)
    try:
        futures = [
            producer.send(one.topic, key=one.key, value=one.value, headers=headers_of(one))
            for one in messages
        ]
        for future in futures:
            future.get(10)
    finally:
        producer.close()


def send_by_librdkafka(hub: Admitted, messages: list[Message]) -> None:
    """In a transaction, as a careful hub does."""
    producer = Producer({**hub.librdkafka, "transactional.id": f"hub.{hub.name}.sorter-1"})
    producer.init_transactions(10)
    producer.begin_transaction()
    for one in messages:
        producer.produce(one.topic, one.value, one.key, headers=headers_of(one))
    producer.commit_transaction(10)


def verdicts_by_kafka_python(hub: Admitted, count: int) -> dict[str, Verdict]:
    consumer = KafkaConsumer(
        topics.verdicts(hub.name),
        **hub.kafka_python,
        group_id=f"hub.{hub.name}.sorter",
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        consumer_timeout_ms=10_000,
    )
    try:
        found = [record.value for _, record in zip(range(count), consumer, strict=False)]
        consumer.commit()
    finally:
        consumer.close()
    return by_parcel(found)


def verdicts_by_librdkafka(hub: Admitted, count: int) -> dict[str, Verdict]:
    consumer = Consumer(
        {**hub.librdkafka, "group.id": f"hub.{hub.name}.archive", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([topics.verdicts(hub.name)])
    try:
        return by_parcel([message.value() for message in consumer.consume(count, timeout=20)])
    finally:
        consumer.close()


def by_parcel(values: list[bytes]) -> dict[str, Verdict]:
    told = [msgspec.json.decode(value, type=Verdict) for value in values]
    return {verdict.parcel_id: verdict for verdict in told}


def settle(fort: Fort, world: World) -> None:
    """Let a worker of each stage do all there is to do, with the rights of its own part alone."""
    for name in STAGES:
        with KafkaLog(fort.part(name)) as log:
            topology.require(log, SETTINGS)
            own = dataclasses.replace(world, log=log)
            own.finish(DriftWatch.start(lambda *_: None) if name == "drift" else getattr(own, name)())


def test_two_clients_send_and_hear_while_each_stage_has_its_least_rights(
    fort: Fort, log: KafkaLog, east: Admitted, tmp_path: Path
) -> None:
    send_by_kafka_python(east, [manifest_of("P1", "east"), scan_of("P1", OVER, hub="east")])
    send_by_librdkafka(east, [manifest_of("P2", "east"), scan_of("P2", CLEAN, hub="east")])
    settle(fort, World.build(log, tmp_path, hubs=("east",)))
    heard = verdicts_by_kafka_python(east, 2)
    assert heard == verdicts_by_librdkafka(east, 2)
    assert {name: verdict.action for name, verdict in heard.items()} == {
        "P1": Action.HOLD,
        "P2": Action.PASS,
    }


def test_a_gateway_of_ours_may_send_in_its_slot_and_read_back(fort: Fort, hub: str) -> None:
    gateway = fort.admit(hub, "--gateway")
    with KafkaLog(gateway.settings) as log:
        assert sorted(log.topics()) == sorted(
            [topics.manifests(hub), topics.scans(hub), topics.verdicts(hub)]
        )
        with log.publisher(f"{hub}.0") as publisher:
            (place,) = publisher.publish([manifest_of("P1", hub)])
        partition, offset = place
        assert [record.key for record in log.read(partition, offset, log.end(partition))] == [b"P1"]


def test_a_hub_sees_no_topic_but_its_own(east: Admitted, west: Admitted) -> None:
    for hub in (east, west):
        with KafkaLog(hub.settings) as log:
            assert {topics.hub_of(name) for name in log.topics()} == {hub.name}


# --- refused ---------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Intruder:
    """East with clients of kafka-python, and what it tries."""

    hub: Admitted
    producer: Any
    admin: Any

    def write(self, topic: str) -> None:
        self.producer.send(topic, b"forged").get(10)

    def read(self, topic: str) -> None:
        """Ask the broker itself: a consumer of kafka-python logs that it may not, and waits for ever."""
        asked = FetchRequest.FetchTopic
        place = asked.FetchPartition(
            partition=0,
            current_leader_epoch=-1,
            fetch_offset=0,
            log_start_offset=-1,
            partition_max_bytes=1_000_000,
        )
        request = FetchRequest(
            replica_id=-1,
            max_wait_ms=100,
            min_bytes=0,
            max_bytes=1_000_000,
            isolation_level=0,
            session_id=0,
            session_epoch=-1,
            topics=[asked(topic=topic, partitions=[place])],
            forgotten_topics_data=[],
            max_version=12,  # the last that names topics
        )
        told = self.admin._manager.run(self.admin._manager.send, request)
        check(told.error_code, *(place.error_code for topic in told.responses for place in topic.partitions))

    def join(self, group: str) -> None:
        given = self.hub.kafka_python
        consumer = KafkaConsumer(topics.verdicts(self.hub.name), **given, group_id=group)
        try:
            consumer.poll(10_000)
        finally:
            consumer.close(autocommit=False)

    def transact(self, transactional_id: str) -> None:
        producer = KafkaProducer(**self.hub.kafka_python, transactional_id=transactional_id)
        try:
            producer.init_transactions()
        finally:
            producer.close(timeout=1)

    def describe(self, topic: str) -> None:
        check(*(one["error_code"] for one in self.admin.describe_topics([topic])))

    def describe_group(self, group: str) -> None:
        self.admin.describe_groups([group])

    def alter(self, topic: str) -> None:
        resource = ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "1000"})
        told = self.admin.alter_configs([resource], raise_on_unknown=False)
        if (outcome := told["topic"][topic]) != "OK":
            raise RefusedError(outcome)

    def access(self) -> KafkaAccess:
        return KafkaAccess(self.hub.settings)


class RefusedError(Exception):
    """What an answer says that kafka-python does not raise."""


def check(*codes: int) -> None:
    for code in codes:
        if code:
            raise errors.for_code(code)


@pytest.fixture(scope="module")
def intruder(east: Admitted, west: Admitted) -> Iterator[Intruder]:
    given = east.kafka_python
    producer = KafkaProducer(**given, max_block_ms=5_000, delivery_timeout_ms=8_000, request_timeout_ms=5_000)
    admin = KafkaAdminClient(**given)
    yield Intruder(east, producer, admin)
    producer.close()
    admin.close()


Attempt = Callable[[Intruder], object]


def writing(topic: str) -> Attempt:
    return lambda one: one.write(topic)


def reading(topic: str) -> Attempt:
    return lambda one: one.read(topic)


ATTEMPTS: dict[str, Attempt] = {
    **{f"write {name}": writing(name) for name in SCREENERS},
    **{f"read {name}": reading(name) for name in SCREENERS},
    **{f"write {name}": writing(name) for name in (topics.manifests("west"), topics.scans("west"))},
    **{
        f"read {name}": reading(name)
        for name in (topics.manifests("west"), topics.scans("west"), topics.verdicts("west"))
    },
    "write its own verdicts": writing(topics.verdicts("east")),
    "read back what it sent": reading(topics.manifests("east")),
    "write a topic that is not there": writing("parcels.manifests.east2"),
    "join the sorters of another hub": lambda one: one.join("hub.west.sorter"),
    "join a stage": lambda one: one.join("screener.score"),
    "join a group of no prefix": lambda one: one.join("east"),
    "join a group that begins as its name does": lambda one: one.join("hub.east2.sorter"),
    "take a stage's transactions": lambda one: one.transact("screener.decide.host-0"),
    "take another hub's transactions": lambda one: one.transact("hub.west.1"),
    "take another gateway's transactions": lambda one: one.transact("screener.publish.west.0"),
    "take its own gateway's, having none": lambda one: one.transact("screener.publish.east.0"),
    "create a topic": lambda one: one.admin.create_topics({"parcels.scans.east9": {"num_partitions": 1}}),
    "delete its own topic": lambda one: one.admin.delete_topics([topics.scans("east")]),
    "delete another's topic": lambda one: one.admin.delete_topics([topics.scans("west")]),
    "describe another hub's topic": lambda one: one.describe(topics.scans("west")),
    "describe an internal topic": lambda one: one.describe(topics.EVIDENCE),
    "describe another hub's group": lambda one: one.describe_group("hub.west.sorter"),
    "describe a stage": lambda one: one.describe_group("screener.score"),
    "alter its own topic": lambda one: one.alter(topics.scans("east")),
    "see the rights": lambda one: closing(one.access(), lambda access: access.grants()),
    "see a user": lambda one: closing(one.access(), lambda access: access.users(["hub.west"])),
    "grant itself more": lambda one: closing(one.access(), lambda access: access.grant([MORE])),
    "change another's password": lambda one: closing(
        one.access(), lambda access: access.set_password("hub.west", "known")
    ),
}


def closing(access: KafkaAccess, attempt: Callable[[KafkaAccess], object]) -> None:
    with access:
        attempt(access)


def is_refusal(error: BaseException) -> bool:
    texts = (type(error).__name__, str(error), type(error.__cause__).__name__)
    said = ("AuthorizationFailed", "AUTHORIZATION_FAILED", "we lack the right")
    return any(part in text for text in texts for part in said)


def test_the_same_attempts_succeed_on_what_is_its_own(intruder: Intruder) -> None:
    intruder.write(topics.manifests("east"))
    intruder.read(topics.verdicts("east"))
    intruder.join("hub.east.sorter")
    intruder.transact("hub.east.0")
    intruder.describe(topics.scans("east"))
    intruder.describe_group("hub.east.sorter")


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_what_is_not_allowed_is_refused(intruder: Intruder, attempt: str) -> None:
    with pytest.raises(Exception) as refused:
        ATTEMPTS[attempt](intruder)
    assert is_refusal(refused.value), repr(refused.value)


@pytest.mark.parametrize("topic", [topics.scans("west"), topics.verdicts("east"), topics.EVIDENCE])
def test_librdkafka_is_refused_what_it_writes(east: Admitted, west: Admitted, topic: str) -> None:
    failed: list[Any] = []
    producer = Producer(east.librdkafka)
    producer.produce(topic, b"forged", on_delivery=lambda error, _: failed.append(error))
    producer.flush(10)
    assert [error.code() for error in failed] == [RdKafkaError.TOPIC_AUTHORIZATION_FAILED]


@pytest.mark.parametrize("topic", [topics.verdicts("west"), topics.DECISIONS])
def test_librdkafka_is_refused_what_it_reads(east: Admitted, west: Admitted, topic: str) -> None:
    consumer = Consumer({**east.librdkafka, "group.id": "hub.east.spy", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    try:
        message = consumer.poll(20)
        assert message is not None
        assert message.error().code() == RdKafkaError.TOPIC_AUTHORIZATION_FAILED
    finally:
        consumer.close()


def test_librdkafka_is_refused_anothers_group(east: Admitted) -> None:
    consumer = Consumer({**east.librdkafka, "group.id": "hub.west.sorter"})
    consumer.subscribe([topics.verdicts("east")])
    try:
        with pytest.raises(KafkaException) as refused:
            told = consumer.poll(20)
            raise KafkaException(told.error())
        assert refused.value.args[0].code() == RdKafkaError.GROUP_AUTHORIZATION_FAILED
    finally:
        consumer.close()


def test_nothing_of_what_was_tried_came_in(log: KafkaLog, intruder: Intruder) -> None:
    forged = [
        name
        for name, count in log.topics().items()
        for number in range(count)
        for record in log.read(Partition(name, number), 0, log.end(Partition(name, number)))
        if record.value == b"forged"
    ]
    assert set(forged) <= {topics.manifests("east")}
