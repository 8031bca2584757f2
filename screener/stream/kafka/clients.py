"""kafka-python's settings, from ours: every client of the log is made here."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.coordinator.assignors.range import RangePartitionAssignor
from kafka.net.compat import KafkaNetClient
from kafka.net.sasl.oauth import AbstractTokenProvider

from screener import config
from screener.errors import BadConfig, ScreenerError
from screener.stream.kafka import refusals
from screener.stream.kafka.errors import translated
from screener.stream.kafka.joining import GroupConsumer
from screener.stream.kafka.parsing import TolerantConsumer
from screener.stream.port import LARGEST_MESSAGE_BYTES, MAX_MESSAGE_BYTES

Client = TypeVar("Client")

FETCH_BYTES = 4 * MAX_MESSAGE_BYTES
"""What one fetch may bring; a client holds at most two, so its memory has a bound."""

TRANSACTION_RETRY_MS = 20
"""The next transaction waits for the markers of the last one: milliseconds, so look again soon."""

METADATA_AGE_MS = 5_000
"""How soon a new hub's topics are noticed."""

HEARTBEAT_MS = 1_000
"""How soon a member learns that another one comes or goes."""

BATCH_BYTES = 128 * 1024

PASSWORD_VARIABLE = "SCREENER_KAFKA_PASSWORD"  # noqa: S105 (its name, not its value)

LEVELS = {
    "kafka": logging.WARNING,  # every step is told at INFO
    "kafka.coordinator.assignors.range": logging.ERROR,  # that the first join knows no topics yet is no news
    "kafka.net.selector": logging.ERROR,  # a busy machine is no news
}


def quiet_library() -> None:
    """Let kafka-python say only what is news. A level that was set before stays."""
    for name, level in LEVELS.items():
        if logging.getLogger(name).level == logging.NOTSET:
            logging.getLogger(name).setLevel(level)
    coordinator = logging.getLogger("kafka.coordinator.consumer")
    if _is_news not in coordinator.filters:
        coordinator.addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """That a predecessor's transaction is still open is expected, and asked ten times a second."""
    return "UnstableOffsetCommit" not in record.getMessage()


def admin(settings: config.KafkaLog) -> KafkaAdminClient:
    return _opened(KafkaAdminClient, _connection(settings))


def producer(settings: config.KafkaLog, transactional_id: str | None = None) -> KafkaProducer:
    """An idempotent producer that waits for all replicas; transactional if it has an id."""
    transactional: dict[str, Any] = {}
    if transactional_id is not None:
        transactional = {
            "transactional_id": transactional_id,
            "transaction_timeout_ms": _ms(settings.transaction_timeout_s),
            "retry_backoff_ms": TRANSACTION_RETRY_MS,
        }
    publication = {
        "metrics_enabled": False,
        "acks": "all",
        "enable_idempotence": True,
        "delivery_timeout_ms": _ms(settings.delivery_timeout_s),
        "max_block_ms": _ms(settings.delivery_timeout_s),
        "max_request_size": LARGEST_MESSAGE_BYTES,
        "batch_size": BATCH_BYTES,
        "allow_auto_create_topics": False,
    }
    return _opened(KafkaProducer, _connection(settings) | publication | transactional)


def group_consumer(settings: config.KafkaLog, group: str) -> KafkaConsumer:
    """A consumer for a group. Range alone keeps partition i of all topics on one member."""
    membership = {
        "group_id": group,
        "partition_assignment_strategy": (RangePartitionAssignor,),
        "session_timeout_ms": _ms(settings.session_timeout_s),
        "heartbeat_interval_ms": min(HEARTBEAT_MS, _ms(settings.session_timeout_s) // 4),
        "max_poll_interval_ms": _ms(settings.max_poll_interval_s),
    }
    return _opened(GroupConsumer, _consumption(settings) | membership)


def committed(
    consumer: KafkaConsumer, partitions: Collection[TopicPartition], timeout_ms: float
) -> dict[TopicPartition, int]:
    """The offsets that the consumer's group has committed, after transactions that change them have ended.

    kafka-python's public call asks for one partition at a time. Raises `KafkaTimeoutError`.
    """
    found = consumer._coordinator.fetch_committed_offsets(set(partitions), timeout_ms=timeout_ms)
    return {partition: at.offset for partition, at in found.items() if at.offset >= 0}


def lone_consumer(settings: config.KafkaLog, partition_bytes: int = MAX_MESSAGE_BYTES) -> LoneConsumer:
    """A consumer without a group; of a partition it fetches so much at once, or one batch that is larger."""
    own = {"group_id": None, "max_partition_fetch_bytes": partition_bytes}
    return _opened(LoneConsumer, _consumption(settings) | own)


class LoneConsumer(TolerantConsumer):
    """A consumer that goes on knowing every topic that it was ever given.

    kafka-python's forgets the last one as it is given the next, and before it asks where that one lives
    it waits out `retry_backoff_ms`: 100 ms a record for whoever reads two topics by turns.
    """

    _cluster: Any

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._known: set[str] = set()

    @property
    def stale(self) -> bool:
        """Whether a topic that it knows is gone: it asks for such a one ten times a second."""
        return any(self._cluster.partitions_for_topic(topic) is None for topic in self._known)

    def assign(self, partitions: Collection[TopicPartition]) -> None:
        self._known.update(partition.topic for partition in partitions)
        self._cluster.set_topics(self._known)
        super().assign(partitions)


def _opened(kind: Callable[..., Client], settings: Mapping[str, Any]) -> Client:
    """A client. One that cannot connect leaves its sockets and its thread behind, so they are closed here."""
    networks: list[KafkaNetClient] = []

    def network(**given: Any) -> KafkaNetClient:
        networks.append(KafkaNetClient(**given))
        return networks[-1]

    try:
        with refusals.told(), translated("connecting"):
            return kind(**settings, kafka_client=network)
    except ScreenerError:
        for opened in networks:
            opened.close()
        raise


def _consumption(settings: config.KafkaLog) -> dict[str, Any]:
    return _connection(settings) | {
        "metrics_enabled": False,
        "isolation_level": "read_committed",
        "enable_auto_commit": False,
        "auto_offset_reset": "earliest",
        "allow_auto_create_topics": False,
        "metadata_max_age_ms": METADATA_AGE_MS,
        "max_partition_fetch_bytes": MAX_MESSAGE_BYTES,
        "fetch_max_bytes": FETCH_BYTES,
    }


def _connection(settings: config.KafkaLog) -> dict[str, Any]:
    timeout_ms = _ms(settings.delivery_timeout_s)
    return {
        "bootstrap_servers": list(settings.bootstrap_servers),
        "client_id": "screener",
        "bootstrap_timeout_ms": timeout_ms,
        "request_timeout_ms": timeout_ms,
        "reconnect_backoff_max_ms": 1_000,
        "security_protocol": settings.security_protocol,
        "sasl_mechanism": settings.sasl_mechanism,
        "sasl_plain_username": settings.sasl_username,
        "sasl_plain_password": _password(settings),
        "sasl_oauth_token_provider": _tokens(settings),
        "ssl_context": refusals.tls(settings),
    }


def _password(settings: config.KafkaLog, env: Mapping[str, str] = os.environ) -> str | None:
    """The password, from its file or else from the environment; clients alone hold it."""
    if settings.sasl_password_file is None:
        return env.get(PASSWORD_VARIABLE) if settings.sasl_username is not None else None
    return _secret("sasl_password_file", settings.sasl_password_file)


def _tokens(settings: config.KafkaLog) -> AbstractTokenProvider | None:
    name = settings.sasl_oauth_token_file
    return None if name is None else TokenFile(name)


class TokenFile(AbstractTokenProvider):  # type: ignore[misc]
    """OAuth tokens from a file that is read for each connection: whoever renews tokens writes it anew."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.token()

    def token(self) -> str:
        return _secret("sasl_oauth_token_file", self._name)


def _secret(setting: str, name: str) -> str:
    try:
        return Path(name).read_text().strip()
    except OSError as error:
        raise BadConfig(f"log.kafka.{setting}: {name} cannot be read ({error.strerror})") from error


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
