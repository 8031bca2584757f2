"""Who may see and change which list.

Tips and who gave them are for those who enter them and for auditors; another agency has its own tips, and
sees no other. Senders and licences are the home agency's; what they explain they explain at every hub, so
a supervisor of all of them enters them.
"""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, false, or_

from screener.review.errors import Denied
from screener.review.lists.tables import listed
from screener.review.rights import EVERY, MAY, Reviewer, Verb

TIPS = "tips"


def sees(who: Reviewer, home: str, name: str) -> bool:
    """Whether there is such a list for this person."""
    if name == TIPS:
        return who.anywhere(Verb.TIP) or _at_home(who, Verb.SEE_AUDIT, home)
    return _at_home(who, Verb.SEE, home)


def visible(who: Reviewer, home: str) -> ColumnElement[bool]:
    """The condition on `listed` for the entries that this person may see."""
    tips, others = listed.c.list == TIPS, listed.c.list != TIPS
    return or_(
        false(),
        *([others] if _at_home(who, Verb.SEE, home) else []),
        *([tips] if sees_all_tips(who, home) else [and_(tips, listed.c.agency.in_(_agencies(who)))]),
    )


def sees_all_tips(who: Reviewer, home: str) -> bool:
    """Whether the tips of the home agency are this person's to see, and who gave them."""
    return _at_home(who, Verb.TIP, home) or _at_home(who, Verb.SEE_AUDIT, home)


def may_enter(who: Reviewer, home: str, name: str) -> bool:
    """Whether this person enters, ends and removes what is on the list."""
    return who.anywhere(Verb.TIP) if name == TIPS else who.may(Verb.LIST, EVERY, home)


def may_import(who: Reviewer, home: str, name: str) -> bool:
    """Whether this person takes a list from a file: the home agency's list, so only its people."""
    return may_enter(who, home, name) and (name != TIPS or _at_home(who, Verb.TIP, home))


def check_enter(who: Reviewer, home: str, name: str) -> None:
    """Raises `Denied`."""
    if not may_enter(who, home, name):
        raise Denied("tips are entered by investigators, senders and licences by supervisors of every hub")


def agency_of(who: Reviewer, home: str) -> str:
    """Whose entries this person's are: the home agency's where he acts for it."""
    if _at_home(who, Verb.TIP, home):
        return home
    return next(iter(sorted(_agencies(who))), home)


def _at_home(who: Reviewer, verb: Verb, home: str) -> bool:
    return any(verb in MAY[one.role] and one.agency in {EVERY, home} for one in who.grants)


def _agencies(who: Reviewer) -> frozenset[str]:
    return frozenset(one.agency for one in who.grants if Verb.TIP in MAY[one.role])
