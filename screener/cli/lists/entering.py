"""What people enter on the command line; what is wrong with it ends the command as click ends it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from screener.errors import BadInput

T = TypeVar("T")

KINDS = ("tip", "sender", "licence")
"""The kinds of entries: `core.entering` has what they are, which a `--help` need not load."""


def from_command_line(make: Callable[[], T]) -> T:
    """What `make` makes; where a text is wrong the command ends as click ends it (exit code 2)."""
    try:
        return make()
    except BadInput as error:
        raise click.UsageError(error.detail) from None
