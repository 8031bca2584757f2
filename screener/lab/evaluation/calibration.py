"""Calibration: whether stated probabilities hold."""

from __future__ import annotations

import numpy as np

from screener.contracts.wire import ClassProbabilities
from screener.lab import measures
from screener.lab.evaluation.groups import Scans
from screener.lab.evaluation.section import Row, Section
from screener.lab.measures import Bin, Numbers


def calibration(scans: Scans) -> Section:
    """The calibration error of the alarm and of each class."""
    held = {
        "alarm: any load": scans.held,
        "p: cigarettes": scans.sticks > 0,
        "p: loose tobacco": scans.tobacco_g > 0,
        "p: e-cigarettes": np.array([one.truth.e_cigarettes > 0 for one in scans.each]),
    }
    stated = [
        scans.alarms,
        *(
            np.array([getattr(one.p, name) for one in scans.each])
            for name in ClassProbabilities.__struct_fields__
        ),
    ]
    rows = [_calibration_row(name, p, held[name]) for name, p in zip(held, stated, strict=True)]
    return Section(
        "calibration",
        "Calibration",
        len(scans),
        rows,
        [
            "Expected calibration error in ten bins, and the one that as many scans show by chance where"
            " every stated probability is true. It depends on the share of scans with a load, which in real"
            " traffic is far lower than here."
        ],
        compact=True,
    )


def _calibration_row(name: str, stated: Numbers, held: measures.Flags) -> Row:
    return {
        "stated": name,
        "share that holds": f"{held.mean():.2f}",
        "calibration error": f"{measures.calibration_error(measures.reliability(stated, held)):.3f}",
        "by chance": f"{measures.chance_calibration_error(stated):.3f}",
    }


def alarm_bins(scans: Scans) -> list[Bin]:
    """The alarm against the share of scans with a load."""
    return measures.reliability(scans.alarms, scans.held)
