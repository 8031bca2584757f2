"""The record of all reads and writes, for auditors."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import msgspec
from litestar import get
from litestar.types import ControllerRouterHandler

from screener.errors import BadInput
from screener.review import trail
from screener.review.audit import Entry
from screener.review.database import reading, writing
from screener.review.trail import Asked as Wanted
from screener.review.web.request import Asked, Page, now_of, page, service_of, who_of

PAGE: Final = 100


@get("/record", sync_to_thread=True)
def get_record(request: Asked) -> Page:
    """A page of rows, newest first."""
    service, who, now = service_of(request), who_of(request), now_of(request)
    wanted = _wanted(request, ZoneInfo(service.settings.time_zone))
    with reading(service.engine) as connection:
        trail.visible(who, service.settings.agency)
        known, head = trail.deeds(connection), trail.head(connection)
        rows = trail.rows(connection, who, service.settings.agency, wanted, limit=PAGE)
    with writing(service.engine) as connection:
        trail.recorded(connection, who, now, wanted, rows)
    return page(
        request,
        "record.html",
        rows=[(row, _said(row)) for row in rows],
        known=known,
        head=head,
        given=request.query_params,
        older=_older(request, rows),
    )


def _wanted(request: Asked, zone: ZoneInfo) -> Wanted:
    """The query string as conditions; days are those of the workstation. Raises `BadInput`."""
    given = request.query_params
    until = _day(given.get("until", ""), zone)
    before = given.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 19):
        raise BadInput("malformed", "before: expected the number of a row")
    return Wanted(
        who=_text(given.get("who", "")),
        what=_text(given.get("what", "")),
        target=_text(given.get("target", "")),
        since=_day(given.get("since", ""), zone),
        until=None if until is None else until + timedelta(days=1),
        before=int(before) if before else None,
    )


def _text(given: str) -> str:
    """A text that a database takes."""
    if "\0" in given:
        raise BadInput("malformed", "expected a text, got one with a zero byte")
    return given.strip()


def _day(given: str, zone: ZoneInfo) -> datetime | None:
    """The beginning of a day."""
    if not given:
        return None
    try:
        day = date.fromisoformat(given)
    except ValueError:
        raise BadInput("malformed", "expected a day as YYYY-MM-DD") from None
    if not 1970 <= day.year < 9000:
        raise BadInput("malformed", "expected a day between 1970 and 9000")
    return datetime.combine(day, time(), zone)


def _said(row: Entry) -> dict[str, Any]:
    """The details of a row, by name."""
    found: dict[str, Any] = msgspec.json.decode(row.details)
    return found


def _older(request: Asked, rows: tuple[Entry, ...]) -> str | None:
    """Where the page goes on, if it was full."""
    if len(rows) < PAGE:
        return None
    given = {name: value for name, value in request.query_params.items() if name != "before" and value}
    return "/record?" + urlencode(given | {"before": rows[-1].n})


routes: Final[list[ControllerRouterHandler]] = [get_record]
