"""Who works now and with what: what the pages of parcels pass on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from screener.config import ReviewSettings
from screener.review.rights import Reviewer
from screener.review.service import Service
from screener.review.web.request import Asked, now_of, service_of, who_of


@dataclass(frozen=True, slots=True)
class Desk:
    """A person at the workstation at one moment."""

    service: Service
    who: Reviewer
    now: datetime

    @property
    def engine(self) -> Engine:
        return self.service.engine

    @property
    def settings(self) -> ReviewSettings:
        return self.service.settings

    @property
    def home(self) -> str:
        """The agency whose workstation it is."""
        return self.settings.agency


def of(request: Asked) -> Desk:
    """The desk of a request of somebody who is signed in."""
    return Desk(service_of(request), who_of(request), now_of(request))
