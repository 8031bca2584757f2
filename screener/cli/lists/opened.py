"""The log with its lists, for the commands that read or change them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.stream.port import Log


@contextmanager
def open_lists(config: Config) -> Iterator[Log]:
    """The log that the settings name. Raises `BadConfig` where it has no lists."""
    from screener.cli import compose
    from screener.contracts import topics

    with compose.open_log(config) as log:
        if missing := [name for name in topics.LISTS if name not in log.topics()]:
            raise BadConfig(f"topic {missing[0]}: missing; `screener topics create` makes it")
        yield log
