"""Cases from the log: decisions with what was found in the parcels that were opened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from screener.contracts.wire import Decision, Inspection, Why
from screener.core.estimates.register import BY_CHANCE, latest, opened_on
from screener.core.licences import licensed
from screener.core.parcel import milliseconds
from screener.core.policy import Policy
from screener.lab.risk.cases import Case

Key = tuple[str, str]


class Stratum(NamedTuple):
    """Parcels that were selected alike: of these the opened ones count as drawn at random."""

    hub: str
    why: Why
    probability: float


@dataclass(slots=True)
class Opened:
    """Decisions and inspections as they are read, inspections first.

    What weighs of an opened parcel is the decision that it was opened on; what it stands for goes by the
    first, as what was found in it may be why there are others.
    """

    inspections: dict[Key, dict[str, Inspection]] = field(default_factory=dict)
    strata: dict[Key, tuple[int, Stratum]] = field(default_factory=dict)
    decisions: dict[Key, Decision] = field(default_factory=dict)

    def enter_inspections(self, found: Iterable[Inspection]) -> None:
        for one in found:
            self.inspections.setdefault((one.hub, one.parcel_id), {})[one.inspection_id] = one

    def enter_decision(self, decision: Decision) -> None:
        key = (decision.hub, decision.parcel_id)
        if (known := self.strata.get(key)) is None or known[0] > decision.revision:
            self.strata[key] = (decision.revision, _stratum(decision))
        if (found := self.inspections.get(key)) is None:
            return
        before, last = self.decisions.get(key), opened_on(found)
        if decision.revision <= last and (before is None or before.revision < decision.revision):
            self.decisions[key] = decision

    @property
    def without_facts(self) -> int:
        """Opened parcels whose decision carries no facts: it is older than they are."""
        return sum(one.facts is None for one in self.decisions.values())

    def cases(self, policy: Policy) -> Iterator[Case]:
        """The opened parcels that were selected at first, each for as many as it stands for.

        Those drawn stand for what was let through and found later, so that is left out. What a licence
        covers is never judged by its risk, and is left out too.
        """
        selected = Counter(stratum for _, stratum in self.strata.values())
        opened = Counter(self.strata[key][1] for key in self.decisions)
        for key, decision in self.decisions.items():
            stratum = self.strata[key][1]
            facts = decision.facts
            if facts is None or licensed(facts, policy) or stratum.why is Why.NONE:
                continue
            yield Case(
                hub=decision.hub,
                at_ms=milliseconds(decision.decided_at),
                facts=facts,
                over=latest(self.inspections[key]).over_limit,
                stands_for=selected[stratum] / opened[stratum] / stratum.probability,
            )


def _stratum(decision: Decision) -> Stratum:
    chosen = decision.selection
    certain = chosen.why not in BY_CHANCE
    return Stratum(decision.hub, chosen.why, 1.0 if certain else chosen.probability)
