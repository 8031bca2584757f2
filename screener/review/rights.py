"""Who may do what: roles, each at some hubs and for some agencies, and what each role may."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

EVERY: Final = "*"
"""Every hub, or every agency."""


class Role(StrEnum):
    """What a person is, at the hubs and for the agencies that were granted."""

    READER = "reader"
    INVESTIGATOR = "investigator"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Verb(StrEnum):
    """What one may do."""

    SEE = "see"  # parcels, scans and their history, personal data masked
    REVEAL = "reveal"  # personal data, for a stated reason
    DECIDE = "decide"  # claim, release, open, record what was found, seize, refer
    SECOND = "second"  # confirm what another person proposed
    REASSIGN = "reassign"  # end another person's claim
    TIP = "tip"  # enter and end tips
    LIST = "list"  # enter and import senders and licences
    SWITCH = "switch"  # put an adapted model to work
    SEE_AUDIT = "see_audit"
    ADMINISTER = "administer"  # accounts and grants


MAY: Final[Mapping[Role, frozenset[Verb]]] = {
    Role.READER: frozenset({Verb.SEE}),
    Role.INVESTIGATOR: frozenset({Verb.SEE, Verb.REVEAL, Verb.DECIDE, Verb.SECOND, Verb.TIP}),
    Role.SUPERVISOR: frozenset(
        {
            *(Verb.SEE, Verb.REVEAL, Verb.DECIDE, Verb.SECOND, Verb.REASSIGN),
            *(Verb.TIP, Verb.LIST, Verb.SWITCH),
        }
    ),
    Role.AUDITOR: frozenset({Verb.SEE, Verb.SEE_AUDIT}),
    Role.ADMINISTRATOR: frozenset({Verb.ADMINISTER}),
}
"""An administrator sees no parcel and an auditor decides on none: nobody can both act and cover it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at one hub or every one, for one agency or every one."""

    role: Role
    hub: str = EVERY
    agency: str = EVERY

    def covers(self, hub: str, agency: str) -> bool:
        return self.hub in {EVERY, hub} and self.agency in {EVERY, agency}


@dataclass(frozen=True, slots=True)
class Reviewer:
    """A person who is signed in: the row of `person`, the name for the record, language and grants."""

    person: int
    name: str
    language: str
    grants: tuple[Grant, ...]

    def may(self, verb: Verb, hub: str = EVERY, agency: str = EVERY) -> bool:
        """Whether some grant allows it there; asked for `EVERY`, only a grant for all of them does."""
        return any(verb in MAY[one.role] and one.covers(hub, agency) for one in self.grants)

    def anywhere(self, verb: Verb) -> bool:
        """Whether it is allowed at some hub at least: whether a page is there at all."""
        return any(verb in MAY[one.role] for one in self.grants)

    def hubs(self, verb: Verb) -> frozenset[str] | None:
        """The hubs where it is allowed for any agency; None stands for all. Queries are narrowed by it."""
        found = frozenset(one.hub for one in self.grants if verb in MAY[one.role])
        return None if EVERY in found else found
