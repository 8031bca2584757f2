"""What a scanner has of its own: one small strict file for each that was commissioned.

The file is written last, by a rename: it is what puts a model and a reference into service.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from screener.config import read_toml
from screener.contracts.wire import HubName, Identifier, Probability, Sha256, Time
from screener.errors import BadConfig

MEND = "commission the scanner again, or restore the files of one commissioning together"


class Strict(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A section of the file: frozen, and an unknown field is an error."""


class OwnModel(Strict, frozen=True, kw_only=True):
    """The model that judges this scanner's scans, and the threshold in place of the one on its card."""

    file: str
    sha256: Sha256
    threshold: Probability | None = None


class OwnReference(Strict, frozen=True, kw_only=True):
    """What this scanner's scans looked like when it was commissioned."""

    file: str
    sha256: Sha256


class Scanner(Strict, frozen=True, kw_only=True):
    """The file of one scanner; the files that it names lie beside it, or where their path leads from there.

    Without a model the shipped one judges; without a reference the first scans are it.
    """

    hub: HubName
    scanner: Identifier
    commissioned_at: Time
    report: str | None = None
    model: OwnModel | None = None
    reference: OwnReference | None = None


def read(source: Path) -> Scanner:
    """The scanner in a file. Raises `BadConfig` with the path to what is wrong."""
    return read_toml(source, Scanner)


def read_alone(source: Path, others: Mapping[Path, Scanner]) -> Scanner:
    """The scanner in a file. Raises `BadConfig`, also where one of the `others` is of the same scanner."""
    found = read(source)
    for path, other in others.items():
        if (other.hub, other.scanner) == (found.hub, found.scanner):
            raise BadConfig(
                f"{source}: {found.hub}/{found.scanner} has a file already, {path.name}; remove one"
            )
    return found


def encode(scanner: Scanner) -> bytes:
    """The file's bytes, which `read` reads as the same."""
    fields = msgspec.to_builtins(scanner, builtin_types=(datetime,))
    lines = [_line(name, value) for name, value in fields.items() if not isinstance(value, dict | None)]
    for name, table in fields.items():
        if isinstance(table, dict):
            lines += [
                "",
                f"[{name}]",
                *(_line(key, value) for key, value in table.items() if value is not None),
            ]
    return ("\n".join(lines) + "\n").encode()


def file_name(hub: str, scanner: str) -> str:
    """How the file of a scanner is called in the folder of all."""
    return f"{hub}.{scanner}.toml"


def verified(source: Path, named: str, sha256: str) -> bytes:
    """The bytes of a file that `source` names. Raises `BadConfig` where it is gone or has another SHA-256."""
    path = source.parent / named
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadConfig(f"{source}: {path} cannot be read ({error.strerror}); {MEND}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise BadConfig(f"{source}: {path}: expected SHA-256 {sha256}, got {found}; {MEND}")
    return data


def _line(name: str, value: object) -> str:
    """JSON writes texts and numbers as TOML does."""
    shown = value.isoformat() if isinstance(value, datetime) else json.dumps(value, ensure_ascii=False)
    return f"{name} = {shown}"
