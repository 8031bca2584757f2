"""Who is calling: by bearer token, by client certificate, or by both if they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from screener.hub.http.problems import refusal
from screener.hub.http.tokens import Tokens


class Callers:
    """Those who may come in. `tokens` gives those in force now, None where there is no file of them."""

    def __init__(self, tokens: Callable[[], Tokens] | None, subjects: Mapping[str, str]) -> None:
        self._tokens = tokens
        self._subjects = dict(subjects)

    def hubs(self) -> frozenset[str]:
        """All hubs that may come in now."""
        by_token = self._tokens().hubs if self._tokens else frozenset()
        return by_token | frozenset(self._subjects.values())

    def hub_of(self, scope: Mapping[str, Any]) -> str:
        """The hub that an ASGI request speaks for. Raises `Refusal` (unauthorized, forbidden)."""
        shown = _bearer(scope["headers"])
        by_certificate = self._by_certificate(scope)
        if shown is None:
            if by_certificate is None:
                raise refusal(
                    "unauthorized", "expected `Authorization: Bearer TOKEN`, or a known certificate"
                )
            return by_certificate
        by_token = self._tokens().hub_of(shown) if self._tokens else None
        if by_token is None:
            raise refusal("unauthorized", "expected a token that is in force, got another")
        if by_certificate not in (None, by_token):
            raise refusal(
                "forbidden", "expected the token of the hub that the certificate names, got another's"
            )
        return by_token

    def _by_certificate(self, scope: Mapping[str, Any]) -> str | None:
        subject = scope.get("extensions", {}).get("tls", {}).get("client_cert_name")
        return None if subject is None else self._subjects.get(subject)


def _bearer(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    found = [value for name, value in headers if name == b"authorization"]
    if not found:
        return None
    scheme, _, token = found[0].partition(b" ")
    if len(found) > 1 or scheme.lower() != b"bearer":
        raise refusal(
            "unauthorized", "expected one `Authorization: Bearer TOKEN`, got another scheme or several"
        )
    return token.strip().decode("utf-8", "surrogateescape")
