"""Whom an entry of a list names: hashed to be met by parcels, sealed to be read by those with a key."""

from __future__ import annotations

from screener.contracts.wire import Target
from screener.sealing.parties import Linkable, link
from screener.sealing.ring import KeyRing

_SHOWN_OF_PHONE = (3, 4)
_SHOWN_OF_ADDRESS = 6


def seal_target(kind: Linkable, text: str, ring: KeyRing, aad: bytes) -> Target | None:
    """A target that names this text; None where it is masked or says nothing; `aad` is its `target_aad`."""
    hashed = link(kind, text, ring)
    if hashed is None:
        return None
    return Target(kind=kind, link=hashed, sealed=ring.seal(text.strip().encode(), aad))


def unseal_target(target: Target, ring: KeyRing, aad: bytes) -> str:
    """What was entered: the sealed text, or the pattern. Raises `Unreadable`, `Tampered`."""
    if target.sealed is None:
        return target.pattern or ""
    return ring.unseal(target.sealed, aad).decode()


def target_aad(topic: str, entry_id: str) -> bytes:
    """What binds a sealed target to its entry."""
    return f"{topic}:{entry_id}".encode()


def masked(kind: str, text: str) -> str:
    """As much of a text as tells its owner which it is: `138****8000`, `张*`, `长沙市芙蓉路****`."""
    first, last = _SHOWN_OF_PHONE
    if kind == "phone":
        return f"{text[:first]}****{text[-last:]}" if len(text) > first + last + 1 else "****"
    if kind == "name":
        return f"{text[:1]}*"
    return f"{text[: min(_SHOWN_OF_ADDRESS, len(text) // 2)]}****"
