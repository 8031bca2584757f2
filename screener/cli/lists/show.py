"""`screener lists show`: what is on the lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

import click

from screener.cli.lists.entering import KINDS
from screener.cli.lists.opened import read_entries
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.core.entries import Entry
    from screener.sealing.ring import KeyRing


class Row(NamedTuple):
    """An entry as it is shown."""

    list: str
    id: str
    kind: str
    names: str
    says: str
    added_at: datetime
    expires_at: datetime | None
    in_force: bool


@click.command("show")
@click.argument("which", metavar="[tips|senders|licences]", default="all")
@click.option("--id", "entry_id", metavar="ID", help="This entry alone.")
@click.option("--reveal", is_flag=True, help="Show phone numbers, names and addresses whole; needs the keys.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each entry, one a line.")
@click.pass_obj
def show(config: Config, which: str, entry_id: str | None, *, reveal: bool, as_json: bool) -> None:
    """Show the entries of the lists, all of them or one list's.

    Whom an entry names is masked (138****8000), and without the keys no more than the beginning of its hash
    is shown. An entry of the past says that it has expired.
    """
    from screener.cli import terminal

    kinds = _kinds(which)
    ring = _keys(config, reveal=reveal)
    now = datetime.now(UTC)
    rows = [
        row
        for entry in read_entries(config, kinds)
        if (row := _row(entry, ring, now, reveal=reveal)) and entry_id in (None, row.id)
    ]
    if as_json:
        for row in rows:
            terminal.json_line(row._asdict())
        return
    if rows:
        columns = ["list", "id", "names", "says", "added", "expires"]
        terminal.results().print(terminal.table(columns, [_cells(row) for row in rows]))
    expired = sum(not row.in_force for row in rows)
    terminal.note(f"{len(rows):,} entries" + (f", {expired:,} of them expired" if expired else ""))


def _kinds(which: str) -> list[str]:
    if which == "all":
        return list(KINDS)
    kind = which.removesuffix("s")
    if kind not in KINDS:
        raise click.BadParameter(f"expected tips, senders or licences, got {which!r}")
    return [kind]


def _keys(config: Config, *, reveal: bool) -> KeyRing | None:
    """The keys; without them masked texts are not shown either, and nothing is revealed."""
    from screener.cli import compose, terminal

    try:
        return compose.open_keys(config)
    except BadConfig as error:
        if reveal:
            raise
        terminal.note(f"hashes alone are shown: {error}")
        return None


def _row(entry: Entry, ring: KeyRing | None, now: datetime, *, reveal: bool) -> Row:
    from screener.cli.lists import words
    from screener.core.entries import id_of

    return Row(
        list=type(entry).__name__.lower() + "s",
        id=id_of(entry),
        kind=entry.target.kind,
        names=words.names(entry, ring, reveal=reveal),
        says=words.says(entry),
        added_at=entry.added_at,
        expires_at=entry.expires_at,
        in_force=entry.expires_at is None or entry.expires_at > now,
    )


def _cells(row: Row) -> list[str]:
    from screener.cli import terminal

    expires = "never" if row.expires_at is None else terminal.moment(row.expires_at)
    return [
        row.list,
        row.id,
        f"{row.kind} {row.names}",
        row.says,
        terminal.moment(row.added_at),
        expires if row.in_force else f"expired {expires}",
    ]
