"""Figures of a trial: recall at the stated false alarm rate before and after, and how sure they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from screener.lab import measures
from screener.lab.adaptation import odd
from screener.lab.adaptation.answered import Answers
from screener.lab.adaptation.cut import cut
from screener.lab.adaptation.trial import KINDS, Case
from screener.lab.measures import Flags, Numbers, Share


@dataclass(frozen=True, eq=False)
class Measured:
    """What one net says of the cases of a trial; `sure` names scans that were opened and held nothing."""

    cases: tuple[Case, ...]
    answers: Answers
    sure: frozenset[str]
    rate: float

    @property
    def clean(self) -> Flags:
        """Which cases nothing was laid over."""
        return np.array([case.clean for case in self.cases])

    @property
    def aside(self) -> list[Case]:
        """The clean cases so far out that a person should look; they set no threshold."""
        clean = [case for case in self.cases if case.clean]
        places = odd.far_out(self.answers.alarms[self.clean], [case.scan in self.sure for case in clean])
        return [clean[place] for place in places]

    @property
    def kept(self) -> Flags:
        """Which cases count as clean."""
        aside = {case.scan for case in self.aside}
        return np.array([case.clean and case.scan not in aside for case in self.cases])

    @property
    def loaded(self) -> Flags:
        """Which cases have a load on a scan that counts as clean."""
        aside = {case.scan for case in self.aside}
        return np.array([not case.clean and case.scan not in aside for case in self.cases])

    @property
    def threshold(self) -> float:
        """The score that at most the stated share of the clean cases reaches."""
        return cut(self.answers.alarms[self.kept], self.rate)

    def recall(self, load: str) -> Share:
        """The share of one kind of load that reaches the threshold, with its interval by source scan."""
        these = self.loaded & np.array([case.load == load for case in self.cases])
        sources = [case.scan for case, one in zip(self.cases, these, strict=True) if one]
        return measures.share(self.answers.alarms[these] >= self.threshold, sources)

    @property
    def loads(self) -> list[str]:
        """The kinds of load that fitted into any scan."""
        held = {case.load for case, one in zip(self.cases, self.loaded, strict=True) if one}
        return [load for load in KINDS if load in held]

    @property
    def mean_recall(self) -> float:
        """Over the kinds of load."""
        return float(np.mean([self.recall(load).point for load in self.loads]))

    @property
    def area(self) -> float:
        """Under the curve of all loads."""
        return measures.area(self.answers.alarms[self.kept], self.answers.alarms[self.loaded])

    def better_than(self, other: Measured) -> bool:
        """By mean recall at the rate, by the area where these tie."""
        return (self.mean_recall, self.area) > (other.mean_recall, other.area)


def sureness(measured: Measured) -> str:
    """What so many scans can show of the false alarm rate, in a sentence or two."""
    alarms: Numbers = measured.answers.alarms[measured.kept]
    hits, count, aside = int((alarms >= measured.threshold).sum()), len(alarms), len(measured.aside)
    text = f"{hits} of {count} held-out ordinary scans reach the threshold: a rate of at most"
    text += f" {measures.upper_bound(hits, count):.1%} (95 %, exact)."
    text += f" With {count} scans no rate below {measures.provable_rate(count):.1%} can be shown."
    if aside:
        worst = measures.upper_bound(hits + aside, count + aside)
        text += f" {aside} more were set aside for a person to look at; if they hold nothing, the rate is at"
        text += f" most {worst:.1%}."
    return text


def table(before: Measured, after: Measured) -> list[dict[str, str]]:
    """Recall by load with intervals, before and after, each at its own threshold for the same rate."""
    rows = [
        {
            "load": load,
            "n": f"{after.recall(load).count}",
            "before": f"{before.recall(load)}",
            "after": f"{after.recall(load)}",
        }
        for load in after.loads
        if load in before.loads
    ]
    mean = {"before": f"{before.mean_recall:.3f}", "after": f"{after.mean_recall:.3f}"}
    area = {"before": f"{before.area:.3f}", "after": f"{after.area:.3f}"}
    return [
        *rows,
        {"load": "mean of these", "n": "", **mean},
        {"load": "area under the curve", "n": "", **area},
    ]


def compared(before: Measured, after: Measured) -> str:
    """Both in one line."""
    return (
        f"mean recall {before.mean_recall:.3f} before, {after.mean_recall:.3f} after;"
        f" area under the curve {before.area:.3f} before, {after.area:.3f} after"
    )


def all_aside(several: Sequence[Measured]) -> list[str]:
    """The scans that any of them sets aside."""
    return sorted({case.scan for one in several for case in one.aside})
