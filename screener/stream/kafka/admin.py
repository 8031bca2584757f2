"""kafka-python's admin client, asked until it answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from kafka import KafkaAdminClient
from kafka.errors import (
    KafkaError,
    RetriableError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)

from screener import config
from screener.stream.kafka import clients
from screener.stream.kafka.errors import ours
from screener.stream.port import Closing

RETRY_S = 0.2

Answer = TypeVar("Answer")


class Admin(Closing):
    """An admin client that is opened when it is first asked; any thread may ask."""

    def __init__(self, settings: config.KafkaLog) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._client: KafkaAdminClient | None = None

    def ask(self, doing: str, question: Callable[[Any], Answer]) -> Answer:
        """The answer to a question, asked again until `delivery_timeout_s` has passed.

        After an error the client is made anew: it remembers coordinators that have moved. Raises ours, but
        for kafka-python's errors that a topic is there already or is unknown.
        """
        deadline_s = time.monotonic() + self._settings.delivery_timeout_s
        while True:
            try:
                return self.ask_once(question)
            except (TopicAlreadyExistsError, UnknownTopicOrPartitionError):
                raise
            except (KafkaError, OSError) as error:
                if not isinstance(error, RetriableError) or time.monotonic() > deadline_s:
                    raise ours(error, doing) from error
            time.sleep(RETRY_S)

    def ask_once(self, question: Callable[[Any], Answer]) -> Answer:
        """The answer, without pressing; raises whatever kafka-python raises."""
        with self._lock:
            if self._client is None:
                self._client = clients.admin(self._settings)
            try:
                return question(self._client)
            except (KafkaError, OSError):
                self._drop()
                raise

    def close(self) -> None:
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.close()
