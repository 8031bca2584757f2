"""The signals: what of a parcel's score and metadata speaks for or against a load that is too large.

Each has a name, a figure that can be recomputed from the facts, and a sentence in units that a person
thinks in. None looks at names or nationality of persons. A signal of None says nothing, and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import exp, fsum, log, log1p
from typing import Final

from screener.contracts.wire import Declared, Identity, Risk, Seen, Signal, Total
from screener.core import declaration
from screener.core.load import multiples
from screener.core.quantities import amount, duration, share, weight
from screener.core.risk import LARGEST_LOG_ODDS, log_odds, probability
from screener.core.scene import Scene

TOBACCO: Final = ("2401", "2402", "2403")
"""HS codes of leaf, of cigarettes and cigars, and of other manufactured tobacco."""

E_CIGARETTES: Final = ("2404", "8543")
"""HS codes of nicotine products and heated tobacco, and of e-cigarette devices (8543.40)."""

STICK_G: Final = 0.95
"""Weight of a cigarette with paper, filter and its share of the pack, in grams."""

FARTHEST: Final = 4.0
"""Figures of what is odd are cut here: what is stranger still tells no more."""

LARGEST_LOG: Final = 50.0
"""Logarithms are cut here: what is beyond leaves the range of numbers, and tells no more."""

NINE_OF_TEN: Final = 1.645
"""So many standard deviations either way hold nine of ten."""

Found = tuple[float, Callable[[], str]] | None
"""A figure and its sentence, which is only put into words where it counts."""


def alarm(scene: Scene) -> Found:
    """Log-odds of the alarm above its scanner's threshold: the largest over the views."""
    views = [(log_odds(view.alarm) - log_odds(scene.threshold(view)), view) for view in scene.judged]
    if not views:
        return None
    margin, view = max(views, key=lambda pair: pair[0])
    side = "above" if margin > 0 else "below"
    return (
        margin,
        lambda: f"alarm {view.alarm:.2f}, {side} the threshold {scene.threshold(view):.2f} of its scanner",
    )


def over_limit(scene: Scene) -> Found:
    """Log-odds that the load seen is over the limit, from 1 in 3,000 up."""
    if scene.load is None:
        return None
    p = scene.load.over_limit
    return log_odds(
        p
    ) + LARGEST_LOG_ODDS, lambda: f"the load seen is over the limit with probability {share(p)}"


def weight_seen(scene: Scene) -> Found:
    """Logarithm of 1 + the weight of tobacco that is expected from what is seen, in declared weights."""
    declared = scene.facts.declared
    if scene.load is None or declared is None or not declared.weight_g:
        return None
    seen_g, whole_g = max(_expected_g(view) for view in scene.judged), declared.weight_g
    return (
        min(LARGEST_LOG, log1p(seen_g / whole_g)),
        lambda: (
            f"about {weight(seen_g)} of tobacco seen in a parcel with a declared weight of {weight(whole_g)}"
        ),
    )


def unlike_declared(scene: Scene) -> Found:
    """The probability of tobacco, or of e-cigarettes, that no HS code of the declaration mentions."""
    declared = scene.facts.declared
    if scene.load is None or declared is None:
        return None
    tobacco = declaration.mentions(declared, TOBACCO)
    e_cigarettes = declaration.mentions(declared, E_CIGARETTES)
    p, name = max(_unmentioned(view, tobacco, e_cigarettes) for view in scene.judged)
    return p, lambda: f"shows {name} with probability {share(p)}, declared {_codes(declared)}"


def sums(scene: Scene) -> Found:
    """Logarithm of 1 + how many more parcels of an identity show a load than show none; no depot's.

    Counted from two loads on; amounts alone would grow with all that a shop ever sent.
    """
    limits = scene.policy.file.sums
    summed = [total for total in scene.facts.totals if total.parcels <= limits.hub_from]
    if not summed:
        return None
    more, total = max(((_more_loaded(one), one) for one in summed), key=lambda pair: pair[0])
    return (
        log1p(more),
        lambda: (
            f"{total.loaded} of {total.parcels} parcels of one {total.identity} show a load in "
            f"{total.window_days:g} days, together "
            f"{amount(multiples(total.sticks.mean, total.tobacco_g.mean, limits))} times the limit"
        ),
    )


def consignor_new(scene: Scene) -> Found:
    """1 for a consignor met for the first time in the window, falling as 1 / parcels."""
    total = _of_consignor(scene)
    return None if total is None else (1.0 / max(total.parcels, 1), lambda: _which_of_consignor(total))


def contents_new(scene: Scene) -> Found:
    """1 where none of its people had to do with such contents before, falling as 1 / parcels with them."""
    like = _like(scene)
    if like is None:
        return None
    said = "without contents that others of the same people could be compared with"
    if like:
        which = "the first parcel" if like == 1 else f"one of {like:,} parcels"
        said = f"{which} of the same people with such contents"
    return 1.0 / max(like, 1), lambda: said


def like_contents(scene: Scene) -> Found:
    """Logarithm of how many parcels of one identity declared the same contents, this one too; the largest."""
    like = _like(scene)
    if like is None:
        return None
    return log(max(like, 1)), lambda: f"one of {like:,} parcels of the same people with the same contents"


def like_from_new(scene: Scene) -> Found:
    """`consignor_new` times 1 - `contents_new`: a new name for what the same people sent or got before."""
    total, like = _of_consignor(scene), _like(scene)
    if total is None or like is None:
        return None
    figure = (1.0 - 1.0 / max(like, 1)) / max(total.parcels, 1)
    return figure, lambda: f"{_which_of_consignor(total)}; {like:,} of the same people have the same contents"


def weight_for_contents(scene: Scene) -> Found:
    """How far the weight of a piece is from what is usual for such goods, in standard deviations."""
    declared = scene.facts.declared
    if declared is None or (usual := scene.policy.risk.usual(declared)) is None:
        return None
    piece_g = declaration.g_per_piece(declared)
    if piece_g is None:
        return None
    middle, sd = usual.log_g_per_piece, usual.log_g_per_piece_sd
    return _deviations(
        piece_g, middle, sd
    ), lambda: f"{weight(piece_g)} a piece, usual for such goods are {_usually(weight, middle, sd)}"


def value_for_weight(scene: Scene) -> Found:
    """How far the value of a kilogram is from what is usual for such goods, in standard deviations."""
    declared = scene.facts.declared
    if declared is None or (usual := scene.policy.risk.usual(declared)) is None:
        return None
    cny = declaration.cny_per_kg(declared, scene.policy.file.currencies)
    if cny is None:
        return None
    middle, sd = usual.log_value_per_kg, usual.log_value_per_kg_sd
    return _deviations(
        cny, middle, sd
    ), lambda: f"worth {amount(cny)} CNY a kilogram, usual for such goods are {_usually(amount, middle, sd)}"


def undeclared(scene: Scene) -> Found:
    """1 where a manifest declares no contents, or describes none of them; else 0."""
    declared = scene.facts.declared
    return None if declared is None else (float(declared.described == 0), lambda: "contents are not declared")


def manifest_late(scene: Scene) -> Found:
    """How long after the scan the manifest came: logarithm of 1 + hours."""
    declared = scene.facts.declared
    if declared is None:
        return None
    hours = declared.late_s / 3600.0
    return log1p(hours), lambda: f"the manifest came {duration(hours)} after the scan"


def route(scene: Scene) -> Found:
    """The log-odds by which a route and its ends are over or under the average, as fitted; else 0."""
    declared = scene.facts.declared
    if declared is None:
        return None
    table = scene.policy.risk.routes
    ways = declaration.routes(declared)
    off = fsum([table.get(way, 0.0) for way in ways])
    return off, lambda: f"route {ways[0]}, where the odds are {amount(_exp(off))} times the average"


SIGNALS: Final[dict[str, Callable[[Scene], Found]]] = {
    "alarm": alarm,
    "over_limit": over_limit,
    "weight_seen": weight_seen,
    "unlike_declared": unlike_declared,
    "sums": sums,
    "consignor_new": consignor_new,
    "contents_new": contents_new,
    "like_contents": like_contents,
    "like_from_new": like_from_new,
    "weight_for_contents": weight_for_contents,
    "value_for_weight": value_for_weight,
    "undeclared": undeclared,
    "manifest_late": manifest_late,
    "route": route,
}
"""All signals by name."""


def risk_of(scene: Scene) -> Risk:
    """The risk of a parcel with what each signal adds, the largest first."""
    model = scene.policy.risk
    signals = sorted(_signals(scene), key=lambda one: (-abs(one.added), one.name))
    total = fsum((model.base, *(one.added for one in signals)))  # exact, so that more never gives less
    return Risk(p=probability(total), log_odds=total, base=model.base, signals=tuple(signals))


def figures_of(scene: Scene) -> dict[str, float | None]:
    """The figure of every signal, None where it says nothing: what weights are fitted on."""
    found = {name: signal(scene) for name, signal in SIGNALS.items()}
    return {name: None if one is None else one[0] for name, one in found.items()}


def _signals(scene: Scene) -> Iterator[Signal]:
    for name, factor in scene.policy.risk.weights.items():
        found = SIGNALS[name](scene) if factor else None
        if found is None or not found[0]:
            continue
        figure, say = found
        yield Signal(name=name, figure=figure, weight=factor, added=factor * figure, text=say())


def _expected_g(view: Seen) -> float:
    """The weight of the tobacco in one view: of each kind its amount times the probability of any."""
    cigarettes_g = view.p.cigarettes * view.sticks.mid * STICK_G
    return cigarettes_g + view.p.loose_tobacco * view.tobacco_g.mid


def _of_consignor(scene: Scene) -> Total | None:
    """What is known of the consignor by name and number."""
    return next((one for one in scene.facts.totals if one.identity is Identity.CONSIGNOR), None)


def _which_of_consignor(total: Total) -> str:
    parcels = max(total.parcels, 1)
    which = "the consignor's first parcel" if parcels == 1 else f"one of the consignor's {parcels:,} parcels"
    return f"{which} in {total.window_days:g} days"


def _like(scene: Scene) -> int | None:
    """How many parcels of one of its people declared the same contents; the largest."""
    return max((total.like_contents for total in scene.facts.totals), default=None)


def _more_loaded(total: Total) -> int:
    """How many more of its parcels show a load than show none."""
    return max(2 * total.loaded - total.parcels, 0) if total.loaded >= 2 else 0


def _unmentioned(view: Seen, tobacco: bool, e_cigarettes: bool) -> tuple[float, str]:
    """The most likely of what is not mentioned, with its name; nothing where all is."""
    p = view.p
    likely, name = (0.0 if e_cigarettes else p.e_cigarettes), "e-cigarettes"
    if tobacco:
        return likely, name
    if p.loose_tobacco > likely:
        likely, name = p.loose_tobacco, "loose tobacco"
    return (p.cigarettes, "cigarettes") if p.cigarettes > likely else (likely, name)


def _codes(declared: Declared) -> str:
    """What is declared, the first three codes of it."""
    return f"HS {', '.join(declared.hs_codes[:3])}" if declared.hs_codes else "without an HS code"


def _deviations(figure: float, middle: float, sd: float) -> float:
    return min(FARTHEST, abs(log(figure) - middle) / sd)


def _usually(written: Callable[[float], str], middle: float, sd: float) -> str:
    """What holds nine of ten, from the mean and deviation of logarithms."""
    reach = NINE_OF_TEN * sd
    return f"{written(_exp(middle - reach))} to {written(_exp(middle + reach))}"


def _exp(figure: float) -> float:
    return exp(max(-LARGEST_LOG, min(LARGEST_LOG, figure)))
