"""Waits for the pipeline while the traffic flows, and tells how far it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from screener.demo.ledger import Ledger
from screener.demo.reckoning import expected_evidence, ids_of, is_done
from screener.hub.sent import Sent
from screener.stream.port import Follower

POLL_S = 0.2
SILENCE_S = 60.0
SETTLING_S = 1.0
"""After the last thing that must come, for the revision that may come after it."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far it is after so many seconds, in the last of which (`heard_after_s`) something came."""

    seconds: float
    heard_after_s: float
    sent: int
    scored: int
    checked: int
    to_check: int
    decided: int
    to_decide: int
    held: int
    rejected: int


def follow_to_the_end(
    follower: Follower,
    ledger: Ledger,
    accounts: Sequence[Sent],
    sending: Future[None],
    *,
    check: Callable[[], None],
    clock_s: Callable[[], float] = time.monotonic,
) -> Iterator[Stand]:
    """Fill the ledger until all that must come of `accounts` (growing while `sending`) has come.

    Ends, whatever is still missing, after a minute in which nothing came. `check` raises where the
    workers have ended; so does `sending` if it failed.
    """
    began_s = heard_s = clock_s()
    settling_s: float | None = None
    while True:
        check()
        if ledger.take(follower.poll(POLL_S)):
            heard_s, settling_s = clock_s(), None
        yield _stand(ledger, accounts, clock_s() - began_s, heard_s - began_s)
        if sending.done():
            sending.result()
            if is_done(accounts, ledger):
                settling_s = settling_s or clock_s()
                if clock_s() - settling_s > SETTLING_S:
                    return
            elif clock_s() - heard_s > SILENCE_S:
                return


def drain(follower: Follower, ledger: Ledger) -> None:
    """Enter what the workers said last; they have ended."""
    for _ in range(2):  # a follower may say once that there is nothing before it has looked
        while ledger.take(follower.poll(POLL_S)):
            pass


def _stand(ledger: Ledger, accounts: Sequence[Sent], seconds: float, heard_after_s: float) -> Stand:
    return Stand(
        seconds=seconds,
        heard_after_s=heard_after_s,
        sent=len(accounts),
        scored=len(ledger.scans),
        checked=ledger.evidence,
        to_check=sum(map(expected_evidence, accounts)),
        decided=len(ledger.decisions),
        to_decide=sum(len(ids_of(sent)) for sent in accounts),
        held=ledger.held,
        rejected=len(ledger.letters),
    )
