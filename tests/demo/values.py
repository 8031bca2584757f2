"""A ledger in which all of some accounts came out as it should, for tests that then spoil it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from screener.contracts.wire import (
    Action,
    DeadLetter,
    Decision,
    Outcome,
    Reason,
    Selection,
    Snapshot,
    Why,
)
from screener.demo.ledger import Ledger
from screener.demo.reckoning import expected_evidence, ids_of
from screener.hub.sent import Sent
from screener.hub.traffic import Mix, traffic
from tests.core.evidence import manifest
from tests.hub.parcels import parcel

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MIX = Mix(duplicates=0.1, late=0.1, missing=0.1, corrupt=0.3, no_barcode=0.2)


def accounts(seed: int, count: int = 20) -> list[Sent]:
    departures = traffic([parcel(number) for number in range(count)], MIX, seed)
    return [departure.sent for departure in departures if departure.sent is not None]


def decision(parcel_id: str, why: Why = Why.NONE, revision: int = 1) -> Decision:
    return Decision(
        hub="h1",
        parcel_id=parcel_id,
        revision=revision,
        outcome=Outcome.PASS if why is Why.NONE else Outcome.HOLD,
        action=Action.PASS if why is Why.NONE else Action.HOLD,
        reasons=(Reason(code="test", figures={}, text="for a test"),),
        load=None,
        selection=Selection(why=why, probability=1.0),
        snapshot=Snapshot(policy="p", models=(), threshold=0.5, log_time=NOW),
        arrived_at=NOW,
        scored_at=None,
        decided_at=NOW,
    )


def letter(offset: int) -> DeadLetter:
    return DeadLetter(
        stage="score",
        reason="schema",
        detail="",
        topic="parcels.scans.h1",
        partition=0,
        offset=offset,
        timestamp_ms=0,
        hub="h1",
        key_id="k1",
        rejected_at=NOW,
    )


def whole(sent: Sequence[Sent]) -> Ledger:
    """Every parcel passed once, every malformed message rejected once."""
    ledger = Ledger("h1")
    ledger.manifests += [manifest()] * sum(map(expected_evidence, sent))
    ledger.letters += [letter(offset) for offset in range(sum(one.malformed for one in sent))]
    for one in sent:
        ledger.decisions |= {parcel_id: [decision(parcel_id)] for parcel_id in ids_of(one)}
    return ledger
