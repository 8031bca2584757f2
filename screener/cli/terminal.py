"""Where commands print: results on stdout, progress and notes on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import click
import msgspec
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 200
"""Columns of a table that no terminal shows: wide enough that nothing is folded."""


def results() -> Console:
    """Standard output."""
    return Console(highlight=False, width=None if sys.stdout.isatty() else PIPE_WIDTH)


def notes() -> Console:
    """Standard error."""
    return Console(highlight=False, stderr=True, width=None if sys.stderr.isatty() else PIPE_WIDTH)


def note(text: str) -> None:
    """One line on stderr, for the person at the terminal."""
    click.secho(text, err=True, dim=True)


def json_line(value: Mapping[str, object]) -> None:
    """One object on one line of stdout."""
    click.echo(msgspec.json.encode(value))


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str | Text]], *, right: Sequence[str] = ()
) -> Table:
    """A table of texts that are shown as they are; the columns `right` hold figures."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in row))
    return made


def progress(*, lines: bool = False) -> Progress:
    """A bar on stderr, gone when it is full and absent where nobody sees it.

    With `lines` results are printed meanwhile: on a terminal they show the progress by themselves.
    """
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=notes(),
        transient=True,
        disable=not sys.stderr.isatty() or (lines and sys.stdout.isatty()),
        redirect_stdout=False,  # rich would send results to stderr, where its bar is
        redirect_stderr=False,
    )


def moment(time: datetime) -> str:
    """A time in UTC to the second."""
    return f"{time:%Y-%m-%d %H:%M:%SZ}"
