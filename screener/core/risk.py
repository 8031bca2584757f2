"""The risk of a parcel: the log-odds that it is over a limit, as a sum of signals that a person can read.

The weights are data, fitted by `screener lab fit-risk`. A signal whose figure grows with score or load
never has a negative weight, so that showing more never makes a parcel look more innocent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from math import exp, log
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct, field
from msgspec.structs import replace

from screener.contracts.wire import Declared
from screener.core.declaration import chapter
from screener.errors import BadConfig

Finite = Annotated[float, Meta(ge=-1000.0, le=1000.0)]
Spread = Annotated[float, Meta(gt=0.0, le=1000.0)]
LARGEST_LOG_ODDS: Final = 8.0
LEAST: Final = 1.0001 / (1.0 + exp(LARGEST_LOG_ODDS))
"""From here to 0 all probabilities count as one; a little above log-odds of -8, so that none falls below."""

SUMMED: Final = ("sums", "consignor_new", "contents_new", "like_contents", "like_from_new")
"""Signals that take their figure from the sums of [tally], which only a parcel with some load waits for."""

NEVER_NEGATIVE: Final = ("alarm", "over_limit", "weight_seen", "unlike_declared", *SUMMED)
"""Signals whose figure grows with score or load, or is there only because of them."""

NAMES: Final = (
    *NEVER_NEGATIVE,
    *("weight_for_contents", "value_for_weight", "undeclared", "manifest_late", "route"),
)
"""All signals; `screener.core.signals` has the figure of each."""


RARE: Final = "risk_of_1_in_1000"
"""Among the figures of weights: the probability that one parcel in so many reached on later outcomes."""


class Usual(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is usual for goods of one HS chapter: mean and spread of the logarithms, CNY/kg and g a piece."""

    log_value_per_kg: Finite
    log_value_per_kg_sd: Spread
    log_g_per_piece: Finite
    log_g_per_piece_sd: Spread


class RiskModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weights of the signals by name, tables that signals look into, and where all of it comes from.

    `routes` are log-odds by route and by either end of it (`FROM>TO`, `FROM>*`, `*>TO`), which add up;
    `goods` are by HS chapter; `figures` say how good the weights were on later outcomes.
    """

    fitted_on: str
    base: Finite
    weights: dict[str, Finite]
    routes: dict[str, Finite] = field(default_factory=dict)
    goods: dict[str, Usual] = field(default_factory=dict)
    figures: dict[str, float] = field(default_factory=dict)
    id: str = ""

    def usual(self, declared: Declared) -> Usual | None:
        """What is usual for the goods declared; None where they are of several HS chapters, or unknown."""
        goods = chapter(declared)
        return None if goods is None else self.goods.get(goods)

    def with_weights(self, weights: Mapping[str, float], where: str) -> RiskModel:
        """This model with single weights replaced. Raises `BadConfig` for a signal that does not exist."""
        return _checked(replace(self, weights={**self.weights, **weights}), where)


def read_risk(content: bytes, where: str) -> RiskModel:
    """The weights in a file's bytes. Raises `BadConfig` with the path to what is wrong."""
    try:
        parsed = msgspec.json.decode(content, type=RiskModel)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig(f"risk weights {where}: {error}") from error
    identity = "risk-" + hashlib.sha256(content).hexdigest()[:12]
    return _checked(replace(parsed, id=identity), f"risk weights {where}")


def _checked(model: RiskModel, where: str) -> RiskModel:
    if unknown := sorted(set(model.weights) - set(NAMES)):
        raise BadConfig(f"{where}: no signal {unknown[0]!r}; there are: {', '.join(NAMES)}")
    for name in NEVER_NEGATIVE:
        if model.weights.get(name, 0.0) < 0:
            raise BadConfig(
                f"{where}: {name}: expected a weight of 0 or more, got {model.weights[name]:g}: showing more"
                " must never make a parcel look more innocent"
            )
    return model


def probability(log_odds: float) -> float:
    """From log-odds to probability."""
    return 1.0 / (1.0 + exp(-max(-500.0, min(500.0, log_odds))))


def log_odds(p: float) -> float:
    """From probability to log-odds, kept within +-8 (1 in 3,000)."""
    if p <= LEAST:
        return -LARGEST_LOG_ODDS
    if p >= 1.0 - LEAST:
        return LARGEST_LOG_ODDS
    return log(p / (1.0 - p))
