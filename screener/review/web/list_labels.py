"""What is said of lists on pages, and what is wrong with a line of a file in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.review.lists import jobs, standing
from screener.review.web.words import Words, msg

Labels = Mapping[str, str]

LISTS: Final[Labels] = {"tips": msg("Tips"), "senders": msg("Senders"), "licences": msg("Licences")}

STATES: Final[Labels] = {
    standing.IN_FORCE: msg("in force"),
    standing.EXPIRED: msg("expired"),
    standing.REMOVED: msg("removed"),
}

STATE_COLOURS: Final[Labels] = {standing.IN_FORCE: "good", standing.EXPIRED: "", standing.REMOVED: "bad"}

KINDS: Final[Labels] = {
    "phone": msg("phone"),
    "name": msg("name"),
    "address": msg("address"),
    "building": msg("building"),
    "waybill": msg("waybill"),
}

BUSINESSES: Final[Labels] = {
    "shop": msg("licensed shop"),
    "e_cigarettes": msg("e-cigarette business"),
    "other": msg("other business"),
}

JOBS: Final[Labels] = {
    jobs.READING: msg("the file is being read"),
    jobs.COMPARING: msg("being compared with the list"),
    jobs.READY: msg("to be looked at"),
    jobs.SECONDING: msg("needs a second person"),
    jobs.PUBLISHING: msg("being published"),
    jobs.DONE: msg("published"),
    jobs.FAILED: msg("could not be read"),
    jobs.DROPPED: msg("given up"),
    jobs.REFUSED: msg("refused"),
}

JOB_COLOURS: Final[Labels] = {
    jobs.READING: "accent",
    jobs.COMPARING: "accent",
    jobs.READY: "warn",
    jobs.SECONDING: "warn",
    jobs.PUBLISHING: "accent",
    jobs.DONE: "good",
    jobs.FAILED: "bad",
    jobs.DROPPED: "",
    jobs.REFUSED: "bad",
}

CHANGES: Final[Labels] = {
    "added": msg("new"),
    "changed": msg("changed"),
    "removed": msg("removed"),
    "unchanged": msg("as it was"),
}

_ID: Final = msg("An id has up to 64 letters, digits and . _ : - and stands in one line of the file only.")
_WHOLE: Final = msg("It has to be whole: neither masked nor empty.")
_PATTERN: Final = msg("A waybill pattern has at least 4 letters or digits.")
_AMOUNT: Final = msg("An amount is a number from 0 on, or any.")
_SHORT: Final = msg("A text of 1 to 64 characters is expected here.")

_WRONG: Final[Labels] = {
    **dict.fromkeys(("id", "$.tip_id", "$.sender_id", "$.licence_id"), _ID),
    **dict.fromkeys(("phone", "name", "address", "building"), _WHOLE),
    **dict.fromkeys(("waybill", "$.target.pattern"), _PATTERN),
    **dict.fromkeys(("sticks", "grams"), _AMOUNT),
    **dict.fromkeys(("source", "reference", "$.source", "$.reference"), _SHORT),
    "grade": msg("The grade is one of AAA, AA, A, B, C."),
    "business": msg("The business is shop, e_cigarettes or other."),
    "e_cigarettes": msg("It is yes or no."),
    "expires": msg("The end is a day like 2027-01-31, or 90d for so many days from now."),
    "expected as many fields as there are columns": msg("The line has another number of fields."),
}
"""By the field of which the detail of a `BadInput` speaks."""

_NOBODY: Final = msg("It names nobody: a phone number, an address or another identity is missing.")


def wrong(words: Words, detail: str) -> str:
    """What is wrong, in the reader's language; nothing where the detail has to speak for itself."""
    field = detail.split(": ", maxsplit=1)[0]
    if field.startswith("expected one of "):
        return words.gettext(_NOBODY)
    return words.gettext(_WRONG[field]) if field in _WRONG else ""
