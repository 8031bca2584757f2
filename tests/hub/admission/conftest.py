"""A secured broker for the whole session, the commands on it, and who connects to it."""

from __future__ import annotations

import datetime
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from deploy.kafka.broker import Broker
from screener import config
from screener.stream.kafka import KafkaLog
from tests.cli.shell import Shell
from tests.conftest import running

SETTINGS = """
run_dir = "{{folder}}/run"
[log]
kind = "kafka"
partitions = 2
hub_partitions = 2
[log.kafka]
bootstrap_servers = ["{bootstrap}"]
security_protocol = "SASL_SSL"
sasl_mechanism = "SCRAM-SHA-512"
sasl_username = "{user}"
sasl_password_file = "{password}"
ssl_cafile = "{ca}"
session_timeout_s = 6.0
delivery_timeout_s = 3.0
[keys]
path = "{{folder}}/keys"
[metrics]
port = 0
"""


@dataclass(frozen=True)
class Fort:
    """The secured broker, and the commands of whoever may do everything on it."""

    broker: Broker
    shell: Shell
    folder: Path

    @property
    def admin(self) -> config.KafkaLog:
        return config.load(self.folder / "screener.toml", {}).log.kafka

    def part(self, name: str) -> config.KafkaLog:
        """The settings of a part of Screener, with its own user."""
        return self.user(f"screener.{name}", self.folder / "parts" / name)

    def user(self, name: str, password_file: Path) -> config.KafkaLog:
        return msgspec.structs.replace(self.admin, sasl_username=name, sasl_password_file=str(password_file))

    def admit(self, hub: str, *options: str) -> Admitted:
        """A hub that is let in, with the files it was given."""
        out = self.folder / hub
        self.shell.ok("hub", "add", hub, "--out", str(out), *options)
        return Admitted(hub, out, self.user(f"hub.{hub}", out / "password"))


@dataclass(frozen=True)
class Admitted:
    """A hub with the files it was given, and with the settings it would have as a gateway of ours."""

    name: str
    folder: Path
    settings: config.KafkaLog

    @property
    def kafka_python(self) -> dict[str, Any]:
        given = json.loads((self.folder / "kafka-python.json").read_text())
        return given | {"ssl_cafile": str(self.folder / given["ssl_cafile"])}

    @property
    def librdkafka(self) -> dict[str, str]:
        lines = (self.folder / "librdkafka.properties").read_text().splitlines()
        given = dict(line.split("=", 1) for line in lines)
        return given | {"ssl.ca.location": str(self.folder / given["ssl.ca.location"])}


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the certificate of `CN=hub-mtls`, which the broker trusts, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hub-mtls")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "client.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "client.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return folder


@pytest.fixture(scope="session")
def fort(tmp_path_factory: pytest.TempPathFactory, certificate: Path) -> Iterator[Fort]:
    folder = tmp_path_factory.mktemp("fort")
    secured = Broker(tmp_path_factory.mktemp("secured"), secure=True, trusted=[certificate / "client.pem"])
    with running(secured) as broker:
        settings = SETTINGS.format(
            bootstrap=broker.bootstrap, user="admin", password=broker.password_path, ca=broker.ca_path
        )
        shell = Shell(Shell.at(folder, settings).folder, log_choice="kafka")
        shell.ok("topics", "create", "--acls", "--passwords", str(folder / "parts"))
        yield Fort(broker, shell, folder)


@pytest.fixture
def hub() -> str:
    """A hub that is this test's alone: tests share the broker."""
    return f"h{uuid.uuid4().hex[:8]}"


@pytest.fixture
def log(fort: Fort) -> Iterator[KafkaLog]:
    """The log as whoever may do everything sees it."""
    with KafkaLog(fort.admin) as log:
        yield log
