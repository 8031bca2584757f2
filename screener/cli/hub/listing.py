"""`screener hub list`: the hubs, what they send, who they are."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click
import msgspec

from screener.config import Config

if TYPE_CHECKING:
    from screener.hub.admission.roster import Listed


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each hub, one a line.")
@click.pass_obj
def command(config: Config, *, as_json: bool) -> None:
    """List the hubs: messages of the last hour, who has rights to their topics, when they were last heard.

    A hub has one principal as a rule; two are worth a look. `-` says that a topic is missing.

    \b
    screener hub list
    screener hub list --json | jq 'select(.scans_an_hour == 0).hub'
    """
    from screener.cli import terminal
    from screener.cli.hub.opened import open_administration
    from screener.hub.admission.roster import roster

    with open_administration(config) as opened:
        hubs = list(roster(opened.log, opened.administration, opened.access, time.time_ns() // 1_000_000))
    if as_json:
        for hub in hubs:
            terminal.json_line(msgspec.to_builtins(hub))
        return
    columns = ["hub", "manifests/h", "scans/h", "verdicts/h", "last message", "principals"]
    terminal.results().print(terminal.table(columns, [_row(hub) for hub in hubs], right=columns[1:4]))
    if opened.why_open is not None:
        terminal.note(opened.why_open)


def _row(hub: Listed) -> list[str]:
    from screener.cli.terminal import moment

    rates = (hub.manifests_an_hour, hub.scans_an_hour, hub.verdicts_an_hour)
    return [
        hub.hub,
        *("-" if rate is None else f"{rate:,}" for rate in rates),
        "never" if hub.last_at is None else moment(hub.last_at),
        "-" if hub.principals is None else ", ".join(hub.principals) or "nobody",
    ]
