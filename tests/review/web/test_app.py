"""What stands before and behind every page: who is let in, whose requests count, what browsers may load."""

from __future__ import annotations

import pytest

from screener.review.rights import Role
from screener.review.service import Service
from tests.review.web.conftest import Enter, Standing


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
    assert nobody.get("/readyz").status_code == 200
