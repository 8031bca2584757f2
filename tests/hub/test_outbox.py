"""The outbox: what it has taken survives a kill, is known by its id, and leaves in order."""

from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from screener.errors import BadConfig, Unavailable
from screener.hub.outbox import REMEMBERED_DAYS, Fate, Outbox, State
from screener.stream.port import Message, Partition

DAY_MS = 24 * 3600 * 1000


def message(text: str) -> Message:
    return Message("in", text.encode(), text.encode() * 3, (("ce_id", text.encode()), ("ü", b"\xff")))


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    with Outbox(tmp_path / "outbox.db", 1 << 20) as opened:
        yield opened


def test_an_id_is_put_once_and_comes_back_as_it_was(outbox: Outbox) -> None:
    assert outbox.put("a", [message("1"), message("2")])
    assert not outbox.put("a", [message("3")])
    (entry,) = outbox.head(10, 1000)
    assert entry.messages == (message("1"), message("2"))
    assert outbox.waiting().count == 1


def test_what_was_put_is_there_after_it_was_opened_again(tmp_path: Path) -> None:
    for turn in range(3):
        with Outbox(tmp_path / "outbox.db", 1 << 20) as outbox:
            assert outbox.waiting().count == turn
            assert outbox.put(f"entry {turn}", [message(f"{turn}")])
    with Outbox(tmp_path / "outbox.db", 1 << 20) as outbox:
        assert [entry.id for entry in outbox.head(10, 1 << 20)] == ["entry 0", "entry 1", "entry 2"]
        assert not outbox.put("entry 1", [])


def test_a_settled_entry_is_remembered_and_a_refused_one_may_be_put_again(outbox: Outbox) -> None:
    outbox.put_all([("a", [message("1")]), ("b", [message("2")])])
    first, second = outbox.head(10, 1 << 20)
    outbox.settle([first], {Partition("in", 0): 7})
    outbox.refuse(second, "too large")
    assert outbox.fate("a") == Fate(State.SENT)
    assert outbox.fate("b") == Fate(State.REFUSED, "too large")
    assert outbox.fate("c") is None
    assert (outbox.waiting().count, outbox.waiting().bytes) == (0, 0)
    assert outbox.marks() == {Partition("in", 0): 7}
    assert outbox.put_all([("a", [message("1")]), ("b", [message("2")])]) == [False, True]


def test_what_waits_is_counted_right_while_others_put_and_send(outbox: Outbox) -> None:
    def put(name: str) -> None:
        for number in range(30):
            outbox.put(f"{name} {number}", [message(f"{number}")])

    putting = [threading.Thread(target=put, args=(name,)) for name in "ab"]
    before_s = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in putting:
            thread.start()
        sent = 0
        while sent < 60:
            entries = outbox.head(7, 1 << 20)
            outbox.settle(entries, {})
            sent += len(entries)
        for thread in putting:
            thread.join()
    finally:
        sys.setswitchinterval(before_s)
    assert (outbox.waiting().count, outbox.waiting().bytes) == (0, 0)


def test_what_was_sent_long_ago_is_forgotten_and_what_waits_never_is(tmp_path: Path) -> None:
    now_ms = [0]
    with Outbox(tmp_path / "outbox.db", 1 << 20, clock_ms=lambda: now_ms[0]) as outbox:
        outbox.put("old", [message("1")])
        outbox.settle(outbox.head(1, 1), {})
        outbox.put_all([("waits", [message("2")]), ("new", [message("3")])])
        now_ms[0] = round((REMEMBERED_DAYS + 1) * DAY_MS)
        outbox.settle(outbox.head(10, 1 << 20)[1:], {})
        assert outbox.fate("old") is None
        assert outbox.fate("waits") == Fate(State.WAITING)
        assert outbox.waiting().oldest_s == pytest.approx(31 * 24 * 3600)


def test_a_full_outbox_takes_nothing_until_there_is_room(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.db", 200) as outbox:
        outbox.put("large", [message("x" * 300)])  # alone, anything fits: else it would wait for ever
        with pytest.raises(Unavailable, match="full"):
            outbox.put("more", [message("1")])
        assert outbox.fate("more") is None
        outbox.settle(outbox.head(1, 1), {})
        assert outbox.put("more", [message("1")])


def test_one_process_holds_an_outbox(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(BadConfig, match="another process"):
        Outbox(tmp_path / "outbox.db", 1 << 20)
    outbox.put("a", [message("1")])


def test_a_file_that_is_no_outbox_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.db").write_bytes(b"something else entirely" * 100)
    with pytest.raises(BadConfig, match=r"other\.db"):
        Outbox(tmp_path / "other.db", 1 << 20)


def test_an_outbox_of_another_version_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "outbox.db")
    connection.execute("PRAGMA user_version = 9")
    connection.close()
    with pytest.raises(BadConfig, match="version"):
        Outbox(tmp_path / "outbox.db", 1 << 20)


def test_a_disk_without_room_is_told_and_changes_nothing(tmp_path: Path) -> None:
    with Outbox(tmp_path / "outbox.db", 1 << 30) as outbox:
        outbox.put("before", [message("1")])
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
        try:
            with pytest.raises(Unavailable, match="outbox"):
                outbox.put("large", [message("x" * 500_000)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert outbox.fate("large") is None
        assert outbox.put("large", [message("x" * 500_000)])
        assert outbox.waiting().count == 2


KILLED = """
import sys, os, pathlib
from screener.hub.outbox import Outbox
from screener.stream.port import Message
outbox = Outbox(pathlib.Path(sys.argv[1]), 1 << 30)
for number in range(100000):
    outbox.put(f"{number}", [Message("in", None, b"x" * 1000)])
    os.write(1, b"%d\\n" % number)
"""


def test_what_put_has_returned_for_survives_a_kill(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path / "outbox.db")]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(50)]
        process.kill()
        told += process.stdout.readlines()
    last = int(told[-1])
    with Outbox(tmp_path / "outbox.db", 1 << 30) as outbox:
        assert outbox.waiting().count in {last + 1, last + 2}
        assert [entry.id for entry in outbox.head(last + 1, 1 << 30)] == [str(n) for n in range(last + 1)]


@given(
    sizes=st.lists(st.integers(1, 400), min_size=1, max_size=30),
    max_messages=st.integers(1, 5),
    max_bytes=st.integers(1, 2000),
)
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_heads_in_a_row_are_everything_once_in_order(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], max_messages: int, max_bytes: int
) -> None:
    with Outbox(tmp_path_factory.mktemp("outbox") / "outbox.db", 1 << 30) as outbox:
        outbox.put_all([(f"{n}", [Message("in", None, b"x" * size)]) for n, size in enumerate(sizes)])
        left = []
        while entries := outbox.head(max_messages, max_bytes):
            assert len(entries) <= max_messages
            left += [entry.id for entry in entries]
            outbox.settle(entries, {})
    assert left == [f"{n}" for n in range(len(sizes))]
