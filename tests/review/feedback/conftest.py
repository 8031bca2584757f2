"""A hall of its own for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from screener.imaging.sandbox import Sandbox
from tests.review.feedback.hall import Hall


@pytest.fixture
def hall(empty: str, tmp_path: Path, sandbox: Sandbox) -> Iterator[Hall]:
    made = Hall.at(empty, tmp_path, sandbox)
    yield made
    made.engine.dispose()
