"""Writers of SQLite: in turn, in the order in which they came, and on the disk before anybody is told."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from screener.errors import Unavailable
from screener.review import database
from screener.review.schema import intake
from screener.review.shared_sync import SharedSync, wal_of
from screener.review.turns import Turns


def test_nobody_is_overtaken() -> None:
    turns, order, started = Turns(), list[int](), list[threading.Thread]()

    def work(number: int) -> None:
        with turns.turn(10):
            order.append(number)

    with turns.turn(10):
        for number in range(5):
            started.append(threading.Thread(target=work, args=(number,)))
            started[-1].start()
            while len(turns._waiting) <= number:  # until it stands in line
                pass
    for thread in started:
        thread.join()
    assert order == list(range(5))


def test_who_is_out_of_patience_leaves_the_line_and_a_failure_passes_the_turn_on() -> None:
    turns = Turns()
    with turns.turn(1), pytest.raises(Unavailable, match="0 s"), turns.turn(0):
        pass
    with pytest.raises(ZeroDivisionError), turns.turn(1):
        _ = 1 / 0
    with turns.turn(0):
        pass


def test_a_write_is_on_the_disk_once_its_wait_is_over() -> None:
    made: list[int] = []
    synced: set[int] = set()
    sync, turns = SharedSync(lambda: synced.update(list(made))), Turns()
    missed: list[int] = []

    def work(first: int) -> None:
        for number in range(first, first + 50):
            with turns.turn(10):
                made.append(number)
                mine = sync.written()
            sync.wait(mine)
            if number not in synced:
                missed.append(number)

    threads = [threading.Thread(target=work, args=(first,)) for first in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert missed == []
    assert len(synced) == 400


def test_those_who_wait_together_wait_once() -> None:
    synced: list[None] = []
    sync = SharedSync(lambda: synced.append(None))
    numbers = [sync.written() for _ in range(5)]
    for number in reversed(numbers):
        sync.wait(number)
    assert len(synced) == 1


def test_a_log_that_is_gone_is_nothing_to_wait_for(tmp_path: Path) -> None:
    wal_of(str(tmp_path / "review.db"))()


def test_what_was_written_is_synced_and_what_failed_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = database.opened(f"sqlite:///{tmp_path / 'review.db'}")
    database.upgrade(engine)
    waited: list[int] = []
    monkeypatch.setattr(engine.get_execution_options()["screener_sync"], "wait", waited.append)
    with database.writing(engine) as connection:
        connection.execute(insert(intake).values(topic="t", partition=0, next=1))
        assert waited == []
    with pytest.raises(ZeroDivisionError), database.writing(engine):
        _ = 1 / 0
    assert len(waited) == 1
    with database.reading(engine) as connection:
        assert connection.scalar(select(intake.c.next)) == 1
    engine.dispose()
