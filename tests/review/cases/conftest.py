"""A workstation with a case that two agencies work on, and everybody who has to do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from screener.review import database
from tests.review.web.conftest import application, applications, clock, enter, review_settings, service

__all__ = ["application", "applications", "clock", "enter", "review_settings", "service"]


@pytest.fixture
def one(empty: str) -> Iterator[Engine]:
    """An empty SQLite database of the test's own: where both kinds say the same."""
    opened = database.opened(empty)
    yield opened
    opened.dispose()
