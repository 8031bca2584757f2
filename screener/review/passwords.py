"""Passwords of local accounts: what is asked of them, and argon2id hashes as OWASP asks for."""

from __future__ import annotations

import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from screener.errors import BadInput

SHORTEST: Final = 12
LONGEST: Final = 256
FEWEST_DIFFERENT: Final = 6
SHORTEST_NAME: Final = 4
"""Shorter names lie in many a good password by chance."""

_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

_OF_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$c2NyZWVuZXIvbm9ib2R5IQ$+JkBecVtnosBpin0DM7L09LmU1r4BQBBvSjQLwuwoMA"
)
"""A hash of the same cost, for names that have none: how long a refusal takes tells nobody who is there."""


def hashed(password: str, name: str) -> str:
    """The hash to keep of a new password. Raises `BadInput` where it is too easy to guess."""
    _expect_strong(password, name)
    return _HASHER.hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether it is the password of the hash `kept`; as slow where there is none."""
    try:
        right = _HASHER.verify(kept or _OF_NOBODY, _normal(password[: LONGEST + 1]))
    except VerificationError:
        return False
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than those of today."""
    return _HASHER.check_needs_rehash(kept)


def rehashed(password: str) -> str:
    """The hash of today for a password that was right, whatever is asked of new ones."""
    return _HASHER.hash(_normal(password))


def _expect_strong(password: str, name: str) -> None:
    said = f"password: expected {SHORTEST} to {LONGEST} characters, {FEWEST_DIFFERENT} of them different"
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput("password_weak", f"{said}, got {len(password)}")
    if len(set(password)) < FEWEST_DIFFERENT:
        raise BadInput("password_weak", f"{said}, got {len(set(password))} different ones")
    if len(name) >= SHORTEST_NAME and name.casefold() in password.casefold():
        raise BadInput("password_weak", "password: expected one without the account's name in it")


def _normal(password: str) -> str:
    """The same password whichever way the keyboard composes its letters."""
    return unicodedata.normalize("NFKC", password)
