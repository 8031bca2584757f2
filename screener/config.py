"""Settings: one strict TOML file, every value with a default, errors with the path to the field.

`SCREENER_CONFIG` names the file; without it `configs/screener.toml` is read where it exists.
`KAFKA_BOOTSTRAP_SERVERS` and `SCREENER_LOG` (`kafka`, or `sqlite:PATH`) go before the file.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct, field

from screener.errors import BadConfig

T = TypeVar("T")
Positive = Annotated[float, Meta(gt=0)]
PositiveInt = Annotated[int, Meta(gt=0)]
Share = Annotated[float, Meta(gt=0, le=1)]


class Settings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all sections have in common: frozen, and an unknown field is an error."""


class SqliteLog(Settings, frozen=True, kw_only=True):
    """The embedded log: one file."""

    path: str = "data/log.db"


class KafkaLog(Settings, frozen=True, kw_only=True):
    """Apache Kafka. Names of the fields are kafka-python's.

    Without a file `SCREENER_KAFKA_PASSWORD` in the environment is the password. `{part}` in the name of a
    user or a file stands for the part of Screener that connects: see `as_part`.
    """

    bootstrap_servers: tuple[str, ...] = ("localhost:9092",)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = None
    sasl_username: str | None = None
    sasl_password_file: str | None = None
    sasl_oauth_token_file: str | None = None
    ssl_cafile: str | None = None
    ssl_certfile: str | None = None
    ssl_keyfile: str | None = None
    replication_factor: PositiveInt = 1
    session_timeout_s: Positive = 15.0
    max_poll_interval_s: Positive = 120.0
    transaction_timeout_s: Positive = 15.0
    delivery_timeout_s: Positive = 10.0
    commit_timeout_s: Positive = 30.0


class LogSettings(Settings, frozen=True, kw_only=True):
    """Which log, and how its topics are made."""

    kind: Literal["kafka", "sqlite"] = "kafka"
    kafka: KafkaLog = field(default_factory=KafkaLog)
    sqlite: SqliteLog = field(default_factory=SqliteLog)
    partitions: Annotated[int, Meta(gt=0, le=1000)] = 6
    hub_partitions: Annotated[int, Meta(gt=0, le=1000)] = 6
    timestamps: Literal["log_append", "create"] = "log_append"
    hub_retention_h: Positive = 72.0
    internal_retention_h: Positive = 168.0
    decisions_retention_h: Positive = 2160.0


class ImageLimits(Settings, frozen=True, kw_only=True):
    """Bounds on foreign images; beyond them an image is a dead letter."""

    max_bytes: PositiveInt = 32 * 1024 * 1024
    max_pixels: PositiveInt = 40_000_000
    max_side_px: PositiveInt = 20_000
    max_pages: PositiveInt = 2
    decode_timeout_s: Positive = 10.0
    decode_memory_mib: PositiveInt = 768
    file_roots: tuple[str, ...] = ()
    s3_buckets: tuple[str, ...] = ()


class ScoreSettings(Settings, frozen=True, kw_only=True):
    """The stage [score]."""

    model: str = "models/screener.onnx"
    batch_records: PositiveInt = 64
    micro_batch: PositiveInt = 4
    threads: PositiveInt = 1
    own_models: PositiveInt = 8
    progress_interval_s: Positive = 1.0
    images: ImageLimits = field(default_factory=ImageLimits)


class DeadLetterLimits(Settings, frozen=True, kw_only=True):
    """When many messages are bad the fault lies elsewhere: with one hub, or with us.

    A hub is paused for `pause_s` when more than `hub_share` of its last `window` messages were bad; the
    worker stops when more than `worker_share` were at most of the hubs, and at two at least.
    """

    window: PositiveInt = 2000
    hub_share: Share = 0.9
    worker_share: Share = 0.9
    pause_s: Positive = 60.0


class DecideSettings(Settings, frozen=True, kw_only=True):
    """The stage [decide]."""

    policy: str = "configs/policy.toml"
    batch_records: PositiveInt = 500
    remember_days: Positive = 30.0


class EvidenceSettings(Settings, frozen=True, kw_only=True):
    """Where the images of flagged parcels are kept: a folder, or `s3://BUCKET/PREFIX`."""

    url: str = "data/evidence"


class KeySettings(Settings, frozen=True, kw_only=True):
    """Where the keys for personal data lie; `SCREENER_KEYS` in the environment goes before it."""

    path: str = "keys"


class MetricsSettings(Settings, frozen=True, kw_only=True):
    """Prometheus metrics; stage i of a `screener run` takes `port` + i, and port 0 turns them off."""

    port: Annotated[int, Meta(ge=0, le=65535)] = 9464
    host: str = "127.0.0.1"


class OidcSettings(Settings, frozen=True, kw_only=True):
    """Sign-in by OpenID Connect: code flow with PKCE. `issuer` is where its discovery document lies.

    Without a secret file the client is a public one. A person who comes for the first time has no right
    until an administrator grants one.
    """

    issuer: str
    client_id: str
    client_secret_file: str | None = None
    name: str = "OpenID Connect"
    scopes: tuple[str, ...] = ("openid", "profile")
    timeout_s: Positive = 10.0


class ReviewSettings(Settings, frozen=True, kw_only=True):
    """The investigators' workstation.

    `agency` is whose workstation it is; another agency sees only what was handed over to it. `url` is where
    browsers find it. `undo_s` does not hold on the belt, where the parcel is already gone. `tip_rate` is the
    share of parcels for training among those that somebody takes. A day's seed of the random draw is
    published `draw_published_after_days` after the day, and `draw_officers` of each hub are drawn to inspect.
    """

    database: str = "sqlite:///data/review.db"
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8090
    url: str | None = None
    agency: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$(?!\n)")] = "tobacco"
    agencies: tuple[str, ...] = ("police", "post", "market", "customs")
    language: Literal["zh", "en"] = "zh"
    time_zone: str = "Asia/Shanghai"
    undo_s: Annotated[float, Meta(ge=0, le=3600)] = 10.0
    lease_s: Positive = 300.0
    file_within_days: Positive = 7.0
    idle_min: Positive = 30.0
    session_h: Positive = 10.0
    criminal_sticks: PositiveInt = 200_000
    serious_sticks: PositiveInt = 1_000_000
    criminal_cny: Positive = 50_000.0
    serious_cny: Positive = 250_000.0
    photograph_bytes: PositiveInt = 16 * 1024 * 1024
    checkpoint_every_s: Positive = 60.0
    checkpoint_key: str = "keys/review.ed25519"
    tip_rate: Annotated[float, Meta(ge=0, le=0.5)] = 0.02
    draw_published_after_days: Positive = 2.0
    draw_officers: Annotated[int, Meta(ge=1, le=50)] = 2
    oidc: OidcSettings | None = None


class Config(Settings, frozen=True, kw_only=True):
    """All settings."""

    log: LogSettings = field(default_factory=LogSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    decide: DecideSettings = field(default_factory=DecideSettings)
    dead_letters: DeadLetterLimits = field(default_factory=DeadLetterLimits)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    keys: KeySettings = field(default_factory=KeySettings)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    review: ReviewSettings = field(default_factory=ReviewSettings)
    scanners: str = "configs/scanners"
    run_dir: str = "data/run"


PERSONAL = ("sasl_username", "sasl_password_file", "sasl_oauth_token_file", "ssl_certfile", "ssl_keyfile")
"""What of `KafkaLog` says who connects."""


def as_part(kafka: KafkaLog, part: str) -> KafkaLog:
    """The settings with which `part` connects (score, decide, ..., docs/rights.md): each is its own user."""
    named = {name: getattr(kafka, name) for name in PERSONAL}
    filled = {name: value.replace("{part}", part) for name, value in named.items() if value is not None}
    return msgspec.structs.replace(kafka, **filled)


DEFAULT_PATH = Path("configs/screener.toml")


def load(path: Path | None = None, env: Mapping[str, str] = os.environ) -> Config:
    """The settings of `path`, else of `$SCREENER_CONFIG`, else of `configs/screener.toml`, else defaults.

    Raises `BadConfig` naming the file and the path to the field.
    """
    named = path or (Path(env["SCREENER_CONFIG"]) if env.get("SCREENER_CONFIG") else None)
    source = named or DEFAULT_PATH
    if named is None and not source.exists():
        return _with_environment(Config(), env)
    return _with_environment(read_toml(source, Config), env)


def read_toml(source: Path, kind: type[T]) -> T:
    """`source` as a strict `kind`. Raises `BadConfig` with the file and the path to the field."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise BadConfig(f"{source}: cannot be read ({error.strerror})") from error
    return parsed_toml(content, kind, str(source))


def parsed_toml(content: bytes, kind: type[T], what: str) -> T:
    """The content of `what` as a strict `kind`. Raises `BadConfig` with the path to the field."""
    try:
        return msgspec.toml.decode(content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadConfig(f"{what}: {error}") from error


def _with_environment(config: Config, env: Mapping[str, str]) -> Config:
    log = config.log
    if servers := env.get("KAFKA_BOOTSTRAP_SERVERS"):
        kafka = msgspec.structs.replace(log.kafka, bootstrap_servers=tuple(servers.split(",")))
        log = msgspec.structs.replace(log, kind="kafka", kafka=kafka)
    if chosen := env.get("SCREENER_LOG"):
        log = _chosen_log(log, chosen)
    return msgspec.structs.replace(config, log=log)


def _chosen_log(log: LogSettings, chosen: str) -> LogSettings:
    kind, _, path = chosen.partition(":")
    if kind == "kafka" and not path:
        return msgspec.structs.replace(log, kind="kafka")
    if kind == "sqlite" and path:
        return msgspec.structs.replace(log, kind="sqlite", sqlite=SqliteLog(path=path))
    raise BadConfig(f"SCREENER_LOG: expected `kafka` or `sqlite:PATH`, got `{chosen}`")
