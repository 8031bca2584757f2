"""What was wrong with something that was entered, in the reader's language, for the form that keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.errors import BadInput, ScreenerError
from screener.review.errors import Conflict, Denied
from screener.review.web.words import Words, msg

TEXTS: Final[Mapping[str, str]] = {
    "move_officers": msg("Name two different officers."),
    "move_checklist": msg("Say at least one point that is unlike genuine ones where they are counterfeit."),
    "move_quality": msg("How good the alert was does not go with the amounts that were entered."),
    "move_agency": msg("Choose one of the agencies."),
    "move_text": msg("A text is missing, or too long."),
    "move_unseen": msg("Only parcels that you have looked at can be released together."),
    "move_many": msg("Choose the parcels first."),
    "custody_text": msg("Name two different people and a place."),
    "reveal_reason": msg("Give a reason of at least five characters."),
    "view_name": msg("Give the view a name of up to 64 characters."),
    "view_count": msg("You have too many views; forget one first."),
    "tip_rate": msg("Between none and half of the parcels may be for training."),
    "tip_hours": msg("Such a rate holds for 1 to 240 hours."),
    "exclusion_reason": msg("Say why, in at least five characters."),
    "exclusion_days": msg("Name two days, the first of them not the later."),
    "filters": msg("These filters are not known here."),
    "password_weak": msg(
        "Choose a password of at least 12 characters, many of them different, without the account's name."
    ),
    "person_name": msg(
        "A name to sign in with has up to 64 letters, digits and . @ - _, a letter or digit first."
    ),
    "person_shown": msg("The name that is shown has at most 64 characters."),
    "person_issuer": msg("This person signs in at a provider, which keeps the password."),
    "grant_place": msg("Name a hub and an agency, or * for every one."),
    "grants_conflict": msg("An administrator or an auditor can have no other role."),
    "list_file": msg("Choose a CSV file of at most 64 MB."),
    "list_encoding": msg("This is no CSV file in UTF-8 or GB18030; save it as CSV (UTF-8) first."),
    "list_nobody": msg("Give it whole: what is masked or empty names nobody."),
    "photograph_missing": msg("Choose a picture first."),
    "photograph_type": msg("Only JPEG, PNG and WebP pictures are kept."),
    "photograph_many": msg("This parcel has as many pictures as are kept of one."),
    "photograph_too_large": msg("The picture is too large."),
    "entry_other": msg("Another entry has this number already."),
    "entry_damaged": msg("The picture was damaged on the way: send it again."),
    "entry_shot": msg("Say how many mm a pixel is, 0.02 to 4, and with which energy the picture was taken."),
    "entry_no_parcel": msg("No parcel of this barcode is known."),
    "image_format": msg("Only JPEG, PNG, TIFF and DICOS pictures are judged."),
    "case_title": msg("Give the case a title of up to 200 characters."),
    "case_clue": msg("The day of the clue has to have passed."),
    "case_day": msg("A day is written as year, month and day."),
    "case_result": msg("Say how the case ends."),
    "case_person": msg("Name somebody."),
    "case_person_unknown": msg("This party has no such identity that could be recognised."),
    "case_person_twice": msg("The same identity is in the case already."),
    "case_assignee": msg("Choose somebody who decides for the same agency."),
    "case_file_type": msg("Only JPEG, PNG and WebP pictures and PDF are kept."),
    "case_many": msg("The case has as many of these as are kept of one."),
}
"""By the code of what was refused."""


def told(error: ScreenerError, words: Words) -> str:
    """The fault, with its particulars where they are not said by the text itself."""
    if isinstance(error, BadInput):
        text = TEXTS.get(error.reason)
        if text is None:
            return words.gettext(msg("Not accepted: %(detail)s"), detail=error.detail)
        return words.gettext(text)
    if isinstance(error, Conflict):
        text = msg("It has changed meanwhile; see how it stands now. What you entered is kept. (%(detail)s)")
        return words.gettext(text, detail=words.gettext(str(error)))
    if isinstance(error, Denied):
        return words.gettext(msg("You may not do this: %(detail)s"), detail=words.gettext(str(error)))
    return words.gettext(str(error))
