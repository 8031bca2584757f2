"""What roles and agencies are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from screener.review.rights import Role
from screener.review.web.words import Words, msg

ROLES: Final[Mapping[Role, str]] = {
    Role.READER: msg("Reader"),
    Role.INVESTIGATOR: msg("Investigator"),
    Role.SUPERVISOR: msg("Supervisor"),
    Role.AUDITOR: msg("Auditor"),
    Role.ADMINISTRATOR: msg("Administrator"),
}

AGENCIES: Final[Mapping[str, str]] = {
    "tobacco": msg("Tobacco monopoly"),
    "police": msg("Police"),
    "post": msg("Postal administration"),
    "market": msg("Market supervision"),
    "customs": msg("Customs"),
}
"""Those of the default settings; another one is called as the settings call it."""


def role_name(words: Words, role: Role) -> str:
    return words.gettext(ROLES[role])


def agency_name(words: Words, agency: str) -> str:
    return words.gettext(AGENCIES[agency]) if agency in AGENCIES else agency
