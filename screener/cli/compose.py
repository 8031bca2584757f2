"""The composition root: from settings to a log, keys, and stages that can run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from screener.config import Config
from screener.errors import BadConfig
from screener.sealing.ring import KeyRing
from screener.stream.port import Log


def open_log(config: Config) -> Log:
    """The log that the settings name. Raises `BadConfig`, `Unavailable`."""
    if config.log.kind == "sqlite":
        from screener.stream.sqlite import Sqlite

        return Sqlite(Path(config.log.sqlite.path))
    from screener.stream.kafka import KafkaLog

    return KafkaLog(config.log.kafka)


def describe_log(config: Config) -> str:
    """Which log, for a person."""
    if config.log.kind == "sqlite":
        return f"embedded log {config.log.sqlite.path}"
    return f"Kafka at {', '.join(config.log.kafka.bootstrap_servers)}"


def open_keys(config: Config) -> KeyRing:
    """The keys that the settings name. Raises `BadConfig`."""
    return KeyRing.load(Path(config.keys.path))


def remembered(
    ask: Callable[[], Mapping[str, int]], seconds: float = 10.0
) -> Callable[[], Mapping[str, int]]:
    """`ask`, asked at most once in so many seconds."""
    last: list[tuple[float, Mapping[str, int]]] = []

    def answer() -> Mapping[str, int]:
        if not last or time.monotonic() - last[0][0] > seconds:
            last[:] = [(time.monotonic(), ask())]
        return last[0][1]

    return answer


def require(path: Path, what: str, mend: str) -> Path:
    """`path` if it exists. Raises `BadConfig` saying how to make it."""
    if not path.exists():
        raise BadConfig(f"{what} {path}: not found; {mend}")
    return path
