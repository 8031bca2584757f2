"""Bearer tokens: the file holds their SHA-256 alone, so whoever reads it can be nobody.

A token is 256 random bits; nothing slower than SHA-256 is needed to keep it from being guessed.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from screener import config
from screener.config import Settings
from screener.contracts import times
from screener.contracts.wire import HubName, Sha256
from screener.errors import BadConfig
from screener.reloading import Reloader

PREFIX: Final = "screener_"
"""So that a token in a place where none should be is recognised as one."""

LOOK_S: Final = 1.0


class Token(Settings, frozen=True, kw_only=True):
    """One token, which speaks for exactly one hub."""

    hub: HubName
    sha256: Sha256
    added_at: datetime | None = None
    note: str | None = None


class _File(Settings, frozen=True, kw_only=True):
    token: tuple[Token, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """All tokens of a file; `id` changes with them."""

    id: str
    tokens: tuple[Token, ...]

    def hub_of(self, presented: str) -> str | None:
        """The hub that a token speaks for; takes as long for a wrong one as for a right one."""
        digest = _digest(presented)
        found = [token.hub for token in self.tokens if hmac.compare_digest(token.sha256, digest)]
        return found[0] if found else None

    @property
    def hubs(self) -> frozenset[str]:
        return frozenset(token.hub for token in self.tokens)


def load(path: Path) -> Tokens:
    """The tokens of a file. Raises `BadConfig`, also where one token would speak for two hubs."""
    tokens = config.read_toml(path, _File).token
    if len({token.sha256 for token in tokens}) < len(tokens):
        raise BadConfig(f"{path}: expected every token once, got one twice: it may speak for one hub alone")
    return Tokens(hashlib.sha256(msgspec.json.encode(tokens)).hexdigest()[:12], tokens)


def add(path: Path, hub: str, note: str | None = None) -> str:
    """A new token for `hub`, its hash appended to the file; the token itself is kept nowhere."""
    token = PREFIX + secrets.token_urlsafe(32)
    entry = Token(hub=hub, sha256=_digest(token), added_at=datetime.now(UTC), note=note)
    _append(path, _as_toml(entry))
    load(path)
    return token


def _append(path: Path, text: str) -> None:
    """To the file, which only its owner may read where it is made now."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be written ({error.strerror})") from error


def _as_toml(token: Token) -> str:
    fields = {"hub": token.hub, "sha256": token.sha256, "note": token.note}
    # Whoever edited the file by hand may have left its last line open: a new one begins.
    lines = [f"{name} = {msgspec.json.encode(text).decode()}" for name, text in fields.items() if text]
    if token.added_at is not None:
        lines.append(f"added_at = {times.rfc3339(token.added_at)}")
    return "\n".join(["", "[[token]]", *lines]) + "\n"


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def watched(path: Path) -> Callable[[], Tokens]:
    """The tokens in force: the file is read again when it changes. Raises `BadConfig` as `load` does."""
    return Reloader("tokens", files=lambda: [path], load=lambda _: load(path), every_s=LOOK_S).current
