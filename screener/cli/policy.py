"""`screener policy`: is a policy sound, and what would it have changed?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli import exits
from screener.cli.replay import parse_since
from screener.cli.topics import hubs_option
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.cli.replayed import Replayed
    from screener.core.doubts import Doubt
    from screener.core.policy import Policy
    from screener.core.rejudgement import Rejudged


@click.group("policy")
def command() -> None:
    """Check a policy, and try it on the decisions of the past.

    The policy (`configs/policy.toml`) says what is too much, what weighs how much, how long to wait and
    how many to draw. Workers read it again while they run; a bad one is refused and the old one stays.

    \b
    screener policy check
    screener policy replay new-policy.toml --since 7d
    """


file_argument = click.argument("file", type=click.Path(path_type=Path, dir_okay=False), required=False)


@command.command()
@file_argument
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="One JSON object: `ok`, `id`, `doubts`, `policy` and `risk`; `error` where it is refused.",
)
@click.pass_context
def check(ctx: click.Context, file: Path | None, *, as_json: bool) -> None:
    """Say what is wrong with a policy, what hardly is meant, and what it comes to.

    Without FILE it is the policy that the settings name. Shows the limits by jurisdiction, what differs
    at hubs, and the weights of the signals. Needs no log and no keys.

    Ends with exit code 0 if the policy can be used (there may be doubts), with 78 if it is refused.

    \b
    screener policy check
    screener policy check new-policy.toml && mv new-policy.toml configs/policy.toml
    """
    from screener.cli import terminal
    from screener.core import policy as policies
    from screener.core.doubts import doubts

    config: Config = ctx.obj
    try:
        policy = policies.read(_source(file, config))
    except BadConfig as error:
        if not as_json:
            raise
        terminal.json_line({"ok": False, "error": str(error)})
        ctx.exit(exits.BAD_CONFIG)
    found = doubts(policy)
    if as_json:
        terminal.json_line(_figures(policy, found))
    else:
        _show_policy(policy, found)


@command.command()
@file_argument
@click.option(
    "--since",
    metavar="TIME",
    callback=parse_since,
    help="Decisions since a time (2026-11-30T08:00Z; UTC where it does not say), or since 90m, 2h, 7d ago.",
)
@click.option("--until", metavar="TIME", callback=parse_since, help="Decisions before a time, given alike.")
@hubs_option("Decisions of this hub alone; give it again for more.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Judge N decisions at most.")
@click.option(
    "--show",
    type=click.IntRange(min=0),
    default=0,
    metavar="N",
    help="Name N parcels that would change, with the reasons before and after.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object with all figures.")
@click.pass_obj
def replay(
    config: Config,
    *,
    file: Path | None,
    since: datetime | None,
    until: datetime | None,
    hubs: Sequence[str],
    limit: int | None,
    show: int,
    as_json: bool,
) -> None:
    """Judge the decisions of the past again under a policy, and say what would have changed.

    Reads screener.decisions, the last revision of each parcel, and judges the facts that each carries
    again; publishes and changes nothing. Where a capacity is set the risk threshold is that of then. Says
    how many parcels would be held more or fewer, by hub and day, and where outcomes of inspections are
    known, which finds would have been missed. What would change in the sums of small parcels, in waiting,
    or in the lists does not show: the facts are those of then. Decisions without facts are counted.

    \b
    screener policy replay                                   under the policy in force: nothing changes
    screener policy replay new-policy.toml --since 7d        under another
    screener policy replay new-policy.toml --hub east --show 20
    """
    from screener.cli import compose, replayed, terminal
    from screener.core import policy as policies

    policy = policies.read(_source(file, config))
    wanted = replayed.Wanted(frozenset(hubs), since, until, limit)
    with compose.open_log(config, "audit") as log, terminal.progress() as progress:
        result = replayed.replayed(log, policy, wanted, progress)
    if as_json:
        terminal.json_line(_told(result, policy, show))
    else:
        _show_replayed(result, policy, show)


def _source(file: Path | None, config: Config) -> Path:
    return file or Path(config.decide.policy)


# --- check ----------------------------------------------------------------------------------------


def _figures(policy: Policy, found: Sequence[Doubt]) -> dict[str, object]:
    import msgspec

    return {
        "ok": True,
        "id": policy.id,
        "doubts": [{"path": doubt.path, "text": doubt.text} for doubt in found],
        "policy": msgspec.to_builtins(policy.file),
        "risk": {"id": policy.risk.id, "fitted_on": policy.risk.fitted_on, "weights": policy.risk.weights},
    }


def _show_policy(policy: Policy, found: Sequence[Doubt]) -> None:
    from screener.cli import terminal

    out = terminal.results()
    out.print(terminal.table(["jurisdiction", "sticks", "tobacco g", "e-cigarettes"], _limits(policy)))
    out.print()
    out.print(terminal.table(["hub", "jurisdiction", "patience s", "drawn", "budget an hour"], _hubs(policy)))
    out.print()
    weights = sorted(policy.risk.weights.items(), key=lambda pair: -abs(pair[1]))
    out.print(
        terminal.table(
            ["signal", "weight"], [(name, f"{weight:+.3f}") for name, weight in weights], right=("weight",)
        )
    )
    if found:
        out.print()
        out.print(
            terminal.table(["doubtful", "what comes of it"], [(doubt.path, doubt.text) for doubt in found])
        )
    terminal.note(f"{policy.id}, weights {policy.risk.id}: {policy.risk.fitted_on}")
    terminal.note(f"it can be used; {len(found)} doubt(s)")


def _limits(policy: Policy) -> list[tuple[str, str, str, str]]:
    return [
        (name, f"{own.sticks:,.0f}", f"{own.tobacco_g:,.0f}", f"{own.e_cigarettes:,.0f}")
        for name, own in policy.file.limits.items()
    ]


def _hubs(policy: Policy) -> list[tuple[str, str, str, str, str]]:
    """Any hub, and those for which the policy says more."""
    rows = []
    for hub in ("", *policy.file.hubs):
        capacity = policy.capacity(hub)
        rows.append(
            (
                hub or "(any)",
                policy.jurisdiction(hub),
                f"{policy.patience_ms(hub) / 1000:g}",
                f"{policy.random_rate(hub):.2%}",
                "none" if capacity is None else f"{capacity.per_hour:g}",
            )
        )
    return rows


# --- replay ---------------------------------------------------------------------------------------


def _told(result: Replayed, policy: Policy, show: int) -> dict[str, object]:
    return {
        "policy": policy.id,
        "policies_of_then": result.policies,
        "decisions": result.decisions,
        "parcels": result.parcels,
        "without_facts": result.without_facts,
        "from": result.first,
        "until": result.last,
        "changes": [
            {
                "outcome_before": before.outcome,
                "why_before": before.why,
                "outcome_after": after.outcome,
                "why_after": after.why,
                "parcels": count,
            }
            for (before, after), count in result.changes()
        ],
        "hubs": [
            {"hub": hub, "parcels": tally.parcels, "held_before": tally.before, "held_after": tally.after}
            for hub, tally in sorted(result.hubs.items())
        ],
        "days": result.days,
        "finds": {"known": result.finds, "missed": result.missed, "gained": result.gained},
        "shown": [_parcel(one) for one in result.changed[:show]],
    }


def _parcel(one: Rejudged) -> dict[str, object]:
    return {
        "hub": one.hub,
        "parcel_id": one.parcel_id,
        "outcome_before": one.before.outcome,
        "outcome_after": one.after.outcome,
        "why_before": one.before.why,
        "why_after": one.after.why,
        "reasons_before": [reason.code for reason in one.reasons_before],
        "reasons_after": [reason.code for reason in one.reasons_after],
    }


def _show_replayed(result: Replayed, policy: Policy, show: int) -> None:
    from screener.cli import terminal

    out = terminal.results()
    if result.parcels:
        columns = ["before", "after", "parcels"]
        rows = [
            (f"{before.outcome} ({before.why})", f"{after.outcome} ({after.why})", f"{count:,}")
            for (before, after), count in result.changes()
        ]
        out.print(terminal.table(columns, rows, right=("parcels",)))
        out.print()
        columns = ["hub", "parcels", "held before", "held after", "a day before", "a day after"]
        out.print(terminal.table(columns, _by_hub(result), right=columns[1:]))
    if show and result.changed:
        out.print()
        out.print(terminal.table(["parcel", "before", "after"], _named(result, show)))
    _note(result, policy)


def _by_hub(result: Replayed) -> list[tuple[str, ...]]:
    return [
        (
            hub,
            f"{tally.parcels:,}",
            f"{tally.before:,}",
            f"{tally.after:,}",
            f"{tally.before / result.days:,.1f}",
            f"{tally.after / result.days:,.1f}",
        )
        for hub, tally in sorted(result.hubs.items())
    ]


def _named(result: Replayed, show: int) -> list[tuple[str, str, str]]:
    return [
        (
            f"{one.hub}/{one.parcel_id}",
            f"{one.before.outcome}: {'; '.join(reason.text for reason in one.reasons_before[:2]) or '-'}",
            f"{one.after.outcome}: {'; '.join(reason.text for reason in one.reasons_after[:2]) or '-'}",
        )
        for one in result.changed[:show]
    ]


def _note(result: Replayed, policy: Policy) -> None:
    from screener.cli import terminal

    if not result.decisions:
        terminal.note("no decision that was asked for")
        return
    changed = f"{len(result.changed):,} of {result.parcels:,} parcels would be decided otherwise"
    terminal.note(f"{policy.id}: {changed}; decided from {result.first:%F %H:%MZ} to {result.last:%F %H:%MZ}")
    if result.without_facts:
        terminal.note(f"{result.without_facts:,} decisions carry no facts (older workers): not judged again")
    if result.finds:
        terminal.note(
            f"of {result.finds:,} parcel(s) found over the limit {result.missed:,} would be missed "
            f"and {result.gained:,} more held"
        )
