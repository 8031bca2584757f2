"""The pages of parcels over the real application: who sees what, what a form does, what is recorded."""

from __future__ import annotations

import html
import io
import re
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from screener.review import database
from screener.review.rights import Role
from screener.review.schema import action, audit, parcel
from screener.review.service import Service
from tests.review.web.conftest import Client, Enter, Standing

OFFICERS = ["李伟", "王芳"]
FOUND = {"kind": "found", "cartons": "5", "origin": "genuine", "officers": OFFICERS, "quality": "right"}
SEIZE = {"kind": "seize", "seal": "FX-1", "place": "三号库", "given_by": "李伟"}


@pytest.fixture
def service(filled: Service) -> Service:
    """All of these pages are of the simulated parcels."""
    return filled


def row(service: Service, parcel_id: str) -> Any:
    with database.reading(service.engine) as connection:
        return connection.execute(select(parcel).where(parcel.c.parcel_id == parcel_id)).one()


def deeds(service: Service, what: str) -> list[Any]:
    with database.reading(service.engine) as connection:
        return list(connection.execute(select(audit).where(audit.c.what == what).order_by(audit.c.n)))


def act(client: Client, service: Service, parcel_id: str, **fields: Any) -> httpx.Response:
    """Send the form of a move as the page shows it now."""
    now = row(service, parcel_id)
    return client.post(f"/parcels/{now.id}/act", data={"version": str(now.version)} | fields)


def opened_and_found(client: Client, service: Service, parcel_id: str) -> None:
    assert act(client, service, parcel_id, kind="open", officers=OFFICERS).status_code == 303
    assert act(client, service, parcel_id, **FOUND).status_code == 303


def test_the_queue_shows_what_waits_and_counts_it(enter: Enter, service: Service) -> None:
    page = enter(Role.INVESTIGATOR).get("/queue")
    assert page.status_code == 200
    assert len(re.findall(r"<tr data-row=", page.text)) == 24
    assert '<b data-counter="waiting">24</b>' in page.text
    assert deeds(service, "list")[-1].target == "queue"


@pytest.mark.parametrize(
    ("query", "some", "others"),
    [
        ("kind=e_cigarettes", "P-0003", "P-0000"),
        ("why=unjudged", "P-0020", "P-0000"),
        ("q=P-0012", "P-0012", "P-0011"),
        ("due=belt", "P-0001", "P-0004"),
    ],
)
def test_filters_leave_out_the_others(enter: Enter, query: str, some: str, others: str) -> None:
    page = enter(Role.READER).get(f"/queue?{query}")
    assert f">{some}<" in page.text
    assert f">{others}<" not in page.text


def test_a_filter_that_is_none_is_said_to_be(enter: Enter) -> None:
    page = enter(Role.READER).get("/queue?colour=red")
    assert page.status_code == 400
    assert "These filters are not known here." in page.text


def test_who_takes_the_next_parcel_has_it_and_nobody_else_gets_it(enter: Enter, service: Service) -> None:
    ann, bea = enter(Role.INVESTIGATOR), enter(Role.INVESTIGATOR)
    first, second = (one.post("/next", data={"queue": ""}) for one in (ann, bea))
    assert first.status_code == second.status_code == 303
    assert first.headers["location"] != second.headers["location"]
    assert "mine until" in ann.get(first.headers["location"]).text
    assert "has it" in bea.get(first.headers["location"]).text


def test_who_passes_over_a_parcel_gets_another_and_gives_the_first_back(
    enter: Enter, service: Service
) -> None:
    ann = enter(Role.INVESTIGATOR)
    first = ann.post("/next", data={"queue": ""}).headers["location"]
    item_id = first.split("?")[0].rsplit("/", 1)[1]
    second = ann.post("/next", data={"queue": "", "from": item_id}).headers["location"]
    assert second.split("?")[0] != first.split("?")[0]
    assert f"passed={item_id}" in second
    bea = enter(Role.INVESTIGATOR)
    assert bea.post("/next", data={"queue": ""}).headers["location"].split("?")[0] == first.split("?")[0]


def test_the_parcel_page_shows_what_a_decision_needs(enter: Enter, service: Service) -> None:
    page = enter(Role.INVESTIGATOR).get(f"/parcels/{row(service, 'P-0000').id}").text
    assert "About 1,040 sticks (720 to 1,450)" in page
    assert (
        'aria-label="about 1,040 sticks, 80 % interval 720 sticks to 1,450 sticks, limit 400 sticks"' in page
    )
    assert "not declared" in page
    assert deeds(service, "see")[-1].target == "h1/P-0000"


def test_reasons_are_in_the_readers_language(enter: Enter, service: Service) -> None:
    page = enter(Role.INVESTIGATOR, language="zh").get(f"/parcels/{row(service, 'P-0000').id}").text
    assert "约 1,040 支（720 至 1,450 支），超过限量 400 支的概率为 95%" in page
    assert "About" not in page


def test_people_are_masked_until_they_are_revealed_for_a_reason(enter: Enter, service: Service) -> None:
    ann, item_id = enter(Role.INVESTIGATOR), row(service, "P-0000").id
    masked = ann.get(f"/parcels/{item_id}").text
    assert "李***" in masked and "13800001001" not in masked and "李明" not in masked
    refused = ann.post(f"/parcels/{item_id}/reveal", data={"reason": "so"})
    assert refused.status_code == 400 and "13800001001" not in refused.text
    assert 'value="so"' in refused.text
    shown = ann.post(f"/parcels/{item_id}/reveal", data={"reason": "called by the hub"})
    assert shown.status_code == 200 and "13800001001" in shown.text and "李明" in shown.text
    assert "13800001001" not in ann.get(f"/parcels/{item_id}").text
    told = deeds(service, "reveal")[-1]
    assert "called by the hub" in told.details and "李明" not in told.details


def test_a_reader_is_offered_nothing_to_decide(enter: Enter, service: Service) -> None:
    ann, item_id = enter(Role.READER), row(service, "P-0000").id
    page = ann.get(f"/parcels/{item_id}").text
    assert "data-move=" not in page and "/reveal" not in page
    assert act(ann, service, "P-0000", kind="release", quality="wrong").status_code == 403
    assert ann.post("/next", data={"queue": ""}).status_code == 403


def test_what_is_elsewhere_does_not_exist(enter: Enter, service: Service) -> None:
    ann, item_id = enter(Role.INVESTIGATOR, hub="west"), row(service, "P-0000").id
    for path in (f"/parcels/{item_id}", f"/parcels/{item_id}/standing", f"/parcels/{item_id}/scans/1/pixels"):
        assert ann.get(path).status_code == 404
    assert act(ann, service, "P-0000", kind="release", quality="wrong").status_code == 404
    assert "P-00" not in ann.get("/queue?state=all").text
    assert ann.get("/open?code=P-0000").headers["location"].startswith("/queue")


def test_a_barcode_leads_to_its_parcel_and_words_to_the_queue(enter: Enter, service: Service) -> None:
    ann = enter(Role.READER)
    item_id = row(service, "P-0007").id
    for code in ("P-0007", "WP-0007", "S-0007"):
        assert ann.get("/open", params={"code": code}).headers["location"] == f"/parcels/{item_id}"
    found = ann.get("/open", params={"code": "茶叶"}).headers["location"]
    assert found.startswith("/queue?") and 'data-row="' in ann.get(found).text


def test_a_release_goes_on_to_the_next_and_can_be_undone(enter: Enter, service: Service) -> None:
    ann = enter(Role.INVESTIGATOR)
    gone = act(ann, service, "P-0004", kind="release", quality="wrong", queue="")
    assert gone.status_code == 303 and gone.headers["location"].startswith("/parcels/")
    page = ann.get(gone.headers["location"]).text
    undo = re.search(r'action="(/actions/\d+/undo)"', page)
    assert undo and row(service, "P-0004").state == "closed"
    assert ann.post(undo[1], data={"parcel": str(row(service, "P-0004").id)}).status_code == 303
    assert row(service, "P-0004").state == "waiting"


def test_after_its_time_nothing_is_undone(enter: Enter, service: Service, clock: Standing) -> None:
    ann = enter(Role.INVESTIGATOR)
    act(ann, service, "P-0004", kind="release", quality="wrong")
    clock.pass_by(seconds=10)
    assert "/undo" not in ann.get("/queue").text
    with database.reading(service.engine) as connection:
        number = connection.scalar(select(action.c.id))
    assert ann.post(f"/actions/{number}/undo").status_code == 409


def test_a_form_that_was_refused_keeps_what_was_typed(enter: Enter, service: Service) -> None:
    ann = enter(Role.INVESTIGATOR)
    assert act(ann, service, "P-0004", kind="open", officers=OFFICERS).status_code == 303
    refused = act(ann, service, "P-0004", **FOUND | {"officers": ["李伟", "李伟"], "note": "in <two> bags"})
    assert refused.status_code == 400
    assert "Name two different officers." in refused.text
    assert 'id="move-found"' in refused.text and re.search(r'id="move-found"[^>]* data-open', refused.text)
    assert 'name="cartons" type="number" value="5"' in refused.text
    assert "in &lt;two&gt; bags" in refused.text
    assert row(service, "P-0004").state == "inspecting"


def test_a_page_that_is_out_of_date_changes_nothing(enter: Enter, service: Service) -> None:
    ann, bea = enter(Role.INVESTIGATOR), enter(Role.INVESTIGATOR)
    before = row(service, "P-0004")
    assert act(ann, service, "P-0004", kind="note", text="looked at").status_code == 303
    stale = bea.post(
        f"/parcels/{before.id}/act",
        data={"version": str(before.version), "kind": "release", "quality": "wrong", "note": "kept"},
    )
    assert stale.status_code == 409
    assert "kept" in stale.text and row(service, "P-0004").state == "waiting"
    assert f'name="version" value="{row(service, "P-0004").version}"' in stale.text


def test_a_seizure_stands_when_another_person_confirms_it(enter: Enter, service: Service) -> None:
    ann, bea = enter(Role.INVESTIGATOR, name="ann"), enter(Role.INVESTIGATOR, name="bea")
    opened_and_found(ann, service, "P-0004")
    assert act(ann, service, "P-0004", **SEIZE).status_code == 303
    assert row(service, "P-0004").state == "seconding"
    assert "FX-1" not in ann.get("/seconds").text
    assert "FX-1" in bea.get("/seconds").text
    page = bea.get(f"/parcels/{row(service, 'P-0004').id}").text
    second = re.search(r'action="(/actions/\d+/second)"', page)
    assert second
    assert ann.post(second[1], data={"agrees": "yes"}).status_code == 403
    assert bea.post(second[1], data={"agrees": "yes"}).status_code == 303
    assert row(service, "P-0004").state == "seized"
    custody = re.search(r'href="(/custody/\d+)"', ann.get(f"/parcels/{row(service, 'P-0004').id}").text)
    assert custody
    handed = {"given_by": "ann", "taken_by": "赵强", "place": "五号库"}
    assert ann.post(custody[1], data=handed | {"given_by": "nobody"}).status_code == 400
    assert ann.post(custody[1], data=handed).status_code == 303
    assert "五号库" in ann.get(custody[1]).text


def test_another_agency_accepts_what_was_referred_to_it(
    enter: Enter, service: Service, clock: Standing
) -> None:
    ann = enter(Role.INVESTIGATOR, agency="tobacco")
    police = enter(Role.INVESTIGATOR, agency="police")
    item_id = row(service, "P-0004").id
    assert police.get(f"/parcels/{item_id}").status_code == 404
    assert act(ann, service, "P-0004", kind="refer", agency="police", note="200 cartons").status_code == 303
    clock.pass_by(seconds=11)
    inbox = police.get("/handovers").text
    assert "200 cartons" in inbox
    answer = re.search(r'action="(/handovers/\d+)/accept"', inbox)
    assert answer
    assert police.post(f"{answer[1]}/return", data={"note": ""}).status_code == 400
    assert police.post(f"{answer[1]}/accept").status_code == 303
    assert police.get(f"/parcels/{item_id}").status_code == 200
    assert police.post(f"{answer[1]}/close", data={"note": "done"}).status_code == 303
    assert row(service, "P-0004").state == "closed"


def test_only_what_was_seen_is_released_together(enter: Enter, service: Service) -> None:
    ann = enter(Role.INVESTIGATOR)
    two = [row(service, name) for name in ("P-0004", "P-0009")]
    chosen = {"chosen": [f"{one.id}:{one.version}" for one in two], "quality": "wrong"}
    refused = ann.post("/queue/release", data=chosen)
    assert refused.status_code == 400 and "looked at" in refused.text
    for one in two:
        ann.get(f"/parcels/{one.id}")
    assert ann.get("/queue").text.count('name="chosen"') == 2
    assert ann.post("/queue/release", data=chosen | {"quality": ""}).status_code == 400
    assert ann.post("/queue/release", data=chosen).status_code == 303
    assert {row(service, name).state for name in ("P-0004", "P-0009")} == {"closed"}


def test_views_are_kept_and_forgotten(enter: Enter) -> None:
    ann, bea = enter(Role.INVESTIGATOR, name="ann"), enter(Role.INVESTIGATOR, name="bea")
    kept = {"queue": "kind=e_cigarettes", "name": "vapes", "shared": "yes"}
    assert ann.post("/views", data=kept).status_code == 303
    assert 'href="/queue?kind=e_cigarettes"' in bea.get("/queue").text
    view = re.search(r'action="(/views/\d+/forget)"', ann.get("/queue").text)
    assert view and view[1] not in bea.get("/queue").text
    assert bea.post(view[1], data={"queue": ""}).status_code == 404
    assert ann.post(view[1], data={"queue": ""}).status_code == 303
    assert "vapes" not in bea.get("/queue").text


def test_a_photograph_is_kept_and_shown_without_its_place(enter: Enter, service: Service) -> None:
    ann, item_id = enter(Role.INVESTIGATOR), row(service, "P-0004").id
    picture = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at the depot"
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG", exif=exif)
    given = {"photograph": ("found.jpg", picture.getvalue(), "image/jpeg")}
    assert ann.post(f"/parcels/{item_id}/photographs", files=given).status_code == 303
    shown = re.search(r'<img src="(/photographs/\d+)"', ann.get(f"/parcels/{item_id}").text)
    assert shown
    copy = ann.get(shown[1])
    assert copy.headers["content-type"] == "image/jpeg" and b"depot" not in copy.content
    text = {"photograph": ("found.jpg", b"no picture", "image/jpeg")}
    assert ann.post(f"/parcels/{item_id}/photographs", files=text).status_code == 400
    assert enter(Role.READER, hub="west").get(shown[1]).status_code == 404


def test_what_a_hub_declares_stays_text(enter: Enter, service: Service) -> None:
    page = enter(Role.INVESTIGATOR).get(f"/parcels/{row(service, 'P-0003').id}").text
    assert "<script>alert" not in page
    assert "{{ 7 * 7 }}" in html.unescape(page)


def test_a_claim_lasts_while_its_page_is_worked_on(enter: Enter, service: Service, clock: Standing) -> None:
    ann = enter(Role.INVESTIGATOR)
    where = ann.post("/next", data={"queue": ""}).headers["location"].split("?")[0]
    for _ in range(3):
        clock.pass_by(seconds=200)
        assert ann.post(f"{where}/touch").json()["mine"]
    clock.pass_by(seconds=301)
    assert not ann.get(f"{where}/standing").json()["mine"]
    assert not ann.post(f"{where}/touch").json()["mine"]


def test_a_supervisor_ends_anothers_claim(enter: Enter, service: Service) -> None:
    ann, bea = enter(Role.INVESTIGATOR), enter(Role.SUPERVISOR)
    where = ann.post("/next", data={"queue": ""}).headers["location"].split("?")[0]
    assert ann.post(f"{where}/reassign").status_code == 403
    assert bea.post(f"{where}/claim").status_code == 409
    assert bea.post(f"{where}/reassign").status_code == 303
    assert bea.post(f"{where}/claim").status_code == 303


def test_which_tools_were_used_is_recorded_with_the_decision(enter: Enter, service: Service) -> None:
    ann = enter(Role.INVESTIGATOR)
    act(ann, service, "P-0004", kind="release", quality="wrong", tools="map  invert")
    assert '"used":"map invert"' in deeds(service, "tools")[-1].details


def test_nothing_that_is_malformed_is_a_fault_of_ours(enter: Enter, service: Service) -> None:
    ann, item_id = enter(Role.INVESTIGATOR), row(service, "P-0004").id
    for data in ({}, {"kind": "release"}, {"kind": "x", "version": "1"}, {"version": "²", "kind": "note"}):
        assert ann.post(f"/parcels/{item_id}/act", data=data).status_code == 400
    assert ann.post("/next", data={"queue": "colour=red"}).status_code == 400
    assert ann.post("/next", data={"queue": "", "from": "x"}).status_code == 400
    assert ann.get(f"/parcels/{item_id}?queue=&passed=a,b").status_code == 400
    assert ann.get("/queue?after=rubbish").status_code == 400
    assert ann.get("/queue/rows?colour=red").status_code == 400
    assert ann.post("/actions/1/second", data={"agrees": "maybe"}).status_code == 400
    assert ann.post("/handovers/1/eat", data={}).status_code == 400
