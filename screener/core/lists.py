"""The lists as they stand: tips, graded senders, licences; and which entries a parcel meets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from screener.contracts.wire import Grade, Licence, LicenceMatch, Match, Sender, Tip
from screener.core.parcel import ManifestNote

Role = Literal["consignor", "consignee", "parcel"]


@dataclass(frozen=True, slots=True)
class Met:
    """The entries that a parcel meets."""

    tips: tuple[Match, ...] = ()
    grade: Grade | None = None
    business: str | None = None
    licence: LicenceMatch | None = None


@dataclass(frozen=True, slots=True)
class Lists:
    """All entries by whom they name (`kind:hash`), and the offsets up to which they were read."""

    tips: Mapping[str, tuple[Tip, ...]] = field(default_factory=dict)
    patterns: tuple[Tip, ...] = ()
    senders: Mapping[str, tuple[Sender, ...]] = field(default_factory=dict)
    licences: Mapping[str, tuple[Licence, ...]] = field(default_factory=dict)
    offsets: Mapping[str, int] = field(default_factory=dict)

    def meets(self, manifest: ManifestNote | None, now_ms: int) -> Met:
        """The entries that this manifest meets and that are in force at `now_ms` (log time)."""
        return Met()
