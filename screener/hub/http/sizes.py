"""What the topics take: a message that the log would refuse later is refused before it is accepted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from screener.errors import BadConfig, BadInput, Unavailable
from screener.stream.port import MAX_MESSAGE_BYTES, Log, Message

BATCH_BYTES: Final = 1024
"""What a batch of one adds to its message, at most."""

PATIENCE_S: Final = 2.0
"""The first message to a topic waits so long for the log to tell; one that is away stops no message."""

logger = structlog.get_logger(__name__)


class Sizes:
    """The largest messages of topics, as the log told them last; any thread may use it."""

    def __init__(self, open_log: Callable[[], Log]) -> None:
        self._open_log = open_log
        self._lock = threading.Lock()
        self._asked: dict[str, threading.Event] = {}
        self._largest: dict[str, int] = {}
        self._trouble: str | None = None

    def check(self, message: Message) -> None:
        """Raises `BadInput` (message_too_large) for what its topic does not take."""
        size, largest = _bytes(message), self._of(message.topic)
        if size > largest:
            raise BadInput(
                "message_too_large",
                f"topic {message.topic}: expected up to {largest} bytes, got {size}: send a reference",
            )

    def ask_anew(self) -> None:
        """Ask for all topics that were asked for; while the log does not tell, what it told last holds."""
        with self._lock:
            known = sorted(self._asked)
        if known:
            self._ask(known)

    def _of(self, topic: str) -> int:
        with self._lock:
            first = topic not in self._asked
            told = self._asked.setdefault(topic, threading.Event())
        if first:
            threading.Thread(target=self._ask, args=([topic],), name=f"size of {topic}", daemon=True).start()
        told.wait(PATIENCE_S)
        told.set()  # nobody waits again for a log that is away
        return self._largest.get(topic, MAX_MESSAGE_BYTES)

    def _ask(self, names: Sequence[str]) -> None:
        try:
            with self._open_log() as log:
                for name in names:
                    self._largest[name] = _largest(log, name)
            self._trouble = None
        except (Unavailable, BadConfig) as error:
            self._tell(str(error))
        finally:
            for name in names:
                self._asked[name].set()

    def _tell(self, trouble: str) -> None:
        if trouble != self._trouble:
            logger.warning("topic_sizes_unknown", detail=trouble)
        self._trouble = trouble


def _largest(log: Log, topic: str) -> int:
    found = log.describe(topic)
    return MAX_MESSAGE_BYTES if found is None else min(found.max_message_bytes, MAX_MESSAGE_BYTES)


def _bytes(message: Message) -> int:
    headers = sum(len(name) + len(value) for name, value in message.headers)
    return headers + len(message.key or b"") + len(message.value or b"") + BATCH_BYTES
