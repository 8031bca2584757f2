"""What a commissioning says at the terminal: tables on stdout, where it stands on stderr."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import click

from screener.cli import terminal
from screener.cli.hub.commission.checked import Checked
from screener.cli.hub.commission.figured import Figures
from screener.cli.hub.commission.page import alarm, rate
from screener.cli.hub.commission.rates import Row

STEPS = {
    "check": "are these pictures sound?",
    "reference": "what do this scanner's pictures look like?",
    "adaptation": "a model for this scanner",
    "measured": "what it finds",
    "threshold": "how many false alarms?",
    "report": "a report to sign",
    "service": "into service",
}
"""The steps in their order, and what each is about."""

RATES = ("rate", "threshold", "ordinary scans reach it", "proven", "mean recall", "alarms a day", "at most")


def step(name: str, ended: datetime | None) -> None:
    """A step is begun, or was kept."""
    number = list(STEPS).index(name) + 1
    kept = "" if ended is None else f" (kept, of {terminal.moment(ended)})"
    click.secho(f"{number} of {len(STEPS)}  {name}: {STEPS[name]}{kept}", err=True, bold=ended is None)


def findings(checked: Checked) -> None:
    """What the check found, in short."""
    terminal.note(f"  {checked.readable} of {len(checked.files)} files are scans")
    for one in checked.findings:
        text = (
            f"  {one.level.value}: {one.code}, {one.count} of {one.of}: {one.says} {one.figures} {one.mend}"
        )
        click.secho(text, err=True, fg="red" if one in checked.wrong else "yellow")


def figures(found: Figures) -> None:
    """Recall by load, and how sure all of it is."""
    columns = ("load", f"recall at {rate(found.rate)} false alarms [95 % interval]")
    terminal.results().print(terminal.table(columns, found.recalls.items()))
    click.echo(f"area under the curve {found.area}. {found.sureness}")


def rates(rows: Iterable[Row], scans_a_day: int) -> None:
    """The table to choose from."""
    lines = [
        (
            rate(one.rate),
            alarm(one.threshold),
            f"{one.reached} of {one.clean}",
            f"<= {rate(one.proven)}",
            f"{one.recall:.2f}",
            f"{one.alarms_a_day:,.0f}",
            f"{one.alarms_a_day_at_most:,.0f}",
        )
        for one in rows
    ]
    click.echo(f"at {scans_a_day:,} scans a day:")
    terminal.results().print(terminal.table(RATES, lines, right=RATES))
