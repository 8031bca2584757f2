"""The OpenAPI 3.1 document, made of the contract's own schemas and examples.

Litestar would make one of its handlers; it could not say what only the contract knows: which attributes a
scan has and how they look in headers, which fields are personal, and why a message is refused.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from screener.contracts import examples, schemas
from screener.contracts.cloudevents import IMAGE_REFERENCE, IMAGE_TYPES
from screener.contracts.publishing import scan_message
from screener.contracts.reasons import REASONS
from screener.contracts.schemas import Schema
from screener.contracts.wire import ImageReference, Manifest, Verdict
from screener.hub.http.problems import CONTENT_TYPE, OWN, Problem, Receipt

_TEMPLATE: Final = "#/components/schemas/{name}"
_RECEIPT: Final = Receipt(id="m-1", parcel_id=examples.MANIFEST.parcel_id)


@cache
def document() -> Schema:
    """The whole document."""
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": schemas.DIALECT,
        "info": {
            "title": "Screener gateway",
            "version": "1.0.0",
            "description": "Manifests and scans in, verdicts out. A message is CloudEvents 1.0 over HTTP: "
            "`ce-` headers, or query parameters of the same names without `ce-`. 202 says that it is on disk "
            "and will reach its topic once. Sent again under the same id, it is taken once.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"token": []}, {"certificate": []}],
        "paths": {
            "/v1/manifests": {"post": _post_manifests()},
            "/v1/scans": {"post": _post_scan()},
            "/v1/verdicts": {"get": _get_verdicts()},
            "/v1/parcels/{parcel_id}/verdict": {"get": _get_verdict("parcel_id", "getParcelVerdict")},
            "/v1/scans/{scan_id}/verdict": {"get": _get_verdict("scan_id", "getScanVerdict")},
            "/healthz": {"get": _open("healthz", "Whether the process answers.")},
            "/readyz": {"get": _open("readyz", "Whether messages are accepted.", unready=True)},
            "/openapi.json": {"get": _open("openapi", "This document.")},
        },
        "webhooks": {"verdicts": {"post": _webhook()}},
        "components": {
            "schemas": _components(),
            "responses": {"Problem": _problem()},
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "It speaks for one hub."},
                "certificate": {"type": "mutualTLS", "description": "Its subject speaks for one hub."},
            },
        },
    }


def _post_manifests() -> Schema:
    manifest = msgspec.to_builtins(examples.MANIFEST)
    one = _ref("schemas", "Manifest")
    return _operation(
        "postManifests",
        "Send a manifest, or an array of them",
        "Of an array the sound items are accepted though others are refused; the answer is then 422, with "
        "both. An array's `ce-id` or Idempotency-Key is its own, and each item gets an id made of it.",
        parameters=_ids(),
        body={
            "application/json": {
                "schema": {"oneOf": [one, {"type": "array", "items": one, "minItems": 1}]},
                "examples": {"one": {"value": manifest}, "array": {"value": [manifest]}},
            }
        },
        answers={"202": _accepted(_RECEIPT)},
    )


def _post_scan() -> Schema:
    reference = msgspec.to_builtins(examples.IMAGE_REFERENCE)
    binary: Schema = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
    receipt = msgspec.structs.replace(_RECEIPT, id="s-1", scan_id=examples.SCAN.scan_id, view=1)
    return _operation(
        "postScan",
        "Send one view of a scan",
        "The body is the image, or a reference to it. What is said of it stands in headers, in query "
        "parameters of the same names without `ce-`, or in the fields of a form whose one file it is.",
        parameters=[*_ids(), *_scan_parameters()],
        body={
            **dict.fromkeys(IMAGE_TYPES, binary),
            IMAGE_REFERENCE: {"schema": _ref("schemas", "ImageReference"), "example": reference},
            "multipart/form-data": {"schema": _form()},
        },
        answers={"202": _accepted(receipt)},
    )


def _get_verdicts() -> Schema:
    return _operation(
        "getVerdicts",
        "Wait for verdicts",
        "Ask with the cursor of the last answer; each verdict comes at least once. Keep the cursor when "
        "the verdicts are dealt with, not before.",
        parameters=[
            _query("cursor", {"type": "string"}, "Of the last answer. Without it, from the oldest on."),
            _query(
                "from", {"enum": ["oldest", "now"], "default": "oldest"}, "Without a cursor: from where on."
            ),
            _query(
                "wait", {"type": "number", "minimum": 0, "maximum": 300}, "Seconds to wait for the first."
            ),
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}, "At most."),
        ],
        answers={"200": _answer("Verdicts, perhaps none.", _ref("schemas", "Verdicts"), _verdicts_example())},
    )


def _get_verdict(name: str, operation: str) -> Schema:
    verdict = msgspec.to_builtins(examples.VERDICT)
    said = "of a parcel" if name == "parcel_id" else "on a scan without a barcode"
    return _operation(
        operation,
        f"The latest verdict {said}",
        "404 with the reason `no_verdict` where there is none yet.",
        parameters=[{"name": name, "in": "path", "required": True, "schema": {"type": "string"}}],
        answers={"200": _answer("The verdict.", _ref("schemas", "Verdict"), verdict)},
    )


def _open(operation: str, text: str, *, unready: bool = False) -> Schema:
    answers: Schema = {"200": {"description": "Yes.", "content": {"application/json": {}}}}
    if unready:
        answers["503"] = {"description": "No.", "content": {"application/json": {}}}
    return {"operationId": operation, "summary": text, "security": [], "responses": answers}


def _webhook() -> Schema:
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    verdict = msgspec.to_builtins(examples.VERDICT)
    return {
        "summary": "Verdicts, pushed",
        "description": "Standard Webhooks: the signature is `v1,` and the base64 of HMAC-SHA256 over "
        "`id.timestamp.body`. Refuse what is older than five minutes. Any 2xx takes the page; anything else "
        "has it sent again.",
        "security": [],
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}} for name in names
        ],
        "requestBody": {
            "content": {
                "application/json": {
                    "schema": _ref("schemas", "Push"),
                    "example": {"type": "screener.verdicts", "verdicts": [verdict], "gap": False},
                }
            }
        },
        "responses": {"204": {"description": "Taken."}},
    }


def _operation(
    operation: str,
    summary: str,
    text: str,
    *,
    parameters: list[Schema],
    answers: Schema,
    body: Schema | None = None,
) -> Schema:
    found: Schema = {"operationId": operation, "summary": summary, "description": text}
    if parameters:
        found["parameters"] = parameters
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return {**found, "responses": {**answers, "default": {"$ref": "#/components/responses/Problem"}}}


def _accepted(receipt: Receipt) -> Schema:
    example = {"accepted": [msgspec.to_builtins(receipt)]}
    return _answer("Durable, and on its way.", _ref("schemas", "Accepted"), example)


def _answer(text: str, schema: Schema, example: Any) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema, "example": example}}}


def _problem() -> Schema:
    codes = {**{code: title for code, (_, title) in OWN.items()}, **REASONS}
    table = "\n".join(f"- `{code}`: {title}" for code, title in codes.items())
    example = {
        "type": "urn:screener:problem:schema",
        "title": REASONS["schema"],
        "status": 422,
        "detail": "$.consignor.phone: expected str | null, got int",
        "reason": "schema",
    }
    return {
        "description": f"Nothing was accepted, but for what `accepted` names. `reason` is one of:\n\n{table}",
        "headers": {
            "Retry-After": {"schema": {"type": "integer"}, "description": "Seconds; with 429 and 503."}
        },
        "content": {CONTENT_TYPE: {"schema": _ref("schemas", "Problem"), "example": example}},
    }


def _ids() -> list[Schema]:
    text = "The same for a message that is sent again. Without it one is made of the content."
    schema = {"type": "string", "maxLength": 256}
    return [
        {"name": "ce-id", "in": "header", "schema": schema, "description": text},
        {"name": "Idempotency-Key", "in": "header", "schema": schema, "description": "Instead of `ce-id`."},
        {
            "name": "traceparent",
            "in": "header",
            "schema": {"type": "string"},
            "description": "W3C trace context.",
        },
    ]


def _scan_parameters() -> list[Schema]:
    """The attributes of a scan as headers; as query parameters they lack the `ce-`."""
    example = {name: value.decode() for name, value in _scan_example()}
    found = []
    for name, schema in _scan_fields().items():
        text = str(schema.pop("description", ""))
        own: Schema = {"name": "ce-" + name, "in": "header", "schema": schema}
        own["description"] = f"{text} As a query parameter: `{name}`.".strip()
        found.append({**own, "example": example[f"ce_{name}"]})
    return found


def _form() -> Schema:
    image: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {"type": "object", "properties": {**_scan_fields(), "image": image}, "required": ["image"]}


def _scan_fields() -> dict[str, Schema]:
    """The attributes of a scan by their plain names."""
    fields = {
        name.removeprefix("ce_"): dict(schema) for name, schema in schemas.scan_header_schemas().items()
    }
    for schema in fields.values():
        schema.pop("optional", None)
    fields["sha256"]["description"] = "Of the image; worked out here where it is absent."
    return {**fields, "time": {"type": "string", "format": "date-time", "description": "Of the scan."}}


def _scan_example() -> tuple[tuple[str, bytes], ...]:
    return scan_message(examples.SCAN, b"\x89PNG", event_id="s-1").headers


def _query(name: str, schema: Schema, text: str) -> Schema:
    return {"name": name, "in": "query", "schema": schema, "description": text}


def _verdicts_example() -> Schema:
    return {"verdicts": [msgspec.to_builtins(examples.VERDICT)], "cursor": "kpIAAZIBAA", "gap": False}


def _components() -> Schema:
    _, parts = schemas.components([Manifest, ImageReference, Verdict, Problem, Receipt], _TEMPLATE)
    verdicts: Schema = {"type": "array", "items": _ref("schemas", "Verdict")}
    receipts: Schema = {"type": "array", "items": _ref("schemas", "Receipt")}
    gap: Schema = {"type": "boolean"}
    return {
        **parts,
        "Accepted": _object({"accepted": receipts}),
        "Verdicts": _object({"verdicts": verdicts, "cursor": {"type": "string"}, "gap": gap}),
        "Push": _object({"type": {"const": "screener.verdicts"}, "verdicts": verdicts, "gap": gap}),
    }


def _object(properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _ref(kind: str, name: str) -> Schema:
    return {"$ref": f"#/components/{kind}/{name}"}
