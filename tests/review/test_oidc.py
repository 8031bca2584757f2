"""Sign-in by OpenID Connect against a real provider: only what was begun here, and is true, signs in."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from sqlalchemy import Engine, select

from screener.config import ReviewSettings
from screener.errors import BadConfig, Unavailable
from screener.review import accounts, audit, database, id_token, sessions, signing_in
from screener.review.accounts import console
from screener.review.errors import Refused
from screener.review.oidc import Provider, Started
from screener.review.schema import person
from screener.review.signing_in import Answered
from tests.review.openid.server import (
    BACK,
    CLIENT,
    OTHER_CLIENT,
    SECRET,
    OpenIdServer,
    sign_in,
)

SETTINGS = ReviewSettings(agency="tobacco")


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, timeout=10.0) as client:
        yield client


@pytest.fixture
def provider(openid: OpenIdServer, http: httpx.Client, tmp_path: Path) -> Provider:
    secret = tmp_path / "secret"
    secret.write_text(SECRET + "\n")
    return Provider(openid.settings(client_secret_file=str(secret)), http)


def now() -> datetime:
    """The provider's clock is the machine's."""
    return datetime.now(UTC)


def answered(provider: Provider, started: Started, query: dict[str, str]) -> Answered:
    return Answered(provider, BACK, started.browser, query)


class Wire(httpx.BaseTransport):
    """The real wire; keeps the ID tokens that came over it."""

    def __init__(self) -> None:
        self._wire = httpx.HTTPTransport()
        self.tokens: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._wire.handle_request(request)
        response.read()
        if request.url.path == "/token" and response.status_code == 200:
            self.tokens.append(response.json()["id_token"])
        return response

    def close(self) -> None:
        self._wire.close()


def real_token(openid: OpenIdServer, engine: Engine, client_id: str) -> tuple[str, str]:
    """An ID token that the provider really made for a client, and the nonce it was asked with."""
    wire = Wire()
    with httpx.Client(transport=wire) as http:
        provider = Provider(openid.settings(client_id=client_id), http)
        started = provider.begin(engine, now(), BACK)
        provider.finish(engine, now(), BACK, started.browser, sign_in(started.url, "li"))
    return wire.tokens[-1], parse_qs(urlsplit(started.url).query)["nonce"][0]


def test_whom_the_provider_vouches_for_is_signed_in(provider: Provider, engine: Engine) -> None:
    opened = []
    for _ in range(2):
        started = provider.begin(engine, now(), BACK)
        query = sign_in(started.url, "wang")
        opened.append(
            signing_in.by_provider(engine, now(), SETTINGS, answered(provider, started, query), "10.0.0.1")
        )
    with database.reading(engine) as connection:
        found = [sessions.of(connection, now(), one.token, SETTINGS) for one in opened]
        assert found[0] is not None
        assert found[1] is not None
        assert found[0].person == found[1].person
        who = accounts.reviewer_of(connection, found[0].person)
        assert connection.scalars(select(person.c.shown)).all() == ["Inspector wang"]
        deeds = [row.what for row in audit.entries(connection)]
    assert who is not None
    assert (who.name, who.grants) == ("wang", ())
    assert deeds == ["first_sign_in", "sign_in", "sign_in"]


def test_a_public_client_signs_in_without_a_secret(
    openid: OpenIdServer, http: httpx.Client, engine: Engine
) -> None:
    provider = Provider(openid.settings(client_id=OTHER_CLIENT), http)
    started = provider.begin(engine, now(), BACK)
    identity = provider.finish(engine, now(), BACK, started.browser, sign_in(started.url, "li"))
    assert (identity.issuer, identity.subject) == (openid.issuer, "li")


def test_a_name_that_a_local_account_has_leads_to_another_account(provider: Provider, engine: Engine) -> None:
    with database.writing(engine) as connection:
        local = accounts.add(connection, console("root"), now(), "zhao")
    started = provider.begin(engine, now(), BACK)
    query = sign_in(started.url, "zhao")
    opened = signing_in.by_provider(engine, now(), SETTINGS, answered(provider, started, query), "10.0.0.1")
    with database.reading(engine) as connection:
        found = sessions.of(connection, now(), opened.token, SETTINGS)
        assert found is not None
        who = accounts.reviewer_of(connection, found.person)
    assert who is not None
    assert (who.person == local, who.name) == (False, "zhao-2")


def test_who_was_disabled_is_refused(provider: Provider, engine: Engine) -> None:
    started = provider.begin(engine, now(), BACK)
    signing_in.by_provider(
        engine, now(), SETTINGS, answered(provider, started, sign_in(started.url, "sun")), "10.0.0.1"
    )
    with database.writing(engine) as connection:
        accounts.disable(connection, console("root"), now(), accounts.find(connection, "sun"))
    started = provider.begin(engine, now(), BACK)
    query = sign_in(started.url, "sun")
    with pytest.raises(Refused):
        signing_in.by_provider(engine, now(), SETTINGS, answered(provider, started, query), "10.0.0.1")


def test_an_answer_signs_in_once(provider: Provider, engine: Engine) -> None:
    started = provider.begin(engine, now(), BACK)
    query = sign_in(started.url, "li")
    provider.finish(engine, now(), BACK, started.browser, query)
    with pytest.raises(Refused, match="state"):
        signing_in.by_provider(engine, now(), SETTINGS, answered(provider, started, query), "10.0.0.1")
    with database.reading(engine) as connection:
        assert [row.what for row in audit.entries(connection)] == ["sign_in_failed"]


def test_an_answer_signs_in_in_the_browser_that_asked_alone(provider: Provider, engine: Engine) -> None:
    mine, theirs = (provider.begin(engine, now(), BACK) for _ in range(2))
    query = sign_in(mine.url, "li")
    with pytest.raises(Refused, match="state"):
        provider.finish(engine, now(), BACK, theirs.browser, query)


def test_a_code_of_another_sign_in_is_refused(provider: Provider, engine: Engine) -> None:
    mine, theirs = (provider.begin(engine, now(), BACK) for _ in range(2))
    stolen = sign_in(theirs.url, "li")
    query = {**sign_in(mine.url, "wang"), "code": stolen["code"]}
    with pytest.raises(Refused, match="invalid_grant"):
        provider.finish(engine, now(), BACK, mine.browser, query)


def test_an_answer_that_comes_late_is_refused(provider: Provider, engine: Engine) -> None:
    started = provider.begin(engine, now() - timedelta(minutes=11), BACK)
    with pytest.raises(Refused, match="state"):
        provider.finish(engine, now(), BACK, started.browser, sign_in(started.url, "li"))


def test_an_answer_of_another_issuer_is_refused(provider: Provider, engine: Engine) -> None:
    started = provider.begin(engine, now(), BACK)
    query = {**sign_in(started.url, "li"), "iss": "https://evil.example"}
    with pytest.raises(Refused, match="iss"):
        provider.finish(engine, now(), BACK, started.browser, query)


def test_an_error_of_the_provider_is_refused_and_not_repeated(provider: Provider, engine: Engine) -> None:
    started = provider.begin(engine, now(), BACK)
    state = parse_qs(urlsplit(started.url).query)["state"][0]
    query = {"state": state, "iss": provider_issuer(started), "error": "<script>"}
    with pytest.raises(Refused, match="the provider said: an error"):
        provider.finish(engine, now(), BACK, started.browser, query)


def provider_issuer(started: Started) -> str:
    parts = urlsplit(started.url)
    return f"{parts.scheme}://{parts.netloc}"


def test_a_real_token_holds_for_its_client_its_sign_in_and_its_time_alone(
    openid: OpenIdServer, provider: Provider, engine: Engine
) -> None:
    token, nonce = real_token(openid, engine, OTHER_CLIENT)
    said = provider.claims(now(), token)

    def check(**changed: Any) -> str:
        wanted = {"issuer": openid.issuer, "client_id": OTHER_CLIENT, "nonce": nonce, "now": now()}
        return id_token.check(said, **{**wanted, **changed})

    assert check() == "li"
    for changed, what in (
        ({"client_id": CLIENT}, "aud"),
        ({"nonce": "another"}, "nonce"),
        ({"issuer": "https://evil.example"}, "iss"),
        ({"now": now() + timedelta(days=1)}, "exp"),
        ({"now": now() - timedelta(days=1)}, "iat"),
    ):
        with pytest.raises(Refused, match=what):
            check(**changed)


def test_a_token_that_nobody_or_a_shared_secret_signed_is_refused(
    openid: OpenIdServer, provider: Provider, engine: Engine
) -> None:
    token, _ = real_token(openid, engine, OTHER_CLIENT)
    key = next(one for one in openid.keys if isinstance(one, RSAKey))
    payload, kid = token.split(".")[1], key.kid
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    pem = key.as_bytes(encoding="PEM", private=False)
    forged = [
        f"{_part({'alg': 'none'})}.{payload}.",
        f"{_part({'alg': 'none', 'kid': kid})}.{payload}.",
        f"{_part({'alg': 'None', 'kid': kid})}.{payload}.{token.split('.')[2]}",
        *(_with_hmac(kid, payload, secret) for secret in (pem, pem.strip(), SECRET.encode())),
        jwt.encode({"alg": "RS256", "kid": kid}, claims, RSAKey.generate_key(2048)),
        f"{token.split('.')[0]}.{_part({**claims, 'sub': 'root'})}.{token.split('.')[2]}",
        "",
        "a.b.c",
    ]
    for one in forged:
        with pytest.raises(Refused, match="ID token"):
            provider.claims(now(), one)


def _with_hmac(kid: str | None, payload: str, secret: bytes) -> str:
    signed = f"{_part({'alg': 'HS256', 'kid': kid})}.{payload}"
    made = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def _part(said: dict[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def test_new_keys_of_the_provider_are_taken_up(
    openid: OpenIdServer, provider: Provider, engine: Engine
) -> None:
    started = provider.begin(engine, now(), BACK)
    provider.finish(engine, now(), BACK, started.browser, sign_in(started.url, "li"))
    openid.rotate()
    later = now() + timedelta(seconds=11)
    started = provider.begin(engine, later, BACK)
    identity = provider.finish(engine, later, BACK, started.browser, sign_in(started.url, "li"))
    assert identity.subject == "li"


def test_a_provider_that_is_down_signs_nobody_in(
    openid: OpenIdServer, http: httpx.Client, provider: Provider, engine: Engine
) -> None:
    started = provider.begin(engine, now(), BACK)
    query = sign_in(started.url, "li")
    openid.stop()
    try:
        with pytest.raises(Unavailable, match="ConnectError"):
            provider.finish(engine, now(), BACK, started.browser, query)
        with pytest.raises(Unavailable, match="ConnectError"):
            Provider(openid.settings(), http).begin(engine, now(), BACK)
    finally:
        openid.start()


def test_a_provider_that_calls_itself_otherwise_is_refused(
    openid: OpenIdServer, http: httpx.Client, engine: Engine
) -> None:
    renamed = openid.settings(issuer=openid.issuer.replace("127.0.0.1", "localhost"))
    with pytest.raises(BadConfig, match="calls itself"):
        Provider(renamed, http).begin(engine, now(), BACK)


def test_a_provider_without_https_elsewhere_is_refused(openid: OpenIdServer, http: httpx.Client) -> None:
    with pytest.raises(BadConfig, match="https"):
        Provider(openid.settings(issuer="http://id.example"), http)
