"""What the network is told of a parcel: whom it ties together, with the load that counts."""

from __future__ import annotations

from screener.contracts.wire import Action, Decision, End, Facts, Tie, Why
from screener.core import load
from screener.core.licences import licensed
from screener.core.parcel import Parcel, PartyNote, time_of
from screener.core.policy import Policy
from screener.core.sightings import NOTHING, counted, identities, person

HELD_FOR_CAUSE = frozenset({Why.TIP, Why.LOAD, Why.SUM, Why.RISK})
"""What makes a held parcel one of interest; a gap or a draw says nothing of its people."""


def tie_of(parcel: Parcel, facts: Facts, decision: Decision, policy: Policy) -> Tie | None:
    """The tie of a parcel of interest: one that may hold anything, or is held for a cause; else None.

    None too where nobody on the manifest can be told apart, and where a licence covers the load.
    """
    note, held = parcel.manifest, decision.action is Action.HOLD
    for_cause = held and decision.selection.why in HELD_FOR_CAUSE
    loaded = load.any_of_it(facts.seen) >= policy.file.networks.tied_from and not licensed(facts, policy)
    if note is None or not (for_cause or loaded) or not identities(note):
        return None
    sticks, tobacco_g = counted(parcel.hub, facts, policy)
    return Tie(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        revision=decision.revision,
        at=time_of(parcel.arrived_ms),
        consignor=_end(note.consignor, note.regions[0]),
        consignee=_end(note.consignee, note.regions[1]),
        sticks=sticks,
        tobacco_g=tobacco_g,
        held=held,
        why=decision.selection.why,
    )


def withdrawal(parcel: Parcel, decision: Decision) -> Tie:
    """A tie of nobody: what an earlier revision said of the parcel is true no more."""
    return Tie(
        hub=parcel.hub,
        parcel_id=parcel.parcel_id,
        revision=decision.revision,
        at=time_of(parcel.arrived_ms),
        consignor=End(),
        consignee=End(),
        sticks=NOTHING,
        tobacco_g=NOTHING,
        held=decision.action is Action.HOLD,
        why=decision.selection.why,
    )


def _end(party: PartyNote, region: str | None) -> End:
    return End(person=person(party), phone=party.phone, address=party.address, region=region)
