"""Who reads much lets others write meanwhile: the writing transaction of a page holds its record alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event

from screener.review.cases import notes
from screener.review.rights import Role
from screener.review.service import Service
from tests.review.cases.desks import Desk, known_parcel
from tests.review.stations import somebody
from tests.review.web.conftest import Enter


@contextmanager
def written(engine: Engine) -> Iterator[list[str]]:
    """The statements of all writing transactions meanwhile."""
    found: list[str] = []

    def see(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        begins = statement.startswith("BEGIN")
        if connection.get_execution_options().get("screener_writes") and not begins:
            found.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", see)
    yield found
    event.remove(engine, "before_cursor_execute", see)


@pytest.mark.parametrize(
    "path", ["/record", "/cases", "/cases/1", "/cases/1/export.pdf", "/cases/1/export.zip"]
)
def test_a_page_writes_its_record_and_reads_nothing_meanwhile(
    service: Service, enter: Enter, path: str
) -> None:
    desk = Desk(service.engine)
    li = somebody(service.engine, "li", Role.SUPERVISOR)
    case = desk.begin(li, "one", known_parcel(service.engine, "P-1"))
    desk.call(notes.add, li, case, text="x")
    asking = enter(Role.AUDITOR if path == "/record" else Role.SUPERVISOR)
    assert asking.get(path).status_code == 200  # the session is touched once
    with written(service.engine) as statements:
        assert asking.get(path).status_code == 200
    assert 0 < len(statements) <= 6
    assert [one for one in statements if "audit" not in one] == []
