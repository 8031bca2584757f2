"""The ring of keys: seals, opens, hashes and draws.

AES-256-GCM with a random 96-bit nonce. Its nonces must not repeat under one key: 2 million parcels a day
are fewer than 2**28 boxes a month, far below the 2**32 that NIST SP 800-38D allows a key with random
nonces. AES-GCM-SIV would forgive a repeated nonce, which nothing here can cause, and would give equal
bytes for equal texts only with a fixed nonce, which tells who sent twice; it also needs OpenSSL 3.2.
A batch that is redone after a crash is sealed anew, and only the committed one is ever seen.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from screener.contracts.wire import Sealed
from screener.errors import BadConfig
from screener.sealing import draw, folder, keys
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.keys import Key, Kind

VARIABLE: Final = "SCREENER_KEYS"
_NONCE_BYTES: Final = 12
_HASH_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of one installation. The newest of each kind is used; every seal key opens what it sealed."""

    _seals: Mapping[str, Key] = field(repr=False)
    _link: Key = field(repr=False)
    _draw: Key = field(repr=False)

    @classmethod
    def load(cls, path: Path, env: Mapping[str, str] = os.environ) -> KeyRing:
        """The keys of `$SCREENER_KEYS`, else of the files in `path`. Raises `BadConfig`.

        The variable is JSON: `{"seal": {"2026-11": HEX}, "link": {"1": HEX}, "draw": {"1": HEX}}`.
        """
        if text := env.get(VARIABLE):
            return cls.of(_from_json(text), VARIABLE)
        return cls.of(folder.read(path), str(path))

    @classmethod
    def of(cls, found: Iterable[Key], where: str) -> KeyRing:
        """A ring of these keys. Raises `BadConfig` where a kind is missing."""
        ordered = sorted(found, key=lambda key: key.age)
        newest = {key.kind: key for key in ordered}
        if missing := [kind.value for kind in Kind if kind not in newest]:
            wanted = "expected keys to seal, link and draw with"
            raise BadConfig(
                f"{where}: {wanted}, got none to {', '.join(missing)}; make them: `screener keys new`"
            )
        seals = {key.id: key for key in ordered if key.kind is Kind.SEAL}
        return cls(seals, newest[Kind.LINK], newest[Kind.DRAW])

    @property
    def seal_key_id(self) -> str:
        """The key that seals from now on."""
        return max(self._seals.values(), key=lambda key: key.age).id

    def seal(self, plain: bytes, aad: bytes) -> Sealed:
        """A box that opens only with this key and the same `aad` (what the text belongs to)."""
        key = self._seals[self.seal_key_id]
        nonce = os.urandom(_NONCE_BYTES)
        return Sealed(
            key_id=key.id, box=nonce + AESGCM(key.secret).encrypt(nonce, plain, _bound(key.id, aad))
        )

    def unseal(self, sealed: Sealed, aad: bytes) -> bytes:
        """What was sealed. Raises `Unreadable` without its key, `Tampered` if box or `aad` are others."""
        key = self._seals.get(sealed.key_id)
        if key is None:
            detail = (
                f"sealed with {sealed.key_id}: expected that key in the ring, got {', '.join(self._seals)}"
            )
            raise Unreadable(f"{detail}; it was destroyed, or this ring never had it")
        nonce, text = sealed.box[:_NONCE_BYTES], sealed.box[_NONCE_BYTES:]
        try:
            return AESGCM(key.secret).decrypt(nonce, text, _bound(key.id, aad))
        except (InvalidTag, ValueError):  # ValueError: too short to hold a nonce
            raise Tampered(f"a box of {len(sealed.box)} bytes does not open with {key.id}") from None

    def hashed(self, kind: str, text: str) -> str:
        """The keyed hash of a normalised text of one kind: 128 bits as hexadecimal digits."""
        digest = hmac.digest(self._link.secret, f"{kind}:{text}".encode(), sha256)
        return digest[:_HASH_BYTES].hex()

    def seed(self, day: str) -> bytes:
        """The seed of all draws of a day (`YYYY-MM-DD`): published afterwards it tells nothing of others."""
        return hmac.digest(self._draw.secret, day.encode(), sha256)

    def drawn(self, day: str, message: bytes) -> float:
        """A number in [0, 1) that nobody without key or seed can foretell, the same for the same message."""
        return draw.number(self.seed(day), message)


def _bound(key_id: str, aad: bytes) -> bytes:
    return b"screener.sealed.v1\0" + key_id.encode() + b"\0" + aad


def _from_json(text: str) -> list[Key]:
    wanted = '{"seal": {"2026-11": HEX}, "link": {"1": HEX}, "draw": {"1": HEX}}'
    try:
        found = msgspec.json.decode(text, type=dict[str, dict[str, str]])
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        raise BadConfig(f"{VARIABLE}: expected {wanted}, got {len(text)} other characters") from None
    return [
        keys.parse(kind, key_id, secret, f"{VARIABLE} {kind} {key_id}")
        for kind, secrets in found.items()
        for key_id, secret in secrets.items()
    ]
