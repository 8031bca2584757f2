"""What the record's deeds are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.review.web.words import Words, msg

DEEDS: Final[Mapping[str, str]] = {
    "sign_in": msg("signed in"),
    "sign_in_failed": msg("could not sign in"),
    "sign_out": msg("signed out"),
    "first_sign_in": msg("came for the first time"),
    "add_person": msg("added a person"),
    "set_password": msg("set a password"),
    "change_password": msg("changed the own password"),
    "disable_person": msg("disabled a person"),
    "enable_person": msg("enabled a person"),
    "grant": msg("granted a role"),
    "revoke": msg("took a role back"),
    "list_people": msg("saw the people"),
    "see_record": msg("saw the record"),
    "see": msg("saw a parcel"),
    "see_scan": msg("saw a scan"),
    "see_custody": msg("saw a chain of custody"),
    "list": msg("saw the queue"),
    "seconds": msg("saw what needs a second person"),
    "search": msg("searched"),
    "reveal": msg("revealed personal data"),
    "claim": msg("took a parcel"),
    "give_back": msg("gave a parcel back"),
    "reassign": msg("ended another's claim"),
    "handovers": msg("saw the hand-overs"),
    "hand_on": msg("handed a seizure on"),
    "release": msg("released"),
    "open": msg("opened"),
    "found": msg("recorded what was found"),
    "seize": msg("seized"),
    "refer": msg("referred"),
    "note": msg("noted"),
    "reopen": msg("reopened"),
    "correct": msg("corrected"),
    "undo": msg("undid"),
    "second": msg("answered as second person"),
    "accept": msg("accepted a hand-over"),
    "return": msg("returned a hand-over"),
    "close": msg("closed a hand-over"),
    "photograph": msg("added a photograph"),
    "see_photograph": msg("saw a photograph"),
    "tools": msg("used picture tools for a decision"),
    "save_view": msg("saved a view"),
    "remove_view": msg("removed a view"),
}


def deed_name(words: Words, what: str) -> str:
    """A deed in a few words; one that has none is called as the record calls it."""
    return words.gettext(DEEDS[what]) if what in DEEDS else what
