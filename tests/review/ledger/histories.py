"""Random histories of a few parcels: revised, corrected, reopened, handed over and taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from msgspec import Struct
from msgspec.structs import replace

from screener.contracts import cloudevents, examples, topics
from screener.contracts.reading import encode
from screener.contracts.wire import (
    Action,
    Decision,
    Disposition,
    Inspection,
    Outcome,
    Reason,
    Selection,
    Why,
)
from screener.stream.port import Message
from tests.review.ledger.seeding import KINDS, facts, message

NOON = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""

HUBS = ("east", "west")
IDS = ("P-1", "P-2", "P-3")

# Around midnight in Shanghai (16:00 UTC), at the turn of a month, and a year before.
ARRIVALS = tuple(
    NOON - timedelta(days=back, hours=-hours) for back in (0, 1, 365, 366) for hours in (3.9, 4.1)
)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    """One revision of a parcel; equal ids and revisions are told at different times."""
    parcel_id, revision = draw(st.sampled_from(IDS)), draw(st.integers(1, 3))
    minute = draw(st.integers(0, 10_000))
    why = draw(st.sampled_from(Why))
    rate, luck = draw(st.sampled_from((0.0, 0.25, 1.0))), draw(st.sampled_from((0.1, 0.9)))
    code = draw(st.sampled_from(("", *KINDS.values())))
    return replace(
        examples.DECISION,
        hub=draw(st.sampled_from(HUBS)),
        parcel_id=parcel_id,
        revision=revision,
        outcome=draw(st.sampled_from(Outcome)),
        action=Action.PASS if why is Why.NONE else Action.HOLD,
        reasons=(Reason(code=code, figures={}, text=""),) if code else (),
        selection=Selection(why=why, probability=rate, rate=rate, draw=luck),
        arrived_at=draw(st.sampled_from(ARRIVALS)),
        decided_at=NOON + timedelta(minutes=minute),
        facts=draw(st.sampled_from((None, facts("SF"), facts("EMS"), facts(None)))),
    )


@st.composite
def inspections(draw: st.DrawFn) -> Inspection:
    """What was found, and possibly what that corrects."""
    tobacco_g = draw(st.sampled_from((0.0, 1234.567, 5000.001)))
    return Inspection(
        inspection_id="",
        hub=draw(st.sampled_from(HUBS)),
        parcel_id=draw(st.sampled_from(IDS)),
        revision=draw(st.integers(1, 3)),
        inspected_at=NOON + timedelta(minutes=draw(st.integers(0, 3))),
        sticks=draw(st.integers(0, 5000)),
        tobacco_g=tobacco_g,
        e_cigarettes=draw(st.integers(0, 9)),
        over_limit=draw(st.booleans()),
        corrects=draw(st.sampled_from((None, "I-0", "I-1", "I-2"))),
        origin=draw(st.sampled_from((None, "genuine", "counterfeit", "smuggled", "mixed", "unknown"))),
        leaf_g=draw(st.sampled_from((None, 0.0, tobacco_g, tobacco_g / 3))),
        value_cny=draw(st.sampled_from((None, 0.07, 1999.99))),
    )


@st.composite
def dispositions(draw: st.DrawFn) -> Disposition:
    """What became of a parcel."""
    kind = draw(st.sampled_from(("release", "seize", "refer", "refer", "reopen")))
    return Disposition(
        disposition_id="",
        hub=draw(st.sampled_from(HUBS)),
        parcel_id=draw(st.sampled_from(IDS)),
        revision=1,
        decided_at=NOON + timedelta(minutes=draw(st.integers(0, 3))),
        kind=kind,  # type: ignore[arg-type]
        agency=draw(st.sampled_from(("police", "customs"))) if kind == "refer" else None,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[Message]:
    """Messages of some parcels in any order, some of them told twice."""
    made: list[Struct] = [
        *draw(st.lists(decisions(), min_size=1, max_size=8, unique_by=_when)),
        *_named(draw(st.lists(inspections(), max_size=5))),
        *_named(draw(st.lists(dispositions(), max_size=4))),
    ]
    again = draw(st.lists(st.sampled_from(made), max_size=3))
    return [told(one) for one in draw(st.permutations([*made, *again]))]


def told(body: Struct) -> Message:
    """The message that carries a decision, an inspection or a disposition."""
    if isinstance(body, Decision):
        return message(topics.DECISIONS, cloudevents.DECISION, body.parcel_id, encode(body))
    assert isinstance(body, Inspection | Disposition)
    kind = cloudevents.INSPECTION if isinstance(body, Inspection) else cloudevents.DISPOSITION
    return message(topics.OUTCOMES, kind, body.parcel_id, encode(body))


def _when(one: Decision) -> tuple[str, str, datetime]:
    return one.hub, one.parcel_id, one.decided_at


def _named(some: Sequence[Inspection] | Sequence[Disposition]) -> list[Struct]:
    return [
        replace(one, inspection_id=f"I-{number}")
        if isinstance(one, Inspection)
        else replace(one, disposition_id=f"D-{number}")
        for number, one in enumerate(some)
    ]
