"""Members that come and go, polled as unevenly as real work polls them."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

import msgspec
import pytest

from screener import config
from screener.stream.kafka import KafkaLog
from screener.stream.port import Message, Partition, Record, Subscription, TopicSpec
from screener.stream.runner import Pace, Reading, Runner, Step
from screener.stream.state import Table
from tests.contract.polling import after, copied, everything, numbered, rounds, settled, take, until, values
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka


def test_a_join_that_ends_between_two_polls_is_taken_up(log: KafkaLog, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("topic"), 4)])
    subscription = Subscription(topics=(fresh("topic"),))
    with (
        log.join(fresh("group"), subscription, "0") as one,
        log.join(fresh("group"), subscription, "1") as two,
    ):
        for _ in rounds("4 partitions shared"):
            batches = []
            for member in (one, two):
                batches.append(member.poll(0.0, 10))
                time.sleep(0.1)
            shares = [len(batch.assignment.partitions) for batch in batches]
            if shares == [2, 2]:
                break


def test_a_new_topic_is_taken_up_though_a_member_is_slow(log: KafkaLog, fresh: Fresh) -> None:
    pattern = fresh("hub[.][ab]")
    log.create([TopicSpec(fresh("hub.a"), 2)])
    with (
        log.join(fresh("group"), Subscription(pattern=pattern), "0") as quick,
        log.join(fresh("group"), Subscription(pattern=pattern), "1") as slow,
    ):
        settled([quick, slow], 2)
        log.create([TopicSpec(fresh("hub.b"), 2)])
        for _ in range(30):  # longer than a refresh of the topics, so that a join is under way
            quick.poll(0.2, 10)
        settled([quick, slow], 4)


def test_a_partition_that_stays_with_its_member_starts_again_where_it_was_committed(
    log: KafkaLog, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("topic"), 2)])
    place = Partition(fresh("topic"), 0)
    with log.publisher() as publisher:
        publisher.publish(numbered(fresh("topic"), 10, partition=0))
    subscription = Subscription(topics=(fresh("topic"),))
    with log.join(fresh("group"), subscription, "0") as stays:
        assignment, records = take(stays, 10)
        stays.commit(assignment, [], after(records[:4]))
        with log.join(fresh("group"), subscription, "1") as comes:
            seen: dict[str, list[int]] = {}
            for _ in rounds("the records that were not committed"):
                for name, member in (("stays", stays), ("comes", comes)):
                    batch = member.poll(0.1, 10)
                    if batch.assignment != assignment and place in batch.assignment.partitions:
                        seen.setdefault(name, []).extend(values(batch.records))
                if any(len(found) == 6 for found in seen.values()):
                    break
    assert list(range(4, 10)) in seen.values()


def test_a_state_that_takes_longer_to_take_up_than_polls_may_be_apart_is_taken_up_once(
    settings: config.KafkaLog, fresh: Fresh
) -> None:
    """As that of a million entries may; else the member is put out, and begins it again for ever."""
    patience_s = 6.0
    topic, state = fresh("topic"), fresh("state")
    stop = threading.Event()
    begun: list[float] = []

    class Counting:
        name = fresh("counting")
        subscription = Subscription(topics=(topic,))
        changelog = state

        def assigned(self, tables: Mapping[int, Table]) -> None:
            if tables:
                begun.append(time.monotonic())
                time.sleep(patience_s + 2)

        def step(self, records: Sequence[Record], reading: Reading | None) -> Step:
            return Step([Message(fresh("out"), record.key, record.value) for record in records])

    def watch(records: Sequence[Record], step: Step, reading: Reading | None) -> None:
        if records:
            stop.set()

    patient = msgspec.structs.replace(settings, max_poll_interval_s=patience_s, delivery_timeout_s=20.0)
    with KafkaLog(patient) as log:
        log.create([TopicSpec(topic, 1), TopicSpec(fresh("out"), 1), TopicSpec(state, 1, compacted=True)])
        with log.publisher() as publisher:
            publisher.publish(numbered(topic, 1, partition=0))
        for_ever = threading.Timer(60, stop.set)
        for_ever.start()
        Runner(log, Counting(), slot="0", pace=Pace(10), watch=watch).run(stop)
        for_ever.cancel()
        assert len(begun) == 1
        assert len(everything(log, fresh("out"))) == 1


def test_who_closes_while_joining_has_left(log: KafkaLog, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("topic"), 2)])
    subscription = Subscription(topics=(fresh("topic"),))
    with log.join(fresh("group"), subscription, "0") as stays:
        settled([stays], 2)
        with log.join(fresh("group"), subscription, "1") as goes:
            goes.poll(0.3, 1)
        groups = log._admin.ask("groups", lambda admin: admin.describe_groups([fresh("group")]))
        assert len(groups[fresh("group")]["members"]) == 1
        settled([stays], 2)


def test_a_commit_under_way_is_finished_before_partitions_are_given_up(log: KafkaLog, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("topic"), 2), TopicSpec(fresh("target"), 2)])
    with log.publisher() as publisher:
        publisher.publish(numbered(fresh("topic"), 400))
    subscription = Subscription(topics=(fresh("topic"),))
    with log.join(fresh("group"), subscription, "0") as stays:
        assignment, records = take(stays, 400)
        failed: list[BaseException] = []
        commit = threading.Thread(target=_commit, args=(stays, assignment, records, fresh("target"), failed))
        stays._assigned.idle.clear()  # as if the commit had begun, so that the rebalance meets it
        with log.join(fresh("group"), subscription, "1") as comes:
            comes.poll(0.3, 1)
            threading.Timer(0.5, commit.start).start()
            until(lambda: stays.poll(0.1, 10).assignment != assignment, "a rebalance")
            commit.join()
    assert failed == []
    assert len(everything(log, fresh("target"))) == 400


def _commit(member, assignment, records, target, failed):  # type: ignore[no-untyped-def]
    try:
        member.commit(assignment, copied(records, target), after(records))
    except Exception as error:  # noqa: BLE001
        failed.append(error)
