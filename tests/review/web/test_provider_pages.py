"""Signing in at a real OpenID provider, there and back through the pages."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.config import ReviewSettings
from tests.review.openid.server import BACK, SECRET, OpenIdServer, sign_in
from tests.review.web.conftest import Enter, Standing

RETURN = "/sign-in/oidc"


@pytest.fixture
def clock() -> Standing:
    """That of the provider, whose tokens say when they were made."""
    return Standing(datetime.now(UTC))


@pytest.fixture
def review_settings(tmp_path: Path, openid: OpenIdServer) -> ReviewSettings:
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    return ReviewSettings(
        language="en",
        url=BACK.removesuffix(RETURN),
        oidc=replace(openid.settings(client_secret_file=str(secret)), name="Bureau"),
    )


def test_one_comes_back_signed_in_and_without_any_right(enter: Enter) -> None:
    browser = enter(name=None)
    assert "Sign in with Bureau" in browser.get("/sign-in").text
    begun = browser.get("/sign-in/oidc/begin?next=/me")
    answer = sign_in(begun.headers["location"], "ann")
    back = browser.get(RETURN, params=answer)
    assert back.status_code == 303, back.text
    assert back.headers["location"] == "/me"
    assert "You have no right yet" in browser.get("/me").text


def test_an_answer_that_was_not_begun_here_signs_nobody_in(enter: Enter) -> None:
    browser, other = enter(name=None), enter(name=None)
    answer = sign_in(other.get("/sign-in/oidc/begin").headers["location"], "ann")
    refused = browser.get(RETURN, params=answer)
    assert refused.status_code == 401 and "did not succeed" in refused.text
    assert browser.get("/me").status_code == 303
