"""From evidence to a decision, as [decide] makes it, without a log."""

from __future__ import annotations

import hashlib

from screener.contracts.wire import Decision, ManifestEvidence, ScanEvidence
from screener.core import judgement
from screener.core.facts import facts_of
from screener.core.judgement import Stance
from screener.core.lists import Lists
from screener.core.parcel import Parcel, milliseconds, with_evidence
from screener.core.policy import Policy
from tests.core.evidence import at

REMEMBER_MS = 30 * 86_400_000
NOW_MS = milliseconds(at(5000))
NO_LISTS = Lists()


def draw(message: bytes) -> float:
    return int.from_bytes(hashlib.sha256(message).digest()[:6], "big") / 2**48


def parcel_of(*evidence: ManifestEvidence | ScanEvidence) -> Parcel:
    parcel: Parcel | None = None
    for offset, piece in enumerate(evidence):
        parcel = with_evidence(parcel, piece, offset, REMEMBER_MS)
    assert parcel is not None
    return parcel


def decided(parcel: Parcel, policy: Policy, lists: Lists = NO_LISTS) -> Decision:
    facts = facts_of(parcel, lists, draw(f"{parcel.hub}/{parcel.parcel_id}".encode()), NOW_MS)
    stance = Stance(policy, judgement.usual_threshold(policy), lists.offsets)
    return judgement.decide(parcel, facts, stance, NOW_MS)
