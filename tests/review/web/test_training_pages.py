"""A parcel for training from the queue to its answer, over the real application."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from sqlalchemy import func, select, update

from screener.config import ReviewSettings
from screener.review import accounts, database, parcels
from screener.review.fiction import library, people
from screener.review.fiction.library import Truth
from screener.review.fiction.tables import result
from screener.review.rights import Role
from screener.review.schema import action, outbox, parcel
from screener.review.service import Service
from tests.review.web.conftest import NOON, Client, Enter
from tests.stages.world import RING

REAL = 24
"""Parcels that are real."""


@pytest.fixture
def review_settings(tmp_path: Path) -> ReviewSettings:
    return ReviewSettings(
        database=f"sqlite:///{tmp_path / 'review.db'}",
        checkpoint_key=str(tmp_path / "review.ed25519"),
        tip_rate=0.5,
    )


@pytest.fixture
def service(filled: Service) -> Iterator[Service]:
    """One parcel for training lies ready, of the scan of a real one; no belt waits."""
    with database.writing(filled.engine) as connection:
        connection.execute(update(parcel).values(due_at=None))
        source = connection.execute(select(parcel.c.id).where(parcel.c.parcel_id == "P-0005")).scalar_one()
        flagged = replace(parcels.flagged_of(connection, source), due_at=None)
        rng = np.random.default_rng(1)
        sender, receiver = (people.invented(rng, "430100") for _ in range(2))
        library.add(
            *(connection, accounts.console("tests"), NOON),
            Truth("cigarettes", "5 cartons", sticks=1000, boxes=((0.1, 0.2, 0.3, 0.4),)),
            library.settled(flagged, RING, sender, receiver),
            source=source,
            source_sha256=flagged.scans[0].stored.sha256,
            signatures=[b""],
        )
    yield filled


def walked(client: Client) -> int:
    """Next after next, until one comes that was not there before; its row."""
    left = ""
    for _ in range(40):
        answer = client.post("/next", data={"queue": "", "from": left} if left else {"queue": ""})
        found = re.search(r"/parcels/(\d+)", answer.headers["location"])
        assert found is not None
        if int(found[1]) > REAL:
            return int(found[1])
        left = found[1]
    raise AssertionError("forty turns without a parcel for training")


def test_it_is_met_in_the_queue_answered_and_told(enter: Enter, service: Service) -> None:
    li, wang, chen = enter(Role.INVESTIGATOR), enter(Role.INVESTIGATOR), enter(Role.SUPERVISOR)
    number = walked(li)
    page = li.get(f"/parcels/{number}?queue=")
    assert page.status_code == 200
    naming = re.compile(r"fiction|training|训练", re.IGNORECASE)
    real = li.get("/parcels/1?queue=").text
    assert naming.findall(page.text) == naming.findall(real)  # in the head of every page
    assert li.get(f"/parcels/{number}/scans/1/pixels").status_code == 200
    assert li.get(f"/parcels/{number}/scans/1/thumb").status_code == 200
    assert f'data-row="{number}"' in li.get("/queue").text
    for other in (wang, chen):
        assert other.get(f"/parcels/{number}").status_code == 404
        assert other.get(f"/parcels/{number}/scans/1/pixels").status_code == 404
        assert f'data-row="{number}"' not in other.get("/queue?state=all").text
    form = {"kind": "release", "quality": "wrong", "version": "1", "queue": "", "tools": "invert"}
    answer = li.post(f"/parcels/{number}/act", data=form)
    assert answer.status_code == 303 and answer.headers["location"].startswith("/training/")
    trial = answer.headers["location"].partition("?")[0]
    told = li.get(answer.headers["location"])
    assert "you missed it" in told.text and "1,000 sticks" in told.text and "<rect" in told.text
    picture = li.get(f"{trial}/views/1")
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    assert li.get(f"{trial}/views/9").status_code == 404
    assert li.get(f"/parcels/{number}").status_code == 404
    assert wang.get(trial).status_code == 404 and wang.get(f"{trial}/views/1").status_code == 404
    assert chen.get(trial).status_code == 200
    with database.reading(service.engine) as connection:
        for table in (action, outbox):
            assert connection.scalar(select(func.count()).select_from(table)) == 0
        assert connection.scalar(select(result.c.tools)) == "invert"


def test_figures_are_for_oneself_and_for_supervisors(enter: Enter, service: Service) -> None:
    li, chen = enter(Role.INVESTIGATOR, name="li"), enter(Role.SUPERVISOR, name="chen")
    number = walked(li)
    li.post(f"/parcels/{number}/act", data={"kind": "open", "officers": ["a b", "c d"], "version": "1"})
    own, all_of_them = li.get("/training").text, chen.get("/training").text
    assert "too few to say" in own and "Everybody at my hubs" not in own
    assert "Everybody at my hubs" in all_of_them and "too few to say" in all_of_them
    assert enter(Role.READER).get("/training").status_code == 403
    said = {"person": "1", "percent": "10", "hours": "8"}
    assert li.post("/training/pace", data=said).status_code == 403
    assert chen.post("/training/pace", data=said).status_code == 303
    for wrong in ({"percent": "90"}, {"hours": "999"}, {"person": "x"}):
        assert chen.post("/training/pace", data=said | wrong).status_code == 400
    assert chen.post("/training/pace", data=said | {"person": "999"}).status_code == 404
    assert chen.post("/training/pace", data=said | {"person": "2"}).status_code == 403


def test_who_makes_a_case_of_it_is_told(enter: Enter, service: Service) -> None:
    li = enter(Role.INVESTIGATOR)
    number = walked(li)
    answer = li.post(f"/parcels/{number}/cases", data={"case": "new", "title": "a ring", "why": "cartons"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/training/")
    assert "1,000 sticks" in li.get(answer.headers["location"]).text
    assert "a ring" not in li.get("/cases").text


def test_who_puts_it_into_a_case_by_its_barcode_is_refused_and_told_like_for_a_real_one(
    enter: Enter, service: Service
) -> None:
    li = enter(Role.INVESTIGATOR)
    case = li.post("/cases", data={"title": "a ring"}).headers["location"]
    with database.reading(service.engine) as connection:
        real = connection.scalar(select(parcel.c.parcel_id).limit(1))
    number = walked(li)
    with database.reading(service.engine) as connection:
        code = connection.scalar(select(parcel.c.parcel_id).where(parcel.c.id == number))
    for one in (real, code):
        assert li.post(f"{case}/do/add-parcel", data={"code": one, "why": " "}).status_code == 400
    answer = li.post(f"{case}/do/add-parcel", data={"code": code, "why": "cartons"})
    assert answer.status_code == 303 and answer.headers["location"].startswith("/training/")
    page = li.get(case).text
    assert code is not None and code not in page
    again = li.post(f"{case}/do/add-parcel", data={"code": code, "why": "cartons"})
    assert again.status_code == 404
