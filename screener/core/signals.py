"""The signals: what of a parcel's score and metadata speaks for or against a load that is too large.

Each has a name, a figure that can be recomputed from the facts, and a sentence. None looks at names or
nationality of persons. A figure of None says nothing, and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log, log1p
from typing import Final

from screener.contracts.wire import Declared, Risk, Signal
from screener.core import load
from screener.core.policy import Policy
from screener.core.risk import Usual, log_odds, probability
from screener.core.scene import Scene

TOBACCO_CODES: Final = ("24", "8543")
"""HS 2401 to 2404 are tobacco and nicotine; 8543.40 are e-cigarette devices."""

STICK_G: Final = 0.95
"""Weight of a cigarette with paper, filter and its share of the pack, in grams."""

FARTHEST: Final = 4.0
"""Deviations are cut here: what is stranger still tells no more."""


Figure = Callable[[Scene], float | None]


def alarm(scene: Scene) -> float | None:
    """Log-odds of the alarm above its scanner's threshold: the largest over the views."""
    margins = [log_odds(view.alarm) - log_odds(scene.threshold(view)) for view in scene.judged]
    return max(margins, default=None)


def over_limit(scene: Scene) -> float | None:
    """Log-odds that the load seen is over the limit, from 1 in 3,000 up."""
    return None if scene.load is None else log_odds(scene.load.over_limit) + 8.0


def heavier_than_declared(scene: Scene) -> float | None:
    """How many times the declared weight the load seen would weigh alone, as a logarithm; 0 if it fits."""
    declared = scene.facts.declared
    if scene.load is None or declared is None or not declared.weight_g:
        return None
    seen_g = scene.load.sticks.mid * STICK_G + scene.load.tobacco_g.mid
    return min(FARTHEST, max(0.0, log((seen_g + 1.0) / declared.weight_g)))


def unlike_declared(scene: Scene) -> float | None:
    """The probability of tobacco in a parcel that declares other goods; 0 where tobacco is declared."""
    declared = scene.facts.declared
    if declared is None:
        return None
    if any(code.startswith(TOBACCO_CODES) for code in declared.hs_codes):
        return 0.0
    return load.any_of_it(scene.facts.seen)


def weight_for_contents(scene: Scene) -> float | None:
    """How far the weight of a piece is from what is usual for such goods, in standard deviations."""
    declared, usual = scene.facts.declared, _usual(scene)
    if usual is None or declared is None or not declared.weight_g or not declared.pieces:
        return None
    off = log(declared.weight_g / declared.pieces) - usual.log_g_per_piece
    return min(FARTHEST, abs(off) / usual.log_g_per_piece_sd)


def value_for_weight(scene: Scene) -> float | None:
    """How far the value of a kilogram is from what is usual for such goods, in standard deviations."""
    declared, usual = scene.facts.declared, _usual(scene)
    per_kg = _value_per_kg(declared, scene.policy)
    if usual is None or per_kg is None:
        return None
    return min(FARTHEST, abs(log(per_kg) - usual.log_value_per_kg) / usual.log_value_per_kg_sd)


def undeclared(scene: Scene) -> float | None:
    """1 where a manifest declares no contents, or describes none of them; else 0."""
    declared = scene.facts.declared
    return None if declared is None else float(declared.described == 0)


def manifest_late(scene: Scene) -> float | None:
    """How long after the scan the manifest came: logarithm of 1 + hours."""
    declared = scene.facts.declared
    return None if declared is None else log1p(declared.late_s / 3600.0)


def route(scene: Scene) -> float | None:
    """The log-odds by which a route is over or under the average, as fitted; 0 for one that is not known."""
    declared = scene.facts.declared
    if declared is None:
        return None
    return scene.policy.risk.routes.get(route_name(declared), 0.0)


def consignor_new(scene: Scene) -> float | None:
    """1 for a consignor met for the first time in the window, falling as 1 / parcels."""
    parcels = [total.parcels for total in scene.facts.totals if total.identity == "consignor"]
    return 1.0 / max(parcels[0], 1) if parcels else None


def like_contents(scene: Scene) -> float | None:
    """Logarithm of how many other parcels of one identity declared the same contents; the largest."""
    return max((log(max(total.like_contents, 1)) for total in scene.facts.totals), default=None)


def sums(scene: Scene) -> float | None:
    """Logarithm of 1 + the largest sum of an identity, in multiples of what it may send."""
    limits = scene.policy.file.sums
    return max(
        (
            log1p(
                total.sticks.mean / max(limits.sticks, 1.0)
                + total.tobacco_g.mean / max(limits.tobacco_g, 1.0)
            )
            for total in scene.facts.totals
        ),
        default=None,
    )


SIGNALS: Final[dict[str, tuple[Figure, str]]] = {
    "alarm": (alarm, "alarm {figure:+.1f} above its scanner's threshold (log-odds)"),
    "over_limit": (over_limit, "load over the limit, {figure:.1f} above 1 in 3,000 (log-odds)"),
    "heavier_than_declared": (
        heavier_than_declared,
        "the load seen outweighs the declaration (log {figure:.1f})",
    ),
    "unlike_declared": (
        unlike_declared,
        "tobacco with probability {figure:.2f} where other goods are declared",
    ),
    "weight_for_contents": (
        weight_for_contents,
        "weight of a piece {figure:.1f} deviations off for such goods",
    ),
    "value_for_weight": (value_for_weight, "value of a kilogram {figure:.1f} deviations off for such goods"),
    "undeclared": (undeclared, "contents are not declared"),
    "manifest_late": (manifest_late, "the manifest came after the scan (log of 1 + hours: {figure:.1f})"),
    "route": (route, "the route is {figure:+.1f} off the average (log-odds)"),
    "consignor_new": (consignor_new, "consignor without history (1 / parcels: {figure:.2f})"),
    "like_contents": (like_contents, "many parcels with like contents (log of their number: {figure:.1f})"),
    "sums": (sums, "what the same people sent adds up (log of 1 + multiples of the limit: {figure:.1f})"),
}


def risk_of(scene: Scene) -> Risk:
    """The risk of a parcel with what each signal adds, the largest first."""
    model = scene.policy.risk
    signals = sorted(_signals(scene), key=lambda one: (-abs(one.added), one.name))
    total = model.base + sum(one.added for one in signals)
    return Risk(p=probability(total), log_odds=total, base=model.base, signals=tuple(signals))


def figures_of(scene: Scene) -> dict[str, float | None]:
    """The figure of every signal, None where it says nothing: what weights are fitted on."""
    return {name: figure(scene) for name, (figure, _) in SIGNALS.items()}


def _signals(scene: Scene) -> Iterator[Signal]:
    for name, weight in scene.policy.risk.weights.items():
        figure_of, text = SIGNALS[name]
        figure = figure_of(scene)
        if figure and weight:
            yield Signal(
                name=name,
                figure=figure,
                weight=weight,
                added=weight * figure,
                text=text.format(figure=figure),
            )


def route_name(declared: Declared) -> str:
    """A route as `FROM>TO` of region codes; `-` where there is none."""
    return f"{declared.consignor_region or '-'}>{declared.consignee_region or '-'}"


def _usual(scene: Scene) -> Usual | None:
    """What is usual for the goods declared; only where all lines are of one HS chapter."""
    declared = scene.facts.declared
    chapters = {code[:2] for code in declared.hs_codes} if declared else set()
    return scene.policy.risk.goods.get(chapters.pop()) if len(chapters) == 1 else None


def _value_per_kg(declared: Declared | None, policy: Policy) -> float | None:
    """CNY a kilogram; None where weight, value or the currency's rate is not known."""
    if declared is None or not declared.weight_g or declared.value is None or declared.value.amount <= 0:
        return None
    rate = policy.file.currencies.get(declared.value.currency)
    return None if rate is None else declared.value.amount * rate / (declared.weight_g / 1000.0)
