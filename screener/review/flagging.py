"""What the workstation keeps of a flagged message: a row of the queue, links, what search reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any, Final

from screener.contracts import cloudevents
from screener.contracts.json_reading import read_json
from screener.contracts.times import in_utc
from screener.contracts.wire import ClassProbabilities, Flagged, ManifestEvidence, Why
from screener.errors import BadInput
from screener.stream.port import LARGEST_MESSAGE_BYTES, Record

LARGEST_REVISION: Final = 2**31 - 1
LONGEST_HASH: Final = 64
LONGEST_COURIER: Final = 128

KIND_OF: Final = {
    "sticks_over_limit": "cigarettes",
    "tobacco_over_limit": "loose_tobacco",
    "e_cigarettes": "e_cigarettes",
}
"""The product by the code of the reason that says there is too much of it."""

NOTHING_SEEN: Final = "none"
UNJUDGED: Final = "unjudged"
KINDS: Final = (*KIND_OF.values(), NOTHING_SEEN, UNJUDGED)

_PHONE: Final = re.compile(r"(?<!\d)1[3-9](?:[\s-]?\d){9}(?!\d)")
"""A mobile number that somebody wrote into the declared contents."""


def read(record: Record) -> Flagged:
    """The message of a record. Raises `BadInput`, which names no personal value."""
    cloudevents.expect_type(cloudevents.from_headers(record.headers), cloudevents.FLAGGED)
    flagged = read_json(record.value, Flagged, LARGEST_MESSAGE_BYTES)
    decision = flagged.decision
    if record.key != decision.parcel_id.encode():
        raise BadInput("key_mismatch", "key: expected the parcel id of the decision, got another")
    if decision.revision > LARGEST_REVISION:
        raise BadInput("schema", f"$.decision.revision: expected at most {LARGEST_REVISION}, got more")
    if any(len(value) > LONGEST_HASH for _, _, value in links(flagged.manifest)):
        raise BadInput("schema", f"$.manifest: expected links of at most {LONGEST_HASH} characters, got more")
    for name in ("arrived_at", "decided_at"):
        in_utc(getattr(decision, name), f"$.decision.{name}")
    if flagged.due_at is not None:
        in_utc(flagged.due_at, "$.due_at")
    return flagged


def columns(flagged: Flagged, manifest: ManifestEvidence | None, file_within: timedelta) -> dict[str, Any]:
    """The columns of `parcel` that a message sets; `manifest` is the newest that is known."""
    decision = flagged.decision
    load, facts = decision.load, decision.facts
    return {
        "revision": decision.revision,
        "outcome": decision.outcome.value,
        "why": decision.selection.why.value,
        "kind": kind(flagged),
        "priority": flagged.priority,
        "due_at": flagged.due_at,
        "law_due_at": decision.arrived_at + file_within,
        "courier": "" if manifest is None else manifest.courier[:LONGEST_COURIER],
        "waybill": "" if manifest is None else manifest.waybill,
        "grade": None if facts is None or facts.grade is None else facts.grade.value,
        "tip": decision.selection.why is Why.TIP or bool(facts and facts.tips),
        "sticks": None if load is None else load.sticks.mid,
        "tobacco_g": None if load is None else load.tobacco_g.mid,
        "p_over": None if load is None else load.over_limit,
        "search": "\n".join(_searched(flagged, manifest)),
        "arrived_at": decision.arrived_at,
        "flagged_at": decision.decided_at,
    }


def kind(flagged: Flagged) -> str:
    """The product that is likeliest over its limit, else the one that is likelier there than not."""
    judged = [one.scan.findings.p for one in flagged.scans if one.scan.findings is not None]
    return kind_of([one.code for one in flagged.decision.reasons], judged)


def kind_of(codes: Iterable[str], judged: Sequence[ClassProbabilities]) -> str:
    """The same of the codes of a decision's reasons and of what each judged scan shows."""
    named = (KIND_OF[one] for one in codes if one in KIND_OF)
    return next(named, None) or _likeliest(judged)


def links(manifest: ManifestEvidence | None) -> Iterator[tuple[str, str, str]]:
    """Role, kind and keyed hash of everything by which a parcel's people can be linked."""
    if manifest is None:
        return
    for role, party in (("consignor", manifest.consignor), ("consignee", manifest.consignee)):
        for name in ("name", "phone", "address", "building"):
            if (value := getattr(party.links, name)) is not None:
                yield role, name, value


def _likeliest(judged: Sequence[ClassProbabilities]) -> str:
    if not judged:
        return UNJUDGED
    p, name = max((max(getattr(one, name) for one in judged), name) for name in KIND_OF.values())
    return name if p >= 0.5 else NOTHING_SEEN


def _searched(flagged: Flagged, manifest: ManifestEvidence | None) -> Iterator[str]:
    """What full-text search reads, a line each; nothing of it says who sent or receives the parcel."""
    decision = flagged.decision
    yield from (decision.hub, decision.parcel_id)
    if manifest is not None:
        yield from (manifest.waybill, manifest.courier)
        for content in manifest.contents:
            yield from filter(None, (_PHONE.sub("", content.text), content.hs_code))
    for reason in decision.reasons:
        yield reason.code
        yield str(reason.figures.get("tip", "")) if reason.code == "tip" else reason.text  # not who gave it
    yield from sorted({name for one in flagged.scans for name in (one.scan.scanner, one.scan.scan_id)})
