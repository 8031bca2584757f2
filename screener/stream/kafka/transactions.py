"""Transactions of one worker slot: publish messages and commit offsets, all or nothing.

kafka-python's hazards, and what stands against each:

1. A record that passes its delivery timeout fails only its own future, and the commit returns as if all
   were well: every future is asked before the offsets are sent.
2. A produce error during the commit lets it return without having committed: nothing is in flight any
   more when the commit begins.
3. Sending offsets, committing and aborting have no timeout, and hang for ever if the coordinator is gone
   at the wrong moment: the watchdog ends the process, and an abort is waited for in a thread of its own.
   (A publisher's commit has such a thread, too, since a hub's gateway outlives its link.)
4. After an error in a transaction the producer may be beyond repair: one whose abort fails is not used
   again.
5. Offsets that the group refused stay with the producer when their transaction is aborted, and go out with
   the next one, which the group takes: they would be committed without what came of their records. They are
   forgotten before each transaction.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from screener import config
from screener.errors import Fenced, ScreenerError, Unavailable
from screener.stream.kafka import clients, publisher, values
from screener.stream.kafka.errors import translated
from screener.stream.port import Message, Partition

ABORT_TIMEOUT_S = 5.0

Guard = Callable[[str], AbstractContextManager[None]]
"""What stands by while a commit, named in words, may hang."""

logger = structlog.get_logger(__name__)


class Transactions:
    """The transactional producer of one slot; opening it fences whoever held the slot before.

    `unusable` says why no further transaction can be begun, and is None as long as one can.
    """

    def __init__(self, settings: config.KafkaLog, transactional_id: str, guard: Guard) -> None:
        self.unusable: ScreenerError | None = None
        self._id = transactional_id
        self._guard = guard
        self._timeout_s = settings.delivery_timeout_s + publisher.FLUSH_MARGIN_S
        self._producer = clients.producer(settings, transactional_id)
        try:
            with translated(f"opening the transactions of {transactional_id}"):
                self._producer.init_transactions()
        except ScreenerError:
            self.close()
            raise

    def commit(
        self, messages: Sequence[Message], offsets: Mapping[Partition, int], member: Any
    ) -> list[tuple[Partition, int]]:
        """Publish and commit as `member` (the consumer's group metadata); where each message lies.

        Raises `Fenced` if nothing was committed since slot or membership went to another, and
        `Unavailable` if something did not answer.
        """
        if self.unusable is not None:
            raise self.unusable
        for message in messages:
            values.check_size(message)
        with self._guard(f"a commit of {self._id}, {len(messages)} messages"):
            with self._aborting_on_error(), translated(f"in a transaction of {self._id}"):
                _forget_offsets(self._producer)
                self._producer.begin_transaction()
                places = publisher.deliver(self._producer, messages, self._timeout_s)
                if offsets:
                    self._producer.send_offsets_to_transaction(values.offsets(offsets), member)
            self._end()
        return places

    def close(self) -> None:
        """Close within seconds; a transaction that is still open is aborted by the log."""
        publisher.close(self._producer)

    def _end(self) -> None:
        try:
            self._producer.commit_transaction()
        except KafkaError as error:
            # Even a fenced producer may have committed: its first request may have arrived unanswered.
            self.unusable = Unavailable(
                f"Kafka, committing as {self._id}: outcome unknown, {type(error).__name__}: {error}"
            )
            raise self.unusable from error

    @contextmanager
    def _aborting_on_error(self) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            self.unusable = error
            self._abort()
            raise
        except Fenced as error:
            if not self._abort():
                self.unusable = error
            raise
        except BaseException:
            if not self._abort():
                self.unusable = Unavailable(f"Kafka: a transaction of {self._id} could not be aborted")
            raise

    def _abort(self) -> bool:
        """Whether the transaction is known to be aborted; no error in here hides the first one."""
        aborted = threading.Event()
        waiting = threading.Thread(
            target=_abort, args=(self._producer, aborted), name=f"abort-{self._id}", daemon=True
        )
        waiting.start()
        waiting.join(ABORT_TIMEOUT_S)
        return aborted.is_set()


def _forget_offsets(producer: KafkaProducer) -> None:
    producer._transaction_manager._pending_txn_offset_commits.clear()


def _abort(producer: KafkaProducer, aborted: threading.Event) -> None:
    try:
        producer.abort_transaction()
    except KafkaError as error:
        logger.info("not aborted", detail=f"{type(error).__name__}: {error}")
    else:
        aborted.set()
