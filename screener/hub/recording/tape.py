"""The file of a recording: what it is in clear, then every message sealed with the installation's key.

After the magic line come the label and the frames, each behind its length (4 bytes, big-endian). A frame is
bound to its label and its place, and an empty one ends the file: nothing can be left out, added or swapped.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

import msgspec
from msgspec import Struct

from screener.contracts.wire import HubName, Sealed
from screener.errors import BadConfig
from screener.hub.sent import Half
from screener.sealing.errors import Tampered, Unreadable
from screener.sealing.ring import KeyRing

MAGIC: Final = b"screener recording 1\n"
_LARGEST_FRAME: Final = 64 * 1024 * 1024
_LENGTH_BYTES: Final = 4


class Label(Struct, frozen=True, kw_only=True):
    """What a recording is; `id` is its own, drawn when it was made."""

    hub: HubName
    since: datetime
    until: datetime
    made_at: datetime
    anonymised: bool
    id: str


class Taped(Struct, frozen=True, array_like=True):
    """A message as it lay in the log of a hub; `at_ms` is its log time."""

    half: Half
    at_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


def write(path: Path, label: Label, messages: Iterable[Taped], ring: KeyRing) -> int:
    """Write a recording that only its owner may read, whole or not at all; how many messages it holds."""
    unfinished = path.with_name(path.name + ".unfinished")
    count = 0
    try:
        with open(os.open(unfinished, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:  # noqa: PTH123
            seal = _Sealer(file, label, ring)
            for message in messages:
                seal((message,))
                count += 1
            seal(())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


class _Sealer:
    """Writes magic and label, then a frame for each call."""

    def __init__(self, file: BinaryIO, label: Label, ring: KeyRing) -> None:
        self._file, self._ring, self._place = file, ring, 0
        self._label = msgspec.json.encode(label)
        file.write(MAGIC)
        self._put(self._label)

    def __call__(self, messages: tuple[Taped, ...]) -> None:
        box = self._ring.seal(msgspec.msgpack.encode(messages), _bound(self._label, self._place))
        self._put(msgspec.msgpack.encode(box))
        self._place += 1

    def _put(self, part: bytes) -> None:
        self._file.write(len(part).to_bytes(_LENGTH_BYTES, "big") + part)


def read(path: Path, ring: KeyRing) -> tuple[Label, Iterator[Taped]]:
    """What a recording is, and its messages; they raise `BadConfig` where the file is cut or changed."""
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise BadConfig(f"{path}: expected a recording of `screener hub record`, got another file")
            text = _part(file, path)
            begin = file.tell()
        label = msgspec.json.decode(text, type=Label)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be read ({error.strerror})") from None
    except (msgspec.DecodeError, UnicodeError) as error:
        raise BadConfig(f"{path}: its label is damaged: {error}") from None
    return label, _messages(path, begin, text, ring)


def _messages(path: Path, begin: int, label: bytes, ring: KeyRing) -> Iterator[Taped]:
    with path.open("rb") as file:
        file.seek(begin)
        place = 0
        while found := _opened(_part(file, path), _bound(label, place), path, ring):
            yield from found
            place += 1


def _opened(frame: bytes, aad: bytes, path: Path, ring: KeyRing) -> tuple[Taped, ...]:
    try:
        plain = ring.unseal(msgspec.msgpack.decode(frame, type=Sealed), aad)
        return msgspec.msgpack.decode(plain, type=tuple[Taped, ...])
    except Unreadable as error:
        raise BadConfig(f"{path}: {error}") from None
    except (Tampered, msgspec.DecodeError):
        raise BadConfig(f"{path}: expected what was recorded, got changed bytes; record it again") from None


def _part(file: BinaryIO, path: Path) -> bytes:
    length = int.from_bytes(file.read(_LENGTH_BYTES), "big")
    part = file.read(length) if 0 < length <= _LARGEST_FRAME else b""
    if not part or len(part) < length:
        raise BadConfig(f"{path}: expected its end frame, got the end of the file; copy or record it again")
    return part


def _bound(label: bytes, place: int) -> bytes:
    return b"screener.recording:" + hashlib.sha256(label).digest() + place.to_bytes(8, "big")
