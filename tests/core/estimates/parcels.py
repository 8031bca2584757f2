"""Decisions and inspections as [decide] and investigators publish them, with plain defaults."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from screener.contracts.wire import Inspection, Selection, Why
from screener.core.estimates.register import BY_CHANCE, Choice, Register

START = datetime(2026, 11, 2, tzinfo=UTC)


def choice(
    parcel_id: str,
    why: Why,
    *,
    revision: int = 1,
    rate: float = 0.1,
    lucky: bool | None = None,
    hub: str = "h1",
    day: int = 0,
) -> Choice:
    drawn = why is Why.RANDOM if lucky is None else lucky
    selection = Selection(
        why=why, probability=rate if why in BY_CHANCE else 1.0, rate=rate, draw=rate / 2 if drawn else 0.999
    )
    at = START + timedelta(days=day)
    return Choice(hub=hub, parcel_id=parcel_id, revision=revision, selection=selection, arrived_at=at)


def inspection(
    parcel_id: str,
    *,
    over: bool,
    name: str = "I-1",
    minute: int = 0,
    corrects: str | None = None,
    hub: str = "h1",
    revision: int = 1,
) -> Inspection:
    return Inspection(
        inspection_id=name,
        hub=hub,
        parcel_id=parcel_id,
        revision=revision,
        inspected_at=START + timedelta(minutes=minute),
        sticks=800 if over else 0,
        tobacco_g=0.0,
        e_cigarettes=0,
        over_limit=over,
        corrects=corrects,
    )


def registered(*records: Choice | Inspection) -> Register:
    register = Register()
    for record in records:
        if isinstance(record, Choice):
            register.enter_choice(record)
        else:
            register.enter_inspection(record)
    return register


def many(why: Why, count: int, opened: int, over: int, **named: object) -> list[Choice | Inspection]:
    """So many parcels, the first of them opened, the first of those over the limit."""
    kind = "-".join([str(why), *(f"{name}.{value}" for name, value in named.items())])
    ids = [f"{kind}-{number}" for number in range(count)]
    found = [
        inspection(one, over=place < over, name=f"I-{one}", hub=str(named.get("hub", "h1")))
        for place, one in enumerate(ids[:opened])
    ]
    return [*(choice(one, why, **named) for one in ids), *found]  # type: ignore[arg-type]
