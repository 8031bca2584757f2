"""The folder of keys, and what `screener keys` does with it: new, list, rotate, destroy."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from screener.errors import BadConfig
from screener.sealing import keys
from screener.sealing.keys import KEY_BYTES, Key, Kind

_NAME: Final = re.compile(r"(?P<kind>[a-z]+)\.(?P<id>[0-9.-]+)\.key")

_EXPOSED: Final = stat.S_IRWXO | stat.S_IWGRP
"""A group may read: that is how a cluster hands secrets to a pod that does not run as root."""


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be told of a key; `in_use`: new boxes and hashes are made with it."""

    kind: Kind
    id: str
    made_at: datetime
    in_use: bool


def read(folder: Path) -> tuple[Key, ...]:
    """All keys in a folder. Raises `BadConfig` on a file that others can read, or that is no key."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".key")
        return tuple(_read_key(path) for path in paths)
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise BadConfig(f"{error.filename}: cannot be read ({error.strerror})") from None


def new(folder: Path, today: date) -> tuple[KeyInfo, ...]:
    """Make the first key of each kind. Raises `BadConfig` where there are keys already."""
    if read(folder):
        raise BadConfig(f"{folder}: there are keys already; `screener keys rotate` adds one to seal with")
    for kind, key_id in ((Kind.SEAL, f"{today:%Y-%m}"), (Kind.LINK, "1"), (Kind.DRAW, "1")):
        _write(folder, keys.fresh(kind, key_id))
    return listed(folder)


def listed(folder: Path) -> tuple[KeyInfo, ...]:
    """The keys in a folder by kind, from old to new."""
    found = sorted(read(folder), key=lambda key: (key.kind, key.age))
    newest = {key.kind: key for key in found}
    return tuple(KeyInfo(key.kind, key.id, _made_at(folder, key), newest[key.kind] == key) for key in found)


def rotate(folder: Path, today: date) -> KeyInfo:
    """Make a new key to seal with from now on; what older ones sealed stays readable.

    Running workers take it up when they are started again.
    """
    seals = [key for key in read(folder) if key.kind is Kind.SEAL]
    if not seals:
        raise BadConfig(f"{folder}: expected a key to follow, got none; make the first: `screener keys new`")
    key = keys.fresh(Kind.SEAL, _next_id(max(seals, key=lambda key: key.age), today))
    _write(folder, key)
    return KeyInfo(key.kind, key.id, _made_at(folder, key), in_use=True)


def destroy(folder: Path, key_id: str) -> KeyInfo:
    """Remove a seal key for good: what was sealed with it can be read by nobody from then on.

    The file is overwritten first, as far as the file system lets us; copies elsewhere are not ours to
    find. Raises `BadConfig` for an unknown key, and for the one in use.
    """
    seals = {info.id: info for info in listed(folder) if info.kind is Kind.SEAL}
    if key_id not in seals:
        raise BadConfig(f"{folder}: expected one of {', '.join(seals) or 'no keys'}, got `{key_id}`")
    if seals[key_id].in_use:
        raise BadConfig(f"{folder}: {key_id} is in use; make another first: `screener keys rotate`")
    path = folder / f"{Kind.SEAL}.{key_id}.key"
    _overwrite(path)
    path.unlink()
    _sync(folder)
    return seals[key_id]


def _read_key(path: Path) -> Key:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _EXPOSED:
        wanted = f"expected a file that others cannot read, got mode {mode:04o}"
        raise BadConfig(f"{path}: {wanted}; `chmod 600 {path}`")
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise BadConfig(f"{path}: expected a name like seal.2026-11.key, link.1.key or draw.1.key")
    return keys.parse(match["kind"], match["id"], path.read_text("ascii", errors="replace"), str(path))


def _next_id(newest: Key, today: date) -> str:
    """This month, or a further number where the newest key is of this month or, by its clock, of a later."""
    year, month, *number = newest.age
    if (today.year, today.month) > (year, month):
        return f"{today:%Y-%m}"
    return f"{year:04}-{month:02}.{number[0] + 1 if number else 2}"


def _write(folder: Path, key: Key) -> None:
    path = folder / f"{key.kind}.{key.id}.key"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:  # noqa: PTH123
            file.write(key.secret.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        _sync(folder)
    except OSError as error:
        raise BadConfig(f"{path}: cannot be written ({error.strerror})") from None


def _overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(os.urandom(2 * KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _made_at(folder: Path, key: Key) -> datetime:
    return datetime.fromtimestamp((folder / f"{key.kind}.{key.id}.key").stat().st_mtime, UTC)
