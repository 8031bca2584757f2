"""A picture of one scanner's course: quiet for days, then its palette is changed, noticed, and mended."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from bench.drift import trials
from bench.drift.shown import Stocks
from bench.drift.streams import Stream
from screener.contracts.wire import Drift
from screener.core.drift import standing
from screener.core.drift.course import levels

QUIET, CHANGED, MENDED = 3000, 400, 800
CHANGE = "palette: another of its family"
SHOWN = {
    Drift.PALETTE: "#b5432a",
    Drift.BRIGHTNESS: "#c08a1e",
    Drift.DETAIL: "#3c6e71",
    Drift.PITCH: "#284b8c",
}


def drawn(stocks: Stocks, path: Path) -> None:
    """Draw the levels of four kinds of change over the scans."""
    stream = Stream(stocks.as_it_is, 101)
    known = trials.commissioned(stream)
    changed = Stream(stocks.changed[CHANGE], 102)
    course: dict[Drift, list[float]] = {what: [] for what in SHOWN}
    for source, count in ((stream, QUIET), (changed, CHANGED), (stream, MENDED)):
        changed.sent = stream.sent
        for look in source.scans(count):
            known = standing.taken(known, look)
            assert known.course is not None
            for what, level in levels(known.course).items():
                if what in course:
                    course[what].append(level)
    figure, axes = plt.subplots(figsize=(9, 3.6), layout="constrained")
    for what, values in course.items():
        axes.plot(values, color=SHOWN[what], label=what.value, linewidth=1.4)
    axes.axhline(1.0, color="#888888", linewidth=0.8, linestyle="--")
    axes.text(20, 1.04, "alarm", color="#666666", fontsize=9)
    axes.axvspan(QUIET, QUIET + CHANGED, color="#b5432a", alpha=0.10, linewidth=0)
    axes.text(QUIET - 40, 1.75, "another palette", ha="right", color="#b5432a", fontsize=9)
    axes.text(QUIET + CHANGED + 40, 1.75, "mended", color="#666666", fontsize=9)
    axes.set_xlabel("scans after commissioning (shifts change every 1,500)")
    axes.set_ylabel("level")
    axes.set_ylim(0, 2.1)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(0.02, 0.9), fontsize=9)
    figure.savefig(path, dpi=130)
    plt.close(figure)
