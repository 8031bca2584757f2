"""Who has lost slot or membership commits nothing."""

from __future__ import annotations

from typing import Any

import pytest

from screener import config
from screener.errors import Fenced
from screener.stream.kafka import KafkaLog, clients
from screener.stream.port import Assignment, Message, Partition, Subscription, TopicSpec
from tests.contract.polling import after, copied, everything, numbered, settled, take, values
from tests.kafka.conftest import Fresh

pytestmark = pytest.mark.kafka


@pytest.fixture
def source(log: KafkaLog, fresh: Fresh) -> str:
    log.create([TopicSpec(fresh("source"), 2), TopicSpec(fresh("target"), 2)])
    with log.publisher() as publisher:
        publisher.publish(numbered(fresh("source"), 10))
    return fresh("source")


def test_a_zombie_whose_slot_was_taken_commits_nothing_and_learns_it(
    log: KafkaLog, fresh: Fresh, source: str
) -> None:
    subscription = Subscription(topics=(source,))
    with log.join(fresh("group"), subscription, "0") as zombie:
        assignment, records = take(zombie, 10)
        with log.join(fresh("group"), subscription, "0"):
            with pytest.raises(Fenced):
                zombie.commit(assignment, copied(records, fresh("target")), after(records))
            with pytest.raises(Fenced):
                zombie.poll(0.1, 1)
    assert everything(log, fresh("target")) == []
    assert log.committed(fresh("group")) == {}


def test_a_slot_that_is_taken_up_again_frees_what_its_predecessor_left_open(
    log: KafkaLog, settings: config.KafkaLog, fresh: Fresh, source: str
) -> None:
    dead = clients.producer(settings, f"{fresh('group')}.0")
    dead.init_transactions()
    dead.begin_transaction()
    dead.send(fresh("target"), key=b"k", value=b"open", partition=0).get(5)
    with log.join(fresh("group"), Subscription(topics=(source,)), "0"):
        assert list(log.read(Partition(fresh("target"), 0), 0, 1)) == []
    dead.close()


@pytest.mark.parametrize("with_messages", [True, False])
def test_a_member_that_was_put_out_commits_nothing_and_comes_back(
    log: KafkaLog, fresh: Fresh, source: str, with_messages: bool
) -> None:
    with log.join(fresh("group"), Subscription(topics=(source,)), "0") as member:
        assignment, records = take(member, 10)
        put_out(log, fresh("group"), assignment)
        messages = copied(records, fresh("target")) if with_messages else []
        with pytest.raises(Fenced):
            member.commit(assignment, messages, after(records))
        assert everything(log, fresh("target")) == []
        again, same = take(member, 10)  # only a new assignment gives them again
        assert again != assignment
        assert sorted(values(same)) == sorted(values(records))
        member.commit(again, copied(same, fresh("target")), after(same))
    assert sorted(values(everything(log, fresh("target")))) == list(range(10))


def test_a_commit_without_offsets_is_fenced_all_the_same(log: KafkaLog, fresh: Fresh, source: str) -> None:
    with log.join(fresh("group"), Subscription(topics=(source,)), "0") as member:
        (batch,) = settled([member], 2)
        put_out(log, fresh("group"), batch.assignment)
        with pytest.raises(Fenced):
            member.commit(batch.assignment, [Message(fresh("target"), b"k", b"v")], {})
    assert everything(log, fresh("target")) == []


def test_offsets_of_a_partition_that_is_not_owned_are_refused(
    log: KafkaLog, fresh: Fresh, source: str
) -> None:
    with log.join(fresh("group"), Subscription(topics=(source,)), "0") as member:
        (batch,) = settled([member], 2)
        with pytest.raises(ValueError, match="not in the assignment"):
            member.commit(batch.assignment, [], {Partition(fresh("target"), 0): 1})


def test_a_fault_of_ours_in_a_commit_leaves_the_member_usable(
    log: KafkaLog, fresh: Fresh, source: str
) -> None:
    with log.join(fresh("group"), Subscription(topics=(source,)), "0") as member:
        assignment, records = take(member, 10)
        good = copied(records, fresh("target"))
        bad = Message(fresh("target"), b"k", b"v", partition=99)
        with pytest.raises(ValueError, match="99"):
            member.commit(assignment, [*good, bad], after(records))
        assert everything(log, fresh("target")) == []
        member.commit(assignment, good, after(records))
    assert len(everything(log, fresh("target"))) == 10


def put_out(log: KafkaLog, group: str, assignment: Assignment) -> None:
    membership: Any = assignment.token
    log._expel(group, membership.member_id)
