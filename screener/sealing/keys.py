"""A key and its place: one file `KIND.ID.key` of 64 hexadecimal digits in a folder of their own."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from screener.errors import BadConfig

KEY_BYTES: Final = 32

_HEX: Final = re.compile(r"[0-9a-fA-F]{64}")
_IDS: Final = {"seal": re.compile(r"[0-9]{4}-[0-9]{2}(\.[0-9]{1,6})?"), "": re.compile(r"[0-9]{1,6}")}


class Kind(StrEnum):
    """What a key is for: sealing (a new one each period), linking (keyed hashes), drawing (chance)."""

    SEAL = "seal"
    LINK = "link"
    DRAW = "draw"


@dataclass(frozen=True, slots=True)
class Key:
    """A secret of 32 bytes that no text shows; `id` of a seal key is its period, `2026-11` or `2026-11.2`."""

    kind: Kind
    id: str
    secret: bytes = field(repr=False)

    @property
    def age(self) -> tuple[int, ...]:
        """Sorts keys of one kind from old to new."""
        return tuple(int(number) for number in re.findall(r"[0-9]+", self.id))


def fresh(kind: Kind, key_id: str) -> Key:
    """A new random key."""
    return Key(kind, key_id, secrets.token_bytes(KEY_BYTES))


def parse(kind: str, key_id: str, text: str, where: str) -> Key:
    """A key from its hexadecimal text. Raises `BadConfig` that shows nothing of it."""
    if kind not in tuple(Kind):
        raise BadConfig(f"{where}: expected a key of kind seal, link or draw, got `{kind}`")
    if not _IDS.get(kind, _IDS[""]).fullmatch(key_id):
        raise BadConfig(f"{where}: expected an id like 2026-11 (seal) or 1 (link, draw), got `{key_id}`")
    if not _HEX.fullmatch(text.strip()):
        raise BadConfig(f"{where}: expected 64 hexadecimal digits, got {len(text.strip())} characters")
    return Key(Kind(kind), key_id, bytes.fromhex(text.strip()))
