"""Files of lists: what was shown is what is done, once each, in order, whoever is killed when."""

from __future__ import annotations

import random
import threading

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select

from screener.contracts import topics
from screener.core import table
from screener.core.entries import Entry
from screener.errors import BadInput
from screener.review import database
from screener.review.lists import comparing, files, jobs, publishing, working
from screener.review.lists.tables import list_change, list_piece, list_wrong
from screener.review.outbox import SLOT, Outbox
from screener.review.schema import outbox
from screener.stream.port import Partition
from tests.review import dying
from tests.review.lists.desks import ADDRESS, HEAD, PHONE, Desk, log_of_lists, shops
from tests.review.web.test_short_writes import written
from tests.stages.world import RING


def said(entries: dict[str, Entry]) -> dict[str, tuple[object, ...]]:
    """What entries say, without when they were added and how they are sealed."""
    return {one: (entry.target.link, getattr(entry, "grade", None)) for one, entry in entries.items()}


def wrong_lines(desk: Desk, job_id: int) -> dict[int, str]:
    query = select(list_wrong).where(list_wrong.c.job == job_id)
    with database.reading(desk.engine) as connection:
        return {row.line: row.why for row in connection.execute(query)}


def keys(desk: Desk, topic: str = topics.SENDERS) -> list[str]:
    place = Partition(topic, 0)
    return [(one.key or b"").decode() for one in desk.log.read(place, 0, desk.log.end(place))]


def test_what_was_shown_is_what_publishing_does(desk: Desk) -> None:
    first = desk.uploads("senders", HEAD, *shops(range(30)))
    desk.works()
    assert desk.counts(first) == (30, 0, 0, 0)
    assert desk.job(first).state == jobs.READY and desk.in_the_log("senders") == {}
    desk.publishes(first)
    changed = [*shops(range(10)), *shops(range(10, 15), "C"), *shops(range(30, 34))]
    second = desk.uploads("senders", HEAD, *changed, replaces=True)
    desk.works()
    before, counts = desk.in_the_log("senders"), desk.counts(second)
    assert counts == (4, 5, 15, 10)
    desk.publishes(second)
    after = desk.in_the_log("senders")
    new = [one for one in after if one not in before]
    gone = [one for one in before if one not in after]
    other = [one for one in after if one in before and said(after)[one] != said(before)[one]]
    assert (len(new), len(other), len(gone)) == counts[:3]
    assert desk.on_the_list("senders") == after


def test_it_is_published_once_each_in_the_order_of_the_file(desk: Desk) -> None:
    numbers = random.Random(3).sample(range(1000), 700)
    job = desk.uploads("senders", HEAD, *shops(numbers))
    desk.works()
    desk.publishes(job)
    assert keys(desk) == [f"s{n}.phone" for n in numbers]
    again = desk.uploads("senders", HEAD, *shops(numbers))
    desk.works()
    assert desk.counts(again) == (0, 0, 0, 700)


def test_what_a_line_no_longer_says_is_removed(desk: Desk) -> None:
    job = desk.uploads("senders", HEAD, f"s1,{PHONE},{ADDRESS},B,,", "s2,073128223497,,C,,")
    desk.works()
    desk.publishes(job)
    job = desk.uploads("senders", HEAD, f"s1,{PHONE},,B,,")
    desk.works()
    assert desk.counts(job) == (0, 0, 1, 1)
    desk.publishes(job)
    assert set(desk.in_the_log("senders")) == {"s1.phone", "s2.phone"}


def test_wrong_lines_are_told_by_their_numbers_and_nothing_is_removed_then(desk: Desk) -> None:
    job = desk.uploads("senders", HEAD, *shops([1]))
    desk.works()
    desk.publishes(job)
    lines = [
        f"s2,{PHONE},,B,,",
        "s3,138****8001,,B,,",
        "s4,,,B,,",
        f"s5,{PHONE},,D,,",
        f"s2,{PHONE},,C,,",
        f"s6,{PHONE},,C",
        f"s7,,,{PHONE},,",
        f"s8,{PHONE},,C,,{PHONE}",
        f"s9,{PHONE},\x01,C,,",
    ]
    job = desk.uploads("senders", HEAD, *lines, replaces=True)
    desk.works()
    told = wrong_lines(desk, job)
    assert list(told) == [3, 4, 5, 6, 7, 8, 9, 10]
    assert "expected" in told[3] and "got" in told[3] and "'D'" in told[5] and "line 2" in told[6]
    assert desk.counts(job) == (1, 0, 0, 0)
    assert PHONE not in repr(told)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_files_of_the_usual_encodings_are_read_without_being_told(desk: Desk, encoding: str) -> None:
    content = f"{HEAD}\r\ns1,,{ADDRESS},B,,\r\n".encode(encoding)
    job = desk.uploads_bytes("senders", content)
    desk.works()
    assert desk.counts(job) == (1, 0, 0, 0)
    assert not wrong_lines(desk, job)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04abc", "id,phone".encode("utf-16"), b"id\n\xff\xff\xff"])
def test_what_is_no_text_is_refused_at_once(desk: Desk, content: bytes) -> None:
    with pytest.raises(BadInput, match="expected"):
        desk.uploads_bytes("senders", content)


@pytest.mark.parametrize("head", ["id,phone,name,grade", "phone,grade", "id,phone,phone,grade", 'id,"x'])
def test_a_file_that_is_no_such_list_says_so_and_nothing_is_taken(desk: Desk, head: str) -> None:
    job = desk.uploads("senders", head, f"s1,{PHONE},B,")
    desk.works()
    failed = desk.job(job)
    assert failed.state == jobs.FAILED and failed.failed and "line" in failed.failed
    assert PHONE not in failed.failed


def test_nothing_is_kept_open_and_a_file_is_gone_once_it_was_worked_off(desk: Desk) -> None:
    job = desk.uploads("senders", HEAD, f"s1,{PHONE},{ADDRESS},B,,")
    desk.works()
    desk.publishes(job)
    with database.reading(desk.engine) as connection:
        assert connection.execute(select(list_piece)).all() == []
        assert connection.execute(select(list_change)).all() == []
        assert connection.execute(select(outbox).where(outbox.c.sent_at.is_not(None))).all() == []
    desk.engine.dispose()
    stored = b"".join(path.read_bytes() for path in (desk.log_folder().glob("*.db*")) if path.is_file())
    assert PHONE.encode() not in stored and "示范路".encode() not in stored


def test_a_list_that_changed_meanwhile_is_shown_anew_before_anything_is_done(desk: Desk) -> None:
    first, second = (desk.uploads("senders", HEAD, *shops(range(5), grade)) for grade in ("B", "C"))
    desk.works()
    assert desk.counts(first) == desk.counts(second) == (5, 0, 0, 0)
    desk.publishes(first)
    assert desk.confirms(second) == jobs.COMPARING
    desk.works()
    assert desk.counts(second) == (0, 5, 0, 0) and desk.job(second).state == jobs.READY
    desk.publishes(second)
    assert {entry.grade for entry in desk.in_the_log("senders").values()} == {"C"}  # type: ignore[union-attr]


# --- whoever is killed when ---------------------------------------------------------------------------


def works_until_done(engine: Engine, desk: Desk, moment: dying.Moment) -> None:
    """The background in a process of its own, on connections of its own."""
    with dying.mortal(engine, moment) as own, log_of_lists(desk.log_folder()) as log:
        other = Desk.__new__(Desk)
        other.__dict__.update(desk.__dict__)
        other.engine, other.log = own, log
        config = desk.service.config
        other.service = type(desk.service)(
            config, own, desk.service.clock, RING, desk.service.store, desk.service.sandbox
        )
        other.works()
        other.sends()


@pytest.mark.parametrize("phase", ["reading", "publishing"])
def test_a_death_anywhere_loses_nothing_and_doubles_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, phase: str
) -> None:
    for module, name in ((files, "BATCH"), (comparing, "BATCH"), (publishing, "PORTION")):
        monkeypatch.setattr(module, name, 15)
    monkeypatch.setattr(publishing, "AHEAD", 30)
    base = desk.uploads("senders", HEAD, *shops(range(10)))
    desk.works()
    desk.publishes(base)
    until = len(keys(desk))
    job = desk.uploads("senders", HEAD, *shops(range(5, 45), "C"), "bad,,,", replaces=False)
    if phase == "publishing":
        desk.works()
        desk.confirms(job)
    desk.engine.dispose()
    deaths = sum(
        dying.killed(lambda moment: works_until_done(desk.engine, desk, moment), at)
        for at in (3, 8, 13, 21, 30, 38, 47, 60, 75, 90, 110)
    )
    assert deaths >= 5
    desk.works()
    assert desk.counts(job) == (35, 5, 0, 0) and list(wrong_lines(desk, job)) == [42]
    if phase == "reading":
        desk.confirms(job)
        desk.works()
    desk.sends()
    assert desk.job(job).state == jobs.DONE
    assert said(desk.in_the_log("senders")) == said(desk.on_the_list("senders"))
    assert len(desk.in_the_log("senders")) == 45
    first_told = list(dict.fromkeys(keys(desk)[until:]))
    assert first_told == [f"s{n}.phone" for n in range(5, 45)]


# --- any bytes ----------------------------------------------------------------------------------------

LINES = st.lists(
    st.lists(
        st.sampled_from(["s1", "s2", PHONE, ADDRESS, "A", "B", "shop", "", '"', "2027-01-01", "any", "\x00"])
        | st.text(max_size=6),
        max_size=7,
    ).map(",".join),
    max_size=6,
).map("\n".join)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    name=st.sampled_from(["tips", "senders", "licences"]),
    content=st.binary(max_size=200) | LINES.map(lambda text: f"{HEAD}\n{text}".encode(errors="replace")),
)
def test_any_file_becomes_entries_or_a_clear_error(desk: Desk, name: str, content: bytes) -> None:
    try:
        job_id = desk.uploads_bytes(name, content)
    except BadInput as error:
        assert "expected" in error.detail
        return
    while working.work_off(desk.service, threading.Event()):
        pass
    job = desk.job(job_id)
    told = wrong_lines(desk, job_id)
    assert job.state in {jobs.READY, jobs.FAILED}
    assert job.failed or len(told) == job.wrong
    assert all("expected" in why or "already" in why for why in told.values())


def test_the_outbox_sends_what_is_removed(desk: Desk) -> None:
    with database.writing(desk.engine) as connection:
        publishing.publish(connection, "senders", [], ["gone"], origin=None, now=desk.now)
    with desk.log.publisher(SLOT) as publisher:
        assert Outbox(desk.engine, desk.log, desk.service.clock).send(publisher) == 1
    place = Partition(topics.SENDERS, 0)
    (record,) = desk.log.read(place, 0, desk.log.end(place))
    assert (record.key, record.value) == (b"gone", None)


def test_a_quotation_mark_that_is_never_closed_ends_the_job_and_not_the_workstation(desk: Desk) -> None:
    cell = b'"' + b"a\n" * 1000 + b'",'
    job = desk.uploads_bytes("senders", b"id,phone,grade\n" + cell * (table.LONGEST_RECORD // 1000))
    desk.works()
    assert desk.job(job).state == "failed" and "quotation" in str(desk.job(job).failed)


def test_a_line_without_end_ends_the_job_and_not_the_workstation(desk: Desk) -> None:
    job = desk.uploads_bytes("senders", b"id,phone,grade\n" + b"a," * table.LONGEST_RECORD)
    desk.works()
    assert desk.job(job).state == "failed" and "longer" in str(desk.job(job).failed)


def test_what_is_looked_for_among_parcels_is_read_while_others_write(desk: Desk) -> None:
    job = desk.uploads_bytes("tips", b"id,waybill,phone,source\nt-1,YT*99,13800138000,12313\n", replaces=True)
    for _ in files.read(desk.service, job):
        pass
    with written(desk.engine) as statements:
        comparing.at_once(desk.engine, job, desk.now)
    assert desk.job(job).state == "ready"
    assert [one for one in statements if "FROM parcel" in one or "FROM link" in one] == []
