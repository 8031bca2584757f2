"""The pages that the head of each page leads to, for those who may see them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from screener.review.rights import Reviewer, Verb
from screener.review.web.words import msg


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its address, what it is called, its key after `g`, and who may see it."""

    path: str
    name: str
    key: str
    verb: Verb

    def holds(self, path: str) -> bool:
        """Whether the page of this address is this one, or lies below it."""
        return path == self.path or path.startswith(f"{self.path}/")


@dataclass(frozen=True, slots=True)
class Head:
    """Pages that stand in the head beside each other, and those under `More`."""

    beside: Sequence[Entry]
    under: Sequence[Entry]

    def folded(self, path: str) -> Entry | None:
        """The one under `More` that holds the page of this address."""
        return next((one for one in self.under if one.holds(path)), None)


ENTRIES: Final = (
    Entry("/queue", msg("Queue"), "q", Verb.SEE),
    Entry("/seconds", msg("Second opinions"), "s", Verb.SECOND),
    Entry("/handovers", msg("Hand-overs"), "h", Verb.DECIDE),
    Entry("/cases", msg("Cases"), "c", Verb.SEE),
    Entry("/networks", msg("Networks"), "n", Verb.SEE),
    Entry("/lists", msg("Lists"), "l", Verb.SEE),
    Entry("/station", msg("Station"), "b", Verb.DECIDE),
    Entry("/figures", msg("Figures"), "f", Verb.SEE),
    Entry("/draws", msg("Draws"), "d", Verb.SEE),
    Entry("/training", msg("Training"), "t", Verb.DECIDE),
    Entry("/models", msg("Models"), "m", Verb.SWITCH),
    Entry("/record", msg("Record"), "r", Verb.SEE_AUDIT),
    Entry("/people", msg("People"), "p", Verb.ADMINISTER),
)

MOST: Final = 9
"""So many fit beside each other in every language; of more, the last stand under one word."""


def entries(who: Reviewer | None) -> Sequence[Entry]:
    """The pages that this person may see."""
    return [] if who is None else [one for one in ENTRIES if who.anywhere(one.verb)]


def head(who: Reviewer | None) -> Head:
    """The pages that this person may see, as the head shows them."""
    found = entries(who)
    beside = len(found) if len(found) <= MOST else MOST - 1
    return Head(found[:beside], found[beside:])


def home(who: Reviewer) -> str:
    """Where this person begins; who has no right yet learns that from the page about himself."""
    return next((one.path for one in entries(who)), "/me")
