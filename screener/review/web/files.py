"""The style sheets and scripts of pages, in memory, under an address that changes when any of them does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from screener.review.web import words

FOLDER: Final = Path(__file__).with_name("static")
TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
"""What a file is, by its ending; others are not served."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent."""

    content: bytes
    content_type: str


@dataclass(frozen=True, slots=True)
class Files:
    """All files by name, and the version of them all: modules import each other under the same version."""

    by_name: Mapping[str, File]
    version: str

    def address(self, name: str) -> str:
        """Where a page finds a file. Raises `KeyError` for one that is not there."""
        return f"/static/{self.version}/{name}" if self.by_name[name] else ""


def read() -> Files:
    """The files of the package, with the texts of scripts for each language (`words.LANGUAGE.js`)."""
    found = {
        str(path.relative_to(FOLDER)): File(path.read_bytes(), TYPES[path.suffix])
        for path in sorted(FOLDER.rglob("*"))
        if path.suffix in TYPES
    }
    for language in words.LANGUAGES:
        found[f"words.{language}.js"] = File(words.of(language).scripts, TYPES[".js"])
    digest = hashlib.sha256()
    for name, file in sorted(found.items()):
        digest.update(f"{name}\0{len(file.content)}\0".encode() + file.content)
    return Files(found, digest.hexdigest()[:12])
