"""The simulated year's command: `python -m bench.year`; see the package."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.year import report, tally
from bench.year.course import ARMS, Arm, Ground, run
from bench.year.knowledge import Ranker, Sample, fitting_sample, policy_with_goods, trees, weights
from screener.core.policy import Policy, read
from screener.errors import BadConfig
from screener.lab.year.response import SHIPPED, Measured, Response, hypothetical
from screener.lab.year.settings import VERDICT_WORLDS, WorldSettings, smaller
from screener.lab.year.world import World

FITTING_PARCELS = 100_000
GOODS_PARCELS = 20_000
POLICY = Path("configs/policy.toml")
RESULTS = Path(__file__).with_name("results.jsonl")


@dataclass(frozen=True)
class Plan:
    """What is to be run: worlds, arms and shares inspected, under one response."""

    response: Response
    name: str
    worlds: Sequence[WorldSettings]
    arms: Sequence[Arm]
    rates: Sequence[float]


def main(arguments: list[str] | None = None) -> int:
    """Runs the courses that are not in the results yet, and writes the report; returns the exit status."""
    given = _parser().parse_args(arguments)
    try:
        plans = [_plan(given, area) for area in given.areas]
        if not given.report_only:
            for plan in plans:
                _run(plan, given.results)
    except BadConfig as error:
        print(error, file=sys.stderr)
        return 2
    report.write(tally.kept(given.results), [plan.name for plan in plans], given.parcels)
    return 0


def _plan(given: argparse.Namespace, area: float) -> Plan:
    """A plan under the measured response (`area` 0), or under one invented for this area under the curve."""
    measured = msgspec.json.decode(SHIPPED.read_bytes(), type=Measured)
    invented = hypothetical(measured, area) if area else measured
    name = f"hypothetical {area:g}" if area else f"measured {measured.model}"
    worlds = [smaller(world, given.parcels) for world in VERDICT_WORLDS[: given.worlds]]
    arms = [arm for arm in ARMS if not given.arms or arm.name in given.arms]
    return Plan(Response.of(invented), name, worlds, arms, given.rates)


def _run(plan: Plan, results: Path) -> None:
    done = {(one.response, one.world, one.year_parcels, one.arm, one.rate) for one in tally.kept(results)}
    wanted = [
        job
        for job in _jobs(plan)
        if (plan.name, job[0].name, job[0].parcels, job[1].name, job[2]) not in done
    ]
    if not wanted:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns) as progress:
        policy = policy_with_goods(read(POLICY), plan.response, GOODS_PARCELS)
        before = fitting_sample(policy, plan.response, FITTING_PARCELS, progress)
        rankers = {arm.name: _ranker(arm, before) for arm in plan.arms}
        task = progress.add_task(plan.name, total=len(wanted))
        for world, arm, rate, ground in _with_grounds(wanted, plan.response, policy):
            course = run(ground, arm, rate, before, rankers[arm.name])
            tally.keep(results, tally.line(course, world, arm.name, rate, plan.name))
            progress.advance(task)


Job = tuple[WorldSettings, Arm, float]


def _jobs(plan: Plan) -> Iterator[Job]:
    """World by world, since the ground of a world is worked out once."""
    return ((world, arm, rate) for world in plan.worlds for rate in plan.rates for arm in plan.arms)


def _with_grounds(
    jobs: Sequence[Job], response: Response, policy: Policy
) -> Iterator[tuple[WorldSettings, Arm, float, Ground]]:
    ground: Ground | None = None
    for world, arm, rate in jobs:
        if ground is None or ground.world.settings != world:
            ground = Ground.of(World.make(world), response, policy)
        yield world, arm, rate, ground


def _ranker(arm: Arm, before: Sample) -> Ranker | None:
    if not arm.signals:
        return None
    return trees(before) if arm.peer else weights(before, arm.signals)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m bench.year", description="What each way of choosing finds in a year."
    )
    parser.add_argument("--parcels", type=int, default=1_000_000, help="parcels of each world's year")
    parser.add_argument(
        "--worlds", type=int, default=len(VERDICT_WORLDS), help="so many of the verdict's worlds"
    )
    parser.add_argument(
        "--rates", type=float, nargs="+", default=[0.01, 0.02, 0.05, 0.1], help="shares opened"
    )
    parser.add_argument("--arms", nargs="+", metavar="NAME", help="only these")
    parser.add_argument(
        "--areas", type=float, nargs="+", default=[0.0, 0.95],
        help="0: the response as measured; otherwise one invented for this area under the curve",
    )  # fmt: skip
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="what is there already is not run again"
    )
    parser.add_argument("--report-only", action="store_true", help="write the report of what is there")
    return parser


if __name__ == "__main__":
    sys.exit(main())
