"""The log with its lists, for the commands that read or change them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from screener.config import Config
from screener.errors import BadConfig, BadInput

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.stream.port import Log


@contextmanager
def open_lists(config: Config) -> Iterator[Log]:
    """The log that the settings name. Raises `BadConfig` where it has no lists."""
    from screener.cli import compose
    from screener.contracts import topics

    with compose.open_log(config, "lists") as log:
        if missing := [name for name in topics.LISTS if name not in log.topics()]:
            raise BadConfig(f"topic {missing[0]}: missing; `screener topics create` makes it")
        yield log


def read_entries(config: Config, kinds: Sequence[str]) -> Iterator[Entry]:
    """All entries of these kinds, list by list and by id; how many cannot be read is told on stderr."""
    from screener.cli import terminal
    from screener.core.entering import KINDS
    from screener.stages.lists import read_whole

    refused: list[BadInput] = []
    with open_lists(config) as log:
        for kind in kinds:
            found = read_whole(log, KINDS[kind], refused.append)
            yield from (found[entry_id] for entry_id in sorted(found))
    if refused:
        terminal.note(
            f"{len(refused):,} entries cannot be read and count for nothing; the first: {refused[0]}"
        )
