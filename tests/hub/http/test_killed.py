"""The real command, killed with -9 at random: whatever it accepted reaches the log once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx

from deploy.kafka.broker import free_port
from screener.contracts import topics
from screener.hub.http import tokens
from screener.hub.parcel import manifest_of
from screener.stream.port import Message
from screener.stream.sqlite import Sqlite
from tests.hub.http.world import as_http, make_topics, records, wait_until
from tests.hub.parcels import parcel

ROOT = Path(__file__).parents[3]
KILLS = 2
SENDERS = 4
COUNT = 100
SETTINGS = """
port = {port}
folder = "{folder}/gateway"
token_file = "{folder}/tokens.toml"
decode_images = false
[limits]
requests_per_s = 10000.0
burst = 10000
[log]
kind = "sqlite"
[log.sqlite]
path = "{folder}/log.db"
"""


def test_killed_and_retried_at_random_every_message_arrives_once(tmp_path: Path) -> None:
    port = free_port()
    token = tokens.add(tmp_path / "tokens.toml", "h1")
    (tmp_path / "serve.toml").write_text(SETTINGS.format(folder=tmp_path, port=port))
    sent = [manifest_of(parcel(n)) for n in range(COUNT)]
    accepted: set[bytes] = set()
    draw = random.Random(7)
    with Sqlite(tmp_path / "log.db") as log, ExitStack() as stack:
        make_topics(log)
        senders = [
            threading.Thread(target=_send, args=(port, token, sent[n::SENDERS], accepted))
            for n in range(SENDERS)
        ]
        with gateway(tmp_path) as process:
            for sender in senders:
                sender.start()
            _wait_for(accepted, draw.randrange(15, 40))
            process.kill()
        for _ in range(KILLS - 1):
            with gateway(tmp_path) as process:
                _wait_for(accepted, len(accepted) + draw.randrange(5, 25))
                process.kill()
        process = stack.enter_context(gateway(tmp_path))
        for sender in senders:
            sender.join()
        assert accepted == {_id(message) for message in sent}
        assert wait_until(lambda: len(records(log, topics.manifests("h1"))) >= COUNT, 60)
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        arrived = Counter(record.header("ce_id") for record in records(log, topics.manifests("h1")))
    assert arrived == Counter({_id(message): 1 for message in sent})


@contextmanager
def gateway(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """The command as it is started by hand, once it listens."""
    command = [sys.executable, "-m", "screener", "hub", "serve", "--settings", str(folder / "serve.toml")]
    command += ["--metrics-port", "0", "--log-level", "error"]
    env = {**os.environ, "SCREENER_CONFIG": "", "SCREENER_LOG": ""}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        assert process.stdout.readline().startswith("gateway at http://127.0.0.1:")
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _send(port: int, token: str, messages: list[Message], accepted: set[bytes]) -> None:
    """Send each until it is accepted, and every third once more, as a client with doubts does."""
    bearer = {"authorization": f"Bearer {token}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=bearer, trust_env=False) as client:
        for number, message in enumerate(messages):
            for _ in range(2 if number % 3 == 0 else 1):
                assert wait_until(lambda message=message: _is_accepted(client, message), 120)  # type: ignore[misc]
            accepted.add(_id(message))


def _is_accepted(client: httpx.Client, message: Message) -> bool:
    headers, body = as_http(message)
    try:
        return client.post("/v1/manifests", headers=headers, content=body).status_code == 202
    except httpx.TransportError:
        return False


def _wait_for(accepted: set[bytes], count: int) -> None:
    assert wait_until(lambda: len(accepted) >= min(count, COUNT), 60)


def _id(message: Message) -> bytes:
    return dict(message.headers)["ce_id"]
