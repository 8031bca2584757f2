"""The random draw: a number of each parcel from the seed of its day, so that a day can be made public.

A seed tells nothing of the seeds of other days; who has it can draw that day again.
"""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime


def day_of(at: datetime) -> str:
    """The day on which a parcel that arrived then is drawn: `YYYY-MM-DD` in UTC."""
    return at.astimezone(UTC).date().isoformat()


def named(hub: str, parcel_id: str) -> bytes:
    """What is drawn for: the parcel by its hub and number."""
    return f"{hub}/{parcel_id}".encode()


def number(seed: bytes, message: bytes) -> float:
    """A number in [0, 1) with 53 bits: from the first 8 bytes of the HMAC-SHA-256 of the message."""
    return (int.from_bytes(hmac.digest(seed, message, hashlib.sha256)[:8], "big") >> 11) / (1 << 53)


def commitment(seed: bytes) -> str:
    """What is published before the day: who knows it can tell afterwards that the seed is the same."""
    return hashlib.sha256(seed).hexdigest()


def mark(seed: bytes, message: bytes) -> str:
    """What stands for a parcel on the public list: who knows its number finds it, nobody else does."""
    return hashlib.sha256(seed + b"|" + message).hexdigest()
