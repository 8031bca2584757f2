"""The threads beside the requests: one that fails ends all, and says so."""

from __future__ import annotations

import threading

from screener.review.background import Background
from tests.contract.polling import until


def test_a_task_that_fails_stops_the_others_and_is_told() -> None:
    told: list[tuple[str, str]] = []
    stopped = threading.Event()

    def fails(_stop: threading.Event) -> None:
        raise ZeroDivisionError("by zero")

    def works(stop: threading.Event) -> None:
        stop.wait()
        stopped.set()

    tasks = {"works": works, "fails": fails}
    with Background(tasks, lambda name, error: told.append((name, str(error)))) as background:
        until(stopped.is_set, "the others have stopped")
        until(lambda: bool(told), "it is told")
        assert [*background.failures] == ["fails"]
    assert told == [("fails", "by zero")]


def test_at_its_end_all_have_ended_and_nothing_has_failed() -> None:
    ended: list[str] = []

    def works(stop: threading.Event) -> None:
        stop.wait()
        ended.append("works")

    with Background({"works": works}, lambda *_: ended.append("failed")) as background:
        assert background.failures == {}
    assert ended == ["works"]
