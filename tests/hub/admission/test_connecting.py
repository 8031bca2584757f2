"""The ways to connect that the settings name work against a real broker, and a secret is never told."""

from __future__ import annotations

import base64
import json
import logging
import time
from pathlib import Path

import msgspec
import pytest

from screener import config
from screener.config import as_part
from screener.contracts import topics
from screener.errors import BadConfig, Unavailable
from screener.stream.kafka import KafkaLog
from screener.stream.kafka.access import KafkaAccess
from screener.stream.kafka.clients import PASSWORD_VARIABLE
from screener.stream.rights import Grant, Operation, Resource, Right
from tests.hub.admission.conftest import Fort
from tests.stages.world import manifest_of

pytestmark = pytest.mark.kafka


def test_a_password_from_a_file_through_tls(fort: Fort) -> None:
    with KafkaLog(fort.admin) as log:
        assert topics.EVIDENCE in log.topics()


def test_a_password_from_the_environment(fort: Fort, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD_VARIABLE, fort.broker.password_path.read_text())
    with KafkaLog(msgspec.structs.replace(fort.admin, sasl_password_file=None)) as log:
        assert topics.EVIDENCE in log.topics()


def test_one_file_of_settings_serves_all_parts(fort: Fort) -> None:
    shared = fort.user("screener.{part}", fort.folder / "parts" / "{part}")
    with KafkaLog(as_part(shared, "lists")) as log:
        assert sorted(log.topics()) == sorted(topics.LISTS)


def test_a_wrong_password_is_a_wrong_setting_and_is_not_told(
    fort: Fort, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    (tmp_path / "password").write_text("not-the-password")
    settings = fort.user("admin", tmp_path / "password")
    with KafkaLog(settings) as log, pytest.raises(BadConfig, match="SaslAuthenticationFailed") as refused:
        log.topics()
    said = [str(refused.value), repr(settings), caplog.text]
    assert not any("not-the-password" in text for text in said)


def test_a_broker_whose_certificate_is_not_trusted_is_not_told_the_password(fort: Fort) -> None:
    settings = msgspec.structs.replace(fort.admin, ssl_cafile=None, delivery_timeout_s=1.0)
    with KafkaLog(settings) as log, pytest.raises(Unavailable):
        log.topics()


def test_a_client_certificate_is_a_principal(fort: Fort, hub: str, certificate: Path) -> None:
    fort.shell.ok("hub", "add", hub, "--principal", "User:CN=hub-mtls", "--gateway")
    settings = config.KafkaLog(
        bootstrap_servers=(fort.broker.mtls_bootstrap,),
        security_protocol="SSL",
        ssl_cafile=str(fort.broker.ca_path),
        ssl_certfile=str(certificate / "client.pem"),
        ssl_keyfile=str(certificate / "client.key"),
    )
    with KafkaLog(settings) as log, log.publisher() as publisher:
        assert {topics.hub_of(name) for name in log.topics()} == {hub}
        publisher.publish([manifest_of("P1", hub)])
    fort.shell.ok("hub", "remove", hub, "--yes")
    with KafkaLog(settings) as log:
        assert log.topics() == {}


def test_an_oauth_token_from_a_file(fort: Fort, tmp_path: Path) -> None:
    now = time.time()
    write_token(tmp_path / "token", sub="robot", iat=now, exp=now + 600)
    settings = msgspec.structs.replace(
        fort.admin,
        sasl_mechanism="OAUTHBEARER",
        sasl_username=None,
        sasl_password_file=None,
        sasl_oauth_token_file=str(tmp_path / "token"),
    )
    seen = Grant("User:robot", Right(Resource.TOPIC, topics.TIPS, Operation.DESCRIBE))
    with KafkaAccess(fort.admin) as access, KafkaLog(settings) as log:
        assert log.topics() == {}
        access.grant([seen])
        assert log.topics() == {topics.TIPS: 1}
        access.revoke([seen])
    write_token(tmp_path / "token", sub="robot", iat=now - 900, exp=now - 300)
    with KafkaLog(settings) as log, pytest.raises(BadConfig):
        log.topics()


def write_token(path: Path, **claims: object) -> None:
    """An unsigned token, as a broker for tests takes it."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    path.write_text(".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + ".")


def test_a_token_file_that_is_not_there_is_named(fort: Fort) -> None:
    settings = msgspec.structs.replace(
        fort.admin, sasl_mechanism="OAUTHBEARER", sasl_oauth_token_file="no/such/token"
    )
    with KafkaLog(settings) as log, pytest.raises(BadConfig, match="no/such/token"):
        log.topics()
