"""A message that broke its contract, sealed whole for the dead letters."""

from __future__ import annotations

from typing import Final

import msgspec
from msgspec import Struct

from screener.contracts.cloudevents import Headers
from screener.contracts.wire import Sealed
from screener.sealing.ring import KeyRing

MAX_BOX_BYTES: Final = 4 * 1024 * 1024 + 32 * 1024
"""The largest message of a hub fits whole; below the cap of a dead letter its own headers have room."""

_OVERHEAD_BYTES: Final = 64
_KEPT_KEY_BYTES: Final = 1024


class Original(Struct, frozen=True, array_like=True):
    """The message as it was; not `complete` where it had to be cut to fit into a dead letter."""

    key: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    value: bytes | None
    complete: bool = True


def seal_record(
    key: bytes | None,
    headers: Headers,
    value: bytes | None,
    *,
    ring: KeyRing,
    aad: bytes,
    max_bytes: int = MAX_BOX_BYTES,
) -> Sealed:
    """The whole message in a box of at most `max_bytes`; `aad` is `dead_letter.origin(...)`."""
    whole = msgspec.msgpack.encode(Original(key, headers, value))
    if len(whole) > max_bytes - _OVERHEAD_BYTES:
        whole = _cut(key, headers, value, max_bytes - _OVERHEAD_BYTES)
    return ring.seal(whole, aad)


def open_record(sealed: Sealed, *, ring: KeyRing, aad: bytes) -> Original:
    """The message that was sealed. Raises `Unreadable`, `Tampered`."""
    return msgspec.msgpack.decode(ring.unseal(sealed, aad), type=Original)


def _cut(key: bytes | None, headers: Headers, value: bytes | None, max_bytes: int) -> bytes:
    """The beginning of a message: its value is cut first, then its headers are dropped."""
    bare = msgspec.msgpack.encode(Original(key, headers, b"", complete=False))
    if len(bare) + _OVERHEAD_BYTES > max_bytes:
        key, headers = key and key[:_KEPT_KEY_BYTES], ()
        bare = msgspec.msgpack.encode(Original(key, headers, b"", complete=False))
    room = max(0, max_bytes - len(bare) - _OVERHEAD_BYTES)
    cut = None if value is None else value[:room]
    return msgspec.msgpack.encode(Original(key, headers, cut, complete=False))
