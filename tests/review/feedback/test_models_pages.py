"""The pages of models: for those who switch them on at the hub, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import insert

from screener.review import database, sessions
from screener.review.rights import Grant, Role
from screener.review.schema import grant
from screener.review.web import app
from tests.review.feedback.hall import EAST, Hall
from tests.review.web.conftest import sign_in

Enter = Callable[[str], TestClient[Litestar]]


@pytest.fixture
def enter(hall: Hall) -> Iterator[Enter]:
    """Somebody of the hall signed in; `reader` and `investigator` of that role."""
    application = app.create(hall.service)

    def entered(name: str) -> TestClient[Litestar]:
        client = TestClient(application, base_url="http://testserver.local")
        client.follow_redirects = False
        if name in hall.people:
            with database.writing(hall.engine) as connection:
                person, settings = hall.people[name].person, hall.service.settings
                opened = sessions.begin(connection, hall.service.clock(), person, settings)
            token, csrf = opened.token, opened.csrf
            grant_all(hall, name)
        else:
            token, csrf = sign_in(hall.service, name, [Grant(Role(name))])
        client.cookies.set("screener-session", token)
        client.headers.update({"x-csrf": csrf, "accept": "text/html"})
        return client

    yield entered


def grant_all(hall: Hall, name: str) -> None:
    """The grants that the hall says this person has."""
    who = hall.people[name]
    rows = [
        {"person": who.person, "role": one.role.value, "hub": one.hub, "agency": one.agency}
        for one in who.grants
    ]
    with database.writing(hall.engine) as connection:
        connection.execute(insert(grant), rows)


def test_a_supervisor_sees_what_would_have_changed_and_switches_it_on(hall: Hall, enter: Enter) -> None:
    month = hall.month()
    number = hall.compared()
    ann, bob = enter("ann"), enter("bob")
    shown = bob.get(f"/models/{number}").text
    for said in ("2 / 3", "67%", "不能说明的", "adapted-1", "shared-1"):
        assert said in shown
    picture = f"/models/{number}/parcels/{month['lost']}/1"
    for side in ("before", "after"):
        answer = bob.get(f"{picture}/{side}")
        assert (answer.status_code, answer.content[:4]) == (200, b"\x89PNG")
    assert bob.get(f"{picture}/beside").status_code == 404
    assert bob.get(f"/models/{number}/parcels/{month['kept']}/1/after").status_code == 404
    sha256 = {"sha256": shown.split('name="sha256" value="')[1][:64]}
    assert ann.post(f"/models/{number}/switch", data=sha256).status_code == 403
    assert hall.at_work() == "shared-1"
    assert bob.post(f"/models/{number}/switch", data=sha256).status_code == 303
    assert hall.at_work() == "adapted-1"
    assert bob.post(f"/models/{number}/switch", data=sha256).status_code == 409
    assert "换回" in ann.get("/models").text
    assert ann.post("/models/switches/1/back").status_code == 303
    assert hall.at_work() == "shared-1"


@pytest.mark.parametrize(
    ("name", "listed"), [("eve", 200), ("wes", 200), ("reader", 403), ("investigator", 403), ("auditor", 403)]
)
def test_to_all_others_it_is_not_there(hall: Hall, enter: Enter, name: str, listed: int) -> None:
    month = hall.month()
    number = hall.compared()
    person = enter(name)
    shown = person.get("/models")
    assert shown.status_code == listed
    assert "adapted-1" not in shown.text and EAST.scanner not in shown.text
    paths = (f"/models/{number}", f"/models/{number}/parcels/{month['lost']}/1/after")
    assert [person.get(path).status_code for path in paths] == [404, 404]
    assert person.get(paths[0]).text.count("adapted") == 0
    assert person.post(f"/models/{number}/switch", data={"sha256": "0" * 64}).status_code == 404
    assert person.post("/models/switches/1/back").status_code == 404
    assert hall.at_work() == "shared-1"
