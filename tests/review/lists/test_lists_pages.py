"""The pages of lists: from a form or a file to the topic, by whom, and nothing personal on the way."""

from __future__ import annotations

import logging
import re
import threading

import pytest
from sqlalchemy import func, insert, select

from screener.review import database
from screener.review.lists import working
from screener.review.lists.tables import list_job, listed, tip_hold
from screener.review.rights import Role
from screener.review.schema import audit, outbox, parcel
from screener.review.service import Service
from tests.review.stations import a_parcel
from tests.review.web.conftest import Client, Enter

PHONE, NAME, ADDRESS = "13912345678", "欧阳某某", "长沙市开福区金丝雀路9号3室"
CANARIES = (PHONE, NAME, "金丝雀路9号", "+8613912345678")


def worked(service: Service) -> None:
    while working.work_off(service, threading.Event()):
        pass


def entered(client: Client, name: str, **fields: str) -> str:
    """The job that a form leads to."""
    answer = client.post(f"/lists/{name}/enter", data={"kind": "phone", "text": PHONE, **fields})
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def imported(client: Client, service: Service, name: str, content: bytes, **fields: str) -> str:
    files = {"file": ("canary.csv", content, "text/csv")}
    answer = client.post(f"/lists/{name}/import", files=files, data=fields)
    assert answer.status_code == 303, answer.text
    worked(service)
    return answer.headers["location"]


def test_a_tip_is_entered_looked_at_published_and_ended(enter: Enter, service: Service) -> None:
    ann = enter(Role.INVESTIGATOR)
    where = entered(ann, "tips", source="12313", reference="R-1", expires="2026-12-31")
    shown = ann.get(where).text
    assert "Publish it" in shown and "***5678" in shown and PHONE not in shown
    assert ann.post(f"{where}/confirm").status_code == 303
    assert "Published" in ann.get(where).text
    page = ann.get("/lists/tips").text
    (entry,) = re.findall(r"/lists/entries/(\d+)", page)
    assert "in force" in page and "31 Dec 2026" in page and "R-1" in page
    assert PHONE in ann.post(f"/lists/entries/{entry}/reveal", data={"reason": "与举报核对"}).text
    assert ann.post(f"/lists/entries/{entry}/reveal", data={"reason": "x"}).status_code == 400
    assert ann.post(f"/lists/entries/{entry}/end").status_code == 303
    assert "expired" in ann.get(f"/lists/entries/{entry}").text
    assert ann.post(f"/lists/entries/{entry}/remove").status_code == 303
    assert ann.post(f"/lists/entries/{entry}/remove").status_code == 400
    with database.reading(service.engine) as connection:
        told = connection.execute(select(outbox.c.topic, outbox.c.action, outbox.c.value)).all()
    assert [(topic, action) for topic, action, _ in told] == [("screener.tips", None)] * 3
    assert told[2].value is None


def test_a_licence_wants_another_supervisor(enter: Enter) -> None:
    ann, bo = enter(Role.SUPERVISOR), enter(Role.SUPERVISOR)
    where = entered(ann, "licences", id="permit-7", sticks="50000", grams="any", e_cigarettes="yes")
    assert ann.post(f"{where}/confirm").status_code == 303
    assert ann.post(f"{where}/second", data={"agrees": "yes"}).status_code == 400
    assert bo.post(f"{where}/second", data={"agrees": "no"}).status_code == 400
    assert bo.post(f"{where}/second", data={"agrees": "yes"}).status_code == 303
    assert "confirmed by" in bo.get("/lists/licences").text


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_file_says_what_is_wrong_with_its_lines(enter: Enter, service: Service, language: str) -> None:
    ann = enter(Role.SUPERVISOR, language=language)
    lines = "id,phone,address,grade,business,expires\n" + "".join(
        f"{line}\n"
        for line in (
            f"s1,{PHONE},{ADDRESS},B,e_cigarettes,",
            f"s2,139****5678,,B,,",  # noqa: F541
            f"s3,{PHONE},,{NAME},,",
        )
    )
    where = imported(ann, service, "senders", lines.encode("gb18030"))
    shown = ann.get(where).text
    assert "expected one of AAA" in shown and ("wrong lines" in shown or "错误行" in shown)
    assert not any(one in shown for one in CANARIES)
    table = ann.get(f"{where}/wrong.csv").text
    assert [line.split(",")[0] for line in table.splitlines()[1:]] == ["3", "4"]
    state = ann.get(f"{where}/state", headers={"accept": "application/json"}).json()
    assert state["state"] == "ready"
    ann.post(f"{where}/confirm")
    worked(service)
    assert "s1.phone" in ann.get("/lists/senders?business=e_cigarettes").text
    assert "s1.phone" not in ann.get("/lists/senders?business=shop").text


def test_a_file_that_is_none_is_no_fault_of_ours(enter: Enter, service: Service) -> None:
    ann = enter(Role.SUPERVISOR)
    for content in (b"", b"PK\x03\x04", b"\xff\xff\xff"):
        answer = ann.post("/lists/tips/import", files={"file": ("x.csv", content, "text/csv")})
        assert answer.status_code == 400
    where = imported(ann, service, "tips", b"id,nothing\n1,2\n")
    assert "unknown column" in ann.get(where).text
    assert ann.post("/lists/tips/import", data={"replace": "yes"}).status_code == 400


def test_nothing_personal_comes_into_record_log_or_address(
    enter: Enter, service: Service, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    ann = enter(Role.SUPERVISOR)
    visited = [entered(ann, "tips", source="12313")]
    visited.append(entered(ann, "tips", kind="name", text=NAME, source="12313"))
    visited.append(imported(ann, service, "tips", f"id,address,source\nt1,{ADDRESS},x\n".encode()))
    for where in visited:
        ann.post(f"{where}/confirm")
    worked(service)
    for kind, text in (("phone", PHONE), ("name", NAME), ("address", ADDRESS)):
        answer = ann.post("/lists/search", data={"kind": kind, "text": text})
        assert answer.status_code == 200 and "/lists/entries/" in answer.text
        assert not any(one in answer.text for one in CANARIES)
    ann.post("/lists/tips/enter", data={"kind": "phone", "text": "139****5678", "source": "x"})
    with database.reading(service.engine) as connection:
        kept = [*connection.scalars(select(audit.c.details)), *connection.scalars(select(audit.c.target))]
    said = "".join((*kept, *visited, caplog.text, *capsys.readouterr()))
    assert not any(one in said for one in CANARIES)


def test_who_may_not_see_a_list_finds_none(enter: Enter) -> None:
    reader, police = enter(Role.READER), enter(Role.INVESTIGATOR, agency="police")
    ann = enter(Role.SUPERVISOR)
    where = entered(ann, "tips", source="匿名", reference="R-9")
    ann.post(f"{where}/confirm")
    for client in (reader, police):
        assert client.get(where).status_code == 404
        assert client.get("/lists/entries/1").status_code == 404
        assert "R-9" not in client.get("/lists").text
        assert client.get("/lists/entries/1/led-to.csv").status_code == 404
    assert reader.get("/lists/tips").status_code == 404 and police.get("/lists/senders").status_code == 404
    assert reader.get("/lists/rewards.csv").status_code == 404
    assert "R-9" not in police.get("/lists/rewards.csv").text
    own = entered(police, "tips", source="巡查")
    police.post(f"{own}/confirm")
    assert "巡查" in police.get("/lists/tips").text and "匿名" not in police.get("/lists/tips").text
    assert "巡查" in ann.get("/lists/tips").text
    assert police.get("/lists/tips/import").status_code == 403
    assert reader.get("/lists/senders/enter").status_code == 403
    assert enter(Role.ADMINISTRATOR).get("/lists").status_code == 200


def test_what_tips_led_to_can_be_taken_away(enter: Enter, service: Service) -> None:
    ann = enter(Role.SUPERVISOR)
    ann.post(f"{entered(ann, 'tips', source='=cmd()', reference='R-1')}/confirm")
    item_id = a_parcel(service.engine, "P-1", tip=True)
    with database.writing(service.engine) as connection:
        tip = connection.execute(select(listed)).one()
        values = {"entry_id": tip.entry_id, "parcel": item_id, "at": service.clock()}
        connection.execute(insert(tip_hold).values(values))
    assert "P-1" in ann.get(f"/lists/entries/{tip.id}").text
    one = ann.get(f"/lists/entries/{tip.id}/led-to.csv").content.decode("utf-8-sig").splitlines()
    whole = ann.get("/lists/rewards.csv").content.decode("utf-8-sig").splitlines()
    assert "P-1" in one[1] and "R-1" in whole[1] and "'=cmd()" in whole[1]
    west = enter(Role.SUPERVISOR, hub="west")
    assert "P-1" not in west.get(f"/lists/entries/{tip.id}").text
    assert len(west.get(f"/lists/entries/{tip.id}/led-to.csv").text.splitlines()) == 1


def test_what_was_typed_wrong_stays_in_its_form(enter: Enter, service: Service) -> None:
    ann = enter(Role.SUPERVISOR)
    data = {"kind": "waybill", "text": "**", "source": "12313"}
    answer = ann.post("/lists/tips/enter", data=data)
    assert answer.status_code == 400 and "at least 4 letters" in answer.text and 'value="**"' in answer.text
    for wrong in ({"kind": "x"}, {"expires": "soon"}, {"source": ""}, {"source": "a\x00b"}, {"text": "-"}):
        answer = ann.post("/lists/tips/enter", data={"kind": "phone", "text": PHONE, "source": "a", **wrong})
        assert answer.status_code == 400, wrong
    assert ann.get("/lists/tips?state=x").status_code == 400
    assert ann.get("/lists/nothing").status_code == 404
    with database.reading(service.engine) as connection:
        assert connection.scalar(select(func.count()).select_from(list_job)) == 0
        assert connection.scalar(select(func.count()).select_from(parcel)) == 0
