"""`screener doctor`: is everything in place, and if not, what to do?"""

from __future__ import annotations

from collections.abc import Sequence

import click

from screener.cli import checkup, exits
from screener.cli.checkup import Finding, State
from screener.config import Config

COLOURS = {State.OK: "green", State.WARNING: "yellow", State.BROKEN: "bold red"}


@click.command("doctor")
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object: `ok`, and `checks`, each with what, state, found, mend.",
)
@click.pass_context
def command(ctx: click.Context, *, as_json: bool) -> None:
    """Say of everything that Screener needs whether it is in place, and if not, what to do.

    Looks at Python, the libraries and what they need of the system, the settings, policy, keys, model (its
    hash, its signature, a run), the image decoder, evidence store, folders, disk, open files, metrics
    ports, the log and its topics. Changes nothing but for a probe of a few bytes in the evidence store,
    the same each time.

    Ends with exit code 0 if nothing is broken (there may be warnings), with 1 if something is.

    \b
    screener doctor
    screener --log sqlite:log.db doctor
    screener doctor --json | jq '.checks[] | select(.state != "ok")'
    """
    from screener.cli import terminal

    config: Config = ctx.obj
    with terminal.notes().status("looking") as status:
        found = list(checkup.all_findings(config, lambda what: status.update(f"looking at {what}")))
    broken = sum(one.state is State.BROKEN for one in found)
    if as_json:
        terminal.json_line({"ok": not broken, "checks": [_figures(one) for one in found]})
    else:
        _show(found)
        click.echo(_summary(found))
    ctx.exit(exits.FAILED if broken else exits.OK)


def _show(found: Sequence[Finding]) -> None:
    from rich.text import Text

    from screener.cli import terminal

    rows = [(one.what, Text(one.state, COLOURS[one.state]), one.found, one.mend) for one in found]
    terminal.results().print(terminal.table(["", "state", "found", "what to do"], rows))


def _summary(found: Sequence[Finding]) -> str:
    broken = sum(one.state is State.BROKEN for one in found)
    warnings = sum(one.state is State.WARNING for one in found)
    if not broken and not warnings:
        return "everything is in place"
    return (
        f"{broken} broken, {warnings} to be looked at" if broken else f"in place; {warnings} to be looked at"
    )


def _figures(one: Finding) -> dict[str, object]:
    return {"what": one.what, "state": one.state, "found": one.found, "mend": one.mend or None}
