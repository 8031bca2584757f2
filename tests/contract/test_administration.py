"""What both logs promise to whoever administers their topics."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener import config
from screener.errors import BadConfig
from screener.stream.administration import Administration
from screener.stream.port import Log, Message, Partition, Publisher, Subscription, TopicSpec
from screener.stream.sqlite.administration import SqliteAdministration
from tests.contract.conftest import Fresh


@pytest.fixture
def administration(request: pytest.FixtureRequest, log: Log, tmp_path: Path) -> Iterator[Administration]:
    if request.node.callspec.params["log"] == "sqlite":
        with SqliteAdministration(tmp_path / "log.db") as opened:
            yield opened
        return
    from screener.stream.kafka.administration import KafkaAdministration

    servers = tuple(request.getfixturevalue("kafka_bootstrap").split(","))
    with KafkaAdministration(config.KafkaLog(bootstrap_servers=servers)) as kafka:
        yield kafka


def test_retention_and_the_cap_change_and_nothing_else(
    log: Log, administration: Administration, fresh: Fresh
) -> None:
    before = TopicSpec(fresh("topic"), 2, retention_ms=3_600_000, log_append_time=False)
    after = TopicSpec(
        before.name, 2, retention_ms=7_200_000, log_append_time=False, max_message_bytes=100_000
    )
    log.create([before])
    administration.alter(after)
    assert log.describe(before.name) == after


def test_what_is_not_there_cannot_be_altered(administration: Administration, fresh: Fresh) -> None:
    with pytest.raises(BadConfig, match=fresh("nowhere")):
        administration.alter(TopicSpec(fresh("nowhere"), 1))


def test_a_deleted_topic_is_gone_and_one_of_its_name_begins_anew(
    log: Log, publisher: Publisher, administration: Administration, fresh: Fresh
) -> None:
    specs = [TopicSpec(fresh("old"), 2), TopicSpec(fresh("kept"), 1)]
    log.create(specs)
    publisher.publish([Message(spec.name, b"k", b"v", partition=0) for spec in specs for _ in range(300)])
    administration.delete([fresh("old"), fresh("never there")])
    assert fresh("old") not in log.topics()
    assert log.end(Partition(fresh("kept"), 0)) == 300
    log.create(specs)
    place = Partition(fresh("old"), 0)
    assert (log.start(place), log.end(place)) == (0, 0)
    assert list(log.read(place, 0, 0)) == []


def test_the_offset_since_a_time_is_that_of_the_first_record_of_it_or_later(
    log: Log, publisher: Publisher, administration: Administration, fresh: Fresh
) -> None:
    log.create([TopicSpec(fresh("topic"), 1, log_append_time=False)])
    place = Partition(fresh("topic"), 0)
    base_ms = 1_700_000_000_000
    times = [base_ms + 1_000 * step for step in range(4)]
    publisher.publish([Message(place.topic, b"k", b"v", timestamp_ms=time) for time in times])
    assert [administration.since(place, time) for time in times] == [0, 1, 2, 3]
    assert administration.since(place, times[1] + 1) == 2
    assert administration.since(place, times[-1] + 1) == 4


def test_a_group_goes_on_where_it_is_placed_and_not_while_it_works(
    log: Log, publisher: Publisher, administration: Administration, fresh: Fresh
) -> None:
    name, group = fresh("topic"), fresh("group")
    place = Partition(name, 0)
    log.create([TopicSpec(name, 1)])
    publisher.publish([Message(name, b"k", b"%d" % number, partition=0) for number in range(5)])
    administration.place(group, {place: 3})
    assert log.committed(group) == {place: 3}
    with log.join(group, Subscription(topics=(name,)), fresh("slot")) as member:
        read: list[bytes | None] = []
        while len(read) < 2:
            read += [record.value for record in member.poll(1.0, 10).records]
        assert read == [b"3", b"4"]
        with pytest.raises(BadConfig, match="stop its workers"):
            administration.place(group, {place: 0})
    assert log.committed(group) == {place: 3}
