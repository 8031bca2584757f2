"""Cases, their contents, their referrals and their end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect, Stream
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection

from screener.errors import BadInput, ScreenerError
from screener.review import acts, photographs
from screener.review.cases import (
    agencies,
    cases,
    charge,
    dossier,
    export,
    figures,
    files,
    listing,
    notes,
    people,
    rules,
    scene,
    steps,
    tasks,
)
from screener.review.cases import parcels as contents
from screener.review.cases.agencies import Share
from screener.review.cases.files import CaseFile
from screener.review.cases.people import CasePerson
from screener.review.database import reading, writing
from screener.review.errors import Conflict, Denied, Hidden
from screener.review.fiction import answering
from screener.review.photographs import Photograph
from screener.review.pictures import stored
from screener.review.web import case_labels, case_paper, desk, entered, faults, labels
from screener.review.web.attachments import attachment
from screener.review.web.case_paper import Picture
from screener.review.web.desk import Desk
from screener.review.web.pages.pictures import FOR_AN_HOUR
from screener.review.web.request import Asked, Page, form_of, page, see_other, words_of

Data = dict[str, Any]

NEW: Final = "new"
"""What a form says instead of a case."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of the page with what was typed into it before, and what was wrong with that."""

    kind: str = ""
    typed: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the page of a case says beside the case: a form that was refused, or people in full."""

    form: Form = Form()
    people: tuple[CasePerson, ...] | None = None
    status: int = 200


# --- the list ---------------------------------------------------------------------------------------


@get("/cases", sync_to_thread=True)
def get_cases(request: Asked) -> Page:
    """The cases that this person may see, the newest first."""
    return _listed(request, Form())


@post("/cases", sync_to_thread=True)
def post_cases(request: Asked) -> Page | Redirect:
    """Begin a case."""
    at, data = desk.of(request), entered.of(request)
    try:
        with writing(at.engine) as connection:
            case_id = _begin(connection, at, data)
    except (BadInput, Denied) as error:
        return _listed(request, Form("begin", entered.typed(data), faults.told(error, words_of(request))))
    return see_other(f"/cases/{case_id}")


@post("/parcels/{item_id:int}/cases", sync_to_thread=True)
def post_parcel_to_case(request: Asked, item_id: FromPath[int]) -> Redirect:
    """Put a parcel into a case, or begin one over it; one for training is thereby answered, and told."""
    at, data = desk.of(request), entered.of(request)
    named = entered.text(data, "case")
    with writing(at.engine) as connection:
        acts.locked(connection, at.who, at.home, item_id)
        if named != NEW:
            return see_other(_put_in(connection, at, entered.number(data, "case"), item_id, data))
        if (given := answering.of_parcel(connection, item_id)) is not None:
            _check_new(at, data)
            contents.answered_by(connection, at.who, at.home, at.now, item_id=item_id, given=given)
            return see_other(f"/training/{given.id}")
        return see_other(f"/cases/{_begin(connection, at, data, item_id)}")


# --- one case ---------------------------------------------------------------------------------------


@get("/cases/{case_id:int}", sync_to_thread=True)
def get_case(request: Asked, case_id: FromPath[int]) -> Page:
    """A case with all that this person may see of it."""
    return _shown(request, case_id, Told())


@post("/cases/{case_id:int}/do/{deed:str}", sync_to_thread=True)
def post_deed(request: Asked, case_id: FromPath[int], deed: FromPath[str]) -> Page | Redirect:
    """Do one of `DEEDS` with the case; what was refused comes back with all that was typed."""
    at, data = desk.of(request), entered.of(request)
    if deed not in DEEDS:
        raise Hidden("there is no such deed")
    try:
        with writing(at.engine) as connection:
            cases.find(connection, at.who, at.home, case_id)
            instead = DEEDS[deed](connection, at, case_id, data)
    except (BadInput, Conflict, Denied) as error:
        return _shown(request, case_id, _refused(request, deed, data, error))
    except Hidden as error:
        if deed not in NAMING:
            raise
        return _shown(request, case_id, _refused(request, deed, data, error))
    return see_other(instead or f"/cases/{case_id}#{SECTIONS.get(deed, 'main')}")


@post("/cases/{case_id:int}/second/{step_id:int}", sync_to_thread=True)
def post_second(request: Asked, case_id: FromPath[int], step_id: FromPath[int]) -> Page | Redirect:
    """Confirm or refuse a closing that another person proposed."""
    at, data = desk.of(request), entered.of(request)
    answer = entered.text(data, "agrees")
    if answer not in {"yes", "no"}:
        raise BadInput("form", "agrees: expected yes or no")
    try:
        with writing(at.engine) as connection:
            given = (connection, at.who, at.home, at.now, step_id)
            note = entered.text(data, "note")
            _expect_case(steps.second(*given, agrees=answer == "yes", note=note), case_id)
    except (BadInput, Conflict, Denied) as error:
        return _shown(request, case_id, _refused(request, "second", data, error))
    return see_other(f"/cases/{case_id}")


@post("/cases/{case_id:int}/reveal", sync_to_thread=True, status_code=200)
def post_reveal(request: Asked, case_id: FromPath[int]) -> Page:
    """The people of the case in full, for this one page."""
    at, data = desk.of(request), entered.of(request)
    try:
        with writing(at.engine) as connection:
            given = (connection, at.who, at.home, at.now, case_id)
            reason = entered.text(data, "reason")
            found = people.reveal(*given, reason=reason, ring=at.service.ring)
    except (BadInput, Denied) as error:
        return _shown(request, case_id, _refused(request, "reveal", data, error))
    return _shown(request, case_id, Told(people=found))


# --- files ------------------------------------------------------------------------------------------


@post("/cases/{case_id:int}/files", sync_to_thread=True)
def post_files(request: Asked, case_id: FromPath[int]) -> Page | Redirect:
    """Keep the files of a form, each checked before it is kept."""
    at = desk.of(request)
    try:
        for one in _files(request):
            content = one.file.read(at.settings.photograph_bytes + 1)
            kind = one.content_type
            files.upload(at.service, at.who, case_id, name=one.filename, content=content, content_type=kind)
    except (BadInput, Conflict, Denied) as error:
        return _shown(request, case_id, _refused(request, "files", {}, error))
    return see_other(f"/cases/{case_id}#files")


@get("/cases/{case_id:int}/files/{number:int}", sync_to_thread=True)
def get_file(request: Asked, case_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """A file as it came, to be saved: it never opens in the browser."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        one = files.find(connection, at.who, at.home, at.now, case_id, number=number)
    content = stored(at.service, one.address, f"file {one.id}")
    return Response(content, media_type=one.content_type, headers=attachment(one.name))


@get("/cases/{case_id:int}/files/{number:int}/shown", sync_to_thread=True)
def get_file_shown(request: Asked, case_id: FromPath[int], number: FromPath[int]) -> Response[bytes]:
    """The copy of a picture that pages show, without what its camera wrote into it."""
    at = desk.of(request)
    with writing(at.engine) as connection:
        one = files.find(connection, at.who, at.home, at.now, case_id, number=number)
    if not one.is_picture:
        raise Hidden("it is no picture")
    return Response(_copy(at, one), media_type="image/jpeg", headers=FOR_AN_HOUR)


def _files(request: Asked) -> list[UploadFile]:
    given = [one for one in form_of(request).getall("file", []) if isinstance(one, UploadFile)]
    found = [one for one in given if one.filename]
    if not found:
        raise BadInput("photograph_missing", "file: expected one, got none")
    return found


# --- exports ----------------------------------------------------------------------------------------


@get("/cases/{case_id:int}/export.zip", sync_to_thread=True)
def get_zip(request: Asked, case_id: FromPath[int]) -> Stream:
    """All of the case that this person may see, people masked, as a ZIP that can be checked elsewhere."""
    return _zipped(request, case_id, None)


@post("/cases/{case_id:int}/export", sync_to_thread=True, status_code=200)
def post_zip(request: Asked, case_id: FromPath[int]) -> Page | Stream:
    """The same with people in full, for a reason that is recorded."""
    reason = entered.text(entered.of(request), "reason")
    try:
        return _zipped(request, case_id, reason)
    except (BadInput, Denied) as error:
        return _shown(request, case_id, _refused(request, "export", {}, error))


@get("/cases/{case_id:int}/export.pdf", sync_to_thread=True)
def get_pdf(request: Asked, case_id: FromPath[int]) -> Response[bytes]:
    """All of the case that this person may see on paper, people masked."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        given = (connection, at.who, at.settings, at.now, case_id)
        found = dossier.of(*given, ring=at.service.ring)
        shown = _pictures(connection, found)
    with writing(at.engine) as connection:
        cases.record(connection, at.who, at.now, found.case, "case_export", kind="pdf")
    content = _printed(request, found, shown)
    return Response(content, media_type=files.PDF, headers=attachment(f"{found.case.number}.pdf"))


def _printed(request: Asked, found: dossier.Dossier, shown: Sequence[Photograph | CaseFile]) -> bytes:
    at, say = desk.of(request), words_of(request)
    given = (found, at.settings, at.now, say.language)
    return case_paper.printed(*given, by=at.who.name, pictures=list(_copies(at, found, shown)))


def _pictures(connection: Connection, found: dossier.Dossier) -> list[Photograph | CaseFile]:
    """What is printed: pictures among the files, then photographs of the parcels."""
    own: list[Photograph | CaseFile] = [one for one in found.files if one.is_picture]
    for one in found.parcels:
        wanted = one.ended_at is None and one.within_reach
        if wanted and len(own) < case_paper.MOST_PICTURES:
            own += photographs.of_parcel(connection, one.item.id)
    return own[: case_paper.MOST_PICTURES]


def _copies(at: Desk, found: dossier.Dossier, shown: Sequence[Photograph | CaseFile]) -> Iterator[Picture]:
    """The copies that pages show; what is gone is left out."""
    names = {one.item.id: one.item.parcel_id for one in found.parcels}
    for one in shown:
        what = one.name if isinstance(one, CaseFile) else names[one.item_id]
        try:
            yield Picture(_copy(at, one), f"{what} · {one.by_shown} · SHA-256 {one.sha256}")
        except (Hidden, BadInput):
            continue


def _zipped(request: Asked, case_id: int, reason: str | None) -> Stream:
    at = desk.of(request)
    key, public = export.keys(at.service)
    with reading(at.engine) as connection:
        given = (connection, at.who, at.service, at.now, case_id)
        found, whole = export.gathered(*given, reason=reason)
        shown = _pictures(connection, found)
    with writing(at.engine) as connection:
        export.recorded(connection, at.who, at.now, found, reason=reason)
    papers = {"case.pdf": _printed(request, found, shown)}
    pieces = export.zipped(whole, key, public, papers)
    headers = attachment(f"{found.case.number}.zip")
    return Stream(pieces, media_type="application/zip", headers=headers)


# --- what forms do ----------------------------------------------------------------------------------


def _begin(connection: Connection, at: Desk, data: Data, *item_ids: int) -> int:
    return cases.begin(
        connection,
        at.who,
        at.home,
        at.now,
        entered.text(data, "title"),
        parcels=item_ids,
        why=entered.text(data, "why"),
        clue_at=_clue(at, data),
        zone=at.settings.time_zone,
    )


def _step(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    steps.step(
        connection,
        at.who,
        at.home,
        at.now,
        case_id,
        version=entered.number(data, "version"),
        kind=entered.text(data, "kind"),
        note=entered.text(data, "note"),
        reference=entered.text(data, "reference"),
        result=entered.text(data, "result") or None,
    )


def _add_parcel(connection: Connection, at: Desk, case_id: int, data: Data) -> str | None:
    item_id = contents.named(connection, at.who, at.home, entered.text(data, "code"))
    where = _put_in(connection, at, case_id, item_id, data)
    return where if where.startswith("/training") else None


def _put_in(connection: Connection, at: Desk, case_id: int, item_id: int, data: Data) -> str:
    """Put a parcel into a case, and where to look then; one for training is thereby answered, and told."""
    whose, why = (connection, at.who, at.home, at.now, case_id), entered.text(data, "why")
    given = contents.answered(*whose, item_id=item_id, why=why)
    if given is not None:
        return f"/training/{given}"
    contents.add(*whose, item_ids=[item_id], why=why)
    return f"/cases/{case_id}"


def _check_new(at: Desk, data: Data) -> None:
    """What a case would be refused for that is begun with this. Raises `Denied`, `BadInput`."""
    cases.checked_new(at.who, at.home, at.now, entered.text(data, "title"), _clue(at, data))


def _clue(at: Desk, data: Data) -> datetime | None:
    return _day(data, "clue", at.settings.time_zone, time())


def _remove_parcel(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    row, why = entered.number(data, "row"), entered.text(data, "why")
    _expect_case(contents.remove(connection, at.who, at.home, at.now, row, why=why), case_id)


def _add_person(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    item, _, side = entered.text(data, "party").partition("-")
    people.add(
        connection,
        at.who,
        at.home,
        at.now,
        case_id,
        item_id=entered.number({"party": item}, "party"),
        side=side,
        kind=entered.text(data, "kind"),
        role=entered.text(data, "role"),
    )


def _add_by_name(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    given = {name: entered.text(data, name) for name in ("name", "phone", "address", "role")}
    people.add_by_name(connection, at.who, at.home, at.now, case_id, **given, ring=at.service.ring)


def _remove_person(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    row, why = entered.number(data, "row"), entered.text(data, "why")
    _expect_case(people.remove(connection, at.who, at.home, at.now, row, why=why), case_id)


def _note(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    corrects = entered.number(data, "corrects") if entered.text(data, "corrects") else None
    given = (connection, at.who, at.home, at.now, case_id)
    notes.add(*given, text=entered.text(data, "text"), corrects=corrects)


def _task(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    assignee = entered.number(data, "assignee") if entered.text(data, "assignee") else None
    due_at = _day(data, "due", at.settings.time_zone, time(23, 59, 59))
    given = (connection, at.who, at.home, at.now, case_id)
    tasks.add(*given, text=entered.text(data, "text"), assignee=assignee, due_at=due_at)


def _task_done(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    row = entered.number(data, "row")
    _expect_case(tasks.done(connection, at.who, at.home, at.now, row), case_id)


def _offer(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    given = {name: entered.text(data, name) for name in ("agency", "kind", "note")}
    agencies.offer(connection, at.who, at.settings, at.now, case_id, **given)


def _answer(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    given = {name: entered.text(data, name) for name in ("agency", "says", "note")}
    agencies.answer(connection, at.who, at.home, at.now, case_id, **given)


def _take_back(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    given = {name: entered.text(data, name) for name in ("agency", "why")}
    agencies.take_back(connection, at.who, at.home, at.now, case_id, **given)


def _share(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    item = Share(entered.text(data, "agency"), entered.text(data, "kind"), entered.number(data, "item"))
    on = entered.text(data, "on") == "yes"
    agencies.share(connection, at.who, at.home, at.now, case_id, share=item, on=on)


def _rename(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    charge.rename(connection, at.who, at.home, at.now, case_id, title=entered.text(data, "title"))


def _lead(connection: Connection, at: Desk, case_id: int, data: Data) -> None:
    charge.hand_to(connection, at.who, at.home, at.now, case_id, to=entered.number(data, "lead"))


DEEDS: Final[Mapping[str, Callable[[Connection, Desk, int, Data], str | None]]] = {
    "step": _step,
    "add-parcel": _add_parcel,
    "remove-parcel": _remove_parcel,
    "add-person": _add_person,
    "add-by-name": _add_by_name,
    "remove-person": _remove_person,
    "note": _note,
    "task": _task,
    "task-done": _task_done,
    "offer": _offer,
    "answer": _answer,
    "take-back": _take_back,
    "share": _share,
    "rename": _rename,
    "lead": _lead,
}
"""What forms of the page do, by the end of their addresses."""

NAMING: Final = frozenset({"add-parcel"})
"""Forms that name something by hand: where there is none, the form says so."""

SECTIONS: Final[Mapping[str, str]] = {
    "add-parcel": "parcels",
    "remove-parcel": "parcels",
    "add-person": "people",
    "add-by-name": "people",
    "remove-person": "people",
    "note": "notes",
    "task": "tasks",
    "task-done": "tasks",
    "offer": "agencies",
    "answer": "agencies",
    "take-back": "agencies",
}
"""Where on the page one is afterwards."""


# --- what pages show --------------------------------------------------------------------------------


def _listed(request: Asked, form: Form) -> Page:
    at = desk.of(request)
    filters, before = listing.parsed(request.scope["query_string"].decode("latin-1"))
    with reading(at.engine) as connection:
        counters = listing.counters(connection, at.who, at.settings, at.now)
        found = listing.page(connection, at.who, at.settings, at.now, filters, before=before)
    with writing(at.engine) as connection:
        listing.recorded(connection, at.who, at.now, found)
    return page(
        request,
        "cases.html",
        400 if form.error else 200,
        found=found,
        filters=filters,
        query=listing.as_query(filters),
        counters=counters,
        counted={name: listing.as_query(one) for name, one in listing.COUNTED.items()},
        may_begin=cases.may_begin(at.who, at.home),
        form=form,
        labels=labels,
        case_labels=case_labels,
    )


def _shown(request: Asked, case_id: int, told: Told) -> Page:
    at = desk.of(request)
    with reading(at.engine) as connection:
        found = dossier.of(connection, at.who, at.settings, at.now, case_id, ring=at.service.ring)
        context = _around(connection, at, found)
    with writing(at.engine) as connection:
        cases.record(connection, at.who, at.now, found.case, "see_case", version=found.case.version)
    return page(
        request,
        "case.html",
        told.status,
        found=found,
        case=found.case,
        people=told.people or found.people,
        revealed=told.people is not None,
        form=told.form,
        labels=labels,
        case_labels=case_labels,
        crime=_crime(found.figures, at),
        **context,
    )


def _around(connection: Connection, at: Desk, found: dossier.Dossier) -> dict[str, Any]:
    """What may be done with the case, and between what one may choose."""
    case = found.case
    may = scene.possible(connection, at.who, at.home, case)
    acting = at.home if found.whole else next((one.agency for one in found.joined if one.mine), at.home)
    corrected = {one.corrects for one in found.notes}
    return {
        "may": may,
        "acting": acting,
        "pending": steps.may_second(connection, at.who, at.home, case),
        "results": [name for name, begins in rules.RESULTS.items() if case.state in begins],
        "able": tasks.able(connection, acting) if "task" in may else {},
        "may_reveal": people.may_reveal(connection, at.who, at.home, case),
        "others": [one for one in at.settings.agencies if one not in _in_it(found)],
        "shared": agencies.shares(connection, at.who, at.home, case),
        "corrected": corrected,
        "inside": [one for one in found.parcels if one.ended_at is None],
        "outside": [one for one in found.parcels if one.ended_at is not None],
        "Share": Share,
        "days_left": None if found.file_by is None else (found.file_by - at.now).total_seconds() / 86400,
    }


def _in_it(found: dossier.Dossier) -> set[str]:
    return {one.agency for one in found.joined if one.state != "returned"}


def _crime(of_case: figures.Figures, at: Desk) -> dict[str, Any]:
    """The thresholds that the sums are held against."""
    return {
        "sticks": at.settings.criminal_sticks,
        "serious_sticks": at.settings.serious_sticks,
        "cny": at.settings.criminal_cny,
        "serious_cny": at.settings.serious_cny,
        "large": figures.is_large(of_case.found, at.settings),
        "serious": figures.is_serious(of_case.found, at.settings),
    }


def _refused(request: Asked, kind: str, data: Data, error: ScreenerError) -> Told:
    said = faults.told(error, words_of(request))
    status = {Conflict: 409, Denied: 403, Hidden: 404}.get(type(error), 400)
    return Told(Form(kind, entered.typed(data), said), status=status)


def _expect_case(changed: int, case_id: int) -> None:
    """The address and the row have to speak of one case."""
    if changed != case_id:
        raise Hidden("there is none of this case")


def _day(data: Data, name: str, zone: str, at: time) -> datetime | None:
    """A day of a form at this time of the workstation; None where none was given. Raises `BadInput`."""
    given = entered.text(data, name)
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise BadInput("case_day", f"{name}: expected a day as YYYY-MM-DD") from None
    if not 1970 <= day.year < 9000:
        raise BadInput("case_day", f"{name}: expected a day between 1970 and 9000")
    return datetime.combine(day, at, ZoneInfo(zone))


def _copy(at: Desk, one: Photograph | CaseFile) -> bytes:
    """The copy of a picture that pages show. Raises `Hidden`, `BadInput`, `Unavailable`."""
    return at.service.shelf.taken(f"photograph-{one.sha256}", lambda: _copied(at, one))


def _copied(at: Desk, one: Photograph | CaseFile) -> bytes:
    content = stored(at.service, one.address, f"picture {one.id}")
    return photographs.shown_copy(at.service.sandbox, content, one.content_type)


routes: Final[list[ControllerRouterHandler]] = [
    get_cases,
    post_cases,
    post_parcel_to_case,
    get_case,
    post_deed,
    post_second,
    post_reveal,
    post_files,
    get_file,
    get_file_shown,
    get_pdf,
    get_zip,
    post_zip,
]
