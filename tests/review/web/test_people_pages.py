"""Accounts, grants and the record as pages: each for its role alone, and what is done there holds."""

from __future__ import annotations

import pytest

from screener.review.rights import Role
from tests.review.web.conftest import PASSWORD, Enter

OTHERS = [role for role in Role if role is not Role.ADMINISTRATOR]


def test_an_administrator_adds_a_person_who_can_then_sign_in(enter: Enter) -> None:
    admin = enter(Role.ADMINISTRATOR)
    added = admin.post("/people", data={"name": "bob", "password": PASSWORD, "language": "zh"})
    where = added.headers["location"]
    assert added.status_code == 303 and admin.get(where).status_code == 200
    given = {"role": "reader", "hub": "*", "agency": "tobacco"}
    assert admin.post(f"{where}/grants", data=given).status_code == 303
    assert admin.post(f"{where}/grants", data=given).status_code == 409
    assert admin.post(f"{where}/grants", data=given | {"role": "auditor"}).status_code == 400
    assert "Reader" in admin.get(where).text
    assert admin.post(f"{where}/grants/revoke", data=given).status_code == 303
    assert admin.post(f"{where}/password", data={"password": "short"}).status_code == 400
    assert admin.post(f"{where}/disable").status_code == 303
    assert admin.post(f"{where}/enable").status_code == 303


def test_a_person_changes_the_password_that_somebody_else_set_and_signs_in_again(enter: Enter) -> None:
    mine, new = enter(Role.READER), "another-battery-17"
    assert 'action="/me/password"' in mine.get("/me").text
    assert mine.post("/me/password", data={"old": "wrong", "password": new}).status_code == 403
    assert mine.post("/me/password", data={"old": PASSWORD, "password": "short"}).status_code == 400
    assert mine.get("/me").status_code == 200
    assert mine.post("/me/password", data={"old": PASSWORD, "password": new}).status_code == 303
    assert mine.get("/me", follow_redirects=False).status_code == 303


@pytest.mark.parametrize("role", [*OTHERS, None])
def test_people_are_for_administrators_alone(enter: Enter, role: Role | None) -> None:
    other = enter(role)
    assert other.get("/people").status_code == 403
    assert other.get("/people/1").status_code == 403
    assert other.post("/people", data={"name": "eve"}).status_code == 403
    assert other.post("/people/1/grants", data={"role": "reader"}).status_code == 403


@pytest.mark.parametrize("role", [one for one in Role if one is not Role.AUDITOR])
def test_the_record_is_for_auditors_alone(enter: Enter, role: Role) -> None:
    assert enter(role).get("/record").status_code == 403


def test_an_auditor_reads_who_did_what_and_that_is_a_row_too(enter: Enter) -> None:
    auditor = enter(Role.AUDITOR, name="audrey")
    page = auditor.get("/record")
    assert page.status_code == 200 and "added a person" in page.text
    again = auditor.get("/record?what=see_record&who=audrey")
    assert "saw the record" in again.text and "added a person" not in again.text.split("<tbody>")[1]


@pytest.mark.parametrize(
    "query", ["since=x", "until=2026-02-30", "before=-1", "before=9999999999999999999", "since=9999-12-31"]
)
def test_what_the_record_cannot_look_for_is_refused(enter: Enter, query: str) -> None:
    assert enter(Role.AUDITOR).get(f"/record?{query}").status_code == 400


def test_an_auditor_of_one_hub_reads_of_its_parcels_alone(enter: Enter) -> None:
    page = enter(Role.AUDITOR, hub="east").get("/record")
    assert page.status_code == 200 and "added a person" not in page.text.split("<tbody>")[1]
