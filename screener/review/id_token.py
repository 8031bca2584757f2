"""What an ID token must say before anybody is believed to be whom it names (OpenID Connect Core, 3.1.3.7)."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from screener.review.errors import Refused

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
"""Signatures that need the provider's private key. Never `none`; never `HS256`, whose key may be public."""

LEEWAY: Final = timedelta(seconds=60)
"""How far the provider's clock and ours may lie apart."""

LONGEST_SUBJECT: Final = 255


class NotSigned(Refused):
    """No key that is known here has signed it: perhaps the provider has new ones."""


def claims(token: str, keys: KeySet) -> Mapping[str, Any]:
    """What a token says, if one of the keys has signed it. Raises `NotSigned`."""
    try:
        return jwt.decode(token, keys, algorithms=ALGORITHMS).claims
    except (JoseError, ValueError) as error:
        raise NotSigned(f"ID token: {type(error).__name__}") from None


def check(said: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: datetime) -> str:
    """The subject of a token that its provider made for us and this sign-in. Raises `Refused`."""
    _expect(said.get("iss") == issuer, f"iss: expected {issuer}")
    audience = said.get("aud")
    ours = audience == client_id or (isinstance(audience, list) and client_id in audience)
    _expect(ours, f"aud: expected {client_id}")
    alone = not isinstance(audience, list) or len(audience) == 1
    _expect(said.get("azp", client_id if alone else None) == client_id, f"azp: expected {client_id}")
    _expect(_same(said.get("nonce"), nonce), "nonce: expected that of this sign-in")
    _expect(_time(said, "exp") > (now - LEEWAY).timestamp(), "exp: expected a token that holds")
    for name in ("iat", "nbf"):
        made = name == "iat" or name in said
        _expect(not made or _time(said, name) < (now + LEEWAY).timestamp(), f"{name}: lies in the future")
    subject = said.get("sub")
    if not (isinstance(subject, str) and subject.isprintable() and 0 < len(subject) <= LONGEST_SUBJECT):
        raise Refused("ID token: sub: expected a text")
    return subject


def _time(said: Mapping[str, Any], name: str) -> float:
    value = said.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"ID token: {name}: expected seconds since 1970")
    return float(value)


def _same(got: object, wanted: str) -> bool:
    return isinstance(got, str) and hmac.compare_digest(got.encode(), wanted.encode())


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise Refused(f"ID token: {what}")
