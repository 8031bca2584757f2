"""`screener watch`: decisions, flags and alarms of scanners as they come, one line each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

import click

from screener.cli.topics import hubs_option
from screener.config import Config

if TYPE_CHECKING:
    from screener.cli.sighted import Sighted
    from screener.stream.port import Follower

POLL_S = 1.0


@click.command("watch")
@click.option(
    "--from-start", is_flag=True, help="Begin with the oldest that the log still holds, not with the next."
)
@click.option("--rejected", is_flag=True, help="Show dead letters too.")
@hubs_option("Show this hub alone; give it again for more hubs.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="End after N lines. Default: go on.")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object a line; `kind` is decision, flagged, alarm or rejected.",
)
@click.pass_obj
def command(
    config: Config, *, from_start: bool, rejected: bool, hubs: Sequence[str], limit: int | None, as_json: bool
) -> None:
    """Show decisions, flags and alarms of scanners as they come.

    One line each: time (UTC), hub, parcel, outcome, estimated load, and the reason that weighs most. A
    flag is what goes to the investigators; an alarm says that a scanner has changed (docs/drift.md). No
    consignor or consignee is ever shown. Watching disturbs nobody: it joins no consumer group and commits
    nothing. Ctrl-C ends it.

    \b
    screener watch                          from now on
    screener watch --hub east --rejected    one hub, its dead letters too
    screener watch --from-start --json --limit 100 | jq .outcome
    """
    from screener.cli import compose, terminal
    from screener.contracts import topics

    names = [topics.DECISIONS, topics.FLAGGED, topics.ALARMS, *([topics.REJECTED] if rejected else [])]
    console = terminal.results()
    with compose.open_log(config, "audit") as log, log.follow(names, from_start=from_start) as follower:
        terminal.note(f"watching {compose.describe_log(config)}; Ctrl-C ends it")
        with suppress(KeyboardInterrupt):
            for sighted in islice(_all(follower, frozenset(hubs)), limit):
                if as_json:
                    terminal.json_line(sighted.figures)
                else:
                    console.print(sighted.line, soft_wrap=True)


def _all(follower: Follower, hubs: Collection[str]) -> Iterator[Sighted]:
    """All that is worth a line, for ever; what was polled together in the order of its log times."""
    from screener.cli.sighted import sighted

    while True:
        for record in sorted(follower.poll(POLL_S), key=lambda record: record.timestamp_ms):
            one = sighted(record)
            if not hubs or one.hub in hubs:
                yield one
