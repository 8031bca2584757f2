"""`screener lab fit-risk`: from what was found in opened parcels to the weights of the signals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.replay import parse_since
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.core.policy import Policy
    from screener.lab.risk.cases import Case, Cases
    from screener.lab.risk.quality import Quality
    from screener.lab.risk.result import Result
    from screener.lab.year.response import Response


@click.command("fit-risk")
@click.argument("out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--policy",
    "policy_at",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Policy with limits, currencies and the weights so far. Default: the one of the settings.",
)
@click.option(
    "--since", metavar="TIME", callback=parse_since, help="Decisions since a time, or since 90m, 2h, 7d ago."
)
@click.option("--until", metavar="TIME", callback=parse_since, help="Decisions before a time.")
@click.option(
    "--simulated",
    "parcels",
    type=click.IntRange(min=1000),
    metavar="N",
    help="Fit on simulated years of N parcels each instead of the log.",
)
@click.option("--routes/--no-routes", default=True, help="Whether to learn which routes are risky.")
@click.option("--peer/--no-peer", default=True, help="Whether to measure against boosted trees too.")
@click.option(
    "--plot",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PNG",
    help="Draw the calibration into a picture.",
)
@click.pass_obj
def fit_risk(
    config: Config,
    *,
    out: Path,
    policy_at: Path | None,
    since: datetime | None,
    until: datetime | None,
    parcels: int | None,
    routes: bool,
    peer: bool,
    plot: Path | None,
) -> None:
    """Fit what each signal weighs on what was found in opened parcels, and write FILE.

    Reads screener.decisions and investigations.outcomes. Weights are fitted on the past and measured on
    what came after it; each parcel counts for as many as the probability of its selection says, so the base
    rate is that of the whole stream. Refused, with nothing written, where there are too few outcomes, or
    where the weights are no better on later ones than those so far. Put FILE beside the policy and name it
    there: [risk] file = "FILE". Needs no PyTorch; the peer needs scikit-learn.

    \b
    screener lab fit-risk risk.json --since 90d
    screener lab fit-risk risk.json --simulated 100000 --no-routes
    """
    from screener.cli import terminal
    from screener.core.policy import read
    from screener.lab.risk.cases import Cases
    from screener.lab.risk.result import content
    from screener.lab.risk.result import fit_risk as fitting
    from screener.lab.risk.shown import picture
    from screener.lab.year.response import Response

    policy = read(policy_at or Path(config.decide.policy))
    if parcels is None:
        cases = Cases.of(list(_opened(config, policy, since, until)))
        fitted_on = _period(cases)
    else:
        response = Response.read()
        cases = Cases.of(list(_simulated(parcels, response, policy)))
        fitted_on = (
            f"simulated: four years of {parcels:,} parcels each, with what {response.measured.model} said of "
            "real scans with inserted loads; no real outcomes"
        )
    result = fitting(cases, policy, fitted_on, routes=routes, with_peer=peer)
    try:
        out.write_bytes(content(result.model))
        if plot is not None:
            plot.write_bytes(picture(result.trial))
    except OSError as error:
        raise BadConfig(
            f"{error.filename}: cannot be written ({error.strerror}); name another file"
        ) from error
    _show(result)
    terminal.note(f"{out}: put it beside the policy and name it there: [risk] file = {out.name!r}")


def _opened(config: Config, policy: Policy, since: datetime | None, until: datetime | None) -> Iterator[Case]:
    """The opened parcels of the log, each with the decision that it was opened on."""
    from screener.cli import compose, letters, outcomes, terminal
    from screener.contracts import topics
    from screener.contracts.reading import decode_internal
    from screener.contracts.wire import Decision
    from screener.lab.risk.opened import Opened

    opened = Opened()
    with compose.open_log(config) as log, terminal.progress() as bar:
        told = letters.records(log, letters.spans(log, topics.OUTCOMES))
        opened.enter_inspections(outcomes.inspections(told))
        decisions = letters.spans(log, topics.DECISIONS)
        total = sum(span.stop - span.start for span in decisions)
        for record in bar.track(letters.records(log, decisions), total=total, description="decisions"):
            decision = decode_internal(record.value or b"", Decision)
            if (since is None or decision.decided_at >= since) and (
                until is None or decision.decided_at < until
            ):
                opened.enter_decision(decision)
    if opened.without_facts:
        terminal.note(f"{opened.without_facts} opened parcels are left out: their decisions carry no facts")
    return opened.cases(policy)


def _simulated(parcels: int, response: Response, policy: Policy) -> Iterator[Case]:
    """The cases of all worlds to fit on."""
    from screener.cli import terminal
    from screener.lab.risk.simulated import simulated, worlds

    for settings in worlds(parcels):
        with terminal.progress() as bar:
            passing = simulated(settings, response, policy)
            for case in bar.track(passing, total=parcels, description=settings.name):
                if case is not None:
                    yield case


def _period(cases: Cases) -> str:
    """When the outcomes were decided, for the file."""
    from screener.core.parcel import time_of

    if not len(cases):
        return "nothing"
    first, last = (time_of(cases.each[place].at_ms).date() for place in (0, -1))
    return f"{len(cases):,} opened parcels, decided from {first} to {last}"


def _show(result: Result) -> None:
    from screener.cli import terminal
    from screener.lab.risk.quality import INSPECTED

    rows = [[name, *_row(one)] for name, one in result.trial.qualities.items()]
    columns = ["judged by", "log loss", "explained", "calibration error", "area"]
    columns += [f"found at {part:.0%}" for part in INSPECTED]
    terminal.results().print(terminal.table(columns, rows, right=columns[1:]))
    weights = sorted(result.model.weights.items(), key=lambda pair: -pair[1])
    rows = [[name, f"{weight:.2f}"] for name, weight in weights]
    terminal.results().print(terminal.table(["signal", "weight"], rows, right=["weight"]))


def _row(one: Quality) -> list[str]:
    figures = [
        f"{one.log_loss:.5f}",
        f"{one.explained:.1%}",
        f"{one.calibration_error:.5f}",
        f"{one.area:.3f}",
    ]
    return figures + [f"{share:.1%}" for share in one.recalls]
