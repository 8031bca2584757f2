"""JSON Schemas (2020-12) of the wire types, and of the headers that messages carry."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from screener.contracts import cloudevents
from screener.contracts.dead_letter import ATTRIBUTES as LETTER_ATTRIBUTES
from screener.contracts.quoting import PERSONAL
from screener.contracts.reading import SCAN_ATTRIBUTES
from screener.contracts.wire import DeadLetter, ScanHeaders

Schema = dict[str, Any]

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_PERSONAL_TYPES: Final = ("Party", "Content")
_TEXT: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": cloudevents.MAX_HEADER_BYTES}
_TIME: Final[Schema] = {"type": "string", "format": "date-time"}
_TRACEPARENT: Final[Schema] = {
    "type": "string",
    "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$",
    "description": "W3C trace context; travels through to all that comes of this message.",
}


def body_schema(name: str, body: Any) -> Schema:
    """The schema of a message's value as a document of its own; fields it does not know are allowed."""
    (schema,), parts = components([body], "#/$defs/{name}")
    return {"$schema": DIALECT, "$id": f"urn:screener:{name}:v1", **schema, "$defs": parts}


def components(bodies: Sequence[Any], template: str) -> tuple[list[Schema], dict[str, Schema]]:
    """A reference to each type, and all types below them by name. Personal fields carry `x-personal`."""
    references, parts = msgspec.json.schema_components(bodies, ref_template=template)
    for schema in parts.values():
        if "description" in schema:
            schema["description"] = inspect.cleandoc(schema["description"])
    for name in _PERSONAL_TYPES:
        for field, schema in parts.get(name, {}).get("properties", {}).items():
            if field in PERSONAL:
                schema["x-personal"] = True
    return [_without_discriminator(schema) for schema in references], dict(parts)


def header_schema(event_type: str, content_types: Sequence[str], own: Mapping[str, Schema]) -> Schema:
    """The schema of a message's Kafka headers as texts; those in `own` that allow no null are required."""
    properties: Schema = {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {**_TEXT, "description": "The same for a message that is sent again."},
        "ce_source": {**_TEXT, "description": "Who sent it, as a URI reference."},
        "ce_type": {"const": event_type},
        "ce_subject": {**_TEXT, "description": "The parcel id."},
        "ce_time": _TIME,
        "ce_traceparent": _TRACEPARENT,
        "content-type": {"enum": list(content_types)},
    }
    required = ["ce_specversion", "ce_id", "ce_source", "ce_type", "content-type"]
    needed = [name for name, schema in own.items() if not schema.pop("optional", False)]
    return {"type": "object", "properties": {**properties, **own}, "required": [*required, *needed]}


def scan_header_schemas() -> dict[str, Schema]:
    """The headers of a scan by their names."""
    schema = _properties(ScanHeaders)
    found = {}
    for path, attribute in SCAN_ATTRIBUTES.items():
        field: Schema = schema
        for step in path.split(".")[1:]:
            field = field[step]
        found[f"ce_{attribute}"] = _as_text(field)
    found["ce_subject"]["description"] = "The parcel id; absent where no barcode was read."
    return found


def dead_letter_header_schemas() -> dict[str, Schema]:
    """The headers of a dead letter by their names."""
    schema = _properties(DeadLetter)
    found = {f"ce_{name}": _as_text(schema[field]) for field, name in LETTER_ATTRIBUTES.items()}
    found["ce_origintime"]["description"] = "The log time of the message, in ms since 1970."
    return found


def _properties(kind: type) -> Schema:
    """The schemas of a type's fields by name, types within it as their own fields."""
    _, parts = msgspec.json.schema_components([kind], ref_template="{name}")
    fields: Schema = {}
    for name, schema in parts[kind.__name__]["properties"].items():
        part = parts.get(schema.get("$ref", ""), schema)
        fields[name] = part.get("properties", part)
    return fields


def _as_text(schema: Schema) -> Schema:
    """A field's schema for its text in a header: numbers become patterns with their bounds in words."""
    if "anyOf" in schema:
        return {**_as_text(schema["anyOf"][0]), "optional": True}
    if schema.get("type") == "integer":
        return {"type": "string", "pattern": "^-?[0-9]+$", "description": "An integer" + _bounds(schema)}
    if schema.get("type") == "number":
        return {
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?$",
            "description": "A decimal" + _bounds(schema),
        }
    return {
        "type": "string",
        **{name: schema[name] for name in schema if name not in {"title", "description"}},
    }


def _bounds(schema: Schema) -> str:
    words = {"minimum": ">=", "exclusiveMinimum": ">", "maximum": "<=", "exclusiveMaximum": "<"}
    parts = [f" {sign} {schema[name]}" for name, sign in words.items() if name in schema]
    return ",".join(parts) + "."


def _without_discriminator(schema: Schema) -> Schema:
    """OpenAPI's word; JSON Schema tells the types apart by the constant of their `type`."""
    return {name: value for name, value in schema.items() if name != "discriminator"}
