"""Publishing in a slot: every call one transaction, and no hang outlasts it.

The watchdog of a member ends the process, since a worker is nothing without its log. Whoever publishes here
has other things to do while the log is away, so a commit that hangs is left behind in its thread, its
producer closed. Opening the slot anew fences it: what it has not committed by then it never will.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import nullcontext

from screener import config
from screener.errors import Unavailable
from screener.stream.kafka.transactions import Transactions
from screener.stream.port import Closing, Message, Partition

PREFIX = "screener.publish."
"""What a transactional id of a slot begins with: a hub's user is allowed those of its own."""

Places = list[tuple[Partition, int]]


class SlotPublisher(Closing):
    """The port's `Publisher` in a slot."""

    def __init__(self, settings: config.KafkaLog, slot: str) -> None:
        self._limit_s = settings.commit_timeout_s
        self._transactions = Transactions(settings, PREFIX + slot, lambda _: nullcontext())

    def publish(self, messages: Sequence[Message]) -> Places:
        if not messages:
            return []
        outcome: Future[Places] = Future()
        threading.Thread(
            target=self._commit, args=(messages, outcome), name="publishing", daemon=True
        ).start()
        try:
            return outcome.result(self._limit_s)
        except TimeoutError:
            self._transactions.unusable = Unavailable(
                f"Kafka: a transaction of {len(messages)} messages has no outcome after {self._limit_s:.0f} s"
            )
            raise self._transactions.unusable from None

    def close(self) -> None:
        self._transactions.close()

    def _commit(self, messages: Sequence[Message], outcome: Future[Places]) -> None:
        try:
            outcome.set_result(self._transactions.commit(messages, {}, None))
        except BaseException as error:  # noqa: BLE001  the waiting thread raises it
            outcome.set_exception(error)
