"""A commit is all or nothing, and only the owner's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from screener.errors import BadInput, Fenced
from screener.stream.port import (
    LARGEST_MESSAGE_BYTES,
    Assignment,
    Log,
    Member,
    Message,
    Partition,
    Publisher,
    Record,
    Subscription,
    TopicSpec,
)
from tests.contract.conftest import Fresh
from tests.contract.polling import after, copied, everything, follow, numbered, rounds, settled, take, values


@dataclass(frozen=True)
class Job:
    """A group that copies `source` to `target`."""

    log: Log
    publisher: Publisher
    source: str
    target: str
    group: str

    def feed(self, count: int, partition: int | None = None) -> None:
        self.publisher.publish(numbered(self.source, count, partition))

    def join(self, slot: str) -> Member:
        return self.log.join(self.group, Subscription(topics=(self.source,)), slot)

    def copy(self, member: Member, assignment: Assignment, records: Sequence[Record]) -> None:
        member.commit(assignment, copied(records, self.target), after(records))

    def output(self) -> list[int]:
        return sorted(values(everything(self.log, self.target)))

    def committed(self) -> Mapping[Partition, int]:
        return self.log.committed(self.group)


@pytest.fixture
def job(log: Log, publisher: Publisher, fresh: Fresh) -> Job:
    log.create([TopicSpec(fresh("in"), partitions=4), TopicSpec(fresh("out"), partitions=2)])
    return Job(log, publisher, fresh("in"), fresh("out"), fresh("group"))


def test_messages_and_offsets_become_visible_together(job: Job) -> None:
    job.feed(20)
    with job.join("0") as member:
        assignment, records = take(member, 20)
        assert job.output() == []
        assert job.committed() == {}
        job.copy(member, assignment, records)
    assert job.output() == list(range(20))
    assert job.committed() == after(records)


def test_a_commit_that_fails_half_way_leaves_nothing(job: Job) -> None:
    job.feed(5)
    too_large = Message(job.target, b"k", b"x" * (LARGEST_MESSAGE_BYTES + 1))
    with job.join("0") as member:
        assignment, records = take(member, 5)
        with pytest.raises(BadInput):
            member.commit(assignment, [*copied(records, job.target), too_large], after(records))
        assert job.output() == []
        assert job.committed() == {}
        job.copy(member, assignment, records)
    assert job.output() == list(range(5))


def test_a_commit_may_carry_offsets_alone_or_messages_alone(job: Job) -> None:
    job.feed(3)
    with job.join("0") as member:
        assignment, records = take(member, 3)
        member.commit(assignment, [], after(records))
        assert job.committed() == after(records)
        member.commit(assignment, numbered(job.target, 2), {})
    assert job.output() == [0, 1]
    assert job.committed() == after(records)


def test_work_done_under_an_old_assignment_is_fenced(job: Job) -> None:
    job.feed(20)
    with job.join("0") as first:
        old, records = take(first, 20)
        with job.join("1") as second:
            settled([first, second], 4)
            with pytest.raises(Fenced):
                job.copy(first, old, records)
            assert job.output() == []
            assert job.committed() == {}


def test_after_being_fenced_a_member_works_on_under_its_new_assignment(job: Job) -> None:
    job.feed(20)
    with job.join("0") as first:
        old, records = take(first, 20)
        with job.join("1") as second:
            settled([first, second], 4)
            with pytest.raises(Fenced):
                job.copy(first, old, records)
            settled([first, second], 4)
        assignment, records = take(first, 20)
        job.copy(first, assignment, records)
    assert job.output() == list(range(20))


def test_a_newer_member_of_a_slot_fences_the_older(job: Job) -> None:
    job.feed(10)
    with job.join("0") as older:
        assignment, records = take(older, 10)
        with job.join("0"):
            with pytest.raises(Fenced):
                job.copy(older, assignment, records)
            assert job.output() == []
            assert job.committed() == {}


def test_who_starts_again_goes_on_at_the_committed_offset(job: Job) -> None:
    job.feed(30, partition=0)
    seen: list[int] = []
    for _ in range(3):
        with job.join("0") as member:
            assignment, records = take(member, 10)
            member.commit(assignment, [], after(records))
            seen += values(records)
    assert seen == list(range(30))


def test_what_was_polled_and_not_committed_is_polled_again_and_comes_out_once(job: Job) -> None:
    job.feed(30)
    with job.join("0") as member:
        assignment, records = take(member, 10)
        job.copy(member, assignment, records)
        take(member, 20)  # and ends before it commits
    with job.join("0") as member:
        assignment, records = take(member, 20)
        job.copy(member, assignment, records)
    assert job.output() == list(range(30))


def test_one_thread_commits_while_another_polls_on(job: Job) -> None:
    job.feed(200)
    done: list[int] = []
    with job.join("0") as member, ThreadPoolExecutor(1) as committer:
        commits = []
        for _ in rounds("200 records"):
            batch = member.poll(0.2, 10)
            done += values(batch.records)
            if batch.records:
                commits.append(committer.submit(job.copy, member, batch.assignment, batch.records))
            if len(done) == 200:
                break
        for commit in commits:
            commit.result()
    assert sorted(done) == job.output() == list(range(200))


def test_a_follower_sees_committed_work_in_the_order_of_its_partition(job: Job) -> None:
    job.feed(30, partition=1)
    with job.log.follow([job.target], from_start=True) as follower, job.join("0") as member:
        for _ in range(3):
            assignment, records = take(member, 10)
            messages = [Message(job.target, one.key, one.value, partition=0) for one in records]
            member.commit(assignment, messages, after(records))
        assert values(follow(follower, 30)) == list(range(30))
