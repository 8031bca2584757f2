"""All of a case that one person may see: what its page, its PDF and its ZIP are made of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from screener.config import ReviewSettings
from screener.review.cases import (
    agencies,
    cases,
    figures,
    files,
    history,
    notes,
    parcels,
    people,
    steps,
    tasks,
)
from screener.review.cases.agencies import Joined
from screener.review.cases.cases import Case
from screener.review.cases.figures import Figures
from screener.review.cases.files import CaseFile
from screener.review.cases.history import Event
from screener.review.cases.notes import CaseNote
from screener.review.cases.parcels import CaseParcel
from screener.review.cases.people import CasePerson
from screener.review.cases.steps import Made
from screener.review.cases.tasks import CaseTask
from screener.review.rights import Reviewer
from screener.sealing.ring import KeyRing


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case as one person sees it; `whole` says whether as the home agency does."""

    case: Case
    file_by: datetime | None
    whole: bool
    steps: tuple[Made, ...]
    parcels: tuple[CaseParcel, ...]
    people: tuple[CasePerson, ...]
    notes: tuple[CaseNote, ...]
    files: tuple[CaseFile, ...]
    tasks: tuple[CaseTask, ...]
    joined: tuple[Joined, ...]
    figures: Figures
    history: tuple[Event, ...]


def of(
    connection: Connection,
    who: Reviewer,
    settings: ReviewSettings,
    now: datetime,
    case_id: int,
    *,
    ring: KeyRing,
) -> Dossier:
    """The case, people masked. Raises `Hidden`."""
    home = settings.agency
    case = cases.find(connection, who, home, case_id)
    whole = cases.is_ours(connection, who, home, case_id)
    past = steps.of_case(connection, case_id)
    return Dossier(
        case=case,
        file_by=case.file_by(settings),
        whole=whole,
        steps=past if whole else tuple(replace(one, note="", second_note="") for one in past),
        parcels=parcels.of_case(connection, who, home, case),
        people=people.of_case(connection, who, home, case, ring),
        notes=notes.of_case(connection, who, home, case),
        files=files.of_case(connection, who, home, case),
        tasks=tasks.of_case(connection, who, home, case),
        joined=agencies.of_case(connection, who, home, case),
        figures=figures.of_case(connection, who, home, now, case),
        history=history.of_case(connection, who, home, case),
    )
