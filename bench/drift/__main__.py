"""`python -m bench.drift`: the tables and the plot of docs/drift.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from bench.drift import trials
from bench.drift.plot import drawn
from bench.drift.shown import stocks
from bench.drift.trials import Found, Quiet

VERDICT = (201, 202, 203)
"""Makers that nothing was chosen on."""


def main() -> None:
    asked = _asked()
    console = Console(width=110)
    still: list[Quiet] = []
    found: list[Found] = []
    for number in asked.makers:
        stock = stocks(number, asked.kept)
        still += [trials.still(f"maker {number}", stock, seed, 1 + seed % 2) for seed in asked.seeds]
        found += trials.simulated(f"maker {number}", stock, [seed + 50 for seed in asked.seeds])
    console.print(_changes("simulated", found))
    console.print(_quiet("simulated", still))
    if asked.real.exists():
        joined = list(trials.real_joined(asked.real, asked.seeds))
        console.print(_changes("real scans, one folder and then another", joined))
        console.print(_quiet("real scans, drawn again and again", list(trials.real_still(asked.real))))
    else:
        console.print(f"no real scans at {asked.real}: simulated ones only")
    if asked.plot:
        drawn(stocks(asked.makers[0], asked.kept), asked.plot)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--makers", type=int, nargs="+", default=list(VERDICT))
    parser.add_argument("--seeds", type=int, nargs="+", default=[101, 102, 103, 104])
    parser.add_argument("--kept", type=Path, default=Path("data/bench-drift"), help="looks are kept here")
    parser.add_argument("--real", type=Path, default=Path("../shared/data/real-scans"))
    parser.add_argument("--plot", type=Path, help="draw one scanner's course here (PNG)")
    return parser.parse_args()


def _changes(title: str, found: Sequence[Found]) -> Table:
    by_change: dict[str, list[Found]] = {}
    for one in found:
        key = one.change if one.scanner.startswith("maker") else f"{one.scanner} {one.change}"
        by_change.setdefault(key, []).append(one)
    table = Table(title=f"scans until the first alarm: {title}")
    for column in ("change", "runs", "within 200", "median", "most", "alarmed as"):
        table.add_column(column, justify="left" if column in {"change", "alarmed as"} else "right")
    for change, runs in by_change.items():
        scans = [trials.WITHIN + 1 if one.scans is None else one.scans for one in runs]
        kinds = sorted({kind for one in runs for kind in one.kinds})
        table.add_row(
            change,
            str(len(runs)),
            str(sum(count <= 200 for count in scans)),
            _count(float(np.median(scans))),
            _count(max(scans)),
            ", ".join(kinds),
        )
    return table


def _count(scans: float) -> str:
    return f"over {trials.WITHIN:,}" if scans > trials.WITHIN else f"{scans:,.0f}"


def _quiet(title: str, still: Sequence[Quiet]) -> Table:
    table = Table(title=f"scanners that do not change: {title}")
    for column in ("scanner", "views", "scans", "alarms", "nearest to one (1 is an alarm)"):
        table.add_column(column, justify="left" if column in {"scanner", "alarms"} else "right")
    for one in still:
        what, nearest = max(one.nearest.items(), key=lambda pair: pair[1])
        alarms = ", ".join(one.alarms) or "none"
        table.add_row(one.scanner, str(one.views), f"{one.scans:,}", alarms, f"{nearest:.2f} ({what})")
    return table


if __name__ == "__main__":
    main()
