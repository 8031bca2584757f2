"""What was sent against what came out: is all there exactly once, and was it judged rightly?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from screener.contracts.wire import Decision, Why
from screener.demo.ledger import Ledger
from screener.hub.corruption import Corruption
from screener.hub.sent import Half, Mishap, Sent
from screener.stages.score import unread_id


class Fate(StrEnum):
    """What became of a parcel, the gravest first."""

    LOAD = "held for load"
    UNJUDGED = "held, could not be judged"
    RANDOM = "drawn at random"
    PASSED = "passed"


class Truth(StrEnum):
    """What a parcel truly held."""

    OVER = "over the limit"
    LEGAL = "within the limit"
    CLEAN = "no tobacco"


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One parcel: what was sent of it, and what became of it; `decision` is the one that weighs most."""

    sent: Sent
    fate: Fate
    decision: Decision


def ids_of(sent: Sent) -> tuple[str, ...]:
    """The parcel ids that are to be decided; a scan without a barcode has one of its own, the first."""
    own = (unread_id(sent.scan_id),) if sent.mishap is Mishap.NO_BARCODE else ()
    return (*own, sent.parcel_id)


def expected_evidence(sent: Sent) -> int:
    """How many pieces of evidence come of its messages: one of each that names its parcel soundly."""
    if sent.corruption is None:
        return sent.messages
    sound = Corruption(sent.corruption).leaves_evidence(of_scan=sent.half is Half.SCAN)
    return sent.messages - int(not sound)


def is_done(accounts: Sequence[Sent], ledger: Ledger) -> bool:
    """Whether all that must come has come."""
    return (
        ledger.evidence >= sum(map(expected_evidence, accounts))
        and len(ledger.letters) >= sum(sent.malformed for sent in accounts)
        and all(parcel_id in ledger.decisions for sent in accounts for parcel_id in ids_of(sent))
    )


def complaints(accounts: Sequence[Sent], ledger: Ledger) -> Iterator[str]:
    """All that is not there exactly once, one line each; nothing where all is well."""
    wanted = {parcel_id for sent in accounts for parcel_id in ids_of(sent)}
    for parcel_id in sorted(wanted - ledger.decisions.keys()):
        yield f"{parcel_id}: sent, and never decided"
    for parcel_id in sorted(ledger.decisions.keys() - wanted):
        yield f"{parcel_id}: decided, and never sent"
    for parcel_id, decisions in sorted(ledger.decisions.items()):
        revisions = [decision.revision for decision in decisions]
        if sorted(revisions) != list(range(1, len(revisions) + 1)):
            yield f"{parcel_id}: expected each revision once, got {revisions}"
    for origin, count in sorted(ledger.origins.items()):
        if count > 1:
            yield f"{origin.decode()}: {count} dead letters for one message"
    malformed = sum(sent.malformed for sent in accounts)
    if len(ledger.letters) != malformed:
        yield f"{malformed} malformed messages were sent, and {len(ledger.letters)} dead letters came"
    evidence = sum(map(expected_evidence, accounts))
    if ledger.evidence != evidence:
        yield f"{evidence} pieces of evidence were due, and {ledger.evidence} came"


def reckon(accounts: Sequence[Sent], ledger: Ledger) -> list[Reckoned]:
    """Every decided parcel with what became of it, in the order in which they were sent."""
    found = []
    for sent in accounts:
        decisions = [one for parcel_id in ids_of(sent) if (one := ledger.latest(parcel_id))]
        if decisions:
            weightiest = min(decisions, key=lambda decision: list(Fate).index(fate_of(decision)))
            found.append(Reckoned(sent, fate_of(weightiest), weightiest))
    return found


def fate_of(decision: Decision) -> Fate:
    """What became of a parcel by its decision."""
    of_why = {Why.UNJUDGED: Fate.UNJUDGED, Why.RANDOM: Fate.RANDOM, Why.NONE: Fate.PASSED}
    return of_why.get(decision.selection.why, Fate.LOAD)


def confusion(reckoned: Sequence[Reckoned]) -> Counter[tuple[Truth, Fate]]:
    """How many parcels of each truth met with each fate; those whose truth nobody knows are left out."""
    return Counter((truth_of(one.sent), one.fate) for one in reckoned if one.sent.over is not None)


def truth_of(sent: Sent) -> Truth:
    """Over the limit, within it, or without tobacco."""
    if sent.over:
        return Truth.OVER
    return Truth.LEGAL if sent.sticks or sent.tobacco_g else Truth.CLEAN
