"""Webhooks: signed, in order, again until they are taken, and nothing lost in between."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from screener.errors import BadConfig
from screener.hub.http import settings, signing
from screener.hub.http.settings import GatewaySettings, Webhook
from tests.hub.http.world import verdict, wait_until, world

KEY = bytes(range(32))


@dataclass
class Sorter:
    """A hub's own server: what it was sent, and how it answers."""

    answer: Callable[[int], tuple[int, dict[str, str]]] = lambda _: (204, {})
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    url: str = ""

    def receive(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str]]:
        self.calls.append((headers, body))
        status, more = self.answer(len(self.calls))
        if status == 204:
            self.taken += [one["parcel_id"] for one in json.loads(body)["verdicts"]]
        return status, more


@contextmanager
def serving(sorter: Sorter) -> Iterator[Sorter]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status, more = sorter.receive({k.lower(): v for k, v in self.headers.items()}, body)
            self.send_response(status)
            for name, value in {**more, "content-length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    sorter.url = f"http://127.0.0.1:{server.server_port}/verdicts"
    try:
        yield sorter
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def webhook(folder: Path, url: str) -> Webhook:
    secret = folder / "secret"
    secret.write_text("whsec_" + base64.b64encode(KEY).decode() + "\n")
    return Webhook(
        hub="h1", url=url, secret_file=str(secret), batch=3, first_retry_s=0.02, longest_retry_s=0.1
    )


def test_a_signature_is_verified_in_a_few_lines(tmp_path: Path) -> None:
    with serving(Sorter()) as sorter, world(tmp_path, webhooks=(webhook(tmp_path, sorter.url),)) as here:
        with here.log.publisher() as publisher:
            publisher.publish([verdict("P-1"), verdict("P-other", hub="h2")])
        assert wait_until(lambda: sorter.taken == ["P-1"])
    headers, body = sorter.calls[0]
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = "v1," + base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert hmac.compare_digest(headers["webhook-signature"], wanted)
    assert abs(time.time() - int(headers["webhook-timestamp"])) < 300
    assert (headers["content-type"], "authorization" in headers) == ("application/json", False)
    assert "P-other" not in sorter.taken


def test_what_is_not_taken_comes_again_and_nothing_is_lost_over_a_restart(tmp_path: Path) -> None:
    fails = Sorter(answer=lambda call: ((204, {}), (500, {}), (302, {"location": "/elsewhere"}))[call % 3])
    wanted = [f"P-{n}" for n in range(12)]
    with serving(fails) as sorter:
        chosen = (webhook(tmp_path, sorter.url),)
        with world(tmp_path, webhooks=chosen) as here, here.log.publisher() as publisher:
            publisher.publish([verdict(one) for one in wanted[:6]])
            assert wait_until(lambda: len(set(sorter.taken)) >= 3)
            publisher.publish([verdict(one) for one in wanted[6:]])
        before = list(sorter.taken)
        with world(tmp_path, webhooks=chosen):
            assert wait_until(lambda: set(sorter.taken) == set(wanted))
        assert len(sorter.taken) <= len(wanted) + 3  # one page, at most, was taken and not yet remembered
        assert sorter.taken[: len(before)] == before
    ids = [headers["webhook-id"] for headers, _ in sorter.calls]
    bodies = [body for _, body in sorter.calls]
    assert len(set(ids)) == len(set(bodies)) < len(ids)  # the same page comes again under the same id


def test_who_was_away_for_longer_than_verdicts_are_kept_is_told_that_some_are_gone(tmp_path: Path) -> None:
    with serving(Sorter()) as sorter:
        chosen = (webhook(tmp_path, sorter.url),)
        with world(tmp_path, webhooks=chosen) as here, here.log.publisher() as publisher:
            publisher.publish([verdict("P-1")])
            assert wait_until(lambda: sorter.taken == ["P-1"])
        with world(tmp_path) as here, here.log.publisher() as publisher:
            publisher.publish([verdict("P-lost")])
            assert wait_until(lambda: here.gateway.shelf.page("h1", None, 9).verdicts[1:] != ())
            here.gateway.shelf.prune(1 << 60)
        with world(tmp_path, webhooks=chosen) as here, here.log.publisher() as publisher:
            publisher.publish([verdict("P-2")])
            assert wait_until(lambda: sorter.taken == ["P-1", "P-2"])
    assert [json.loads(body)["gap"] for _, body in sorter.calls] == [False, True]


def test_a_target_that_took_nothing_yet_is_told_what_is_gone(tmp_path: Path) -> None:
    with serving(Sorter(answer=lambda call: (204 if call > 1 else 500, {}))) as sorter:
        one = webhook(tmp_path, sorter.url)
        slow = Webhook(hub="h1", url=one.url, secret_file=one.secret_file, first_retry_s=60)
        with world(tmp_path, webhooks=(slow,)) as here, here.log.publisher() as publisher:
            publisher.publish([verdict("P-lost")])
            assert wait_until(lambda: len(sorter.calls) == 1)
            here.gateway.shelf.prune(1 << 60)
            publisher.publish([verdict("P-1")])
            assert wait_until(lambda: here.gateway.shelf.page("h1", None, 9).verdicts != ())
        with world(tmp_path, webhooks=(one,)):
            assert wait_until(lambda: sorter.taken == ["P-1"])
    assert [json.loads(body)["gap"] for _, body in sorter.calls] == [False, True]


def test_a_target_that_never_answers_is_given_up_and_asked_again(tmp_path: Path) -> None:
    let_go = threading.Event()

    def answer(call: int) -> tuple[int, dict[str, str]]:
        if call == 1:
            let_go.wait(20)
            return 500, {}
        return 204, {}

    with serving(Sorter(answer=answer)) as sorter:
        one = webhook(tmp_path, sorter.url)
        hasty = Webhook(hub="h1", url=one.url, secret_file=one.secret_file, timeout_s=0.2, first_retry_s=0.02)
        with world(tmp_path, webhooks=(hasty,)) as here:
            with here.log.publisher() as publisher:
                publisher.publish([verdict("P-1")])
            assert wait_until(lambda: sorter.taken == ["P-1"])
            let_go.set()


@pytest.mark.parametrize(
    "url",
    [
        "http://sorter.example/verdicts",
        "http://192.168.0.7/verdicts",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "https://user:password@sorter.example/",
        "https:///verdicts",
        "http://127.0.0.1.example.org/",
    ],
)
def test_a_target_that_others_could_read_or_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadConfig, match="webhook"):
        settings.check(
            GatewaySettings(token_file="t", webhooks=(Webhook(hub="h1", url=url, secret_file="s"),))
        )


@pytest.mark.parametrize(
    "text", ["", "whsec_", "whsec_c2hvcnQ=", base64.b64encode(KEY).decode(), "whsec_???"]
)
def test_a_weak_or_broken_secret_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "secret").write_text(text)
    with pytest.raises(BadConfig, match="whsec_"):
        signing.read_secret(tmp_path / "secret")
