"""Waiting for records without being busy."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.02
"""One look costs microseconds: it asks SQLite whether anything was committed, and reads nothing."""


def first(look: Callable[[], T | None], timeout_s: float) -> T | None:
    """The first result of `look` that is not None, or None after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while (found := look()) is None:
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            return None
        time.sleep(min(LOOK_EVERY_S, left_s))
    return found
