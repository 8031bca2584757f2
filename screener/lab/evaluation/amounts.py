"""Amounts: how far sticks and grams are off, and who is judged over the limit."""

from __future__ import annotations

import numpy as np

from screener.lab import measures
from screener.lab.evaluation.groups import Scans, by_load
from screener.lab.evaluation.section import Row, Section, counted
from screener.lab.measures import Numbers
from screener.lab.simulator.loads import LIMIT_STICKS


def sticks(scans: Scans) -> Section:
    """How far the estimated sticks are off, by load."""
    held = scans.where(lambda one: one.truth.sticks > 0)
    spans = {
        "half a carton up": held.where(lambda one: one.truth.sticks >= 100),
        "two to four cartons": held.where(lambda one: 400 <= one.truth.sticks <= 800),
    }
    groups = {**by_load(scans.clean), **by_load(held), **{k: v for k, v in spans.items() if len(v)}}
    return Section(
        "sticks",
        "Sticks",
        len(scans.clean) + len(held),
        [_sticks_row(name, some) for name, some in groups.items()] if len(held) else [],
        ["The middle estimate against the truth, hidden loads too; intervals by source."],
        compact=True,
    )


def _sticks_row(name: str, some: Scans) -> Row:
    low, mid, high = np.array([(one.sticks.low, one.sticks.mid, one.sticks.high) for one in some.each]).T
    return {
        "load": name,
        "n": counted(some),
        "median sticks": f"{np.median(mid):.0f}",
        "median relative error": "" if some.sticks.min() == 0 else _error(some, some.sticks, mid),
        "low to high covers": f"{some.share((low <= some.sticks) & (some.sticks <= high))}",
        f"judged over {LIMIT_STICKS}": f"{some.share(mid > LIMIT_STICKS)}",
    }


def _error(some: Scans, true: Numbers, estimated: Numbers) -> str:
    errors = measures.relative_errors(true, estimated)
    return f"{measures.bootstrap(lambda index: float(np.median(errors[index])), some.groups)}"


def tobacco(scans: Scans) -> Section:
    """How far the estimated grams of loose tobacco are off, by load."""
    held = scans.where(lambda one: one.truth.tobacco_g > 0)
    groups = {**by_load(scans.clean), **by_load(held)} if len(held) else {}
    return Section(
        "tobacco",
        "Loose tobacco",
        len(scans.clean) + len(held),
        [_tobacco_row(name, some) for name, some in groups.items()],
        ["The middle estimate in grams against the truth, hidden loads too; intervals by source."],
    )


def _tobacco_row(name: str, some: Scans) -> Row:
    estimated = np.array([(one.tobacco_g.low, one.tobacco_g.mid, one.tobacco_g.high) for one in some.each])
    low, mid, high = estimated.T
    true = some.tobacco_g
    return {
        "load": name,
        "n": counted(some),
        "median g": f"{np.median(mid):.0f}",
        "median relative error": "" if true.min() == 0 else _error(some, true, mid),
        "low to high covers": f"{some.share((low <= true) & (true <= high))}",
    }


def limit(scans: Scans) -> Section:
    """Who is judged over and who under the limit of sticks; exactly two and three cartons apart."""
    over, mixed = scans.where(lambda one: one.truth.sticks > LIMIT_STICKS), by_load(scans)
    groups = {
        f"over {LIMIT_STICKS} sticks": over,
        f"1 to {LIMIT_STICKS} sticks": scans.where(lambda one: 0 < one.truth.sticks <= LIMIT_STICKS),
        "no sticks": scans.where(lambda one: one.truth.sticks == 0),
        "exactly 2 cartons": scans.where(lambda one: one.truth.load == "2 cartons"),
        "exactly 3 cartons": scans.where(lambda one: one.truth.load == "3 cartons"),
    }
    judged = np.array([one.sticks.mid for one in scans.each])
    found = measures.confusion(scans.sticks, judged, LIMIT_STICKS)
    return Section(
        "limit",
        f"Over or under {LIMIT_STICKS} sticks",
        len(scans),
        [_limit_row(name, some) for name, some in groups.items() if len(some)] if len(over) else [],
        [
            f"Of {found.over_judged_over + found.over_judged_under} over, {found.over_judged_under} are"
            f" judged under; of {found.under_judged_over + found.under_judged_under} others,"
            f" {found.under_judged_over} over. Hidden loads count too.",
            "Mix: " + ", ".join(f"{name} {len(some)}" for name, some in mixed.items()) + ".",
        ],
        compact=True,
    )


def _limit_row(name: str, some: Scans) -> Row:
    judged = np.array([one.sticks.mid for one in some.each]) > LIMIT_STICKS
    return {"holds": name, "n": counted(some), "judged over": f"{some.share(judged)}"}
