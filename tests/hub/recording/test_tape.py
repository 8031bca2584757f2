"""A recording reads as it was written, by its key alone, and not at all where a byte was changed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from screener.errors import BadConfig
from screener.hub.recording import tape
from screener.sealing.keys import Kind, fresh
from screener.sealing.ring import KeyRing
from tests.hub.recording.taped import label, taped
from tests.stages.world import RING

MESSAGES = taped(1, count=4)
OTHERS = KeyRing.of([fresh(Kind.SEAL, "2026-12"), fresh(Kind.LINK, "1"), fresh(Kind.DRAW, "1")], "test")


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "h1.rec"
    assert tape.write(path, label(), MESSAGES, RING) == len(MESSAGES)
    return path


def test_it_reads_as_it_was_written(path: Path) -> None:
    read, messages = tape.read(path, RING)
    assert read == label()
    assert list(messages) == MESSAGES


def test_nothing_of_a_message_lies_open_and_nobody_else_may_read_the_file(path: Path) -> None:
    data = path.read_bytes()
    for message in MESSAGES:
        for part in (message.value, message.key, *(value for _, value in message.headers)):
            assert not part or len(part) < 6 or part not in data
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["h1.rec"]


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_a_file_that_is_cut_or_changed_is_refused(path: Path, data: st.DataObject) -> None:
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = path.with_name("bad")
    changed = whole[:at] + bytes([whole[at] ^ data.draw(st.integers(1, 255))]) + whole[at + 1 :]
    for bad in (whole[:at], changed):
        cut.write_bytes(bad)
        with pytest.raises(BadConfig):
            list(tape.read(cut, RING)[1])


def test_without_its_key_it_is_refused(path: Path) -> None:
    with pytest.raises(BadConfig, match="sealed with 2026-11"):
        list(tape.read(path, OTHERS)[1])


def test_what_goes_wrong_while_it_is_written_leaves_the_old_one(path: Path) -> None:
    def broken() -> object:
        yield MESSAGES[0]
        raise OSError("no log")

    before = path.read_bytes()
    with pytest.raises(OSError, match="no log"):
        tape.write(path, label("2"), broken(), RING)  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert not path.with_name("h1.rec.unfinished").exists()
