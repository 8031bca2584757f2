"""The files a hub connects with: one for each kind of client, and the password."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from screener.errors import BadConfig

SCRAM = "SCRAM-SHA-512"
JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule"
CA_NAME, PASSWORD_NAME = "ca.pem", "password"
CERTIFICATE_NAME, KEY_NAME = "client.pem", "client.key"


@dataclass(frozen=True, slots=True)
class Connection:
    """How a hub reaches the broker; without `password` by a client certificate, whose files are the hub's."""

    hub: str
    bootstrap: str
    user: str
    password: str | None
    encrypted: bool
    ca: bytes | None

    @property
    def protocol(self) -> str:
        if self.password is None:
            return "SSL" if self.encrypted else "PLAINTEXT"
        return "SASL_SSL" if self.encrypted else "SASL_PLAINTEXT"

    def __repr__(self) -> str:
        return f"Connection({self.hub}, {self.bootstrap}, {self.protocol})"


def new_password() -> str:
    """192 random bits, in letters that need no quoting in any of the files."""
    while True:
        password = secrets.token_urlsafe(24)
        if password[0].isalnum():
            return password


def files(to: Connection) -> dict[str, bytes]:
    """The content of each file, by name."""
    texts = {
        "java.properties": _lines(_java(to)),
        "librdkafka.properties": _lines(_librdkafka(to)),
        "kafka-python.json": json.dumps(_kafka_python(to), indent=2) + "\n",
        "screener.toml": _screener(to),
    }
    found = {name: text.encode() for name, text in texts.items()}
    if to.password is not None:
        found[PASSWORD_NAME] = to.password.encode() + b"\n"
    if to.ca is not None:
        found[CA_NAME] = to.ca
    return found


def write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files, readable by their owner alone from the first byte on. Raises `BadConfig`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, content in contents.items():
            _write(folder / name, content)
    except OSError as error:
        raise BadConfig(f"{folder}: cannot be written ({error.strerror}); name another folder") from error


def _write(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _java(to: Connection) -> Iterator[tuple[str, str]]:
    yield from _common(to)
    if to.password is not None:
        yield "sasl.mechanism", SCRAM
        yield "sasl.jaas.config", f'{JAAS} required username="{to.user}" password="{to.password}";'
    elif to.encrypted:
        yield "ssl.keystore.type", "PEM"
        yield "ssl.keystore.location", "client-with-key.pem"
    if to.ca is not None:
        yield "ssl.truststore.type", "PEM"
        yield "ssl.truststore.location", CA_NAME


def _librdkafka(to: Connection) -> Iterator[tuple[str, str]]:
    yield from _common(to)
    if to.password is not None:
        yield "sasl.mechanism", SCRAM
        yield "sasl.username", to.user
        yield "sasl.password", to.password
    elif to.encrypted:
        yield "ssl.certificate.location", CERTIFICATE_NAME
        yield "ssl.key.location", KEY_NAME
    if to.ca is not None:
        yield "ssl.ca.location", CA_NAME


def _common(to: Connection) -> Iterator[tuple[str, str]]:
    yield "bootstrap.servers", to.bootstrap
    yield "security.protocol", to.protocol
    yield "client.id", f"hub.{to.hub}"


def _kafka_python(to: Connection) -> dict[str, str]:
    """Keyword arguments for its clients."""
    about = {
        "bootstrap_servers": to.bootstrap,
        "security_protocol": to.protocol,
        "client_id": f"hub.{to.hub}",
    }
    if to.password is not None:
        about |= {
            "sasl_mechanism": SCRAM,
            "sasl_plain_username": to.user,
            "sasl_plain_password": to.password,
        }
    elif to.encrypted:
        about |= {"ssl_certfile": CERTIFICATE_NAME, "ssl_keyfile": KEY_NAME}
    return about if to.ca is None else about | {"ssl_cafile": CA_NAME}


def _screener(to: Connection) -> str:
    """Settings for `screener hub publish` and `screener hub serve`."""
    about = {"bootstrap_servers": [to.bootstrap], "security_protocol": to.protocol}
    if to.password is not None:
        about |= {"sasl_mechanism": SCRAM, "sasl_username": to.user, "sasl_password_file": PASSWORD_NAME}
    elif to.encrypted:
        about |= {"ssl_certfile": CERTIFICATE_NAME, "ssl_keyfile": KEY_NAME}
    if to.ca is not None:
        about |= {"ssl_cafile": CA_NAME}
    lines = [f"{name} = {json.dumps(value)}" for name, value in about.items()]
    return "\n".join(['[log]\nkind = "kafka"\n\n[log.kafka]', *lines]) + "\n"


def _lines(pairs: Iterator[tuple[str, str]]) -> str:
    return "".join(f"{name}={value}\n" for name, value in pairs)
