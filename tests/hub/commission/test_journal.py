"""A step is done once as long as all that it depends on is the same, and again when it is not."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from screener.cli.hub.commission.journal import Journal, Left

STEPS = ("first", "second", "third")


class Found(Struct, frozen=True):
    number: int


def _run(folder: Path, facts: tuple[int, ...], done: list[str], until: str = "third") -> list[int]:
    """All steps with these facts; those that had to be done are added to `done`."""
    told: list[tuple[str, datetime | None]] = []
    journal = Journal(folder, until, lambda name, ended: told.append((name, ended)))
    found = []
    for name, fact in zip(STEPS, facts, strict=True):
        try:
            found.append(journal.step(name, fact, Found, lambda fact=fact: Found(fact)).number)  # type: ignore[misc]
        except Left:
            break
    done.extend(name for name, ended in told if ended is None)
    return found


@given(
    before=st.tuples(*[st.integers(0, 2)] * 3),
    after=st.tuples(*[st.integers(0, 2)] * 3),
)
def test_what_changed_and_all_after_it_is_done_again(
    tmp_path_factory: pytest.TempPathFactory, before: tuple[int, ...], after: tuple[int, ...]
) -> None:
    folder, done = tmp_path_factory.mktemp("run"), list[str]()
    _run(folder, before, [])
    assert _run(folder, after, done) == list(after)
    changed = next((at for at in range(3) if before[at] != after[at]), 3)
    assert done == list(STEPS[changed:])


def test_a_step_that_was_spoilt_on_disk_is_done_again(tmp_path: Path) -> None:
    _run(tmp_path, (1, 2, 3), [])
    (tmp_path / "second.json").write_bytes((tmp_path / "second.json").read_bytes()[:20])
    done: list[str] = []
    assert _run(tmp_path, (1, 2, 3), done) == [1, 2, 3]
    assert done == ["second"]


def test_no_step_comes_after_the_one_to_stop_after(tmp_path: Path) -> None:
    assert _run(tmp_path, (1, 2, 3), [], until="second") == [1, 2]
    assert not (tmp_path / "third.json").exists()
