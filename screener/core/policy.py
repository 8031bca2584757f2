"""The policy: what is too much, what weighs how much, how long to wait, how many to draw at random."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from math import isfinite
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from screener.config import parsed_toml
from screener.contracts.wire import Grade, HubName
from screener.core.risk import Finite, RiskModel, read_risk
from screener.errors import BadConfig

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Meta(ge=0.0)]
Positive = Annotated[float, Meta(gt=0.0)]
Patience = Annotated[float, Meta(gt=0.0, le=366 * 86_400)]
"""Seconds, a year at most: what is longer is a slip, and would leave the range of times."""

Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)")]
ScannerName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9._:-]*$(?!\n)")]

SHIPPED_WEIGHTS = Path(__file__).with_name("risk.json")
"""The weights that ship with Screener, fitted on a simulated year."""


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the policy file: frozen, and an unknown field is an error."""


class Limits(Strict, frozen=True, kw_only=True):
    """What one parcel may hold in one jurisdiction; more is held.

    `e_cigarettes` is a number of devices and cartridges. The model does not count them, so it is told to
    people and enters no calculation: `e_cigarettes_over` is how likely they are more than allowed where
    there are any.
    """

    sticks: NonNegative
    tobacco_g: NonNegative
    e_cigarettes: NonNegative = 6.0
    e_cigarettes_over: Probability = 0.5


class Hold(Strict, frozen=True, kw_only=True):
    """From which probability of being over a limit a parcel is held.

    `over_limit` judges the load seen. Where a capacity is set such loads compete for it with the risks, and
    from `hard_over_limit` they are held whatever it is. `risk` judges load and metadata together where no
    capacity is set.
    """

    over_limit: Probability = 0.5
    hard_over_limit: Probability = 0.9
    risk: Probability = 0.3


class Sums(Strict, frozen=True, kw_only=True):
    """Small parcels that add up, by consignor, consignee, phone and address.

    The load of a view that reaches its scanner's threshold counts from `counted_from` probability of any
    tobacco; a parcel waits for its sums from `wait_from`, for `answer_within_s` at most. `sticks` and
    `tobacco_g` are what one identity may send or receive in the window; who is met on more than `hub_from`
    parcels (a depot's address) is not summed.
    """

    window_days: Annotated[float, Meta(gt=0, le=90)] = 14.0
    sticks: NonNegative = 400.0
    tobacco_g: NonNegative = 5000.0
    over_limit: Probability = 0.8
    counted_from: Probability = 0.5
    wait_from: Probability = 0.05
    answer_within_s: Patience = 60.0
    members: Annotated[int, Meta(ge=1, le=8)] = 8
    hub_from: Annotated[int, Meta(ge=2)] = 2000


class Networks(Strict, frozen=True, kw_only=True):
    """Who belongs together: parcels of the last `window_days` that share a person, phone number or address.

    A parcel is of interest from `tied_from` probability of any tobacco, or where it is held for a cause.
    Who has more than `hub_from` partners (a depot) joins nobody. Of the parcels of interest the latest
    `parcels` are kept. From `sticks` a group is a criminal case, from `grave_sticks` an especially serious
    one. A fan sends at least `fan_parcels`, a transit base takes in and sends on at least `base_parcels`.
    """

    window_days: Annotated[float, Meta(ge=1, le=366)] = 90.0
    tied_from: Probability = 0.05
    hub_from: Annotated[int, Meta(ge=2)] = 200
    parcels: Annotated[int, Meta(ge=100, le=2_000_000)] = 200_000
    sticks: Positive = 200_000.0
    grave_sticks: Positive = 1_000_000.0
    fan_parcels: Annotated[int, Meta(ge=3)] = 10
    base_parcels: Annotated[int, Meta(ge=2)] = 5


class Sampling(Strict, frozen=True, kw_only=True):
    """Random inspection: the share of clean parcels that is drawn, by the sender's grade if it has one."""

    rate: Probability = 0.01
    grades: dict[Grade, Probability] = field(default_factory=dict)
    licensed: Probability | None = None


class Capacity(Strict, frozen=True, kw_only=True):
    """How many parcels a hub's investigators open in an hour; the risk threshold then follows the stream.

    `half_life_h` is how fast what came earlier is forgotten; `least` is a probability that the threshold
    never falls below.
    """

    per_hour: Positive
    half_life_h: Annotated[float, Meta(gt=0.0, le=366 * 24)] = 2.0
    least: Probability = 0.01


class Priorities(Strict, frozen=True, kw_only=True):
    """The order of the queue: places are added up, the highest comes first.

    `limits` is for each multiple of a limit that is expected above it, by the load seen or by the sum.
    `drawn` is for a parcel held for a cause that the draw would have selected too: it has to be opened to
    stand for the others of its cause. The rest is for the reason of the hold: `cause` for a load, a sum or a
    risk.
    """

    tip: NonNegative = 100.0
    cause: NonNegative = 1.0
    limits: NonNegative = 1.0
    unjudged: NonNegative = 0.5
    random: NonNegative = 0.1
    drawn: NonNegative = 50.0


class Weights(Strict, frozen=True, kw_only=True):
    """The fitted weights of score and metadata: a file beside the policy, and what replaces single ones.

    Without a file those that ship with Screener are used.
    """

    file: str | None = None
    weights: dict[str, Finite] = field(default_factory=dict)


class HubPolicy(Strict, frozen=True, kw_only=True):
    """What differs at one hub."""

    jurisdiction: str | None = None
    patience_s: Patience | None = None
    random_rate: Probability | None = None
    capacity: Capacity | None = None


class PolicyFile(Strict, frozen=True, kw_only=True):
    """`configs/policy.toml`, as it stands in the file."""

    jurisdiction: str
    patience_s: Patience
    decide_by_lead_s: Annotated[float, Meta(ge=0.0, le=366 * 86_400)] = 5.0
    limits: dict[str, Limits]
    hold: Hold = field(default_factory=Hold)
    sums: Sums = field(default_factory=Sums)
    networks: Networks = field(default_factory=Networks)
    sampling: Sampling = field(default_factory=Sampling)
    capacity: Capacity | None = None
    priorities: Priorities = field(default_factory=Priorities)
    risk: Weights = field(default_factory=Weights)
    currencies: dict[str, Positive] = field(default_factory=dict)
    thresholds: dict[str, Probability] = field(default_factory=dict)
    hubs: dict[str, HubPolicy] = field(default_factory=dict)


class Policy(Struct, frozen=True, kw_only=True):
    """A checked policy with its identity: the hash of the bytes of its file and of its weights."""

    id: str
    file: PolicyFile
    risk: RiskModel

    def jurisdiction(self, hub: str) -> str:
        return self._hub(hub).jurisdiction or self.file.jurisdiction

    def limits(self, hub: str) -> Limits:
        return self.file.limits[self.jurisdiction(hub)]

    def patience_ms(self, hub: str) -> int:
        return round((self._hub(hub).patience_s or self.file.patience_s) * 1000)

    def random_rate(self, hub: str, grade: Grade | None = None, *, licensed: bool = False) -> float:
        """The share of clean parcels that is drawn: by the sender's grade, else the hub's, else the policy's.

        With a licence it is `sampling.licensed` where that is more.
        """
        own, sampling = self._hub(hub).random_rate, self.file.sampling
        rate = sampling.rate if own is None else own
        if grade is not None:
            rate = sampling.grades.get(grade, rate)
        return max(rate, sampling.licensed or 0.0) if licensed else rate

    def capacity(self, hub: str) -> Capacity | None:
        return self._hub(hub).capacity or self.file.capacity

    def held_from(self, hub: str) -> float:
        """The probability of being over the limit from which the load seen holds a parcel in any case."""
        hold = self.file.hold
        return hold.over_limit if self.capacity(hub) is None else hold.hard_over_limit

    def threshold(self, hub: str, scanner: str, of_model: float) -> float:
        """The alarm threshold of a hub's scanner: its own, else the model's."""
        own = self.file.thresholds
        return own.get(f"{hub}/{scanner}", of_model) if own else of_model

    def _hub(self, hub: str) -> HubPolicy:
        return self.file.hubs.get(hub, _NOTHING)


_NOTHING = HubPolicy()


def read(source: Path) -> Policy:
    """The policy in a file, with its weights beside it. Raises `BadConfig` with the path to what is wrong."""
    content = _bytes(source)
    parsed = _parsed(content, source)
    _check(parsed, source)
    weights_at = _weights_at(parsed, source)
    weights = _bytes(weights_at)
    risk = read_risk(weights, str(weights_at)).with_weights(
        parsed.risk.weights, f"policy {source}: $.risk.weights"
    )
    identity = hashlib.sha256(content + b"\0" + weights).hexdigest()
    return Policy(id="policy-" + identity[:12], file=parsed, risk=risk)


def files(source: Path) -> tuple[Path, ...]:
    """The files that `read` would read now; where the policy is bad, itself alone."""
    try:
        return source, _weights_at(_parsed(_bytes(source), source), source)
    except BadConfig:
        return (source,)


def _parsed(content: bytes, source: Path) -> PolicyFile:
    return parsed_toml(content, PolicyFile, f"policy {source}")


def _weights_at(parsed: PolicyFile, source: Path) -> Path:
    return SHIPPED_WEIGHTS if parsed.risk.file is None else source.parent / parsed.risk.file


def _bytes(source: Path) -> bytes:
    try:
        return source.read_bytes()
    except OSError as error:
        raise BadConfig(f"policy {source}: cannot be read ({error.strerror})") from error


def _check(parsed: PolicyFile, source: Path) -> None:
    for path, figure in _figures(msgspec.to_builtins(parsed), "$"):
        if not isfinite(figure):
            raise BadConfig(f"policy {source}: {path}: expected a finite number, got {figure}")
    _check_jurisdictions(parsed, source)
    _check_names("$.hubs", parsed.hubs, HubName, "a hub", source)
    _check_names("$.currencies", parsed.currencies, Currency, "a currency (three capital letters)", source)
    _check_names("$.thresholds", parsed.thresholds, ScannerName, "hub/scanner", source)


def _figures(value: object, path: str) -> Iterator[tuple[str, float]]:
    """All floats in nested dicts, each with its path."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _figures(inner, f"{path}.{name}")
    elif isinstance(value, float):
        yield path, value


def _check_names(path: str, named: Iterable[str], kind: object, wanted: str, source: Path) -> None:
    """A name that nothing can have would be passed over in silence."""
    for name in named:
        try:
            msgspec.convert(name, kind)
        except msgspec.ValidationError:
            raise BadConfig(f"policy {source}: {path}: expected {wanted}, got {name!r}") from None


def _check_jurisdictions(parsed: PolicyFile, source: Path) -> None:
    named = {"$.jurisdiction": parsed.jurisdiction}
    named |= {
        f"$.hubs.{hub}.jurisdiction": own.jurisdiction for hub, own in parsed.hubs.items() if own.jurisdiction
    }
    for path, jurisdiction in named.items():
        if jurisdiction not in parsed.limits:
            known = ", ".join(sorted(parsed.limits)) or "none"
            raise BadConfig(
                f"policy {source}: {path}: no [limits.{jurisdiction}]; there are limits for: {known}"
            )
