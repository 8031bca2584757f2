"""From what is remembered of a parcel to the facts that are judged: figures by name, to be published."""

from __future__ import annotations

from typing import Final

from screener.contracts.wire import (
    Amount,
    ClassProbabilities,
    Declared,
    Estimate,
    Facts,
    Member,
    Money,
    Seen,
    Total,
)
from screener.core.lists import Lists
from screener.core.parcel import ManifestNote, MemberNote, Parcel, TotalNote, ViewNote, time_of

MOST_MONEY: Final = 1e12
"""The largest amount of the contract: lines that come to more together say nothing of their goods."""


def facts_of(parcel: Parcel, lists: Lists, draw: float, now_ms: int) -> Facts:
    """All that the judgement weighs; `draw` is the keyed hash of the parcel, `now_ms` the log time."""
    note = parcel.manifest
    met = lists.meets(note, now_ms)
    return Facts(
        identified=parcel.identified,
        late=parcel.late,
        more_views=parcel.more_views,
        seen=tuple(_seen(view) for view in parcel.views),
        declared=None if note is None else _declared(note, parcel.views),
        totals=tuple(_total(one, parcel) for one in parcel.totals),
        missing_totals=max(parcel.asked - len(parcel.totals), 0),
        tips=met.tips,
        grade=met.grade,
        business=met.business,
        licence=met.licence,
        draw=draw,
    )


def _seen(note: ViewNote) -> Seen:
    cigarettes, loose_tobacco, e_cigarettes = note.p
    return Seen(
        scan_id=note.scan_id,
        view=note.view,
        views=note.views,
        scanner=note.scanner,
        failure=note.failure,
        model=note.model,
        alarm=note.alarm,
        threshold=note.threshold,
        p=ClassProbabilities(cigarettes=cigarettes, loose_tobacco=loose_tobacco, e_cigarettes=e_cigarettes),
        sticks=_estimate(note.sticks),
        tobacco_g=_estimate(note.tobacco_g),
    )


def _estimate(figures: tuple[float, float, float]) -> Estimate:
    low, mid, high = figures
    return Estimate(low=low, mid=mid, high=high)


def _declared(note: ManifestNote, views: tuple[ViewNote, ...]) -> Declared:
    scanned_ms = min((view.arrived_ms for view in views), default=note.arrived_ms)
    value = note.value
    return Declared(
        weight_g=note.weight_g,
        value=None if value is None or value[0] > MOST_MONEY else Money(amount=value[0], currency=value[1]),
        pieces=note.pieces,
        lines=note.lines,
        described=note.described,
        hs_codes=note.hs_codes,
        consignor_region=note.regions[0],
        consignee_region=note.regions[1],
        late_s=max(note.arrived_ms - scanned_ms, 0) / 1000.0,
        courier=note.courier,
    )


def _total(note: TotalNote, parcel: Parcel) -> Total:
    return Total(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        identity=note.identity,
        link=note.link,
        window_days=note.window_days,
        parcels=note.parcels,
        loaded=note.loaded,
        sticks=Amount(mean=note.sticks[0], sd=note.sticks[1]),
        tobacco_g=Amount(mean=note.tobacco_g[0], sd=note.tobacco_g[1]),
        members=tuple(_member(one) for one in note.members),
        like_contents=note.like_contents,
        partners=note.partners,
        hubs=note.hubs,
        first_at=time_of(note.first_ms),
        counted_at=time_of(note.counted_ms),
    )


def _member(note: MemberNote) -> Member:
    return Member(
        hub=note.hub,
        parcel_id=note.parcel_id,
        at=time_of(note.at_ms),
        sticks=note.sticks,
        tobacco_g=note.tobacco_g,
    )
