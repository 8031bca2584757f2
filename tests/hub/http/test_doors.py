"""Who comes in, how much, how fast; and that nothing told in confidence comes out."""

from __future__ import annotations

import io
import re
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import jsonschema
import msgspec
import pytest

from screener.contracts import topics
from screener.contracts.reading import encode
from screener.errors import BadConfig, Unavailable
from screener.hub.http import settings, tokens
from screener.hub.http.rates import Rates
from screener.hub.http.settings import GatewaySettings, Limits, Tls, Waiting
from screener.hub.parcel import manifest_of
from screener.stream.port import Log, Partition
from screener.stream.sqlite import Sqlite
from screener.telemetry import logs
from tests.hub.http.certificates import Authority
from tests.hub.http.world import JSON, World, post, verdict, wait_until, world
from tests.hub.parcels import parcel

PLENTY = Limits(requests_per_s=10_000.0, burst=10_000)
HASTY = msgspec.structs.replace(PLENTY, head_s=0.3, body_s=0.3)
BODY = encode(parcel(1).manifest)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("gateway"), limits=PLENTY) as made:
        yield made


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("hasty"), limits=HASTY) as made:
        yield made


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"authorization": "Bearer"},
        {"authorization": "Bearer screener_" + "A" * 43},
        {"authorization": "Basic dTpw"},
        {"authorization": b"Bearer \xff\xfe"},
        {"authorization": "Bearer " + "A" * 20_000},
    ],
)
def test_nobody_comes_in_without_a_token(here: World, shown: dict[str, str]) -> None:
    with httpx.Client(base_url=here.url, trust_env=False) as nobody:
        for path in ("/v1/verdicts", "/v1/parcels/P-1/verdict", "/nowhere"):
            assert nobody.get(path, headers=shown).status_code == 401
        answer = nobody.post("/v1/manifests", headers=JSON | shown, content=BODY)
    assert (answer.status_code, answer.json()["reason"]) == (401, "unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def test_one_token_is_not_enough_where_two_are_shown(here: World) -> None:
    with httpx.Client(base_url=here.url, trust_env=False) as client:
        shown = [("authorization", f"Bearer {here.tokens[hub]}") for hub in ("h1", "h2")]
        assert client.get("/v1/verdicts", headers=shown).status_code == 401


def test_the_file_of_tokens_holds_none_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "tokens.toml"
    first, second = tokens.add(path, "h1", 'with "quotes"'), tokens.add(path, "h2")
    text = path.read_text()
    assert first not in text
    assert second not in text
    assert path.stat().st_mode & 0o077 == 0
    found = tokens.load(path)
    assert (found.hub_of(first), found.hub_of(second), found.hub_of("")) == ("h1", "h2", None)
    path.write_text(text + text)
    with pytest.raises(BadConfig, match="one hub alone"):
        tokens.load(path)


def test_a_token_is_added_to_a_file_whose_last_line_was_left_open(tmp_path: Path) -> None:
    file = tmp_path / "tokens.toml"
    tokens.add(file, "east")
    file.write_text(file.read_text().rstrip() + "  # the sorter's")
    tokens.add(file, "west")
    assert tokens.load(file).hubs == {"east", "west"}


def test_tokens_are_given_and_taken_back_while_it_runs(tmp_path: Path) -> None:
    with world(tmp_path) as here, here.client() as client:
        path = tmp_path / "tokens.toml"
        given = tokens.add(path, "h1")
        another = {"authorization": f"Bearer {given}"}
        assert wait_until(lambda: client.get("/v1/verdicts", headers=another).status_code == 200)
        path.write_text("")
        assert wait_until(lambda: client.get("/v1/verdicts").status_code == 401)


def test_a_certificate_speaks_for_the_hub_of_its_subject(tmp_path: Path) -> None:
    ours, strangers = Authority.make(tmp_path / "ca"), Authority.make(tmp_path / "others", "strangers")
    certfile, keyfile = ours.signed("gateway")
    subjects = {r"CN=east,O=Example\, Ltd": "h1"}
    tls = Tls(certfile=certfile, keyfile=keyfile, client_ca=ours.file, subjects=subjects)
    with world(tmp_path, tls=tls, token_file="tokens.toml") as here:
        assert here.url.startswith("https://")

        def asks(files: tuple[str, str] | None, token_of: str | None = None) -> int:
            trust = ssl.create_default_context(cafile=ours.file)
            if files is not None:
                trust.load_cert_chain(*files)
            shown = {"authorization": f"Bearer {here.tokens[token_of]}"} if token_of else {}
            with httpx.Client(base_url=here.url, verify=trust, trust_env=False) as client:
                return client.get("/v1/verdicts", headers=shown).status_code

        known, unknown = ours.signed("east", "Example, Ltd"), ours.signed("east", "Another")
        assert asks(known) == 200
        assert asks(unknown) == 401
        assert asks(None) == 401
        assert asks(None, "h2") == 200
        assert asks(known, "h1") == 200
        assert asks(known, "h2") == 403
        with pytest.raises(httpx.TransportError):
            asks(strangers.signed("east", "Example, Ltd"))


def test_a_gateway_for_everybody_does_not_start() -> None:
    for open_to_all in (
        GatewaySettings(),
        GatewaySettings(token_file="t", host="0.0.0.0"),
        GatewaySettings(tls=Tls(certfile="c", keyfile="k")),
    ):
        with pytest.raises(BadConfig, match="gateway"):
            settings.check(open_to_all)
    settings.check(GatewaySettings(token_file="t", host="0.0.0.0", behind_proxy=True))


def test_the_example_of_the_settings_is_one(tmp_path: Path) -> None:
    every = re.sub(r"^# (?=[a-z_\"\[])", "", settings.example(), flags=re.MULTILINE)
    found = msgspec.toml.decode(every, type=GatewaySettings)
    assert found.limits == Limits()
    assert found.waiting == Waiting()
    assert msgspec.toml.decode(settings.example(), type=GatewaySettings).token_file == "tokens.toml"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ",
        b"POST /v1/manifests HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 9\r\n\r\n{",
        b"POST /v1/manifests HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /heal",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET /" + b"a" * 100_000,
    ],
    ids=[
        "nothing",
        "half a head",
        "half a body",
        "a stranger's half",
        "and another's half",
        "tls",
        "endless",
    ],
)
def test_whoever_is_slow_or_says_rubbish_is_put_out(hasty: World, said: bytes) -> None:
    """The connection ends by itself; and others are served meanwhile."""
    said = said.replace(b"%s", hasty.tokens["h1"].encode())
    with socket.create_connection(("127.0.0.1", httpx.URL(hasty.url).port or 0), timeout=20) as slow:
        slow.sendall(said)
        heard = b""
        while part := _received(slow):
            heard += part
    assert httpx.get(hasty.url + "/healthz", trust_env=False).status_code == 200
    if b"Bearer" in said:
        assert b" 408 " in heard


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(65536)
    except ConnectionResetError:
        return b""


@pytest.mark.parametrize(
    ("headers", "content", "status", "reason"),
    [
        ({"content-encoding": "gzip"}, BODY, 415, "content_encoding"),
        ({}, b" " * (Limits().batch_bytes + 1), 413, "body_too_large"),
        ({"content-type": "text/plain"}, BODY, 422, "content_type"),
        ({"content-type": ""}, BODY, 422, "content_type"),
        ({}, b"", 422, "value_missing"),
        ({}, b"[]", 422, "schema"),
        ({}, b"[1]", 422, "schema"),
        ({}, b"[", 422, "not_json"),
        ({}, b"[" * 100_000, 422, "too_deep"),
        ({}, b"[" + BODY + b"," + b"[" * 100_000, 422, "too_deep"),
        ({}, b"[\xff]", 422, "not_json"),
        ({}, b'["\xff"]', 422, "not_utf8"),
        ({}, b"[" + b"1," * 600 + b"1]", 422, "too_large"),
        ({"ce-id": ""}, BODY, 422, "header_invalid"),
        ({"ce-id": "%0d%0a"}, BODY, 422, "header_invalid"),
        ({"ce-id": "x" * 300}, BODY, 422, "header_invalid"),
        ({"ce-type": "org.screener.scan.v1"}, BODY, 422, "event_type"),
    ],
)
def test_rubbish_has_a_reason(
    here: World, headers: dict[str, str], content: bytes, status: int, reason: str
) -> None:
    with here.client() as client:
        answer = client.post("/v1/manifests", headers=JSON | headers, content=content)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason), answer.text[:300]


@pytest.mark.parametrize(
    "part",
    [
        b'name="scanid"\r\n\r\nS-\xce1',
        b'name="scanid"\r\nContent-Type: text/plain; charset=none-such\r\n\r\nS-1',
        b'name="scanid"\r\n\r\nS-1',
        b'name="image"; filename="a"\r\n\r\nfirst\r\n--B\r\nContent-Disposition: form-data;'
        b' name="image"; filename="b"\r\n\r\nsecond',
        b"",
    ],
)
def test_a_broken_form_is_malformed(here: World, part: bytes) -> None:
    body = b"--B\r\nContent-Disposition: form-data; " + part + b"\r\n--B--\r\n"
    with here.client() as client:
        kind = {"content-type": "multipart/form-data; boundary=B"}
        found = [client.post("/v1/scans", headers=kind, content=one).json() for one in (body, body[:-9], b"")]
    assert [problem["reason"] for problem in found] == ["malformed"] * 3


def test_a_body_without_a_length_is_bounded_too(here: World) -> None:
    with here.client() as client:
        answer = client.post("/v1/manifests", headers=JSON, content=(b" " * 65536 for _ in range(200)))
    assert answer.json()["reason"] == "body_too_large"


def test_other_addresses_and_methods_are_refused_in_the_same_words(here: World) -> None:
    with here.client() as client:
        for method, path, status in (
            ("GET", "/", 404),
            ("GET", "/v1/manifests/../../etc/passwd", 404),
            ("DELETE", "/v1/manifests", 405),
            ("PUT", "/v1/verdicts", 405),
        ):
            answer = client.request(method, path)
            assert (answer.status_code, answer.headers["content-type"]) == (
                status,
                "application/problem+json",
            )


def test_a_bucket_fills_with_time_and_is_one_hubs_alone() -> None:
    now = [0.0]
    rates = Rates(2.0, 3, lambda: now[0])
    assert [rates.take("h1") for _ in range(4)] == [None, None, None, 1]
    assert rates.take("h2") is None
    now[0] = 0.5
    assert [rates.take("h1") for _ in range(2)] == [None, 1]
    now[0] = 1000.0
    assert [rates.take("h1") for _ in range(4)] == [None, None, None, 1]


def test_too_many_requests_are_told_when_to_come_again(tmp_path: Path) -> None:
    with world(tmp_path, limits=Limits(requests_per_s=0.01, burst=2)) as here, here.client() as client:
        answers = [client.get("/v1/verdicts") for _ in range(3)]
        with here.client("h2") as other:
            assert other.get("/v1/verdicts").status_code == 200
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 100


def test_while_the_log_does_not_answer_messages_wait_and_then_are_refused(tmp_path: Path) -> None:
    """An outbox that is full refuses; what it accepted arrives when the log comes back."""
    away = [True]

    def open_log() -> Log:
        if away[0] and (tmp_path / "topics").exists():
            raise Unavailable("away")
        (tmp_path / "topics").touch()
        return Sqlite(tmp_path / "log.db")

    sent = [manifest_of(parcel(n)) for n in range(40)]
    with world(tmp_path, open_log=open_log, waiting=Waiting(max_bytes=8000)) as here, here.client() as client:
        answers = [post(client, message) for message in sent]
        refused = [answer for answer in answers if answer.status_code == 503]
        assert {answer.json()["reason"] for answer in refused} == {"full"}
        assert 0 < len(refused) < len(sent)
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert httpx.get(here.url + "/readyz", trust_env=False).status_code in (200, 503)
        assert httpx.get(here.url + "/healthz", trust_env=False).status_code == 200
        away[0] = False
        for message in sent:
            assert wait_until(lambda message=message: post(client, message).status_code == 202)  # type: ignore[misc]
        here.drained()
        assert sum(here.log.end(p) for p in _partitions(here)) == len(sent)


def test_it_is_ready_as_long_as_one_hub_that_may_come_in_is_not_stuck(tmp_path: Path) -> None:
    def open_log() -> Log:
        if (tmp_path / "topics").exists():
            raise Unavailable("away")
        (tmp_path / "topics").touch()
        return Sqlite(tmp_path / "log.db")

    def ready(here: World) -> int:
        return httpx.get(here.url + "/readyz", trust_env=False).status_code

    file = tmp_path / "tokens.toml"
    with world(tmp_path, open_log=open_log, waiting=Waiting(max_bytes=1)) as here:
        for hub, expected in (("h1", 200), ("h2", 503)):
            with here.client(hub) as client:
                assert post(client, manifest_of(parcel(1, hub=hub))).status_code == 202
            assert ready(here) == expected
        tokens.add(file, "h3")
        assert wait_until(lambda: ready(here) == 200)
        file.write_text("")
        tokens.add(file, "h1")
        assert wait_until(lambda: ready(here) == 503)
        file.write_text("")
        tokens.add(file, "h4")
        assert wait_until(lambda: ready(here) == 200)


def test_a_log_line_holds_no_token_and_nobody(tmp_path: Path) -> None:
    heard = io.StringIO()
    logs.configure("debug", json=True, stream=heard)
    try:
        with world(tmp_path) as here, here.client() as client:
            post(client, manifest_of(parcel(5)))
            client.post("/v1/manifests", headers=JSON, content=BODY.replace(b'"h1"', b"5"))
            client.get("/v1/verdicts", headers={"authorization": "Bearer screener_secret"})
            with here.log.publisher() as publisher:
                publisher.publish([verdict("P-1")])
            said = [*here.tokens.values(), "screener_secret", parcel(5).manifest.consignee.name]
    finally:
        logs.configure("warning")
    assert not [secret for secret in said if secret in heard.getvalue()]


def test_the_document_tells_the_truth(here: World) -> None:
    """Its examples fit its schemas, its addresses are all there are, and answers are as it says."""
    document = httpx.get(here.url + "/openapi.json", trust_env=False).json()
    assert document["openapi"].startswith("3.1")

    def check(value: object, schema: object) -> None:
        whole = {"$ref": "#/wanted", "wanted": schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole).validate(value)

    for path, methods in document["paths"].items():
        for operation in methods.values():
            bodies = operation.get("requestBody", {}).get("content", {}).values()
            answers = [a.get("content", {}) for a in operation["responses"].values() if "$ref" not in a]
            for body in [*bodies, *(one for answer in answers for one in answer.values())]:
                found = [body["example"]] if "example" in body else []
                found += [example["value"] for example in body.get("examples", {}).values()]
                for example in found:
                    check(example, body["schema"])
            with here.client() as client:
                assert client.get(path.replace("{", "").replace("}", "")).json().get("reason") != "not_found"
    with here.client() as client:
        schemas = {
            name: {"$ref": f"#/components/schemas/{name}"} for name in document["components"]["schemas"]
        }
        check(client.get("/v1/verdicts").json(), schemas["Verdicts"])
        check(post(client, manifest_of(parcel(77))).json(), schemas["Accepted"])
        check(client.get("/v1/parcels/none/verdict").json(), schemas["Problem"])


def _partitions(here: World) -> list[Partition]:

    return [Partition(topics.manifests("h1"), number) for number in range(3)]
