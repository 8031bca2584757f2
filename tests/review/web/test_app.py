"""What stands before and behind every page: who is let in, whose requests count, what browsers may load."""

from __future__ import annotations

import asyncio
import threading

import pytest

from screener.review.rights import Role
from screener.review.service import Service
from screener.review.web import threads
from screener.review.web.pages.signing import onward
from tests.review.web.conftest import PASSWORD, Enter, Standing


def test_nobody_is_led_to_the_way_in_and_back_to_where_he_wanted(enter: Enter) -> None:
    nobody = enter(name=None)
    answer = nobody.get("/me?x=1", headers={"accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in?next=%2Fme%3Fx%3D1")
    asked = nobody.get("/me", headers={"accept": "application/json"})
    assert asked.status_code == 401


def test_a_session_ends_by_itself(enter: Enter, clock: Standing) -> None:
    reader = enter(Role.READER)
    assert reader.get("/me").status_code == 200
    clock.pass_by(minutes=31)
    assert reader.get("/me").status_code == 303


@pytest.mark.parametrize("path", ["/me", "/nowhere", "/healthz", "/favicon.ico"])
def test_every_answer_says_what_a_browser_may_load(enter: Enter, path: str) -> None:
    answer = enter(Role.READER).get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "http" not in policy


def test_files_are_kept_for_good_under_an_address_that_changes_with_them(enter: Enter) -> None:
    reader = enter(Role.READER)
    address = reader.get("/me").text.split('rel="stylesheet" href="')[1].split('"')[0]
    sheet = reader.get(address)
    assert sheet.status_code == 200 and sheet.headers["content-type"].startswith("text/css")
    assert "immutable" in sheet.headers["cache-control"]
    assert reader.get("/static/older/base.css").headers["cache-control"] == "no-store"
    assert reader.get("/static/older/../../app.py").status_code == 404


def test_the_service_is_ready_when_its_tables_are(enter: Enter, service: Service) -> None:
    nobody = enter(name=None)
    assert nobody.get("/healthz").json() == {"status": "ok"}
    assert nobody.get("/readyz").json() == {"status": "ok", "policy": "ok"}
    service.health.waits("intake")
    told = nobody.get("/readyz")
    assert (told.status_code, told.json()["intake"]) == (200, "waits")


def test_one_signs_in_and_out(enter: Enter, service: Service) -> None:
    enter(Role.READER, name="ann")
    browser = enter(name=None)
    form = browser.get("/sign-in")
    assert form.status_code == 200
    proof = form.text.split('name="csrf" value="')[1].split('"')[0]
    entered = {"csrf": proof, "name": "Ann", "password": PASSWORD, "next": "/me?x=1"}
    wrong = browser.post("/sign-in", data=entered | {"password": "a heron in the reed"})
    assert wrong.status_code == 401 and 'role="alert"' in wrong.text
    signed_in = browser.post("/sign-in", data=entered)
    assert (signed_in.status_code, signed_in.headers["location"]) == (303, "/me?x=1")
    kept = signed_in.headers["set-cookie"]
    assert "HttpOnly" in kept and "SameSite=lax" in kept
    me = browser.get("/me")
    assert me.status_code == 200 and "ann" in me.text
    proof = me.text.split('name="csrf" value="')[1].split('"')[0]
    assert browser.post("/sign-out", data={"csrf": proof}).status_code == 303
    assert browser.get("/me").status_code == 303


@pytest.mark.parametrize(
    "given", ["//evil.example", "https://evil.example/", "/\\evil.example", "x", "/\t/e"]
)
def test_one_is_never_led_elsewhere(given: str) -> None:
    assert onward(given) == "/"


def test_what_changes_something_needs_the_proof_of_the_page(enter: Enter) -> None:
    reader = enter(Role.READER)
    form = {"language": "zh", "next": "/me"}
    assert reader.post("/language", data=form).status_code == 303
    proof = reader.headers.pop("x-csrf")
    assert reader.post("/language", data=form).status_code == 403
    assert reader.post("/language", data=form | {"csrf": "x" * 43}).status_code == 403
    assert reader.post("/language", data=form | {"csrf": proof}).status_code == 303
    from_elsewhere = {"sec-fetch-site": "cross-site"}
    assert reader.post("/language", data=form | {"csrf": proof}, headers=from_elsewhere).status_code == 403


def test_whoever_waits_for_something_holds_up_nobody_else() -> None:
    all_at_once = threading.Barrier(threads.AT_ONCE)

    async def wait() -> None:
        await threads.make_room()
        # each waits for all others: with one thread less nobody would come through
        await asyncio.gather(*(asyncio.to_thread(all_at_once.wait, 30) for _ in range(threads.AT_ONCE)))

    asyncio.run(wait())


def test_the_language_is_changed_on_a_page_that_answers_a_form(enter: Enter, service: Service) -> None:
    """Such a page has no address of its own: one comes back to the page that the form stands on."""
    chen = enter(Role.SUPERVISOR)
    refused = chen.post("/cases", data={"title": " "})
    assert refused.status_code == 400 and 'name="next" value="/cases"' in refused.text
    chen.post("/cases", data={"title": "a ring"})
    for path in ("/cases/1/reveal", "/cases/1/do/step"):
        page = chen.post(path, data={"reason": " "}).text
        back = page.split('name="next" value="')[1].split('"')[0]
        assert back == "/cases/1"
        answer = chen.post("/language", data={"language": "en", "next": back})
        assert chen.get(answer.headers["location"]).status_code == 200
