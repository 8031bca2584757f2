"""The pages of the draw: one for those who inspect, the others for everybody and without anybody in them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from screener.review import database
from screener.review.draws import days, keeping
from screener.review.rights import Role
from screener.review.service import Service
from tests.review.draws.test_days import screened
from tests.review.stations import a_parcel
from tests.review.web.conftest import NOON, Enter

TODAY = "2026-11-23"


@pytest.fixture
def drawn(service: Service, enter: Enter) -> Service:
    """A day with parcels and officers, its hash published the day before."""
    a_parcel(service.engine, "P-1", hub="east")
    enter(Role.INVESTIGATOR, name="li"), enter(Role.INVESTIGATOR, name="wang")
    with database.writing(service.engine) as connection:
        days.commit(connection, service.ring, NOON - timedelta(days=1))
    keeping.keep(service)
    screened(service.engine, "east", 60)
    return service


def test_everybody_may_see_the_day_and_nobody_is_in_it(enter: Enter, drawn: Service) -> None:
    nobody = enter(name=None)
    for path in ("/public/draws", f"/public/draws/{TODAY}", "/public/draws/check.py"):
        answer = nobody.get(path)
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert "set-cookie" not in answer.headers and "csrf" not in answer.text
        assert not any(name in answer.text for name in ("wang", "P-1"))
    page = nobody.get(f"/public/draws/{TODAY}?language=en").text
    assert ">60<" in page and drawn.ring.seed(TODAY).hex() not in page
    assert nobody.get(f"/public/draws/{TODAY}/drawn.csv").status_code == 404
    for unknown in ("2027-01-01", "yesterday", "2026-11-31"):
        assert nobody.get(f"/public/draws/{unknown}").status_code == 404


def test_afterwards_the_seed_and_the_marks_are_there(enter: Enter, drawn: Service) -> None:
    with database.writing(drawn.engine) as connection:
        assert TODAY in days.publish(connection, drawn.ring, NOON + timedelta(days=3), 2.0)
    nobody = enter(name=None)
    assert drawn.ring.seed(TODAY).hex() in nobody.get(f"/public/draws/{TODAY}?language=zh").text
    lines = nobody.get(f"/public/draws/{TODAY}/drawn.csv").text.splitlines()
    assert lines[0] == "sha256" and all(len(line) == 64 for line in lines[1:])


def test_who_inspects_is_for_those_who_are_signed_in(enter: Enter, drawn: Service) -> None:
    boss, police = enter(Role.SUPERVISOR, name="boss"), enter(Role.INVESTIGATOR, agency="police")
    page = boss.get("/draws").text
    assert "wang" in page and 'href="/queue?hub=east' in page
    assert "wang" not in police.get("/draws").text
    assert enter(name=None).get("/draws").status_code == 303
    assert enter(Role.ADMINISTRATOR).get("/draws").status_code == 403
    said = {"person": "1", "hub": "*", "why": "conflict", "note": "cousin sends"}
    said |= {"since": "2026-11-24", "until": "2026-11-25"}
    assert boss.post("/draws/exclusions", data=said).status_code == 303
    assert "cousin sends" in boss.get("/draws").text
    theirs = enter(Role.SUPERVISOR, name="chief", agency="police").get("/draws").text
    assert "cousin sends" not in theirs and "wang" not in theirs
    refused = boss.post("/draws/exclusions", data=said | {"since": TODAY})
    assert refused.status_code == 409 and "cousin sends" in refused.text
    assert boss.post("/draws/exclusions", data=said | {"note": ""}).status_code == 400
    assert police.post("/draws/exclusions", data=said).status_code == 403
    assert boss.post("/draws/exclusions/1/end").status_code == 303
    assert "cousin sends" not in boss.get("/draws").text
