"""Every page by every role: no fault of ours, and nothing for who may not be there."""

from __future__ import annotations

import pytest

from screener.review.rights import Grant, Reviewer, Role
from screener.review.web.app import ROUTES
from screener.review.web.navigation import ENTRIES, entries
from tests.review.web.conftest import Enter

PAGES = sorted(
    {
        path
        for one in ROUTES
        for path in getattr(one, "paths", ())
        if "GET" in getattr(one, "http_methods", ()) and "{" not in path
    }
)
PUBLIC = {
    *("/sign-in", "/healthz", "/readyz", "/favicon.ico", "/station/worker.js", "/station/app.webmanifest"),
    *("/public/draws", "/public/draws/check.py"),
}
LIVE = "/live"
"""Goes on for as long as somebody listens."""


@pytest.mark.parametrize("role", [*Role, None])
def test_every_page_answers_every_role(enter: Enter, role: Role | None) -> None:
    person = enter(role)
    for path in PAGES:
        if path.startswith(LIVE):
            continue
        answer = person.get(path)
        assert answer.status_code < 500, path
        assert "Traceback" not in answer.text


@pytest.mark.parametrize("role", [*Role, None])
def test_the_head_leads_nobody_where_he_may_not_be(enter: Enter, role: Role | None) -> None:
    person = enter(role)
    me = person.get("/me").text
    listed = [one.path for one in ENTRIES if f'"{one.path}"' in me]
    for path in listed:
        assert person.get(path).status_code == 200, path
    assert len(listed) == len(entries_of(role))


def entries_of(role: Role | None) -> list[str]:
    held = () if role is None else (Grant(role),)
    return [one.path for one in entries(Reviewer(1, "x", "en", held))]


def test_nobody_sees_no_page(enter: Enter) -> None:
    nobody = enter(name=None)
    for path in PAGES:
        answer = nobody.get(path, headers={"accept": "text/html"})
        assert answer.status_code == (200 if path in PUBLIC else 404 if "oidc" in path else 303), path
