"""The documents say what the code does."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from screener.contracts import asyncapi, documents, examples, schemas, topics
from screener.contracts.catalogue import CHANNELS, KINDS, Kind
from screener.contracts.publishing import manifest_message, scan_message
from screener.contracts.reading import encode, read_manifest, read_scan_headers
from screener.contracts.reasons import REASONS
from screener.contracts.wire import ImageReference, Manifest, ScanHeaders
from screener.errors import BadInput
from tests.contracts.values import manifests, scans

FOLDER = Path(__file__).parents[2] / "docs" / "contracts"


def validator(kind: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads(documents.pages()[f"{kind}.schema.json"]))


MANIFESTS = validator("manifest")
SCAN_HEADERS = validator("scan.headers")


def as_text(headers: tuple[tuple[str, bytes], ...]) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}


def test_the_documents_are_not_stale() -> None:
    assert documents.stale(FOLDER) == [], f"run `{documents.COMMAND}`"


def test_writing_mends_what_is_missing_changed_or_no_more(tmp_path: Path) -> None:
    documents.write(tmp_path)
    assert documents.stale(tmp_path) == []
    (tmp_path / "manifest.schema.json").unlink()
    (tmp_path / "README.md").write_text("old")
    (tmp_path / "former.schema.json").write_text("{}")
    wrong = ["README.md", "former.schema.json", "manifest.schema.json"]
    assert documents.stale(tmp_path) == documents.write(tmp_path) == wrong
    assert documents.stale(tmp_path) == []


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_schemas_are_schemas_and_take_the_examples(kind: Kind) -> None:
    pages = documents.pages()
    headers = json.loads(pages[f"{kind.name}.headers.schema.json"])
    Draft202012Validator.check_schema(headers)
    Draft202012Validator(headers).validate(as_text(kind.example.headers))
    if kind.body is not None:
        body = json.loads(pages[f"{kind.name}.schema.json"])
        Draft202012Validator.check_schema(body)
        Draft202012Validator(body).validate(json.loads(kind.example.value))
        assert encode(msgspec.json.decode(kind.example.value, type=kind.body)) == kind.example.value


@pytest.mark.parametrize(
    "message",
    [examples.MANIFEST_EVIDENCE, examples.PROGRESS, examples.SCAN_EVIDENCE, examples.TOTAL],
    ids=lambda m: type(m).__name__,
)
def test_every_evidence_is_evidence(message: msgspec.Struct) -> None:
    validator("evidence").validate(json.loads(encode(message)))


@given(manifests)
@settings(max_examples=50)
def test_the_schema_takes_what_the_encoder_writes(manifest: Manifest) -> None:
    MANIFESTS.validate(json.loads(manifest_message(manifest, event_id="1").value))


@given(scans())
@settings(max_examples=50)
def test_the_header_schema_takes_what_a_hub_writes(scan: ScanHeaders) -> None:
    SCAN_HEADERS.validate(as_text(scan_message(scan, b"x", event_id="1").headers))


@given(
    st.sampled_from(Manifest.__struct_fields__),
    st.sampled_from([None, 1, "", "x", [], {}, -1.5]),
)
@settings(max_examples=100)
def test_schema_and_reader_refuse_the_same_manifests(field: str, value: object) -> None:
    # `format` is a remark in JSON Schema: a text that is no time passes it, and the reader refuses it
    assume(not (field in {"declared_at", "decide_by"} and isinstance(value, str)))
    document = {**json.loads(encode(examples.MANIFEST)), field: value}
    assert readable(document) == MANIFESTS.is_valid(document)


def readable(document: dict[str, object]) -> bool:
    headers = tuple(
        header
        for header in manifest_message(examples.MANIFEST, event_id="1").headers
        if header[0] != "ce_subject"
    )
    try:
        read_manifest(json.dumps(document).encode(), headers, str(document["hub"]))
    except BadInput:
        return False
    return True


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for below in value.values():
            yield from references(below)
    elif isinstance(value, list):
        for below in value:
            yield from references(below)


@pytest.mark.parametrize("name", [name for name in documents.pages() if name.endswith(".json")])
def test_every_reference_leads_somewhere(name: str) -> None:
    document = json.loads(documents.pages()[name])
    for reference in references(document):
        place = document
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_topic_with_messages_is_a_channel() -> None:
    own = {"DECIDE_STATE", "REPLAYED", "HUB_INPUTS"}  # a stage's state, a tool's marks, and a pattern
    own |= {"TALLY_STATE", "NETWORK_STATE", "DRIFT_STATE", "LISTS"}
    named = {value for name, value in vars(topics).items() if name.isupper() and name not in own}
    addresses = {channel.address.removesuffix("{hub}") for channel in CHANNELS}
    assert addresses == named


def test_what_hubs_write_is_received_and_the_rest_is_sent() -> None:
    operations = asyncapi.document()["operations"]
    received = {name for name, body in operations.items() if body["action"] == "receive"}
    assert received == {"receiveManifests", "receiveScans"}
    assert len(operations) == len(CHANNELS)


def test_personal_fields_are_marked_in_the_schema() -> None:
    _, parts = schemas.components([Manifest], "{name}")
    marked = {
        (t, f)
        for t, part in parts.items()
        for f, s in part.get("properties", {}).items()
        if "x-personal" in s
    }
    assert marked == {("Party", "name"), ("Party", "phone"), ("Party", "address"), ("Content", "text")}


def test_the_page_names_every_topic_header_and_reason() -> None:
    page = documents.pages()["README.md"]
    headers = {header for kind in KINDS for header in kind.headers()["properties"]}
    assert all(
        f"`{name}`" in page for name in [*headers, *REASONS, *(channel.address for channel in CHANNELS)]
    )


def test_the_examples_of_hubs_are_read() -> None:
    sent = manifest_message(examples.MANIFEST, event_id="1")
    assert read_manifest(sent.value, sent.headers, examples.MANIFEST.hub, sent.key) == examples.MANIFEST
    scan = scan_message(examples.SCAN, examples.IMAGE_REFERENCE, event_id="1")
    assert read_scan_headers(scan.headers, examples.SCAN.hub, scan.key).scan_id == examples.SCAN.scan_id
    assert isinstance(examples.IMAGE_REFERENCE, ImageReference)
