"""What the station says: nothing of anybody where devices keep it, and elsewhere no more than may be."""

from __future__ import annotations

import hashlib
import io
import json
import re
from typing import Any

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from screener.contracts import examples
from screener.contracts.reading import encode
from screener.review import database
from screener.review.rights import Role
from screener.review.schema import audit, person
from screener.review.service import Service
from screener.review.station.tables import station_entry
from tests.review.stations import a_parcel
from tests.review.web.conftest import Client, Enter

JSON = {"accept": "application/json"}
UUID = "00000000-0000-4000-8000-00000000000{}"


@pytest.fixture
def item(service: Service) -> int:
    return a_parcel(service.engine, "P-1", flagged=encode(examples.FLAGGED))


def entry(service: Service, name: str, number: int = 1, **more: Any) -> dict[str, Any]:
    with database.reading(service.engine) as connection:
        who = connection.scalar(select(person.c.id).where(person.c.name == name))
    said = {"uuid": UUID.format(number), "person": who, "kind": "open", "barcode": "P-1"}
    times = {"made_at": "2026-11-23T03:00:00Z", "sent_at": "2026-11-23T04:00:00Z"}
    return said | times | {"fields": {"officers": ["li", "wang"]}} | more


def sent(client: Client, said: dict[str, Any], content: bytes | None = None) -> httpx.Response:
    files = {"content": ("x", content)} if content is not None else {"nothing": ("", b"")}
    return client.post("/station/entries", data={"entry": json.dumps(said)}, files=files, headers=JSON)


def jpeg() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(buffer, "JPEG")
    return buffer.getvalue()


def test_the_kept_page_says_nothing_of_anybody(enter: Enter) -> None:
    ann, nobody = enter(Role.INVESTIGATOR, name="ann-the-officer"), enter(name=None)
    page, kept = ann.get("/station"), nobody.get("/station/shell/en")
    assert page.status_code == kept.status_code == 200
    assert page.text == kept.text
    assert "ann-the-officer" not in kept.text and "csrf" not in kept.text
    assert nobody.get("/station/shell/fr").status_code == 404
    assert 'lang="zh-Hans"' in nobody.get("/station/shell/zh").text


def test_what_keeps_the_page_is_told_files_that_are_there(enter: Enter) -> None:
    nobody = enter(name=None)
    answer = nobody.get("/station/worker.js")
    assert answer.headers["service-worker-allowed"] == "/station"
    kept = json.loads(re.match(r"const KEPT = (.*);\n", answer.text)[1])  # type: ignore[index]
    for path in (*kept["files"], *kept["shells"].values()):
        assert nobody.get(path).status_code == 200, path
    modules = {path.rpartition("/")[2] for path in kept["files"]}
    for path in kept["files"]:
        if path.endswith(".js") and "vendor" not in path:
            imported = re.findall(r'(?:from|import\()\s*"\./([\w./]+)"', nobody.get(path).text)
            assert {name.rpartition("/")[2] for name in imported} <= modules, path


def test_a_tablet_can_keep_it_on_its_home_screen(enter: Enter) -> None:
    nobody = enter(name=None)
    assert 'rel="manifest" href="/station/app.webmanifest"' in nobody.get("/station/shell/en").text
    answer = nobody.get("/station/app.webmanifest")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    assert "manifest-src 'self'" in answer.headers["content-security-policy"]
    said = answer.json()
    assert (said["start_url"], said["scope"], said["display"]) == ("/station", "/station", "standalone")
    for icon in said["icons"]:
        assert nobody.get(icon["src"]).headers["content-type"].startswith(icon["type"])


def test_only_those_who_decide_come_in(enter: Enter, item: int) -> None:
    for role in (Role.READER, Role.AUDITOR, Role.ADMINISTRATOR, None):
        person_ = enter(role)
        assert person_.get("/station").status_code == 403
        assert person_.get("/station/me", headers=JSON).status_code == 403
        assert person_.get("/station/unmatched").status_code == 403
    nobody = enter(name=None)
    for path in ("/station/me", "/station/parcel?code=P-1"):
        assert nobody.get(path, headers=JSON).status_code == 401


def test_a_parcel_is_shown_masked_and_that_is_recorded(enter: Enter, service: Service, item: int) -> None:
    ann, far = enter(Role.INVESTIGATOR, name="ann"), enter(Role.INVESTIGATOR, hub="nowhere")
    said = ann.get("/station/parcel?code=P-1", headers=JSON).json()
    assert said["found"] and said["id"] == item and "open" in said["may"]
    assert "P-1" in said["html"] and "<script" not in said["html"]
    assert far.get("/station/parcel?code=P-1", headers=JSON).json() == {"found": False}
    assert far.get(f"/station/parcels/{item}/views/1").status_code == 404
    with database.reading(service.engine) as connection:
        seen = connection.scalars(select(audit.c.who).where(audit.c.what == "see")).all()
    assert seen == ["ann"]


def test_an_entry_is_answered_the_same_again(enter: Enter, service: Service, item: int) -> None:
    ann = enter(Role.INVESTIGATOR, name="ann")
    said = entry(service, "ann")
    first = sent(ann, said)
    assert first.status_code == 200 and first.json()["state"] == "done"
    assert sent(ann, said | {"sent_at": "2026-11-23T05:00:00Z"}).json() == first.json()
    assert sent(ann, said | {"barcode": "P-2"}).status_code == 400
    assert sent(ann, entry(service, "ann", 2)).status_code == 409
    assert "opened" in ann.get("/station/parcel?code=P-1", headers=JSON).json()["html"]


def test_what_came_for_no_parcel_waits_for_a_supervisor(enter: Enter, service: Service, item: int) -> None:
    ann, boss = enter(Role.INVESTIGATOR, name="ann"), enter(Role.SUPERVISOR, name="boss")
    sha256 = hashlib.sha256(jpeg()).hexdigest()
    photo = entry(service, "ann", kind="photograph", barcode="X-9", fields={}, sha256=sha256)
    note = entry(service, "ann", 2, kind="note", barcode="X-9", fields={"text": "<b>van</b>"})
    assert [sent(ann, photo, jpeg()).json()["state"], sent(ann, note).json()["state"]] == ["unmatched"] * 2
    page = boss.get("/station/unmatched").text
    assert "X-9" in page and "&lt;b&gt;van" in page
    assert boss.get("/station/entries/1/photograph").headers["content-type"] == "image/jpeg"
    assert enter(Role.INVESTIGATOR).get("/station/entries/1/photograph").status_code == 404
    assert "/station/unmatched/tie" not in ann.get("/station/unmatched").text
    refused = boss.post("/station/unmatched/tie", data={"entry": ["1", "2"], "code": "nothing"})
    assert refused.status_code == 400 and "X-9" in refused.text
    tied = boss.post("/station/unmatched/tie", data={"entry": ["1", "2"], "code": "P-1"})
    assert tied.headers["location"] == f"/parcels/{item}"
    with database.reading(service.engine) as connection:
        assert set(connection.scalars(select(station_entry.c.state))) == {"settled"}


def test_entries_without_the_proof_or_of_nobody_are_not_taken(
    enter: Enter, service: Service, item: int
) -> None:
    ann = enter(Role.INVESTIGATOR, name="ann")
    said = entry(service, "ann")
    for wrong in ("", "[]", "{}", "null", "x" * 40_000):
        assert ann.post("/station/entries", data={"entry": wrong}, headers=JSON).status_code == 400
    assert sent(enter(name=None), said).status_code == 401
    del ann.headers["x-csrf"]
    assert sent(ann, said).status_code == 403
