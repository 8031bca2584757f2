"""Ledgers of a plausible year, filled once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from screener.review import database
from tests.review.ledger.seeding import seed


@pytest.fixture(scope="package")
def year(sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Two years of 1,500 parcels; nobody writes into it."""
    file = tmp_path_factory.mktemp("year") / "review.db"
    shutil.copy(sqlite, file)
    engine = database.opened(f"sqlite:///{file}")
    seed(engine, parcels=1500)
    yield engine
    engine.dispose()
