"""The application as an OpenAPI document: its routes, with the fields of the forms that lead there."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from tests.review.web.e2e.walking import PARAMETER, Form, Way

Described = dict[str, Any]

BEYOND: Final[Mapping[str, tuple[str, ...]]] = {
    "/queue": ("after", "none"),
    "/queue/rows": ("after", "q", "state", "due"),
    "/open": ("code",),
    "/record": ("before",),
    "/parcels/{item_id:int}": ("queue", "passed"),
    "/sign-in": ("next",),
    "/sign-in/oidc": ("next",),
    "/sign-in/oidc/return": ("code", "state", "error"),
    "/figures/behind": ("measure", "after", "since", "until"),
    "/figures/report": ("month", "language"),
    "/cases": ("before", "second", "handed"),
    "/lists/{name:str}": ("before", "job"),
    "/networks/{circle_id:int}/graph": ("until", "origin", "parcels"),
    "/networks/{circle_id:int}/around/{node_id:int}": ("until", "origin"),
    "/public/draws/{day:str}": ("language",),
    "/station/parcel": ("code",),
}
"""What addresses may say that no form does."""

PRESET: Final[Mapping[str, Described]] = {
    "/parcels/{item_id:int}/photographs": {"photograph": {"type": "string", "format": "binary"}},
    "/cases/{case_id:int}/files": {"file": {"type": "string", "format": "binary"}},
    "/lists/{name:str}/import": {"file": {"type": "string", "format": "binary"}},
    "/station/entries": {"entry": {"type": "string"}, "content": {"type": "string", "format": "binary"}},
}
NAMED: Final[Mapping[str, Described]] = {
    "name": {"enum": ["tips", "senders", "licences", "base.css", "x"]},
    "deed": {"enum": ["step", "note", "task", "add-parcel", "offer", "share", "rename", "lead", "x"]},
    "day": {"enum": ["2026-11-18", "2026-11-23", "2026-02-30", "x"]},
    "side": {"enum": ["before", "after", "x"]},
    "language": {"enum": ["zh", "en", "x"]},
}
"""Parameters of paths that are words of ours."""

KINDS: Final[Mapping[str, Described]] = {
    "int": {"type": "integer", "minimum": 0, "maximum": 30},
    "str": {"enum": ["accept", "return", "close", "x"]},
    "path": {"enum": ["base.css", "../app.py", "viewer.js"]},
}
MOST_VALUES: Final = 12


def document(ways: Iterable[Way], forms: Iterable[Form]) -> Described:
    """An OpenAPI 3.1 document; every field may also hold any text."""
    shown = list(forms)
    paths: dict[str, Described] = {}
    for way in ways:
        fields = _fields(way, shown)
        operation: Described = {"parameters": _in_path(way), "responses": {"default": {"description": "any"}}}
        if way.method == "GET":
            operation["parameters"] += _in_query(way, fields)
        else:
            operation["requestBody"] = _body(way, fields)
        paths.setdefault(PARAMETER.sub(r"{\1}", way.path), {})[way.method.lower()] = operation
    return {"openapi": "3.1.0", "info": {"title": "workstation", "version": "1"}, "paths": paths}


def _fields(way: Way, forms: Iterable[Form]) -> Described:
    """The fields of all forms that lead there, each with the values that were seen."""
    values: dict[str, set[str]] = {}
    for form in forms:
        if form.method == way.method and re.fullmatch(way.pattern, form.action.split("?")[0]):
            for name, given in form.fields.items():
                values.setdefault(name, set()).update(given)
    return {name: _text(seen) for name, seen in sorted(values.items()) if name != "csrf"}


def _text(seen: set[str]) -> Described:
    return {"anyOf": [{"enum": sorted(seen)[:MOST_VALUES]}, {"type": "string"}]}


def _in_path(way: Way) -> list[Described]:
    return [
        {"name": name, "in": "path", "required": True, "schema": NAMED.get(name, KINDS[kind])}
        for name, kind in way.parameters
    ]


def _in_query(way: Way, fields: Described) -> list[Described]:
    beyond = {name: {"type": "string"} for name in BEYOND.get(way.path, ())}
    return [{"name": name, "in": "query", "schema": schema} for name, schema in (fields | beyond).items()]


def _body(way: Way, fields: Described) -> Described:
    """As a form of either encoding, and as JSON."""
    schema = {"type": "object", "properties": {**fields, **PRESET.get(way.path, {})}}
    kinds = ("application/x-www-form-urlencoded", "multipart/form-data", "application/json")
    return {"content": {kind: {"schema": schema} for kind in kinds}}
