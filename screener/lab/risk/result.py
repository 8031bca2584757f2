"""The result: weights with the figures that they reached, or why they are not to be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec.structs import replace

from screener.core.policy import Policy
from screener.core.risk import NAMES, RARE, RiskModel, probability
from screener.errors import ScreenerError
from screener.lab.risk.cases import Cases
from screener.lab.risk.fit import fitted
from screener.lab.risk.quality import INSPECTED, Quality, reached
from screener.lab.risk.trial import NEW, OLD, SCORE_ALONE, TREES, Trial, trial

LEAST_OVER: Final = 5 * len(NAMES)
"""Parcels over the limit that a fit needs: five for each signal, and the prior does the rest."""

LEAST_UNDER: Final = 10 * LEAST_OVER


class Refused(ScreenerError):
    """No weights are written: there are too few outcomes, or they measured no better than those so far."""


@dataclass(frozen=True, eq=False)
class Result:
    """A fitted model and the trial that it passed."""

    model: RiskModel
    trial: Trial


def fit_risk(
    cases: Cases, policy: Policy, fitted_on: str, *, routes: bool = True, with_peer: bool = True
) -> Result:
    """Weights fitted on all cases. Raises `Refused` with how many are missing, or how much worse they are."""
    _check_enough(cases)
    names = [name for name in NAMES if routes or name != "route"]
    tried = trial(cases, policy, names, with_peer=with_peer)
    qualities = tried.qualities
    _check_better(qualities[NEW], qualities[OLD])
    model = fitted(cases, policy, fitted_on, names)
    return Result(replace(model, figures=_figures(cases, tried)), tried)


def content(model: RiskModel) -> bytes:
    """The bytes of a weights file, for people to read too; the id is their hash, so it is not among them."""
    parts = {name: value for name, value in msgspec.to_builtins(model).items() if name != "id"}
    return msgspec.json.format(msgspec.json.encode(parts), indent=2) + b"\n"


def _check_enough(cases: Cases) -> None:
    over = int(cases.over.sum())
    under = len(cases) - over
    if over < LEAST_OVER or under < LEAST_UNDER:
        raise Refused(
            f"too few outcomes: {over} parcels over the limit and {under} within it were opened; expected at"
            f" least {LEAST_OVER} and {LEAST_UNDER}: the weights stay, collect more outcomes"
        )


def _check_better(new: Quality, old: Quality) -> None:
    if new.log_loss >= old.log_loss:
        raise Refused(
            f"fitted weights lose {new.log_loss:.5f} nats a parcel on later outcomes, those so far"
            f" {old.log_loss:.5f}: the old ones stay"
        )


def _figures(cases: Cases, tried: Trial) -> dict[str, float]:
    """What stands in the file of the weights: how many outcomes, and what they reached on later ones."""
    qualities = tried.qualities
    new = qualities[NEW]
    found = {
        "outcomes": float(len(cases)),
        "over_limit": float(cases.over.sum()),
        "prevalence": float(cases.stands_for @ cases.over / cases.stands_for.sum()),
        "log_loss": new.log_loss,
        "log_loss_explained": new.explained,
        "calibration_error": new.calibration_error,
        "area": new.area,
        RARE: probability(reached(tried.log_odds[NEW], tried.stands_for, 0.001)),
    }
    names = {NEW: "recall", SCORE_ALONE: "score_alone_recall", TREES: "boosted_trees_recall"}
    for name, key in names.items():
        if name in qualities:
            pairs = zip(INSPECTED, qualities[name].recalls, strict=True)
            found |= {f"{key}_at_{part * 100:g}_percent": recall for part, recall in pairs}
    return {key: float(f"{figure:.4g}") for key, figure in found.items()}
