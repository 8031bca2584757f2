"""PyTorch is an extra: without it its tests are skipped, but never under `CI=true`."""

from __future__ import annotations

import importlib.util
import os

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if importlib.util.find_spec("torch") is not None or os.environ.get("CI") == "true":
        return
    skip = pytest.mark.skip(reason="needs PyTorch: pip install 'screener[lab]'")
    for item in items:
        if item.get_closest_marker("torch"):
            item.add_marker(skip)
