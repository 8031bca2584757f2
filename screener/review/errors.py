"""What stands in a reviewer's way, named by what the page says of it.

==========  ====  ==================================================================================
`Hidden`    404   it is not there, or not for this person: both look alike
`Denied`    403   one sees it, and may not do this
`Conflict`  409   somebody else was first, or it is no longer in the state that the page showed
`Refused`   401   who somebody is was not shown: a wrong password, an answer of a provider that is none
`TooMany`   429   too many attempts: after `wait` there may be another
`BadInput`  400   what was entered or uploaded breaks its rules (`screener.errors`)
==========  ====  ==================================================================================
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from screener.errors import ScreenerError

NONE: Final = "there is none, or none that you may see"
"""What `Hidden` says of all that belongs to parcels: what is not shown looks like what is not there."""


class Hidden(ScreenerError):
    """Nothing of that name is there for this person."""


class Denied(ScreenerError):
    """This person may not do this; the text says which right is missing."""


class Conflict(ScreenerError):
    """The parcel changed meanwhile; the text says how, and by whom where that may be told."""


class Refused(ScreenerError):
    """Nobody was signed in; the text is for those who run the workstation, the page says less."""


class TooMany(ScreenerError):
    """Too many attempts to sign in; `wait` says how long until the next."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(f"too many attempts to sign in: expected to wait {wait.total_seconds():.0f} s more")
        self.wait = wait
