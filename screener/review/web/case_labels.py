"""What codes of cases are called on pages and papers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.review.web.words import msg

Labels = Mapping[str, str]

STATES: Final[Labels] = {
    "open": msg("not filed yet"),
    "filed": msg("filed"),
    "closing": msg("closing proposed"),
    "closed": msg("closed"),
}
WANTED: Final[Labels] = {"worked_on": msg("all not closed"), **STATES, "all": msg("all")}
"""States as a filter names them."""

COUNTED: Final[Labels] = {
    "worked_on": msg("not closed"),
    "mine": msg("mine"),
    "overdue": msg("overdue"),
    "second": msg("need a second person"),
    "handed": msg("asked of us"),
}
STEPS: Final[Labels] = {"file": msg("File the case"), "close": msg("Close it"), "reopen": msg("Reopen it")}
MADE: Final[Labels] = {"file": msg("filed"), "close": msg("closing proposed"), "reopen": msg("reopened")}
RESULTS: Final[Labels] = {
    "penalised": msg("penalty imposed"),
    "prosecuted": msg("transferred for prosecution"),
    "withdrawn": msg("case withdrawn"),
    "not_filed": msg("not to be filed"),
}
KINDS: Final[Labels] = {
    "person": msg("person"),
    "phone": msg("phone number"),
    "address": msg("address"),
}
PARTS: Final[Labels] = {
    "suspect": msg("suspect"),
    "sender": msg("sender"),
    "receiver": msg("receiver"),
    "witness": msg("witness"),
}
JOINED: Final[Labels] = {"referral": msg("takes it over"), "joint": msg("works on it with us")}
STANDS: Final[Labels] = {
    "offered": msg("asked, not answered"),
    "accepted": msg("works on it"),
    "returned": msg("returned it"),
    "closed": msg("is done with it"),
}
