"""What codes are called on pages: states, moves, causes, products, qualities, agencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.review.web.names import AGENCIES
from screener.review.web.words import msg

__all__ = ["AGENCIES"]

Labels = Mapping[str, str]

STATES: Final[Labels] = {
    "waiting": msg("waiting"),
    "seconding": msg("needs a second person"),
    "inspecting": msg("opened"),
    "seized": msg("seized"),
    "referred": msg("referred"),
    "closed": msg("closed"),
}

WHYS: Final[Labels] = {
    "tip": msg("tip"),
    "load": msg("load"),
    "sum": msg("sum"),
    "unjudged": msg("not judged"),
    "risk": msg("risk"),
    "random": msg("at random"),
    "none": msg("none"),
}

OUTCOMES: Final[Labels] = {
    "pass": msg("pass"),
    "hold": msg("hold"),
    "unscanned": msg("no scan"),
    "no_manifest": msg("no manifest"),
    "incomplete": msg("incomplete"),
    "unreadable": msg("unreadable"),
    "unscored": msg("not scored"),
    "unidentified": msg("no barcode"),
    "late": msg("late"),
}

PRODUCTS: Final[Labels] = {
    "cigarettes": msg("cigarettes"),
    "loose_tobacco": msg("loose tobacco"),
    "e_cigarettes": msg("e-cigarettes"),
    "none": msg("nothing seen"),
    "unjudged": msg("not judged"),
}

TRAINED: Final[Labels] = {
    "hit": msg("found"),
    "miss": msg("missed"),
    "false_alarm": msg("false alarm"),
    "correct_rejection": msg("rightly released"),
}
"""How parcels for training were answered."""

EXCLUDED: Final[Labels] = {
    "leave": msg("on leave"),
    "conflict": msg("conflict of interest"),
    "other": msg("another reason"),
}
"""Why somebody is left out of the draw of officers."""

MOVES: Final[Labels] = {
    "release": msg("Release"),
    "open": msg("Open and inspect"),
    "found": msg("What was found"),
    "seize": msg("Seize"),
    "refer": msg("Refer"),
    "note": msg("Note"),
    "reopen": msg("Reopen"),
    "correct": msg("Correct"),
    "accept": msg("Accept"),
    "return": msg("Return"),
    "close": msg("Finish"),
}
"""What one does; as a button and in the history."""

KEYS: Final[Mapping[str, str]] = {
    "release": "r",
    "open": "o",
    "found": "w",
    "seize": "s",
    "refer": "f",
    "note": "t",
    "reopen": "e",
    "correct": "k",
}
"""By which key each move is made."""

QUALITIES: Final[Labels] = {
    "right": msg("right: over the limit"),
    "tobacco_within_limit": msg("tobacco, within the limit"),
    "wrong": msg("wrong: no tobacco"),
    "unclear": msg("unclear"),
}

ORIGINS: Final[Labels] = {
    "genuine": msg("genuine"),
    "counterfeit": msg("counterfeit"),
    "smuggled": msg("smuggled"),
    "mixed": msg("mixed"),
    "unknown": msg("not known yet"),
}

MARKS: Final[Labels] = {
    "not_looked": msg("not looked at"),
    "like_genuine": msg("like genuine"),
    "unlike_genuine": msg("unlike genuine"),
}

CHECKS: Final[Labels] = {
    "wrapping": msg("wrapping film"),
    "box": msg("box"),
    "printing": msg("printing"),
    "sticks": msg("sticks themselves"),
}

HANDOVERS: Final[Labels] = {
    "offered": msg("offered"),
    "accepted": msg("accepted"),
    "returned": msg("returned"),
    "closed": msg("closed"),
}

LINKS: Final[Labels] = {
    "name": msg("same name"),
    "phone": msg("same phone"),
    "address": msg("same address"),
    "building": msg("same building"),
}

ROLES: Final[Labels] = {"consignor": msg("consignor"), "consignee": msg("consignee")}

DUES: Final[Labels] = {
    "belt": msg("the belt waits"),
    "missed": msg("the belt waited in vain"),
    "day": msg("to be filed within a day"),
    "overdue": msg("overdue by law"),
}

COUNTED: Final[Labels] = {
    "waiting": msg("waiting"),
    "mine": msg("mine"),
    "belt": msg("on the belt"),
    "belt_missed": msg("belt missed"),
    "law_day": msg("to be filed today"),
    "law_overdue": msg("overdue by law"),
    "seconding": msg("need a second person"),
    "handed": msg("handed to us"),
}

QUEUES: Final[Labels] = {
    **STATES,
    "open": msg("all undecided"),
    "all": msg("all"),
}
"""States as a filter names them."""
