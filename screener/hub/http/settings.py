"""Settings of the gateway: one strict TOML file, every value with a default."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, field

from screener.config import LogSettings, Positive, PositiveInt, Settings
from screener.contracts.wire import HubName
from screener.errors import BadConfig


class Tls(Settings, frozen=True, kw_only=True):
    """A certificate of our own; with `client_ca`, clients may show one that it signed instead of a token.

    `subjects` says for which hub a client's certificate speaks, by its subject as RFC 4514 writes it
    (`CN=east,O=Example Express`; `openssl x509 -noout -subject -nameopt RFC2253`).
    """

    certfile: str
    keyfile: str
    client_ca: str | None = None
    subjects: dict[str, HubName] = field(default_factory=dict)


class Limits(Settings, frozen=True, kw_only=True):
    """What one client, and what all of them together, may ask of us."""

    requests_per_s: Positive = 50.0
    burst: PositiveInt = 200
    polls: PositiveInt = 8
    connections: PositiveInt = 512
    batch: PositiveInt = 500
    batch_bytes: PositiveInt = 8 * 1024 * 1024
    bodies_bytes: PositiveInt = 256 * 1024 * 1024
    head_s: Positive = 10.0
    body_s: Positive = 60.0
    send_s: Positive = 60.0
    wait_s: Positive = 60.0


class Waiting(Settings, frozen=True, kw_only=True):
    """How much of one hub may wait for the log before we take no more of it."""

    max_bytes: PositiveInt = 1024 * 1024 * 1024
    max_age_s: Positive = 900.0
    retry_after_s: PositiveInt = 5


class Webhook(Settings, frozen=True, kw_only=True):
    """Where a hub wants its verdicts sent to; `secret_file` holds `whsec_` and the key in base64."""

    hub: HubName
    url: str
    secret_file: str
    ca_file: str | None = None
    batch: Annotated[int, Meta(ge=1, le=1000)] = 100
    timeout_s: Positive = 10.0
    first_retry_s: Positive = 1.0
    longest_retry_s: Positive = 300.0


class GatewaySettings(Settings, frozen=True, kw_only=True):
    """All settings. `name` is unlike that of any other gateway; `behind_proxy`: something else ends TLS."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)")] = "gateway"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8088
    behind_proxy: bool = False
    folder: str = "data/gateway"
    token_file: str | None = None
    tls: Tls | None = None
    decode_images: bool = True
    keep_verdicts_h: Positive = 72.0
    log: LogSettings | None = None
    limits: Limits = field(default_factory=Limits)
    waiting: Waiting = field(default_factory=Waiting)
    webhooks: tuple[Webhook, ...] = ()


def check(settings: GatewaySettings) -> GatewaySettings:
    """The settings, unless they would open us to everybody. Raises `BadConfig`."""
    by_certificate = settings.tls is not None and settings.tls.client_ca is not None
    if settings.token_file is None and not by_certificate:
        raise BadConfig("gateway: expected token_file or tls.client_ca, got neither: who may come in?")
    if settings.tls is None and not settings.behind_proxy and not is_loopback(settings.host):
        raise BadConfig(
            f"gateway: host {settings.host} without [tls] would carry tokens in the clear; "
            "give [tls], or say `behind_proxy = true` where something in front of it ends TLS"
        )
    for webhook in settings.webhooks:
        _check_target(webhook.url)
    return settings


def example() -> str:
    """A settings file with a word on everything."""
    return (Path(__file__).parent / "example.toml").read_text()


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine and nothing else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def state_of(settings: GatewaySettings) -> Path:
    """The folder for what must outlive the process."""
    return Path(settings.folder)


def _check_target(url: str) -> None:
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise BadConfig(f"gateway: webhook: expected an address, got another text ({error})") from None
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    if not safe or not parts.hostname or parts.username is not None or parts.fragment:
        raise BadConfig(
            f"gateway: webhook to {parts.scheme}://{parts.hostname}: expected https, or http to this host, "
            "without user, password and fragment"
        )
