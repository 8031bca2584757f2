"""What is accepted reaches its topic once and keeps the contract; what breaks it is refused at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import msgspec
import pytest

from screener.config import ImageLimits
from screener.contracts import topics
from screener.contracts.cloudevents import IMAGE_REFERENCE
from screener.contracts.reading import encode, read_manifest, read_scan_headers, read_scan_value
from screener.errors import BadInput
from screener.hub.chance import chance
from screener.hub.corruption import Corruption, corrupt, kinds_for
from screener.hub.parcel import manifest_of, scans_of
from screener.imaging.picture import Request, read_picture
from screener.stream.port import MAX_MESSAGE_BYTES, Message, Record
from tests.hub.http.world import JSON, World, post, records, world
from tests.hub.parcels import parcel

SEEDS = 2
KNOWN_HERE = {"ce_id", "ce_source", "ce_type", "ce_specversion", "ce_sha256"}
"""Headers that the gateway itself knows where a hub leaves them out."""


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway"), decode=True) as made:
        yield made


@pytest.fixture
def client(here: World) -> Iterator[httpx.Client]:
    with here.client() as made:
        yield made


def test_parcels_arrive_as_any_kafka_client_would_have_sent_them(here: World, client: httpx.Client) -> None:
    sent = [m for n in range(6) for m in (manifest_of(parcel(n)), *scans_of(parcel(n), barcode=n != 3))]
    assert [post(client, message).status_code for message in sent] == [202] * len(sent)
    here.drained()
    found = {(r.partition.topic, r.header("ce_id")): r for r in _all(here)}
    for message in sent:
        record = found[message.topic, dict(message.headers)["ce_id"]]
        assert (record.key, record.value) == (message.key, message.value)
        assert sorted(record.headers) == sorted(message.headers)


def test_a_message_is_taken_once_however_often_and_concurrently_it_is_sent(
    here: World, client: httpx.Client
) -> None:
    message = manifest_of(parcel(100))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(client, message), range(24)))
    assert {answer.status_code for answer in answers} == {202}
    again = Counter(receipt.get("again", False) for a in answers for receipt in a.json()["accepted"])
    assert again == {True: 23, False: 1}
    here.drained()
    assert _ids(here, topics.manifests("h1")).count(dict(message.headers)["ce_id"]) == 1


@pytest.mark.parametrize("given", [{"ce-id": "reused"}, {"idempotency-key": '"reused-key"'}])
def test_another_message_under_the_same_id_is_refused(client: httpx.Client, given: dict[str, str]) -> None:
    one, other = (encode(parcel(n).manifest) for n in (200, 201))
    assert client.post("/v1/manifests", headers=JSON | given, content=one).status_code == 202
    refused = client.post("/v1/manifests", headers=JSON | given, content=other)
    assert (refused.status_code, refused.json()["reason"]) == (409, "id_reused")
    again = client.post("/v1/manifests", headers=JSON | given, content=b" " + one).json()["accepted"]
    assert again[0]["again"]


def test_without_an_id_equal_content_is_one_message(here: World, client: httpx.Client) -> None:
    body = encode(parcel(300).manifest)
    first, second = (client.post("/v1/manifests", headers=JSON, content=body).json() for _ in range(2))
    assert first["accepted"][0]["id"] == second["accepted"][0]["id"]
    assert "again" not in first["accepted"][0]
    assert second["accepted"][0]["again"]


def test_of_a_batch_the_sound_are_taken_and_the_others_named(here: World, client: httpx.Client) -> None:
    manifests = [msgspec.to_builtins(parcel(n).manifest) for n in range(400, 406)]
    manifests[2]["hub"] = "h2"
    manifests[4]["consignee"] = {"name": 5}
    answer = client.post("/v1/manifests", headers=JSON, content=msgspec.json.encode(manifests))
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert [(e["index"], e["reason"]) for e in problem["errors"]] == [(2, "hub_mismatch"), (4, "schema")]
    assert problem["errors"][1]["detail"] == "$.consignee.name: expected str, got int"
    assert [r["parcel_id"] for r in problem["accepted"]] == [f"P1-{n}" for n in (400, 401, 403, 405)]
    del manifests[2], manifests[3]
    mended = client.post("/v1/manifests", headers=JSON, content=msgspec.json.encode(manifests))
    assert mended.status_code == 202
    assert all(receipt["again"] for receipt in mended.json()["accepted"])


def test_a_scan_may_be_told_in_headers_in_parameters_or_in_a_form(client: httpx.Client) -> None:
    scan = scans_of(parcel(500))[0]
    said = {name[3:]: value.decode() for name, value in scan.headers if name.startswith("ce_")}
    plain = {name: text for name, text in said.items() if name not in {"id", "sha256", "source", "type"}}
    kind = dict(scan.headers)["content-type"].decode()
    assert scan.value is not None
    answers = [
        client.post("/v1/scans", params=plain, headers={"content-type": kind}, content=scan.value),
        client.post("/v1/scans", data=plain, files={"image": ("scan", scan.value, kind)}),
        client.post(
            "/v1/scans",
            headers={"content-type": kind} | {f"ce-{name}": text for name, text in plain.items()},
            content=scan.value,
        ),
    ]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert len({answer.json()["accepted"][0]["id"] for answer in answers}) == 1


def test_a_reference_is_taken_as_it_is(here: World, client: httpx.Client) -> None:
    scan = scans_of(parcel(600))[0]
    said = {name: value.decode() for name, value in scan.headers}
    reference = {
        "address": "s3://bucket/1.png",
        "sha256": said["ce_sha256"],
        "bytes": 5_000_000,
        "content_type": said["content-type"],
    }
    headers = {name.replace("_", "-"): text for name, text in said.items()} | {
        "content-type": IMAGE_REFERENCE
    }
    assert client.post("/v1/scans", headers=headers, json=reference).status_code == 202


MESSAGES = (manifest_of(parcel(7)), scans_of(parcel(8))[0])
CASES = [(message, kind) for message in MESSAGES for kind in kinds_for(message)]


@pytest.mark.parametrize(("message", "kind"), CASES, ids=[f"{m.topic}-{kind}" for m, kind in CASES])
def test_a_wrong_message_is_refused_for_the_reason_of_the_contract(
    here: World, client: httpx.Client, message: Message, kind: Corruption
) -> None:
    for seed in range(SEEDS):
        broken = corrupt(message, kind, chance(seed))
        wanted = _reason(broken)
        if wanted is None or not _can_be_said_in_http(broken):
            continue
        answer = post(client, broken)
        problem = answer.json()
        assert (answer.status_code, problem["reason"]) == (422, wanted), problem
        assert problem["status"] == 422
        assert problem["type"] == f"urn:screener:problem:{problem['reason']}" or "errors" in problem


def test_whatever_was_accepted_keeps_the_contract(here: World) -> None:
    """Comes last: by now everything else was tried on this gateway."""
    here.drained()
    for record in _all(here):
        assert _reason(Message(record.partition.topic, record.key, record.value, record.headers)) is None


def test_what_no_topic_could_hold_is_refused_before_it_is_taken(client: httpx.Client) -> None:
    scan = scans_of(parcel(9))[0]
    headers = [(n, v) for n, v in scan.headers if n != "ce_sha256"]
    near = Message(scan.topic, scan.key, b"\x89PNG" + bytes(MAX_MESSAGE_BYTES - 4), tuple(headers))
    over = Message(scan.topic, scan.key, b"\x89PNG" + bytes(MAX_MESSAGE_BYTES), tuple(headers))
    far = Message(scan.topic, scan.key, bytes(MAX_MESSAGE_BYTES + 100_000), tuple(headers))
    found = [(a.status_code, a.json()["reason"]) for a in (post(client, one) for one in (near, over, far))]
    assert found == [(422, "message_too_large"), (422, "too_large"), (413, "body_too_large")]


def _reason(message: Message) -> str | None:
    """Why [score] would reject a message; None where it keeps the contract. The key does not count."""
    headers = message.headers
    there = {name for name, _ in headers}
    own = dict(MESSAGES[message.topic.startswith(topics.SCANS)].headers)
    if "ce_sha256" in own and "ce_sha256" not in there:
        own.pop("ce_sha256")
    headers = (*headers, *((name, own[name]) for name in own if name in KNOWN_HERE - there))
    try:
        if message.topic.startswith(topics.MANIFESTS):
            read_manifest(message.value, headers, "h1")
            return None
        scan = read_scan_headers(headers, "h1", None)
        value = read_scan_value(message.value, scan, MAX_MESSAGE_BYTES)
        if isinstance(value, bytes):
            pitch = scan.pitch_mm
            request = Request(value, scan.content_type, pitch.across, pitch.along, scan.energy)
            read_picture(request, ImageLimits(), 1.5)
    except BadInput as error:
        return error.reason
    return None


def _can_be_said_in_http(message: Message) -> bool:
    """A header of HTTP itself can hold no control characters and nothing but ASCII for our client."""
    content_type = dict(message.headers).get("content-type", b"")
    missing = {"ce_sha256"} - {name for name, _ in message.headers}
    is_scan = message.topic.startswith(topics.SCANS)
    return content_type.isascii() and content_type.decode().isprintable() and not (is_scan and missing)


def _all(here: World) -> list[Record]:
    return [one for topic in (topics.manifests("h1"), topics.scans("h1")) for one in records(here.log, topic)]


def _ids(here: World, topic: str) -> list[bytes | None]:
    return [record.header("ce_id") for record in records(here.log, topic)]
