"""Times of foreign messages: aware, brought to UTC, and inside the range that we can reckon with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import msgspec

from screener.contracts.quoting import shown
from screener.errors import BadInput

EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)
LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def in_utc(time: datetime, where: str) -> datetime:
    """An aware time in UTC. Raises `BadInput("time_range")` outside the years 2000 to 2099."""
    if not EARLIEST <= time < LATEST:
        raise BadInput("time_range", f"{where}: expected a time from 2000 to 2099, got {time.isoformat()}")
    return time.astimezone(UTC)


def parse(text: str, where: str) -> datetime:
    """An RFC 3339 time with its zone, in UTC. Raises `BadInput` (header_invalid, time_range)."""
    try:
        time = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        time = None
    if time is None or time.tzinfo is None:
        detail = f"{where}: expected an RFC 3339 time with its zone, got {shown(text)}"
        raise BadInput("header_invalid", detail)
    return in_utc(time, where)


def rfc3339(time: datetime) -> str:
    """An aware time as RFC 3339 text in UTC, with `Z`."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
