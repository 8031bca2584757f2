"""A plausible year of decisions and of what people found, as messages and as rows of a ledger."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice

from msgspec.structs import replace
from sqlalchemy import Connection, Engine, and_, insert, select

from screener.contracts import cloudevents, examples, topics
from screener.contracts.cloudevents import Event
from screener.contracts.reading import encode
from screener.contracts.wire import (
    Action,
    ClassProbabilities,
    Decision,
    Declared,
    Disposition,
    Estimate,
    Facts,
    Inspection,
    Outcome,
    Reason,
    Seen,
    Selection,
    Why,
)
from screener.review import database, flagging
from screener.review.ledger import follow
from screener.review.moves import Refer, written
from screener.review.schema import action, handover, parcel, person
from screener.stream.port import Message, Partition, Record

LAST = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
"""When the newest parcel may arrive."""

TIME_ZONE = "Asia/Shanghai"
HUBS = ("east", "north", "south", "west")
COURIERS = ("EMS", "SF", "YTO", "ZTO", "STO")
KINDS = {
    "cigarettes": "sticks_over_limit",
    "loose_tobacco": "tobacco_over_limit",
    "e_cigarettes": "e_cigarettes",
}
RATES = (0.01, 0.02, 0.05)
ORIGINS = ("genuine", "genuine", "genuine", "counterfeit", "counterfeit", "smuggled", "mixed", "unknown")

_NONE = Estimate(low=0.0, mid=0.0, high=0.0)


def seed(engine: Engine, parcels: int = 2000, days: int = 730, number: int = 7) -> None:
    """Fill the ledger with so many parcels of so many days before `LAST`, and the queue with those held.

    The same arguments give the same rows. Takes about a second for 2,000 parcels.
    """
    year = history(parcels, days, number)
    records = as_records(message for each in year for message in messages(each))
    while batch := list(islice(records, 1000)):
        with database.writing(engine) as connection:
            zone = follow.held(connection, TIME_ZONE)
            follow.take(connection, batch, zone, lambda: LAST)
    with database.writing(engine) as connection:
        held = [one for one in history(parcels, days, number) if one[0].action is Action.HOLD]
        connection.execute(insert(parcel), [_queued(one) for one in held])
        _hand_over(connection, [last for _, _, last in held if last is not None and last.agency])


Told = tuple[Decision, Inspection | None, Disposition | None]
"""A parcel: its decision, what was found, and what became of it."""


def history(parcels: int, days: int, number: int = 7) -> Iterator[Told]:
    """What is told of so many parcels, the oldest first; a year later there are more, and more is found."""
    dice = random.Random(number)
    for place in range(parcels):
        share = (place + dice.random()) / parcels
        at = LAST - timedelta(days=days * (1 - share**0.8))
        yield _parcel(dice, f"P-{number}-{place}", at.replace(microsecond=0))


def messages(told: Told) -> Iterator[Message]:
    """What [decide] and the workstation publish of a parcel."""
    decision, inspection, disposition = told
    yield message(topics.DECISIONS, cloudevents.DECISION, decision.parcel_id, encode(decision))
    if inspection is not None:
        yield message(topics.OUTCOMES, cloudevents.INSPECTION, inspection.parcel_id, encode(inspection))
    if disposition is not None:
        yield message(topics.OUTCOMES, cloudevents.DISPOSITION, disposition.parcel_id, encode(disposition))


def as_records(messages: Iterable[Message]) -> Iterator[Record]:
    """Messages as they lie in a log of one partition a topic."""
    for offset, one in enumerate(messages):
        yield Record(Partition(one.topic, 0), offset, 0, one.key, one.value, one.headers)


def message(topic: str, event_type: str, parcel_id: str, value: bytes) -> Message:
    """A message as its writer publishes it."""
    event = Event(
        id=parcel_id, source="seeding", type=event_type, subject=parcel_id, content_type=cloudevents.JSON
    )
    return Message(topic, parcel_id.encode(), value, cloudevents.to_headers(event))


def _parcel(dice: random.Random, parcel_id: str, at: datetime) -> Told:
    guilty = dice.random() < 0.02
    rate, draw = dice.choice(RATES), dice.random()
    why = _why(dice, rate, draw, guilty=guilty)
    decision = _decision(dice, parcel_id, at, Selection(why=why, probability=1.0, rate=rate, draw=draw))
    if decision.action is Action.PASS or dice.random() > 0.9:
        return decision, None, None
    inspection = _inspection(dice, decision, found=guilty)
    return decision, inspection, _disposition(dice, inspection)


def _why(dice: random.Random, rate: float, draw: float, *, guilty: bool) -> Why:
    if dice.random() < (0.6 if guilty else 0.004):
        return dice.choice((Why.LOAD, Why.LOAD, Why.RISK, Why.SUM, Why.TIP))
    return Why.RANDOM if draw < rate else Why.NONE


def _decision(dice: random.Random, parcel_id: str, at: datetime, selection: Selection) -> Decision:
    held = selection.why is not Why.NONE
    kind = dice.choice(list(KINDS)) if held else None
    by_chance = selection.why in {Why.NONE, Why.RANDOM}
    return replace(
        examples.DECISION,
        hub=dice.choice(HUBS),
        parcel_id=parcel_id,
        revision=1,
        outcome=Outcome.HOLD if held else Outcome.PASS,
        action=Action.HOLD if held else Action.PASS,
        reasons=() if kind is None else (Reason(code=KINDS[kind], figures={}, text=""),),
        load=None,
        selection=replace(selection, probability=selection.rate if by_chance else 1.0),
        arrived_at=at,
        scored_at=at,
        decided_at=at + timedelta(seconds=2),
        facts=facts(dice.choice(COURIERS)),
    )


def facts(courier: str | None) -> Facts:
    """What was seen of a parcel and who carried it."""
    seen = Seen(
        scan_id="S-1",
        view=1,
        views=1,
        scanner="X1",
        failure=None,
        model="m",
        alarm=0.1,
        threshold=0.5,
        p=ClassProbabilities(cigarettes=0.1, loose_tobacco=0.0, e_cigarettes=0.0),
        sticks=_NONE,
        tobacco_g=_NONE,
    )
    declared = Declared(
        weight_g=None,
        value=None,
        pieces=None,
        lines=1,
        described=1,
        hs_codes=(),
        consignor_region=None,
        consignee_region=None,
        late_s=0.0,
        courier=courier,
    )
    return Facts(identified=True, late=False, more_views=False, seen=(seen,), declared=declared)


def _inspection(dice: random.Random, decision: Decision, *, found: bool) -> Inspection:
    kind = dice.choice(list(KINDS)) if found else ""
    cartons = dice.randint(3, 60) if kind == "cigarettes" else 0
    tobacco_g = float(dice.randint(6, 40) * 1000) if kind == "loose_tobacco" else 0.0
    devices = dice.randint(10, 200) if kind == "e_cigarettes" else 0
    return Inspection(
        inspection_id=f"tobacco.{decision.parcel_id}",
        hub=decision.hub,
        parcel_id=decision.parcel_id,
        revision=1,
        inspected_at=decision.decided_at + timedelta(hours=dice.uniform(0.2, 30)),
        sticks=200 * cartons,
        tobacco_g=tobacco_g,
        e_cigarettes=devices,
        over_limit=found,
        quality="right" if found else "wrong",
        origin=dice.choice(ORIGINS) if cartons else "unknown",  # type: ignore[arg-type]
        leaf_g=tobacco_g if dice.random() < 0.4 else 0.0,
        value_cny=round(cartons * 180.0 + tobacco_g * 0.3 + devices * 35.0, 2),
    )


def _disposition(dice: random.Random, inspection: Inspection) -> Disposition:
    referred = inspection.over_limit and dice.random() < 0.2
    return Disposition(
        disposition_id=f"{inspection.inspection_id}.d",
        hub=inspection.hub,
        parcel_id=inspection.parcel_id,
        revision=1,
        decided_at=inspection.inspected_at + timedelta(minutes=5),
        kind="refer" if referred else "seize" if inspection.over_limit else "release",
        quality=inspection.quality,
        agency="police" if referred else None,
    )


def _queued(told: Told) -> dict[str, object]:
    """The row of the queue that the intake makes of a held parcel, closed."""
    decision, inspection, _ = told
    flagged = replace(examples.FLAGGED, decision=decision, scans=())
    columns = flagging.columns(flagged, examples.MANIFEST_EVIDENCE, timedelta(days=7))
    courier = decision.facts.declared.courier if decision.facts and decision.facts.declared else ""
    state = "waiting" if inspection is None else "closed"
    own = {"hub": decision.hub, "parcel_id": decision.parcel_id, "state": state, "courier": courier}
    return columns | own | {"flagged": encode(flagged)}


def _hand_over(connection: Connection, referrals: Iterable[Disposition]) -> None:
    """What the workstation has of parcels that were referred."""
    somebody = {"name": "seeding", "shown": "Seeding", "made_at": LAST}
    by = connection.execute(insert(person).values(somebody).returning(person.c.id)).scalar_one()
    for one in referrals:
        its = and_(parcel.c.hub == one.hub, parcel.c.parcel_id == one.parcel_id)
        item = connection.execute(select(parcel.c.id).where(its)).scalar_one()
        at = {"at": one.decided_at, "stands_at": one.decided_at, "by": by}
        row = {
            "parcel": item,
            "revision": 1,
            "kind": "refer",
            "details": written(Refer(agency="police")).decode(),
        } | at
        done = connection.execute(insert(action).values(row).returning(action.c.id)).scalar_one()
        offer = {"parcel": item, "action": done, "agency": one.agency, "changed_at": one.decided_at}
        connection.execute(insert(handover).values(offer))
