"""Sign-in by OpenID Connect: the code flow with PKCE, as RFC 9700 asks for.

A sign-in that was begun is kept here until it comes back, once, in the browser that began it. Tokens of the
provider are looked at and thrown away: what follows is a session of our own.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import Engine, delete, insert

from screener.config import OidcSettings
from screener.errors import BadConfig, Unavailable
from screener.review import database, id_token
from screener.review.accounts import Identity
from screener.review.errors import Refused
from screener.review.id_token import NotSigned
from screener.review.schema import oidc_start

T = TypeVar("T")

COMES_BACK_WITHIN: Final = timedelta(minutes=10)
KNOWN_FOR: Final = timedelta(hours=1)
"""How long the discovery document is believed."""
KEYS_AGAIN_AFTER: Final = timedelta(seconds=10)
"""Tokens that no key has signed make us ask for new keys so often at most."""

LARGEST_ANSWER: Final = 1024 * 1024
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_CODE: Final = re.compile(r"[a-z_]{1,64}")


@dataclass(frozen=True, slots=True)
class Started:
    """Where the browser goes, and the secret that it keeps in a cookie until it comes back."""

    url: str
    browser: str = field(repr=False)


class Discovered(msgspec.Struct, frozen=True):
    """What a provider says of itself, as far as we ask."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    code_challenge_methods_supported: tuple[str, ...] = ("S256",)
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)
    authorization_response_iss_parameter_supported: bool = False


class Tokens(msgspec.Struct, frozen=True):
    """What a code is exchanged for."""

    id_token: str
    access_token: str


class Provider:
    """The provider of the settings; its document and keys are asked for when they are needed, and kept.

    Threads may share it. `http` must not follow redirects.
    """

    def __init__(self, settings: OidcSettings, http: httpx.Client) -> None:
        """Raises `BadConfig` for an issuer that is not https, or a secret that cannot be read."""
        _expect_https(settings.issuer, settings.issuer)
        self._settings = settings
        self._http = http
        self._secret = _secret(settings.client_secret_file)
        self._discovered: tuple[Discovered, datetime] | None = None
        self._keys: tuple[KeySet, datetime] | None = None

    @property
    def name(self) -> str:
        """What the button says."""
        return self._settings.name

    def begin(self, engine: Engine, now: datetime, redirect_uri: str) -> Started:
        """Begin a sign-in that ends at `redirect_uri`. Raises `Unavailable`, `BadConfig`."""
        found = self._discover(now)
        state, nonce, browser, verifier = (secrets.token_urlsafe(32) for _ in range(4))
        row = {"state_sha256": _hashed(state), "browser_sha256": _hashed(browser), "at": now}
        with database.writing(engine) as connection:
            connection.execute(delete(oidc_start).where(oidc_start.c.at <= now - COMES_BACK_WITHIN))
            connection.execute(insert(oidc_start).values(row | {"nonce": nonce, "verifier": verifier}))
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(self._settings.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(found.authorization_endpoint).query else "?"
        return Started(found.authorization_endpoint + joint + urlencode(asked), browser)

    def finish(
        self, engine: Engine, now: datetime, redirect_uri: str, browser: str, answer: Mapping[str, str]
    ) -> Identity:
        """Whom the provider vouches for; `answer` is the query that the browser brought to `redirect_uri`.

        Raises `Refused` where anything is not as it was begun, `Unavailable`, `BadConfig`.
        """
        nonce, verifier = _taken(engine, now, answer.get("state", ""), browser)
        found = self._discover(now)
        _check_answer(found, answer)
        tokens = self._exchange(found, answer["code"], redirect_uri, verifier)
        said = self.claims(now, tokens.id_token)
        issuer, client_id = self._settings.issuer, self._settings.client_id
        subject = id_token.check(said, issuer=issuer, client_id=client_id, nonce=nonce, now=now)
        return _identity(issuer, subject, self._profile(found, tokens, subject, said))

    def claims(self, now: datetime, token: str) -> Mapping[str, Any]:
        """What a token of this provider says, its keys asked for anew where none fits. Raises `Refused`."""
        kept = self._keys
        if kept is not None:
            try:
                return id_token.claims(token, kept[0])
            except NotSigned:
                if now - kept[1] < KEYS_AGAIN_AFTER:
                    raise
        keys = self._fetch_keys(now)
        return id_token.claims(token, keys)

    def _discover(self, now: datetime) -> Discovered:
        if self._discovered is None or now - self._discovered[1] > KNOWN_FOR:
            where = self._settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
            found = _decoded(self._ask("GET", where), Discovered, where)
            _check_discovered(found, self._settings.issuer)
            self._discovered = (found, now)
        return self._discovered[0]

    def _fetch_keys(self, now: datetime) -> KeySet:
        where = self._discover(now).jwks_uri
        listed = _decoded(self._ask("GET", where), dict[str, list[dict[str, Any]]], where).get("keys", [])
        public = [one for one in listed if one.get("kty") in {"RSA", "EC"} and one.get("use", "sig") == "sig"]
        try:
            keys = KeySet.import_key_set({"keys": public})
        except (JoseError, ValueError) as error:
            raise Unavailable(f"{where}: expected keys, got {type(error).__name__}") from None
        self._keys = (keys, now)
        return keys

    def _exchange(self, found: Discovered, code: str, redirect_uri: str, verifier: str) -> Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        client_id, headers = self._settings.client_id, {}
        if self._secret is None:
            form["client_id"] = client_id
        elif "client_secret_basic" in found.token_endpoint_auth_methods_supported:
            pair = f"{quote_plus(client_id)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client_id, "client_secret": self._secret}
        answer = self._ask("POST", found.token_endpoint, data=form, headers=headers)
        return _decoded(answer, Tokens, found.token_endpoint)

    def _profile(
        self, found: Discovered, tokens: Tokens, subject: str, said: Mapping[str, Any]
    ) -> Mapping[str, Any]:
        """The names of the person: many providers tell them at an endpoint of its own."""
        if found.userinfo_endpoint is None or "name" in said or "preferred_username" in said:
            return said
        headers = {"Authorization": f"Bearer {tokens.access_token}"}
        answer = self._ask("GET", found.userinfo_endpoint, headers=headers)
        profile = _decoded(answer, dict[str, Any], found.userinfo_endpoint)
        if profile.get("sub") != subject:
            raise Refused("userinfo: expected the subject of the ID token")
        return profile

    def _ask(self, method: str, where: str, **request: Any) -> bytes:
        headers = {"Accept": "application/json", **request.pop("headers", {})}
        try:
            with self._http.stream(method, where, headers=headers, **request) as response:
                body = _limited(response, where)
        except httpx.HTTPError as error:
            raise Unavailable(f"{where}: {type(error).__name__}") from None
        if response.status_code == httpx.codes.OK:
            return body
        if response.is_client_error and method == "POST":
            raise Refused(f"{where}: {_error_code(body)}")
        raise Unavailable(f"{where}: expected status 200, got {response.status_code}")


def _taken(engine: Engine, now: datetime, state: str, browser: str) -> tuple[str, str]:
    """Nonce and verifier of a sign-in that comes back for the first time, in the browser that began it."""
    found = delete(oidc_start).where(
        oidc_start.c.state_sha256 == _hashed(state),
        oidc_start.c.browser_sha256 == _hashed(browser),
        oidc_start.c.at > now - COMES_BACK_WITHIN,
    )
    with database.writing(engine) as connection:
        row = connection.execute(found.returning(oidc_start.c.nonce, oidc_start.c.verifier)).first()
    if row is None:
        raise Refused("state: expected one that was begun in this browser and has not come back yet")
    return row.nonce, row.verifier


def _check_answer(found: Discovered, answer: Mapping[str, str]) -> None:
    """Raises `Refused` for an answer of another provider (RFC 9207), or one without a code."""
    required = found.authorization_response_iss_parameter_supported
    if answer.get("iss", None if required else found.issuer) != found.issuer:
        raise Refused(f"iss: expected {found.issuer}")
    if "error" in answer:
        raise Refused(f"the provider said: {_shown_code(answer['error'])}")
    if not answer.get("code"):
        raise Refused("code: expected one, got nothing")


def _check_discovered(found: Discovered, issuer: str) -> None:
    if found.issuer != issuer:
        raise BadConfig(f"review.oidc.issuer: expected what the provider calls itself, `{found.issuer}`")
    if "S256" not in found.code_challenge_methods_supported:
        raise BadConfig(f"{issuer}: expected a provider with PKCE (S256)")
    for where in (
        found.authorization_endpoint,
        found.token_endpoint,
        found.jwks_uri,
        found.userinfo_endpoint,
    ):
        if where is not None:
            _expect_https(where, issuer)


def _expect_https(where: str, issuer: str) -> None:
    parts = urlsplit(where)
    local = parts.scheme == "http" and parts.hostname in _LOOPBACK and issuer.startswith("http:")
    if parts.scheme != "https" and not local:
        raise BadConfig(f"review.oidc: expected https://, or http:// on this machine, got {where}")


def _identity(issuer: str, subject: str, profile: Mapping[str, Any]) -> Identity:
    name = _text(profile, "preferred_username") or subject
    return Identity(issuer, subject, name, _text(profile, "name") or name)


def _text(profile: Mapping[str, Any], name: str) -> str:
    value = profile.get(name)
    return value.strip() if isinstance(value, str) else ""


def _limited(response: httpx.Response, where: str) -> bytes:
    body = b""
    for part in response.iter_bytes():
        body += part
        if len(body) > LARGEST_ANSWER:
            raise Unavailable(f"{where}: expected at most {LARGEST_ANSWER} bytes")
    return body


def _decoded(body: bytes, kind: type[T], where: str) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unavailable(f"{where}: {error}") from None


def _error_code(body: bytes) -> str:
    """The code of an OAuth error; whatever else is said may hold secrets."""
    try:
        said = msgspec.json.decode(body, type=dict[str, Any]).get("error")
    except (msgspec.DecodeError, UnicodeDecodeError):
        said = None
    return _shown_code(said)


def _shown_code(said: object) -> str:
    return said if isinstance(said, str) and _CODE.fullmatch(said) else "an error"


def _secret(path: str | None) -> str | None:
    if path is None:
        return None
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfig(f"review.oidc.client_secret_file: {path}: {error}") from None


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
