"""The documents of the contract, made from the code: JSON Schemas, AsyncAPI, and a page for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from screener.contracts import asyncapi, handbook, schemas
from screener.contracts.catalogue import KINDS
from screener.contracts.schemas import Schema

COMMAND: Final = "screener contracts docs/contracts"
"""What writes them anew."""


def pages() -> dict[str, str]:
    """Every document by its file name."""
    bodies = {
        f"{kind.name}.schema.json": schemas.body_schema(kind.name, kind.body) for kind in KINDS if kind.body
    }
    headers = {
        f"{kind.name}.headers.schema.json": _header_document(kind.name, kind.headers()) for kind in KINDS
    }
    found = {name: _dumped(schema) for name, schema in {**bodies, **headers}.items()}
    return {**found, "asyncapi.json": _dumped(asyncapi.document()), "README.md": handbook.page()}


def write(folder: Path) -> list[str]:
    """Write all documents into a folder, remove those of kinds that are no more, and name what changed."""
    changed = stale(folder)
    folder.mkdir(parents=True, exist_ok=True)
    fresh = pages()
    for name in changed:
        if name in fresh:
            (folder / name).write_text(fresh[name], encoding="utf-8", newline="\n")
        else:
            (folder / name).unlink()
    return changed


def stale(folder: Path) -> list[str]:
    """The documents in a folder that are missing, differ from the code, or describe what is no more."""
    fresh = pages()
    there = {path.name: path for path in folder.glob("*") if path.suffix in {".json", ".md"}}
    differing = [
        name
        for name, text in fresh.items()
        if name not in there or there[name].read_text(encoding="utf-8") != text
    ]
    return sorted([*differing, *(there.keys() - fresh.keys())])


def _header_document(name: str, schema: Schema) -> Schema:
    return {"$schema": schemas.DIALECT, "$id": f"urn:screener:{name}:headers:v1", **schema}


def _dumped(schema: Schema) -> str:
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
