"""The random draw: reproducible for whoever holds the key, unpredictable for whoever does not."""

from __future__ import annotations

import hashlib
import hmac


def drawn(key: bytes, hub: str, parcel_id: str, rate: float) -> bool:
    """Whether a parcel is drawn for inspection at `rate` (0 to 1): a keyed hash of its id decides."""
    digest = hmac.new(key, f"{hub}/{parcel_id}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8], "big") < rate * 2.0**64
