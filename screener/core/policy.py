"""The policy: what is too much, how long to wait, how many to draw at random."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct, field

from screener.errors import BadConfig

Probability = Annotated[float, Meta(ge=0.0, le=1.0)]
NonNegative = Annotated[float, Meta(ge=0.0)]


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the policy file: frozen, and an unknown field is an error."""


class Limits(Strict, frozen=True, kw_only=True):
    """What one parcel may hold in one jurisdiction; more is held."""

    sticks: NonNegative
    tobacco_g: NonNegative
    e_cigarettes_p: Probability


class HubPolicy(Strict, frozen=True, kw_only=True):
    """What differs at one hub."""

    jurisdiction: str | None = None
    patience_s: Annotated[float, Meta(gt=0)] | None = None
    random_rate: Probability | None = None


class PolicyFile(Strict, frozen=True, kw_only=True):
    """`configs/policy.toml`, as it stands in the file."""

    jurisdiction: str
    patience_s: Annotated[float, Meta(gt=0)]
    decide_by_lead_s: NonNegative = 5.0
    random_rate: Probability
    limits: dict[str, Limits]
    thresholds: dict[str, Probability] = field(default_factory=dict)
    hubs: dict[str, HubPolicy] = field(default_factory=dict)


class Policy(Struct, frozen=True, kw_only=True):
    """A checked policy with its identity: the hash of the file's bytes."""

    id: str
    file: PolicyFile

    def jurisdiction(self, hub: str) -> str:
        return self._hub(hub).jurisdiction or self.file.jurisdiction

    def limits(self, hub: str) -> Limits:
        return self.file.limits[self.jurisdiction(hub)]

    def patience_ms(self, hub: str) -> int:
        return round((self._hub(hub).patience_s or self.file.patience_s) * 1000)

    def random_rate(self, hub: str) -> float:
        rate = self._hub(hub).random_rate
        return self.file.random_rate if rate is None else rate

    def threshold(self, hub: str, scanner: str, of_model: float) -> float:
        """The alarm threshold of a hub's scanner: its own, else the model's."""
        return self.file.thresholds.get(f"{hub}/{scanner}", of_model)

    def _hub(self, hub: str) -> HubPolicy:
        return self.file.hubs.get(hub, HubPolicy())


def read(source: Path) -> Policy:
    """The policy in a file. Raises `BadConfig` with the file and the path to what is wrong."""
    try:
        content = source.read_bytes()
        parsed = msgspec.toml.decode(content, type=PolicyFile)
    except OSError as error:
        raise BadConfig(f"policy {source}: cannot be read ({error.strerror})") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"policy {source}: {error}") from error
    _check_jurisdictions(parsed, source)
    return Policy(id="policy-" + hashlib.sha256(content).hexdigest()[:12], file=parsed)


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
