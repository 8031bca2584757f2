"""How often the 95 % interval holds the truth, over simulated months in which the truth is known.

    python bench/coverage.py            1,000 months of every case, a table and docs/pictures/coverage.png
    python bench/coverage.py --months 200

How many parcels of a stratum are over the limit is binomial, so is how many are drawn, and how many of those
are over the limit is hypergeometric: as if each parcel were drawn. The truth is the month's own number. At a
rate of 1 %, 1 to 100 hits are prevalences of 0.0001 to 0.01.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from rich.console import Console  # noqa: E402
from rich.progress import track  # noqa: E402
from rich.table import Table  # noqa: E402

from screener.cli.chart import Row, drawn  # noqa: E402
from screener.core.estimates.confidence import number_over, share_of_first  # noqa: E402

Counts = NDArray[np.int64]

PARCELS = 1_000_000
HITS = (0.2, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 7, 10, 20, 50, 100)
"""Parcels over the limit that the draw is expected to find in a month."""

PLOTTED = (0.5, 1, 2, 3, 5, 10, 20, 100)
RECALL_MONTHS = 200
FEW = 5
GOAL = (0.93, 0.97)


@dataclass(frozen=True)
class Draw:
    """A policy of sampling: rates, the share of the parcels under each, prevalence there against the mean."""

    name: str
    rates: tuple[float, ...]
    shares: tuple[float, ...]
    against_mean: tuple[float, ...]
    stress: bool = False

    @property
    def found(self) -> float:
        """The share of all parcels over the limit that is drawn."""
        weights = np.array(self.shares) * np.array(self.against_mean)
        return float((weights * np.array(self.rates)).sum() / weights.sum())


GRADES = (0.002, 0.005, 0.01, 0.02, 0.05)
SHARES = (0.1, 0.2, 0.4, 0.2, 0.1)
DRAWS = (
    Draw("1 %", (0.01,), (1.0,), (1.0,)),
    Draw("10 %", (0.1,), (1.0,), (1.0,)),
    Draw("by grade, all alike", GRADES, SHARES, (1, 1, 1, 1, 1)),
    Draw("by grade, B and C worse", GRADES, SHARES, (0.5, 0.7, 1, 1.4, 2)),
    Draw("by grade, AAA the worst", GRADES, SHARES, (5, 2, 1, 0.3, 0.1), stress=True),
)
"""The rates of the grades are those in `configs/policy.toml`; the last turns the meaning of a grade over."""


@dataclass(frozen=True)
class Targeting:
    """Parcels held for cause: how many, how many of them over the limit, how many of them opened."""

    parcels: int
    precision: float
    opened: float


Test = Callable[["Covered"], bool]

TARGETING = {
    "no targeting": Targeting(0, 0.0, 1.0),
    "300 held, 30 % right, 80 % opened": Targeting(300, 0.3, 0.8),
    "2,000 held, 5 % right, 90 % opened": Targeting(2000, 0.05, 0.9),
}


@dataclass(frozen=True)
class Months:
    """What was counted in months side by side, strata first; held for cause is the last stratum."""

    parcels: Counts
    over: Counts
    opened: Counts
    hits: Counts

    @property
    def rare(self) -> list[bool]:
        return [*[True] * (len(self.parcels) - 1), False]


@dataclass(frozen=True)
class Covered:
    """The share of months whose truth lay in the interval, below it and above it."""

    draw: str
    targeting: str
    hits: float
    months: int
    within: float
    below: float
    above: float
    stress: bool


def simulated(
    draw: Draw, targeting: Targeting, prevalence: float, months: int, rng: np.random.Generator
) -> Months:
    """Months with known truth; `prevalence` is that of the parcels that are not held for cause."""
    free = rng.multinomial(PARCELS, draw.shares, months).T
    mean = np.array(draw.against_mean) / np.dot(draw.against_mean, draw.shares)
    over = rng.binomial(free, np.minimum(mean * prevalence, 1.0)[:, None])
    opened = rng.binomial(rng.binomial(free, np.array(draw.rates)[:, None]), targeting.opened)
    held = np.full((1, months), targeting.parcels)
    held_over = rng.binomial(held, targeting.precision)
    held_opened = rng.binomial(held, targeting.opened)
    parcels, over = np.vstack([free, held]), np.vstack([over, held_over])
    opened = np.vstack([opened, held_opened])
    return Months(parcels, over, opened, rng.hypergeometric(over, parcels - over, opened))


def covered(months: Months) -> tuple[float, float, float]:
    """How often the truth lay within the interval of the number over the limit, below it, above it."""
    low, high = number_over(months.parcels, months.opened, months.hits, months.rare).interval()
    truth = months.over.sum(axis=0)
    return (
        float(np.mean((low <= truth) & (truth <= high))),
        float(np.mean(truth < low)),
        float(np.mean(truth > high)),
    )


def recall_covered(months: Months) -> float:
    """How often the recall's interval holds the month's own recall."""
    return float(np.mean([_recall_holds(months, month) for month in range(months.over.shape[1])]))


def _recall_holds(months: Months, month: int) -> bool:
    def number(part: slice) -> tuple[Counts, Counts, Counts]:
        return months.parcels[part, month], months.opened[part, month], months.hits[part, month]

    held, through = number_over(*number(slice(-1, None))), number_over(*number(slice(0, -1)))
    low, high = share_of_first(held, through)
    truth = months.over[-1, month] / max(months.over[:, month].sum(), 1)
    return bool(low - 1e-9 <= truth <= high + 1e-9)


def measured(months: int, seed: int) -> list[Covered]:
    """Every draw with every targeting, from hardly any hits to many."""
    todo = [(draw, name, hits) for draw in DRAWS for name in TARGETING for hits in HITS]
    found = []
    for number, (draw, name, hits) in enumerate(track(todo, "simulating months", transient=True)):
        rng = np.random.default_rng([seed, number])
        shares = covered(simulated(draw, TARGETING[name], hits / PARCELS / draw.found, months, rng))
        found.append(Covered(draw.name, name, hits, months, *shares, draw.stress))
    return found


def pooled(found: Sequence[Covered]) -> float:
    """The share over all months of all cases."""
    return float(np.mean([one.within for one in found])) if found else float("nan")


def report(console: Console, found: Sequence[Covered]) -> None:
    """A table of all cases in percent, and in one line each what the goal asks for."""
    table = Table(title=f"Truth in the 95 % interval, % of {found[0].months:,} months, by hits expected")
    for column in ("draw", "targeting", *(f"{hits:g}" for hits in HITS)):
        table.add_column(column, justify="left" if column in ("draw", "targeting") else "right")
    for draw in DRAWS:
        for name in TARGETING:
            row = [one for one in found if (one.draw, one.targeting) == (draw.name, name)]
            table.add_row(draw.name, name, *(f"{100 * one.within:.1f}" for one in row))
    console.print(table)
    few: dict[str, Test] = {
        "0 to 5 hits expected": lambda one: one.hits <= FEW,
        "more hits": lambda one: one.hits > FEW,
    }
    one_rate = {draw.name for draw in DRAWS if len(draw.rates) == 1}
    kinds: dict[str, Test] = {
        "one rate": lambda one: one.draw in one_rate,
        "by grade": lambda one: one.draw not in one_rate and not one.stress,
        "by grade, AAA the worst": lambda one: one.stress,
    }
    for (kind, is_kind), (name, is_few) in product(kinds.items(), few.items()):
        some = [one for one in found if is_kind(one) and is_few(one)]
        low, high = min(one.within for one in some), max(one.within for one in some)
        console.print(
            f"{kind}, {name}: holds the truth in {100 * pooled(some):.1f} % of the months, "
            f"by case {100 * low:.1f} to {100 * high:.1f} %"
        )


def recalls(console: Console, seed: int) -> None:
    """The same of the recall, where something was held for cause."""
    for draw in DRAWS:
        for name, targeting in list(TARGETING.items())[1:]:
            rng = np.random.default_rng([seed, 1])
            shares = [
                recall_covered(simulated(draw, targeting, hits / PARCELS / draw.found, RECALL_MONTHS, rng))
                for hits in (1, 3, 10)
            ]
            listed = ", ".join(f"{100 * share:.1f} %" for share in shares)
            console.print(f"recall, {draw.name}; {name}: at 1, 3, 10 hits {listed}")


def plot(found: Sequence[Covered], to: Path) -> None:
    """Coverage with what chance does to so many months, the goal shaded."""
    shown = [one for one in found if one.targeting.startswith("300") and one.hits in PLOTTED]
    rows = []
    for one in shown:
        off = 1.96 * np.sqrt(one.within * (1 - one.within) / one.months)
        label = f"{one.draw}; {one.hits:g} hits expected"
        rows.append(Row(label, one.within - off, one.within, min(one.within + off, 1.0)))
    title = "How often the 95 % interval holds the month's own truth"
    drawn(rows, title, "share of the months", (0.9, 1.0), band=GOAL).save(to, optimize=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--months", type=int, default=1000, help="months of each case (default 1000)")
    parser.add_argument("--seed", type=int, default=20261123)
    parser.add_argument("--recall", action="store_true", help="measure the recall's interval too (a minute)")
    parser.add_argument("--plot", type=Path, default=REPOSITORY / "docs" / "pictures" / "coverage.png")
    arguments = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 180)
    found = measured(arguments.months, arguments.seed)
    report(console, found)
    if arguments.recall:
        recalls(console, arguments.seed)
    plot(found, arguments.plot)


if __name__ == "__main__":
    main()
