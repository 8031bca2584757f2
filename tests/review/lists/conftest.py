"""Desks on SQLite, and the workstation for its pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.review import database
from tests.review.lists.desks import Desk, log_of_lists
from tests.review.web.conftest import application, applications, clock, enter, review_settings, service

__all__ = ["application", "applications", "clock", "enter", "review_settings", "service"]


@pytest.fixture
def desk(empty: str, tmp_path: Path) -> Iterator[Desk]:
    """An empty database and a log of the test's own."""
    engine = database.opened(empty)
    with log_of_lists(tmp_path) as log:
        yield Desk(engine, log)
    engine.dispose()
