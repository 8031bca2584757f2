"""What a file's name says: `{parcel}_{view}of{views}.png`."""

from __future__ import annotations

import re
from dataclasses import dataclass

import msgspec

from screener.contracts.json_reading import explain
from screener.errors import BadConfig, BadInput
from screener.hub.exports.sidecar import Sidecar

FIELDS = {
    "parcel": ("parcel_id", r"[A-Za-z0-9][A-Za-z0-9._:-]*?"),
    "scan": ("scan_id", r"[A-Za-z0-9][A-Za-z0-9._:-]*?"),
    "scanner": ("scanner", r"[A-Za-z0-9][A-Za-z0-9._:-]*?"),
    "view": ("view", r"[0-9]{1,2}"),
    "views": ("views", r"[0-9]{1,2}"),
}
"""A name in braces: the field it is, and what it matches: no more than it must."""

_PIECE = re.compile(r"\{(\w+)\}|(\*+)|([^{}*]+)|(.)")


@dataclass(frozen=True, slots=True)
class Named:
    """What a name says, and the name without its view: views of one pass share it."""

    says: Sidecar
    group: str


class NamePattern:
    """Matches whole names, letters large or small; `*` is anything. Raises `BadConfig`."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._fields: dict[str, str] = {}
        self._regex = re.compile("".join(map(self._piece, _PIECE.finditer(text))), re.IGNORECASE)

    def read(self, name: str) -> Named | None:
        """What `name` says, or None where it is not of this pattern. Raises `BadInput` (schema)."""
        found = self._regex.fullmatch(name)
        if found is None:
            return None
        fields = {self._fields[group]: text for group, text in found.groupdict().items()}
        try:
            says = msgspec.convert(fields, Sidecar, strict=False)
        except msgspec.ValidationError as error:
            path, what = explain(error, fields)
            raise BadInput("schema", f"file name, {path}: {what}") from None
        return Named(says, _without(name, found, "view"))

    def _piece(self, piece: re.Match[str]) -> str:
        field, anything, plain, odd = piece.groups()
        if odd or (field and (field not in FIELDS or field in self._fields)):
            known = ", ".join(f"{{{name}}}" for name in FIELDS)
            raise BadConfig(f"$.scans.name: expected each of {known} once at most, got {self._text!r}")
        if field:
            self._fields[field], pattern = FIELDS[field]
            return f"(?P<{field}>{pattern})"
        return ".*" if anything else re.escape(plain)


def _without(name: str, found: re.Match[str], group: str) -> str:
    if group not in found.groupdict():
        return name
    start, end = found.span(group)
    return f"{name[:start]}*{name[end:]}"
