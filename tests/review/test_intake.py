"""The intake: each message counts once, whoever dies when; what cannot be read is kept and told."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from msgspec import json, to_builtins
from msgspec.structs import replace
from sqlalchemy import Connection, Engine, event, insert, select, update
from sqlalchemy.exc import OperationalError

from screener.contracts import examples, topics
from screener.contracts.wire import Flagged
from screener.errors import BadConfig
from screener.review import database
from screener.review.following import Stretch, position
from screener.review.intake import Taking, catch_up, refusals, take, take_in
from screener.review.schema import action, flag, link, parcel, person, refused
from screener.stream.port import Log, Message, Partition, Record
from screener.stream.sqlite import Sqlite
from tests.contract.polling import until
from tests.review import dying, flags
from tests.review.flags import NOW, SETTINGS, clock, flagged, message, rows

ALWAYS_BAD = (
    (Message(topics.FLAGGED, b"P-1", b"{", message(flagged()).headers), "not_json"),
    (Message(topics.FLAGGED, b"P-1", b"{}", message(flagged()).headers), "schema"),
    (Message(topics.FLAGGED, b"P-1", None, message(flagged()).headers), "value_missing"),
    (Message(topics.FLAGGED, b"P-2", message(flagged()).value, message(flagged()).headers), "key_mismatch"),
    (Message(topics.FLAGGED, b"P-1", message(flagged()).value), "header_missing"),
    (message(flagged(revision=2**31)), "schema"),
    (message(flagged(decision={"arrived_at": NOW.replace(year=9999)})), "time_range"),
    (message(flagged(due_at=NOW.replace(year=1969))), "time_range"),
    (Message(topics.FLAGGED, b"P-1", b'{"a":' * 5000, message(flagged()).headers), "too_deep"),
)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    with flags.embedded_log(tmp_path) as opened:
        yield opened


def taken(engine: Engine, log: Log) -> int:
    return catch_up(engine, log, SETTINGS, clock)


def _has(engine: Engine, count: int) -> bool:
    return len(rows(engine)["parcel"]) == count


def test_what_was_flagged_is_there_with_its_links_and_history(engine: Engine, log: Log) -> None:
    flags.publish(log, [message(flagged("P-1")), message(flagged("P-2")), message(flagged("P-1", 2))])
    assert taken(engine, log) == 3
    found = rows(engine)
    assert len(found["parcel"]) == 2
    assert len(found["flag"]) == 3
    assert len(found["link"]) == 4
    assert found["refused"] == []


def test_taking_in_again_changes_nothing(engine: Engine, log: Log) -> None:
    flags.publish(log, [message(flagged(f"P-{number}")) for number in range(5)])
    taken(engine, log)
    before = rows(engine)
    assert taken(engine, log) == 0
    assert rows(engine) == before


def test_a_message_that_is_published_again_is_one_row(engine: Engine, log: Log) -> None:
    sent = [message(flagged("P-1")), message(flagged("P-1", 2))]
    flags.publish(log, sent)
    taken(engine, log)
    before = rows(engine)
    flags.publish(log, sent)
    taken(engine, log)
    after = rows(engine)
    assert {name: after[name] for name in ("parcel", "flag", "link", "refused")} == {
        name: before[name] for name in ("parcel", "flag", "link", "refused")
    }


def test_killed_at_any_moment_the_rows_are_those_of_an_undisturbed_run(
    engine: Engine, log: Sqlite, tmp_path: Path
) -> None:
    path = tmp_path / "log.db"
    for at in itertools.count(1):
        name = f"P-{at}"
        flags.publish(log, [message(flagged(name)), message(flagged(name, 2)), ALWAYS_BAD[0][0]])

        def work(moment: dying.Moment) -> None:
            with Sqlite(path) as own, dying.mortal(engine, moment) as mortal:
                taken(mortal, own)

        died = dying.killed(work, at)
        taken(engine, log)
        if not died:
            break
    assert at > 15
    calm = database.opened(f"sqlite:///{tmp_path / 'calm.db'}")
    database.upgrade(calm)
    taken(calm, log)
    assert rows(engine) == rows(calm)
    assert len(rows(engine)["parcel"]) == at
    calm.dispose()


def test_two_at_once_take_each_message_once(engine: Engine, log: Log) -> None:
    sent = [message(flagged(f"P-{number % 30}", 1 + number // 30)) for number in range(90)]
    flags.publish(log, sent)
    found: list[int] = []
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        found.append(taken(engine, log))

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(found) == 90
    assert len(rows(engine)["flag"]) == 90
    assert {row[2] for row in rows(engine)["flag"]} == {1, 2, 3}


def test_a_position_never_moves_without_its_rows(engine: Engine, log: Log) -> None:
    flags.publish(log, [message(flagged())])

    def full(_connection: Connection, _item_id: int, _flagged: Flagged) -> None:
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        catch_up(engine, log, SETTINGS, clock, also=full)
    assert all(not found for found in rows(engine).values())
    assert taken(engine, log) == 1


@pytest.mark.parametrize(("bad", "why"), ALWAYS_BAD)
def test_what_cannot_be_read_is_refused_with_its_reason_and_the_rest_goes_on(
    engine: Engine, log: Log, bad: Message, why: str
) -> None:
    flags.publish(log, [bad, message(flagged("P-1")), bad])
    taken(engine, log)
    with database.reading(engine) as connection:
        assert refusals(connection) == 2
        assert all(found.startswith(why) for found in connection.scalars(select(refused.c.why)))
        assert connection.scalar(select(parcel.c.parcel_id)) == "P-1"
        for place in connection.execute(select(refused)):
            where = Partition(place.topic, place.partition)
            lies = next(log.read(where, place.offset, place.offset + 1))
            assert lies.value == bad.value


def test_a_refusal_names_nothing_personal(engine: Engine, log: Log) -> None:
    manifest = to_builtins(flagged())["manifest"] | {"consignor": to_builtins(examples.MANIFEST.consignor)}
    wrong = json.encode(to_builtins(flagged()) | {"manifest": manifest})
    flags.publish(log, [Message(topics.FLAGGED, b"P-1", wrong, message(flagged()).headers)])
    taken(engine, log)
    with database.reading(engine) as connection:
        why = connection.scalar(select(refused.c.why)) or ""
    assert "$.manifest.consignor" in why
    assert "张三" not in why
    assert "138" not in why


def test_a_newer_revision_keeps_what_people_did_and_hold(engine: Engine, log: Log) -> None:
    flags.publish(log, [message(flagged())])
    taken(engine, log)
    with database.writing(engine) as connection:
        values = {"name": "li", "shown": "Li", "made_at": NOW}
        who = connection.execute(insert(person).values(values).returning(person.c.id)).scalar_one()
        its = connection.execute(select(parcel.c.id)).scalar_one()
        held = {"state": "inspecting", "claimed_by": who, "lease_until": NOW}
        connection.execute(update(parcel).values(held))
        done = {"parcel": its, "revision": 1, "kind": "open", "details": "{}", "by": who}
        connection.execute(insert(action).values(done | {"at": NOW, "stands_at": NOW}))
    flags.publish(log, [message(flagged(revision=2, priority=0.5))])
    taken(engine, log)
    with database.reading(engine) as connection:
        row = connection.execute(select(parcel)).one()
        assert connection.scalar(select(action.c.parcel)) == row.id
    assert (row.state, row.claimed_by, row.lease_until) == ("inspecting", who, NOW)
    assert (row.revision, row.priority, row.version) == (2, 0.5, 2)


def test_the_newest_is_shown_in_whatever_order_they_come(engine: Engine) -> None:
    place = Partition(topics.FLAGGED, 0)
    orders = list(itertools.permutations([1, 2, 3]))
    sent = [
        message(flagged(f"P-{name}", revision, priority=float(revision)))
        for name, order in enumerate(orders)
        for revision in order
    ]
    records = [Record(place, at, 0, one.key, one.value, one.headers) for at, one in enumerate(sent)]
    with database.writing(engine) as connection:
        stretch = Stretch(place, 0, records, len(records))
        assert take(connection, Taking(SETTINGS, clock), stretch) == len(records)
        shown = connection.execute(select(parcel.c.revision, parcel.c.priority)).all()
        assert len(connection.execute(select(flag)).all()) == len(records)
    assert [tuple(row) for row in shown] == [(3, 3.0)] * len(orders)


def test_a_parcel_that_decide_had_forgotten_shows_its_new_decision(engine: Engine, log: Log) -> None:
    later = {"decided_at": NOW + timedelta(days=40), "arrived_at": NOW + timedelta(days=40)}
    flags.publish(log, [message(flagged(revision=3)), message(flagged(revision=1, decision=later))])
    taken(engine, log)
    with database.reading(engine) as connection:
        row = connection.execute(select(parcel)).one()
    assert (row.revision, row.flagged_at) == (1, NOW + timedelta(days=40))
    assert row.law_due_at == NOW + timedelta(days=47)


def test_a_manifest_that_is_gone_from_the_evidence_is_still_known(engine: Engine, log: Log) -> None:
    gone = [replace(flagged(revision=number), manifest=None) for number in (2, 3)]
    flags.publish(log, map(message, [flagged(), *gone]))
    taken(engine, log)
    with database.reading(engine) as connection:
        row = connection.execute(select(parcel)).one()
        assert len(connection.execute(select(link)).all()) == 2
    assert (row.revision, row.waybill) == (3, "SF1234567890")
    assert "SF1234567890" in row.search


def test_what_the_log_lost_before_it_was_taken_is_told(engine: Engine, log: Log) -> None:
    place = Partition(topics.FLAGGED, 0)
    with database.writing(engine) as connection:
        assert take(connection, Taking(SETTINGS, clock), Stretch(place, 0, [], 7)) == 0
    with database.writing(engine) as connection:
        take(connection, Taking(SETTINGS, clock), Stretch(place, 12, [], 13))
        found = connection.execute(select(refused)).one()
        assert position(connection, place) == 13
    assert (found.offset, "7 to 11" in found.why) == (7, True)


def test_a_database_of_another_log_is_refused(engine: Engine, log: Log) -> None:
    with database.writing(engine) as connection:
        take(connection, Taking(SETTINGS, clock), Stretch(Partition(topics.FLAGGED, 0), 0, [], 7))
    with pytest.raises(BadConfig, match="another log"):
        taken(engine, log)


def test_without_its_topic_it_says_what_to_do(engine: Engine, tmp_path: Path) -> None:
    with Sqlite(tmp_path / "bare.db") as bare, pytest.raises(BadConfig, match="screener topics create"):
        taken(engine, bare)


def test_it_goes_on_until_it_is_stopped(engine: Engine, log: Log) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=take_in, args=(engine, log, SETTINGS, stop, clock))
    thread.start()
    for number in range(3):
        flags.publish(log, [message(flagged(f"P-{number}"))])
        until(partial(_has, engine, number + 1), "the parcel is taken in")
    stop.set()
    thread.join()


def test_a_database_that_is_away_is_waited_for(engine: Engine, log: Log) -> None:
    flags.publish(log, [message(flagged())])
    stop, failures = threading.Event(), iter(range(1))

    def broken(*_: object) -> None:
        if next(failures, None) is not None:
            raise OperationalError("connect", {}, RuntimeError("away"))

    event.listen(engine, "begin", broken)
    thread = threading.Thread(target=take_in, args=(engine, log, SETTINGS, stop, clock))
    thread.start()
    until(lambda: next(failures, None) is None and bool(rows(engine)["parcel"]), "the parcel is taken in")
    stop.set()
    thread.join()
