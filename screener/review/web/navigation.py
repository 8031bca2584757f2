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


ENTRIES: Final = (
    Entry("/queue", msg("Queue"), "q", Verb.SEE),
    Entry("/seconds", msg("Second opinions"), "s", Verb.SECOND),
    Entry("/handovers", msg("Hand-overs"), "h", Verb.DECIDE),
    Entry("/cases", msg("Cases"), "c", Verb.SEE),
    Entry("/networks", msg("Networks"), "n", Verb.SEE),
    Entry("/lists", msg("Lists"), "l", Verb.SEE),
    Entry("/station", msg("Station"), "b", Verb.DECIDE),
    Entry("/draws", msg("Draws"), "d", Verb.SEE),
    Entry("/figures", msg("Figures"), "f", Verb.SEE),
    Entry("/record", msg("Record"), "r", Verb.SEE_AUDIT),
    Entry("/people", msg("People"), "p", Verb.ADMINISTER),
)


def entries(who: Reviewer | None) -> Sequence[Entry]:
    """The pages that this person may see."""
    return [] if who is None else [one for one in ENTRIES if who.anywhere(one.verb)]


def home(who: Reviewer) -> str:
    """Where this person begins; who has no right yet learns that from the page about himself."""
    return next((one.path for one in entries(who)), "/me")
