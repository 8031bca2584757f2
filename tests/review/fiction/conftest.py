"""A workshop on SQLite; what differs by database is tried on both by `engine`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.review import database
from tests.review.fiction.workshop import Workshop, stocked


@pytest.fixture
def shop(sqlite: Path, tmp_path: Path) -> Iterator[Workshop]:
    """Three real parcels, and two for training that lie ready."""
    shutil.copy(sqlite, tmp_path / "review.db")
    opened = database.opened(f"sqlite:///{tmp_path / 'review.db'}")
    yield stocked(opened)
    opened.dispose()
