"""`screener stats`: what the parcels that were opened say of all parcels."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.replay import parse_since
from screener.cli.topics import hubs_option
from screener.config import Config

if TYPE_CHECKING:
    from screener.core.estimates.estimates import Estimates, Figure
    from screener.core.estimates.register import Cell, Register, Tally
    from screener.stream.port import Log, Record

GROUPS: dict[str, Callable[[Cell], str]] = {
    "day": lambda cell: f"{cell.day:%Y-%m-%d}",
    "week": lambda cell: f"{cell.day:%G-W%V}",
    "month": lambda cell: f"{cell.day:%Y-%m}",
    "hub": lambda cell: cell.hub,
}

COLUMNS = (
    "",
    "parcels",
    "held for cause",
    "drawn",
    "prevalence",
    "over the limit",
    "recall of targeting",
    "precision",
)


@click.group("stats")
def command() -> None:
    """What the parcels that were opened say of all parcels.

    \b
    screener stats prevalence
    screener stats prevalence --by week --since 30d
    """


@command.command()
@click.option(
    "--since",
    metavar="TIME",
    callback=parse_since,
    help="Parcels that arrived since a time (2026-11-30T08:00Z; UTC where it does not say), or 12h, 30d ago.",
)
@click.option("--until", metavar="TIME", callback=parse_since, help="Parcels that arrived before this time.")
@hubs_option("Parcels of this hub alone; give it again for more hubs.")
@click.option("--by", type=click.Choice(list(GROUPS)), help="A line for each; without it one for all.")
@click.option(
    "--least-opened",
    type=click.FloatRange(0.0, 1.0, min_open=True),
    default=0.5,
    show_default=True,
    metavar="SHARE",
    help="Say nothing where less than this share of the parcels drawn was opened.",
)
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), help="Draw the prevalences as a PNG."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each line, with all figures.")
@click.pass_obj
def prevalence(
    config: Config,
    *,
    since: datetime | None,
    until: datetime | None,
    hubs: Sequence[str],
    by: str | None,
    least_opened: float,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Estimate how many parcels are over the limit, and how many of them are held.

    From the decisions of a period and the inspections of their parcels. Parcels held for cause are known as
    far as they were opened, and where some were not, those that the draw would have selected too stand for
    them; of the others, those drawn at random stand for all. Every figure has a 95 % interval that holds with
    few or no hits. A parcel counts when it arrived, with its first decision; what a later one found is a line
    of its own. What cannot be estimated is bounded. docs/statistics.md says how it is computed.

    \b
    screener stats prevalence
    screener stats prevalence --by week --since 90d --plot prevalence.png
    screener stats prevalence --by hub --json | jq .recall
    """
    from screener.cli import compose, terminal
    from screener.core.estimates.estimates import estimates

    with compose.open_log(config, "audit") as log:
        register = _read(log, lambda hub, at: _chosen(hub, at, hubs, since, until))
    groups = _grouped(register.tallies(), by)
    found = {name: estimates(some, least_opened) for name, some in groups.items()}
    if plot is not None:
        _plot(found, plot)
    if as_json:
        for name, one in found.items():
            terminal.json_line(figures(name, one))
        return
    _show(found, register.unselected())


def figures(group: str, one: Estimates) -> dict[str, object]:
    """What a program is told of a group."""
    import msgspec

    strata = [{"name": stratum.name, **msgspec.structs.asdict(stratum)} for stratum in one.strata]
    said = msgspec.structs.asdict(one) | {
        "for_cause": one.for_cause._asdict(),
        "drawn": one.drawn._asdict(),
        "found_later": {cause: tally._asdict() for cause, tally in one.found_later.items()},
        "strata": strata,
    }
    return {"group": group, **said}


def _chosen(
    hub: str, at: datetime, hubs: Sequence[str], since: datetime | None, until: datetime | None
) -> bool:
    return (not hubs or hub in hubs) and (since is None or at >= since) and (until is None or at < until)


def _read(log: Log, chosen: Callable[[str, datetime], bool]) -> Register:
    """All decisions of the chosen parcels, and all inspections, with a progress bar."""
    import msgspec

    from screener.cli import outcomes
    from screener.contracts import topics
    from screener.core.estimates.register import Choice, Register

    choices = msgspec.json.Decoder(Choice)
    register = Register()
    for record in _records(log, topics.DECISIONS, "decisions"):
        choice = choices.decode(record.value or b"")
        if chosen(choice.hub, choice.arrived_at):
            register.enter_choice(choice)
    for inspection in outcomes.inspections(_records(log, topics.OUTCOMES, "inspections")):
        register.enter_inspection(inspection)
    return register


def _records(log: Log, topic: str, what: str) -> Iterator[Record]:
    from screener.cli import letters, terminal

    held = letters.spans(log, topic)
    total = sum(span.stop - span.start for span in held)
    records = (record for span in held for record in log.read(span.partition, span.start, span.stop))
    with terminal.progress() as progress:
        for record in progress.track(records, total=total, description=what):
            if record.value is not None:
                yield record


def _grouped(tallies: Mapping[Cell, Tally], by: str | None) -> dict[str, dict[Cell, Tally]]:
    groups: dict[str, dict[Cell, Tally]] = {}
    for cell, tally in tallies.items():
        groups.setdefault("all" if by is None else GROUPS[by](cell), {})[cell] = tally
    return dict(sorted(groups.items()))


def _show(found: Mapping[str, Estimates], unselected: int) -> None:
    from screener.cli import terminal

    if not found:
        terminal.note("no decision that was asked for")
        return
    console = terminal.results()
    console.print(
        terminal.table(COLUMNS, [_row(name, one) for name, one in found.items()], right=COLUMNS[1:])
    )
    for line in _words(found):
        console.print(line, soft_wrap=True)
    terminal.note("each with its 95 % interval; found / opened / all of those held for cause and drawn")
    if unselected:
        terminal.note(f"{unselected} parcels were opened that no decision selected: they stand for no others")


def _row(name: str, one: Estimates) -> tuple[str, ...]:
    return (
        name,
        f"{one.parcels:,}",
        _counted(one.for_cause),
        _counted(one.drawn),
        _share(one.prevalence),
        _number(one.number),
        _share(one.recall),
        _share(one.precision),
    )


def _counted(tally: Tally) -> str:
    return f"{tally.over:,} / {tally.opened:,} / {tally.parcels:,}"


def _share(figure: Figure) -> str:
    span = f"{_percent(figure.low)} to {_percent(figure.high)}"
    if figure.estimate is not None:
        return f"{_percent(figure.estimate)} % ({span})"
    return "cannot be said" if (figure.low, figure.high) == (0, 1) else f"cannot be said ({span} %)"


def _percent(share: float) -> str:
    return "100" if share == 1 else f"{100 * share:.3g}"


def _number(figure: Figure) -> str:
    span = f"{figure.low:,.0f} to {figure.high:,.0f}"
    return span if figure.estimate is None else f"{figure.estimate:,.0f} ({span})"


def _words(found: Mapping[str, Estimates]) -> Iterator[str]:
    """What the figures do not say by themselves, a sentence a line."""
    for name, one in found.items():
        figure = one.number
        if figure.unsaid is not None:
            between = f"between {figure.low:,.0f} and {figure.high:,.0f} of {one.parcels:,} parcels"
            yield f"{name}: {figure.unsaid}. Whatever they hold, {between} are over the limit."
        elif one.recall.unsaid is not None:
            yield f"{name}: no recall: {one.recall.unsaid}."
        for cause, later in one.found_later.items():
            counted = f"{later.parcels:,} selected later ({cause}), {later.opened:,} of them opened"
            yield f"{name}: let through at first: {counted}, {later.over:,} over the limit; not recalled."
        if one.unreachable:
            out = f"{one.unreachable:,} parcels cannot be drawn (their rate is 0) and are left out"
            yield f"{name}: {out}; give them a rate under [sampling] of the policy."


def _plot(found: Mapping[str, Estimates], to: Path) -> None:
    from screener.cli.chart import Row, drawn, round_end

    said = {name: one.prevalence for name, one in found.items()}
    rows = [Row(name, figure.low, figure.estimate, figure.high) for name, figure in said.items()]
    known = [figure.high for figure in said.values() if figure.high < 1]
    title = "Parcels over the limit, with 95 % intervals (grey: cannot be said)"
    drawn(rows, title, "share of all parcels", (0.0, round_end(max([*known, 1e-6])))).save(to, format="PNG")
