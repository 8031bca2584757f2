"""`screener hub remove`: nothing works any more, and no parcel is lost without a word."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from kafka import KafkaConsumer, KafkaProducer
from kafka.errors import TopicAuthorizationFailedError

from screener.contracts import topics
from screener.errors import BadConfig
from screener.stages import rights
from screener.stages.undecided import Undecided, undecided
from screener.stream.kafka import KafkaLog
from screener.stream.kafka.access import KafkaAccess
from screener.stream.port import Log
from screener.stream.runner import Pace, Runner, Stage
from tests.cli.shell import Shell
from tests.hub.admission.conftest import Fort
from tests.stages.world import CLEAN, World, manifest_of, scan_of


@dataclasses.dataclass(frozen=True)
class Place:
    """A log, the commands on it, and a hub of it."""

    shell: Shell
    log: Log
    hub: str
    world: World
    open: Callable[[Callable[[int], None]], Log]

    def remove(self, *options: str, typed: str = "") -> Any:
        return self.shell.run("hub", "remove", self.hub, *options, typed=typed)

    @property
    def own(self) -> set[str]:
        return set(rights.hub_topics(self.hub)) & self.log.topics().keys()


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path, hub: str) -> Iterator[Place]:
    if request.param == "kafka":
        fort: Fort = request.getfixturevalue("fort")
        shell, log = fort.shell, KafkaLog(fort.admin)
        hasty = msgspec.structs.replace(fort.admin, commit_timeout_s=8.0)
        opening: Callable[..., Log] = lambda ended: KafkaLog(hasty, end_process=ended)  # noqa: E731
        shell.ok("hub", "add", hub)
    else:
        shell = Shell.at(tmp_path)
        shell.ok("topics", "create", "--hub", hub)
        log = shell.log()  # type: ignore[assignment]
        opening = lambda _: shell.log()  # noqa: E731
    with log:
        yield Place(shell, log, hub, World.build(log, tmp_path, hubs=(hub,)), opening)


both = pytest.mark.parametrize(
    "place", ["embedded", pytest.param("kafka", marks=pytest.mark.kafka)], indirect=True
)


@both
def test_what_is_undecided_is_known_at_every_step_of_the_way(place: Place) -> None:
    world, hub = place.world, place.hub
    assert undecided(place.log, hub) == Undecided(0, 0, 0)
    world.publish([manifest_of("P1", hub), scan_of("P1", CLEAN, hub=hub), manifest_of("P2", hub)])
    assert undecided(place.log, hub) == Undecided(3, 0, 0)
    world.finish(world.score(), at_s=1)
    assert undecided(place.log, hub) == Undecided(0, 3, 0)
    world.finish(world.decide())
    assert undecided(place.log, hub) == Undecided(0, 0, 1)
    assert undecided(place.log, f"{hub}b") == Undecided(0, 0, 0)
    world.publish([scan_of("P2", CLEAN, hub=hub)])
    world.settle(at_s=2)
    assert undecided(place.log, hub) == Undecided(0, 0, 0)


@both
def test_topics_stay_while_anything_is_undecided_or_promised(place: Place) -> None:
    world, hub = place.world, place.hub
    world.publish([manifest_of("P1", hub), scan_of("P1", CLEAN, hub=hub)])
    refused = place.remove("--delete-topics", "--yes")
    assert refused.exit_code == 1
    assert "2 messages not yet scored" in refused.stderr
    assert len(place.own) == 3
    world.settle()
    refused = place.remove("--delete-topics", "--yes")
    assert refused.exit_code == 1
    assert "the last verdict is kept until" in refused.stderr
    assert len(place.own) == 3
    mistyped = place.remove("--delete-topics", "--before-retention", typed=f"y\n{hub}x\n")
    assert mistyped.exit_code == 1
    assert len(place.own) == 3
    done = place.remove("--delete-topics", "--before-retention", typed=f"{hub}\n")
    assert done.exit_code == 0, done.output
    assert not place.own
    assert "nothing is there" in place.remove("--delete-topics").stderr


@both
def test_what_is_abandoned_is_said(place: Place) -> None:
    place.world.publish([manifest_of("P1", place.hub)])
    done = place.remove("--delete-topics", "--abandon-undecided", "--yes")
    assert done.exit_code == 0
    assert "1 messages not yet scored" in done.stdout
    assert not place.own


@both
def test_a_dry_run_takes_nothing(place: Place) -> None:
    told = place.remove("--delete-topics", "--dry-run")
    assert told.exit_code == 0
    assert len(place.own) == 3


@both
def test_workers_serve_the_others_when_a_hubs_topics_go(place: Place) -> None:
    """The same workers go on, and a hub that comes back under the name begins anew."""
    world, hub, other = place.world.under(patience_s=1e9), place.hub, f"{place.hub}o"
    place.shell.ok("hub", "add", other)
    world.publish([manifest_of("P1", hub), manifest_of("P1", other)])
    with running(place, world.score), running(place, world.decide):
        wait_until(lambda: undecided(place.log, hub).parcels == 1)
        done = place.remove("--delete-topics", "--abandon-undecided", "--yes")
        assert done.exit_code == 0, done.output
        world.publish([scan_of("P1", CLEAN, hub=other)])
        wait_until(lambda: undecided(place.log, other).nothing)
        place.shell.ok("hub", "add", hub)
        world.publish([manifest_of("P3", hub)])
        wait_until(lambda: undecided(place.log, hub).parcels == 2)


@contextmanager
def running(place: Place, stage: Callable[[], Stage]) -> Iterator[None]:
    """A worker as `screener run` has it: where a commit hangs, its process ends and another takes its slot.

    kafka-python asks for ever to commit an offset of a topic that was removed while it committed.
    """
    stops: list[threading.Event] = []
    with ExitStack() as stack:

        def begin(_code: int = 0) -> None:
            for stop in stops:
                stop.set()
            stops.append(threading.Event())
            log = stack.enter_context(place.open(begin))
            runner = Runner(log, stage(), slot="0", pace=Pace(100, backoff_s=0.2))
            threading.Thread(target=runner.run, args=(stops[-1],), daemon=True).start()

        begin()
        try:
            yield
        finally:
            for stop in stops:
                stop.set()
            time.sleep(1.0)


def wait_until(done: Callable[[], bool], timeout_s: float = 150.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.kafka
def test_after_it_nothing_works_any_more_on_open_connections_too(fort: Fort, hub: str) -> None:
    hub_ = fort.admit(hub)
    producer = KafkaProducer(**hub_.kafka_python, max_block_ms=5_000)
    consumer = KafkaConsumer(
        topics.verdicts(hub), **hub_.kafka_python, group_id=f"hub.{hub}.sorter", metadata_max_age_ms=500
    )
    producer.send(topics.manifests(hub), b"before").get(10)
    consumer.poll(1_000)
    told = fort.shell.run("hub", "remove", hub, "--yes")
    assert told.exit_code == 0
    assert "1 messages not yet scored" in told.stdout
    with pytest.raises(TopicAuthorizationFailedError):
        producer.send(topics.manifests(hub), b"after").get(10)
    producer.close()
    consumer.close(autocommit=False)
    with KafkaLog(hub_.settings) as log, pytest.raises(BadConfig, match="SaslAuthenticationFailed"):
        log.topics()
    with KafkaAccess(fort.admin) as access:
        assert not [grant for grant in access.grants() if hub in grant.right.name]
        assert not access.users([f"hub.{hub}"])


@pytest.mark.kafka
def test_listed_with_its_rates_and_its_principal(fort: Fort, hub: str, log: KafkaLog) -> None:
    fort.shell.ok("hub", "add", hub)
    with log.publisher() as publisher:
        publisher.publish([manifest_of("P1", hub), scan_of("P1", hub=hub), scan_of("P2", hub=hub)])
    (listed,) = [one for one in fort.shell.objects("hub", "list", "--json") if one["hub"] == hub]
    assert (listed["manifests_an_hour"], listed["scans_an_hour"], listed["verdicts_an_hour"]) == (1, 2, 0)
    assert listed["principals"] == [f"User:hub.{hub}"]
    assert listed["last_at"]
