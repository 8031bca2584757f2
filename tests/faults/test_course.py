"""A run that was cut off goes on from what it kept."""

from __future__ import annotations

from pathlib import Path

import msgspec

from bench.faults.course import Course


def test_a_course_is_read_as_it_was_kept(tmp_path: Path) -> None:
    course = Course([("killed", 1.5), ("outage + zombie", 30.0)], ["halted"], {-9: 3, 0: 1}, 60.5)
    (tmp_path / "course.json").write_bytes(msgspec.json.encode(course))
    assert Course.read(tmp_path / "course.json") == course


def test_a_run_that_begins_has_no_course(tmp_path: Path) -> None:
    assert Course.read(tmp_path / "course.json") == Course()
