"""Topics: made once, and never changed under what lies in them."""

from __future__ import annotations

import pytest

from screener.errors import BadConfig
from screener.stream.port import Log, Partition, TopicSpec
from tests.contract.conftest import Fresh


def test_a_topic_is_described_as_it_was_created(log: Log, fresh: Fresh) -> None:
    specs = [
        TopicSpec(fresh("plain"), partitions=3),
        TopicSpec(fresh("kept"), partitions=1, retention_ms=3_600_000, max_message_bytes=1_000_000),
        TopicSpec(fresh("state"), partitions=2, compacted=True),
        TopicSpec(fresh("created"), partitions=1, retention_ms=3_600_000, log_append_time=False),
    ]
    log.create(specs)
    assert [log.describe(spec.name) for spec in specs[1:]] == specs[1:]
    plain = log.describe(specs[0].name)
    assert plain is not None
    assert (plain.partitions, plain.compacted, plain.log_append_time) == (3, False, True)


def test_topics_tells_the_number_of_partitions(log: Log, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("a"), partitions=3), TopicSpec(fresh("b"), partitions=1)])
    topics = log.topics()
    assert (topics[fresh("a")], topics[fresh("b")]) == (3, 1)


def test_creating_again_changes_nothing(log: Log, fresh: Fresh) -> None:
    spec = TopicSpec(fresh("a"), partitions=3, retention_ms=3_600_000)
    log.create([spec])
    log.create([spec, TopicSpec(fresh("b"), partitions=1)])
    assert log.describe(spec.name) == spec
    assert log.topics()[fresh("b")] == 1


def test_another_number_of_partitions_is_refused(log: Log, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("a"), partitions=3)])
    with pytest.raises(BadConfig, match=fresh("a")):
        log.create([TopicSpec(fresh("a"), partitions=4)])
    assert log.topics()[fresh("a")] == 3


def test_what_is_not_there_is_none(log: Log, fresh: Fresh) -> None:
    assert log.describe(fresh("nowhere")) is None
    assert fresh("nowhere") not in log.topics()


def test_an_empty_partition_starts_and_ends_at_0(log: Log, fresh: Fresh) -> None:
    log.create([TopicSpec(fresh("a"), partitions=1)])
    partition = Partition(fresh("a"), 0)
    assert (log.start(partition), log.end(partition)) == (0, 0)
    assert list(log.read(partition, 0, 0)) == []
