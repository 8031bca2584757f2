"""The demo empties its own folder and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from screener.demo.folder import MARKER, fresh
from screener.errors import BadConfig


def test_a_new_folder_is_made_and_an_earlier_demo_is_removed(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "demo"
    with fresh(folder) as place:
        (place / "log.db").write_text("old")
        (place / "evidence").mkdir()
        (place / "evidence" / "image").write_text("old")
    with fresh(folder) as place:
        assert [entry.name for entry in place.iterdir()] == [MARKER]


def test_a_folder_with_anything_else_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(BadConfig, match="an empty one or that of an earlier demo"), fresh(tmp_path):
        pass
    assert (tmp_path / "thesis.txt").read_text() == "years of work"


def test_what_a_link_leads_to_is_left_alone(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "thesis.txt").write_text("years of work")
    with fresh(tmp_path / "demo") as place:
        (place / "link").symlink_to(elsewhere)
    with fresh(tmp_path / "demo"):
        assert (elsewhere / "thesis.txt").exists()


def test_no_two_demos_run_in_one_folder(tmp_path: Path) -> None:
    once = fresh(tmp_path / "demo")
    again = fresh(tmp_path / "demo")
    with once, pytest.raises(BadConfig, match="another demo runs here"), again:
        pass
