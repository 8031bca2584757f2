"""Desks on SQLite; what differs on PostgreSQL asks for `engine` itself."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.review import database
from tests.review.lists.desks import Desk, log_of_lists


@pytest.fixture
def desk(sqlite: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copy(sqlite, tmp_path / "review.db")
    engine = database.opened(f"sqlite:///{tmp_path / 'review.db'}")
    with log_of_lists(tmp_path) as log:
        yield Desk(engine, log)
    engine.dispose()
