"""What somebody sends who means no good: it tells him nothing, keeps nothing, and is no fault of ours."""

from __future__ import annotations

import io
import re

import httpx
import pytest
from litestar import Litestar
from litestar.testing import TestClient
from msgspec.structs import replace
from PIL import Image
from sqlalchemy import select, update

from screener.config import ReviewSettings
from screener.contracts import examples
from screener.contracts.reading import encode
from screener.review import database
from screener.review.rights import Role
from screener.review.schema import photograph
from screener.review.service import Service
from screener.review.web import app
from tests.review.stations import a_parcel
from tests.review.web.conftest import Client, Enter, sign_in

JSON = {"accept": "application/json"}
ROWS = ("/parcels/{}", "/parcels/{}/scans/1/thumb", "/photographs/{}", "/custody/{}")
DEEDS = ("/actions/{}/undo", "/actions/{}/second", "/handovers/{}/accept", "/custody/{}")


@pytest.fixture
def item(service: Service) -> int:
    return a_parcel(service.engine, "P-1", flagged=encode(examples.FLAGGED))


def form(**fields: bytes) -> tuple[bytes, dict[str, str]]:
    """A form whose fields say that they are UTF-7, which has ways to write what is no text."""
    part = b'--X\r\nContent-Disposition: form-data; name="%b"\r\n'
    part += b"Content-Type: text/plain; charset=utf-7\r\n\r\n%b\r\n"
    body = b"".join(part % (name.encode(), value) for name, value in fields.items())
    return body + b"--X--\r\n", {"content-type": "multipart/form-data; boundary=X"}


@pytest.mark.parametrize("row", [2**63, -(2**63), 10**30])
def test_rows_that_no_database_can_have_are_not_there(enter: Enter, row: int) -> None:
    ann = enter(Role.INVESTIGATOR)
    assert [ann.get(path.format(row)).status_code for path in ROWS] == [404] * len(ROWS)
    assert [ann.post(path.format(row)).status_code for path in DEEDS] == [404] * len(DEEDS)


def test_what_no_database_keeps_is_refused_before_it_is_asked(enter: Enter, item: int) -> None:
    ann = enter(Role.SUPERVISOR)
    for path in ("/figures?hub=%00", "/networks?origin=%00", "/cases?q=%00", "/station/parcel?code=%00"):
        assert ann.get(path).status_code == 400, path
    assert ann.post(f"/parcels/{item}/cases", data={"case": "new", "title": "a\0b"}).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "/figures/behind?measure=found&after=20261123.99999999999999999999999",
        "/networks?until=9999-12-31",
        "/networks?since=0001-01-01",
        "/figures?since=9999-12-31",
        "/figures/report?month=9999-99",
        "/cases?before=9999999999999999999",
        "/lists/tips?before=9999999999999999999",
    ],
)
def test_what_is_out_of_all_range_is_no_fault_of_ours(enter: Enter, path: str) -> None:
    assert enter(Role.SUPERVISOR).get(path).status_code == 400


def test_a_field_that_is_no_text_is_refused(enter: Enter, item: int) -> None:
    ann, nobody = enter(Role.INVESTIGATOR), enter(name=None)
    proof = re.search(r'name="csrf" value="([^"]+)"', nobody.get("/sign-in").text)
    assert proof
    body, headers = form(csrf=proof[1].encode(), name=b"li+2AA-", password=b"x")
    assert nobody.post("/sign-in", content=body, headers=headers).status_code == 400
    body, headers = form(reason=b"because +2AA-", name=b"view+2AA-", queue=b"", **{"text+2AA-": b"x"})
    for path in (f"/parcels/{item}/reveal", "/views", f"/parcels/{item}/act", "/next"):
        assert ann.post(path, content=body, headers=headers).status_code == 400, path


def test_what_is_elsewhere_looks_like_what_is_nowhere(enter: Enter, service: Service, item: int) -> None:
    """Or numbers of deeds, pictures and seizures would tell which of them are somewhere."""
    ann, other = enter(Role.INVESTIGATOR), enter(Role.INVESTIGATOR, hub="west")
    note = {"kind": "note", "version": "1", "text": "seen"}
    assert ann.post(f"/parcels/{item}/act", data=note).status_code == 303
    assert added(ann, item).status_code == 303
    for path in (*DEEDS[:2], "/photographs/{}", "/parcels/{}"):
        here, nowhere = (asked(other, path.format(row)) for row in (1, 999))
        assert (here.status_code, here.json()) == (nowhere.status_code, nowhere.json()), path
        assert here.status_code == 404


def asked(client: Client, path: str) -> httpx.Response:
    if "actions" in path:
        return client.post(path, data={"agrees": "yes"}, headers=JSON)
    return client.get(path, headers=JSON)


def added(client: Client, item: int) -> httpx.Response:
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "navy").save(picture, "JPEG")
    files = {"photograph": ("found.jpg", picture.getvalue(), "image/jpeg")}
    return client.post(f"/parcels/{item}/photographs", files=files)


def test_a_photograph_that_is_gone_says_so(enter: Enter, service: Service, item: int) -> None:
    ann = enter(Role.INVESTIGATOR)
    added(ann, item)
    with database.writing(service.engine) as connection:
        address = connection.scalar(select(photograph.c.address)) or ""
        gone = address.replace(address[-20:], "0" * 20)
        connection.execute(update(photograph).values(address=gone))
    assert ann.get("/photographs/1").status_code == 404


def test_a_small_picture_that_a_browser_keeps_is_of_one_session(enter: Enter, item: int) -> None:
    ann = enter(Role.INVESTIGATOR)
    added(ann, item)
    kept = ann.get("/photographs/1").headers
    assert "private" in kept["cache-control"] and kept["vary"] == "cookie"


def test_who_sees_no_parcel_is_not_told_that_something_goes_on(enter: Enter) -> None:
    for role in (None, Role.ADMINISTRATOR):
        assert enter(role).get("/live").status_code == 403


def test_a_search_is_not_recorded_as_an_opening(enter: Enter, item: int) -> None:
    enter(Role.INVESTIGATOR).get("/open?code=P-1")
    rows = enter(Role.AUDITOR).get("/record").text
    assert "searched" in rows and '<td class="tight">opened</td>' not in rows


def test_under_https_cookies_end_as_they_began(service: Service, review_settings: ReviewSettings) -> None:
    """A browser ignores what is to end a `__Host-` cookie and does not itself keep to its rules."""
    settings = replace(review_settings, url="https://review.example")
    secure = Service(
        config=replace(service.config, review=settings),
        engine=service.engine,
        clock=service.clock,
        ring=service.ring,
        store=service.store,
        sandbox=service.sandbox,
    )
    token, csrf = sign_in(secure, "ann", [])
    browser: TestClient[Litestar] = TestClient(app.create(secure), base_url="https://review.example")
    browser.follow_redirects = False
    browser.cookies.set("__Host-session", token)
    said = browser.post("/sign-out", headers={"x-csrf": csrf}).headers["set-cookie"]
    assert said.startswith('__Host-session=""') and "Max-Age=0" in said
    assert "Secure" in said and "Path=/" in said
