"""New tips, and which of the parcels that [decide] remembers they name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from screener.contracts.wire import Tip
from screener.core.lists import Lists
from screener.core.parcel import ManifestNote

MOST_MARKS: Final = 16
"""Up to so many tips it pays to look for their hashes in a parcel's bytes before decoding it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Tips to go through remembered parcels with; `marks` is None where only a decoded parcel can tell."""

    lists: Lists
    marks: tuple[bytes, ...] | None

    @staticmethod
    def of(tips: Iterable[Tip]) -> Sought:
        found = tuple(tips)
        links = [tip.target.link for tip in found if tip.target.link is not None]
        by_links_alone = len(links) == len(found) <= MOST_MARKS
        return Sought(Lists.of(found), tuple(link.encode() for link in links) if by_links_alone else None)

    def may_be_in(self, row: bytes) -> bool:
        """Whether an encoded parcel might be named; False is certain, and a tenth of the cost of decoding."""
        return self.marks is None or any(mark in row for mark in self.marks)

    def names(self, manifest: ManifestNote | None, now_ms: int) -> bool:
        """Whether any of these tips names the parcel and is in force at `now_ms` (log time)."""
        return bool(self.lists.meets(manifest, now_ms).tips)
