"""Tips, senders and licences: what is on the lists, what enters them and how, what tips led to."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler
from sqlalchemy import Connection, select

from screener.contracts.wire import Grade
from screener.core import table
from screener.core.entering import BUSINESSES
from screener.core.entries import MAY_NAME, Entry
from screener.core.table import Reading
from screener.errors import BadInput, ScreenerError
from screener.review.audit import Deed, record
from screener.review.database import reading, writing
from screener.review.errors import NONE, Conflict, Denied, Hidden
from screener.review.lists import (
    comparing,
    ending,
    files,
    jobs,
    led_to,
    preview,
    publishing,
    rights,
    seeking,
    standing,
)
from screener.review.lists.jobs import Job
from screener.review.lists.standing import Asked as Wanted
from screener.review.lists.standing import Listed, Shown
from screener.review.lists.tables import list_change, list_wrong, listed
from screener.review.papers import sheet
from screener.review.rights import Reviewer
from screener.review.web import desk, entered, faults, labels, list_labels
from screener.review.web.attachments import attachment
from screener.review.web.desk import Desk
from screener.review.web.request import (
    FORM_BYTES,
    Asked,
    Page,
    form_of,
    page,
    see_other,
    words_of,
)

PAGE: Final = 50
SHOWN_CHANGES: Final = 50
SHOWN_WRONG: Final = 100
FILE_FORM_BYTES: Final = files.LARGEST_BYTES + 64 * 1024

CSV: Final = "text/csv; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a form, and what was wrong with it."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None

    @property
    def status(self) -> int:
        return 400 if self.error else 200


NOTHING_TYPED: Final = Typed()


# --- what is on the lists ---------------------------------------------------------------------------


@get("/lists", sync_to_thread=True)
def get_lists(request: Asked) -> Page:
    """The first list that this person may see."""
    at = desk.of(request)
    names = _names(at)
    if not names:
        return page(request, "list_none.html", 200)
    return _list(request, names[0])


@get("/lists/{name:str}", sync_to_thread=True)
def get_list(request: Asked, name: FromPath[str]) -> Page:
    """A list, narrowed to what is asked for."""
    return _list(request, name)


@post("/lists/search", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_search(request: Asked) -> Page:
    """Who is on a list; what was asked for stands in no address."""
    at, data = desk.of(request), entered.of(request)
    kind, text = entered.text(data, "kind"), entered.text(data, "text")
    names = _names(at)
    if not names:
        raise Hidden(NONE)
    try:
        with writing(at.engine) as connection:
            found = seeking.seek(connection, at.who, at.home, at.now, kind, text=text, ring=at.service.ring)
    except BadInput as error:
        return _list(request, names[0], faults.told(error, words_of(request)))
    return page(request, "list_found.html", rows=_rows(at, found), kind=kind, **_said(at))


@get("/lists/rewards.csv", sync_to_thread=True)
def get_rewards(request: Asked) -> Response[bytes]:
    """All tips that named a parcel, and what each led to."""
    at = desk.of(request)
    if rights.TIPS not in _names(at):
        raise Hidden(NONE)
    with reading(at.engine) as connection:
        found = led_to.of_all(connection, at.who, at.home)
    with writing(at.engine) as connection:
        said = {"tips": len(found)}
        record(connection, Deed(at.now, at.who.name, "list_export", f"list:{rights.TIPS}", said))
    return _csv("tips", led_to.SUM_NAMES, led_to.sums(found))


# --- entering ---------------------------------------------------------------------------------------


@get("/lists/{name:str}/enter", sync_to_thread=True)
def get_enter(request: Asked, name: FromPath[str]) -> Page:
    """The form for one entry."""
    return _enter(request, name)


@post("/lists/{name:str}/enter", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_enter(request: Asked, name: FromPath[str]) -> Page | Redirect:
    """Compare one entry with the list; what it would do is looked at next."""
    at, data = desk.of(request), entered.of(request)
    _check_name(at, name)
    try:
        entry = _entry(at, name, data)
        with writing(at.engine) as connection:
            job_id = jobs.begin(connection, at.who, at.home, at.now, name, entries=[entry])
        comparing.at_once(at.engine, job_id, at.now)
    except (BadInput, Denied) as error:
        return _enter(request, name, Typed(data, _fault(request, error)))
    return see_other(f"/lists/jobs/{job_id}")


@get("/lists/{name:str}/import", sync_to_thread=True)
def get_import(request: Asked, name: FromPath[str]) -> Page:
    """The form for a file."""
    return _import(request, name)


@post("/lists/{name:str}/import", sync_to_thread=True, request_max_body_size=FILE_FORM_BYTES)
def post_import(request: Asked, name: FromPath[str]) -> Page | Redirect:
    """Keep a file, which is read in the background."""
    at, data = desk.of(request), entered.of(request)
    _check_name(at, name)
    try:
        file = files.taken(_upload(request).file, replaces=entered.text(data, "replace") == "yes")
        with writing(at.engine) as connection:
            job_id = jobs.begin_file(
                connection, at.who, at.home, at.now, name, file=file, ring=at.service.ring
            )
    except (BadInput, Denied) as error:
        return _import(request, name, Typed(data, _fault(request, error)))
    return see_other(f"/lists/jobs/{job_id}")


# --- a change on its way ----------------------------------------------------------------------------


@get("/lists/jobs/{job_id:int}", sync_to_thread=True)
def get_job(request: Asked, job_id: FromPath[int]) -> Page:
    """What a change would do, and which parcels it would have met."""
    return _job(request, job_id)


@get("/lists/jobs/{job_id:int}/state", sync_to_thread=True, opt={"quiet": True})
def get_job_state(request: Asked, job_id: FromPath[int]) -> Response[dict[str, Any]]:
    """How far it is, for the page that shows it."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        job = jobs.find(connection, at.who, at.home, job_id)
    done = job.lines if job.state == jobs.READING else job.published
    return Response({"state": job.state, "progress": round(job.progress, 4), "done": done})


@get("/lists/jobs/{job_id:int}/wrong.csv", sync_to_thread=True)
def get_job_wrong(request: Asked, job_id: FromPath[int]) -> Response[bytes]:
    """The lines that no list takes, and why."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        jobs.find(connection, at.who, at.home, job_id)
        query = select(list_wrong).where(list_wrong.c.job == job_id).order_by(list_wrong.c.line)
        rows = [[row.line, row.why] for row in connection.execute(query)]
    return _csv("wrong-lines", ("line", "why"), rows)


@post("/lists/jobs/{job_id:int}/confirm", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_confirm(request: Asked, job_id: FromPath[int]) -> Page | Redirect:
    """Publish it, or ask a second person for it."""
    at = desk.of(request)
    return _step(
        request, job_id, lambda connection: jobs.confirm(connection, at.who, at.home, at.now, job_id)
    )


@post("/lists/jobs/{job_id:int}/second", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_second_of_list(request: Asked, job_id: FromPath[int]) -> Page | Redirect:
    """Confirm or refuse what another person entered."""
    at, data = desk.of(request), entered.of(request)
    answer, note = entered.text(data, "agrees"), entered.text(data, "note")
    if answer not in {"yes", "no"}:
        raise BadInput("form", "agrees: expected yes or no")

    def step(connection: Connection) -> str:
        given = (connection, at.who, at.home, at.now, job_id)
        return jobs.second(*given, agrees=answer == "yes", note=note)

    return _step(request, job_id, step)


@post("/lists/jobs/{job_id:int}/drop", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_drop(request: Asked, job_id: FromPath[int]) -> Page | Redirect:
    """Give it up."""
    at = desk.of(request)

    def step(connection: Connection) -> str:
        jobs.drop(connection, at.who, at.home, at.now, job_id)
        return jobs.DROPPED

    return _step(request, job_id, step)


# --- one entry --------------------------------------------------------------------------------------


@get("/lists/entries/{entry:int}", sync_to_thread=True)
def get_entry(request: Asked, entry: FromPath[int]) -> Page:
    """An entry, and what it led to where it is a tip."""
    return _shown(request, entry)


@post("/lists/entries/{entry:int}/reveal", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_reveal_entry(request: Asked, entry: FromPath[int]) -> Page:
    """The same page with whom it names in full, for this answer only."""
    at, reason = desk.of(request), entered.text(entered.of(request), "reason")
    try:
        with writing(at.engine) as connection:
            shown = ending.reveal(
                connection, at.who, at.home, at.now, entry, reason=reason, ring=at.service.ring
            )
    except (BadInput, Denied) as error:
        return _shown(request, entry, typed=Typed({"reason": reason}, _fault(request, error)))
    return _shown(request, entry, shown=shown)


@post("/lists/entries/{entry:int}/end", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_end(request: Asked, entry: FromPath[int]) -> Page | Redirect:
    """Let it be in force no more."""
    return _changed(request, entry, ending.end)


@post("/lists/entries/{entry:int}/remove", sync_to_thread=True, request_max_body_size=FORM_BYTES)
def post_remove(request: Asked, entry: FromPath[int]) -> Page | Redirect:
    """Take it from its list."""
    return _changed(request, entry, ending.remove)


@get("/lists/entries/{entry:int}/led-to.csv", sync_to_thread=True)
def get_led_to(request: Asked, entry: FromPath[int]) -> Response[bytes]:
    """The parcels that a tip held, and what was found in each."""
    at = desk.of(request)
    with reading(at.engine) as connection:
        one = ending.find(connection, at.who, at.home, entry)
        if one.list != rights.TIPS:
            raise Hidden(NONE)
        found = led_to.led_to(connection, at.who, at.home, one.entry_id)
    with writing(at.engine) as connection:
        said = {"parcels": len(found.parcels)}
        record(connection, Deed(at.now, at.who.name, "list_export", one.key, said))
    return _csv(f"tip-{one.id}", led_to.COLUMN_NAMES, led_to.lines(one, found))


# --- how it is shown --------------------------------------------------------------------------------


def _list(request: Asked, name: str, error: str | None = None) -> Page:
    at = desk.of(request)
    _check_name(at, name)
    wanted = _wanted(request.query_params)
    with reading(at.engine) as connection:
        given = (connection, at.who, at.home, at.now)
        names = _names(at)
        found = standing.page(*given, name, asked=wanted, limit=PAGE + 1)
        counts = standing.counts(*given, dict.fromkeys(names, Wanted()))
        latest = jobs.latest(connection, at.who, at.home, name)
        tips = [one.entry_id for one in found if one.list == rights.TIPS]
        held = led_to.counts(connection, at.who, at.home, tips)
    asked = {key: value for key, value in request.query_params.items() if value and key != "before"}
    with writing(at.engine) as connection:
        told = {**asked, "found": len(found[:PAGE])}
        record(connection, Deed(at.now, at.who.name, "list_see", f"list:{name}", told))
    return page(
        request,
        "list.html",
        400 if error else 200,
        name=name,
        names=names,
        counts=counts,
        rows=_rows(at, found[:PAGE]),
        held=held,
        jobs=latest,
        wanted=wanted,
        asked=asked,
        before=found[PAGE - 1].id if len(found) > PAGE else None,
        may_enter=rights.may_enter(at.who, at.home, name),
        may_import=rights.may_import(at.who, at.home, name),
        error=error,
        kinds=MAY_NAME[standing.KINDS[name]],
        **_said(at),
    )


def _enter(request: Asked, name: str, typed: Typed = NOTHING_TYPED) -> Page:
    at = desk.of(request)
    _check_name(at, name)
    if not rights.may_enter(at.who, at.home, name):
        rights.check_enter(at.who, at.home, name)
    kinds = MAY_NAME[standing.KINDS[name]]
    said = {"name": name, "kinds": kinds, "typed": typed, "sources": _sources(at, name)}
    return page(request, "list_enter.html", typed.status, **said, **_said(at))


def _import(request: Asked, name: str, typed: Typed = NOTHING_TYPED) -> Page:
    at = desk.of(request)
    _check_name(at, name)
    if not rights.may_import(at.who, at.home, name):
        raise Denied("a list is imported by the home agency's people who may enter what is on it")
    kind = standing.KINDS[name]
    columns = {"columns": table.columns_of(kind), "required": table.REQUIRED[kind]}
    return page(request, "list_import.html", typed.status, name=name, typed=typed, **columns, **_said(at))


def _job(request: Asked, job_id: int, error: str | None = None) -> Page:
    at, words = desk.of(request), words_of(request)
    with reading(at.engine) as connection:
        job = jobs.find(connection, at.who, at.home, job_id)
        changes = _first_changes(connection, at, job)
        wrong = _first_wrong(connection, job)
        looked = job.state in {jobs.READY, jobs.SECONDING, jobs.PUBLISHING}
        seen = preview.matches(connection, at.who, at.home, job) if looked else None
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "list_job", job.key))
    return page(
        request,
        "list_job.html",
        400 if error else 200,
        job=job,
        changes=changes,
        wrong=[(line, list_labels.wrong(words, why), why) for line, why in wrong],
        preview=seen,
        own=job.by == at.who.person,
        error=error,
        **_said(at),
    )


def _shown(request: Asked, entry: int, *, shown: Shown | None = None, typed: Typed = NOTHING_TYPED) -> Page:
    at = desk.of(request)
    with reading(at.engine) as connection:
        one = ending.find(connection, at.who, at.home, entry)
        is_tip = one.list == rights.TIPS
        led = led_to.led_to(connection, at.who, at.home, one.entry_id) if is_tip else None
    with writing(at.engine) as connection:
        record(connection, Deed(at.now, at.who.name, "list_entry", one.key))
    return page(
        request,
        "list_entry.html",
        typed.status,
        one=one,
        names=shown or standing.masked(one, one.list, at.service.ring),
        revealed=shown is not None,
        may_reveal=ending.may_reveal(at.who, at.home, one) and one.entry.target.kind != "waybill",
        may_change=rights.may_enter(at.who, at.home, one.list),
        led=led,
        typed=typed,
        **_said(at),
    )


def _rows(at: Desk, found: tuple[Listed, ...]) -> list[tuple[Listed, Shown, str]]:
    """Entries with whom they name, masked, and their state."""
    ring = at.service.ring
    return [(one, standing.masked(one, one.list, ring), one.state(at.now)) for one in found]


def _said(at: Desk) -> dict[str, Any]:
    """What all pages of lists know."""
    return {
        "labels": labels,
        "said": list_labels,
        "all_names": _names(at),
        "grades": list(Grade),
        "businesses": BUSINESSES,
        "search_kinds": seeking.KINDS,
        "last": _last,
    }


def _last(end: datetime) -> datetime:
    """The last moment before an end: a term that ends at midnight lasts for the day before."""
    return end - timedelta(milliseconds=1)


def _first_changes(
    connection: Connection, at: Desk, job: Job
) -> list[tuple[str, str, Entry | None, Shown | None]]:
    """The first entries that change, with whom they name."""
    query = select(list_change).where(list_change.c.job == job.id, list_change.c.what.in_(jobs.CHANGES))
    found: list[tuple[str, str, Entry | None, Shown | None]] = []
    for row in connection.execute(query.order_by(list_change.c.n).limit(SHOWN_CHANGES)):
        entry = None if row.value is None else standing.entry_of(job.list, row.value)
        shown = None if entry is None else standing.masked(entry, job.list, at.service.ring)
        found.append((row.what, row.entry_id, entry, shown))
    return found


def _first_wrong(connection: Connection, job: Job) -> list[tuple[int, str]]:
    query = select(list_wrong).where(list_wrong.c.job == job.id).order_by(list_wrong.c.line)
    return [(row.line, row.why) for row in connection.execute(query.limit(SHOWN_WRONG))]


def _sources(at: Desk, name: str) -> list[str]:
    """Sources that tips have named so far, of those that this person may see."""
    if name != rights.TIPS:
        return []
    query = select(listed.c.source).where(listed.c.list == name, rights.visible(at.who, at.home)).distinct()
    with reading(at.engine) as connection:
        return sorted(one for one in connection.scalars(query.limit(20)) if one)


# --- what was sent ----------------------------------------------------------------------------------


def _entry(at: Desk, name: str, data: Mapping[str, Any]) -> Entry:
    """The entry of a form. Raises `BadInput`."""
    kind, by = standing.KINDS[name], entered.text(data, "kind")
    if by not in MAY_NAME[kind]:
        raise BadInput("form", f"kind: expected one of {', '.join(MAY_NAME[kind])}")
    fields = {one: entered.text(data, one).strip() for one in table.SAYS[kind]}
    fields[by] = entered.text(data, "text").strip()
    fields["expires"] = _end_of(entered.text(data, "expires").strip(), at)
    if "e_cigarettes" in fields:
        fields["e_cigarettes"] = "yes" if fields["e_cigarettes"] else "no"
    entry_id = entered.text(data, "id").strip()
    if name == rights.TIPS:
        entry_id = f"tip-{at.now:%Y%m%d}-{secrets.token_hex(4)}"
    return table.entry(fields, by, entry_id, Reading(kind, at.service.ring, at.now))


def _end_of(day: str, at: Desk) -> str:
    """The end of a day at the workstation, as the tables of lists write times."""
    if not day:
        return ""
    try:
        after = date.fromisoformat(day) + timedelta(days=1)
        return datetime.combine(after, time(), ZoneInfo(at.settings.time_zone)).isoformat()
    except (ValueError, OverflowError):
        raise BadInput("schema", "expires: expected a day as YYYY-MM-DD") from None


def _upload(request: Asked) -> UploadFile:
    for one in form_of(request).getall("file", []):
        if isinstance(one, UploadFile):
            return one
    raise BadInput("list_file", "file: expected a CSV file, got none")


def _step(request: Asked, job_id: int, step: Callable[[Connection], str]) -> Page | Redirect:
    """Do one step of a job, and look at it again; what can be published at once is."""
    at = desk.of(request)
    try:
        with writing(at.engine) as connection:
            state = step(connection)
            if state == jobs.PUBLISHING:
                publishing.at_once(connection, job_id, at.now)
        if state == jobs.COMPARING:
            _compare_few(at, job_id)
    except (BadInput, Conflict, Denied) as error:
        return _job(request, job_id, _fault(request, error))
    return see_other(f"/lists/jobs/{job_id}")


def _compare_few(at: Desk, job_id: int) -> None:
    """A form is compared again at once; a file in the background."""
    with reading(at.engine) as connection:
        job = jobs.of(connection, job_id)
    if job is not None and not job.from_file:
        comparing.at_once(at.engine, job_id, at.now)


def _changed(
    request: Asked,
    entry: int,
    change: Callable[[Connection, Reviewer, str, datetime, int], None],
) -> Page | Redirect:
    at = desk.of(request)
    try:
        with writing(at.engine) as connection:
            change(connection, at.who, at.home, at.now, entry)
    except (Conflict, Denied) as error:
        return _shown(request, entry, typed=Typed({}, _fault(request, error)))
    return see_other(f"/lists/entries/{entry}")


def _fault(request: Asked, error: ScreenerError) -> str:
    words = words_of(request)
    said = list_labels.wrong(words, error.detail) if isinstance(error, BadInput) else ""
    return said or faults.told(error, words)


def _names(at: Desk) -> list[str]:
    return [name for name in standing.TOPICS if rights.sees(at.who, at.home, name)]


def _check_name(at: Desk, name: str) -> None:
    if name not in _names(at):
        raise Hidden(NONE)


def _wanted(given: Mapping[str, str]) -> Wanted:
    """What a page is narrowed to; what no list knows narrows to nothing. Raises `BadInput`."""
    before = given.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadInput("filters", "before: expected the number of a row")
    allowed: dict[str, tuple[str, ...]] = {
        "state": standing.STATES,
        "kind": seeking.KINDS,
        "business": BUSINESSES,
        "grade": tuple(Grade),
    }
    for one, values in allowed.items():
        if given.get(one, "") and given[one] not in values:
            raise BadInput("filters", f"{one}: expected one of {', '.join(values)}")
    return Wanted(**{one: given.get(one, "") for one in allowed}, before=int(before) if before else None)


def _csv(name: str, header: tuple[str, ...], rows: list[list[Any]]) -> Response[bytes]:
    content = sheet.csv_bytes(header, rows)
    return Response(content, media_type=CSV, headers=attachment(f"{name}.csv"))


routes: Final[list[ControllerRouterHandler]] = [
    *(get_lists, get_list, post_search, get_rewards),
    *(get_enter, post_enter, get_import, post_import),
    *(get_job, get_job_state, get_job_wrong, post_confirm, post_second_of_list, post_drop),
    *(get_entry, post_reveal_entry, post_end, post_remove, get_led_to),
]
