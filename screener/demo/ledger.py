"""What came out of the pipeline for one hub, as it comes: evidence, decisions, flags, dead letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from screener.contracts import dead_letter, topics
from screener.contracts.wire import (
    Action,
    DeadLetter,
    Decision,
    Evidence,
    Flagged,
    ManifestEvidence,
    Progress,
    ScanEvidence,
    Total,
)
from screener.stream.port import Record

TOPICS = (topics.EVIDENCE, topics.DECISIONS, topics.FLAGGED, topics.REJECTED)

_EVIDENCE: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)
_DECISION = msgspec.json.Decoder(Decision)
_FLAGGED = msgspec.json.Decoder(Flagged)


@dataclass(slots=True)
class Ledger:
    """The records of one hub, in the order of their topics; nothing is taken for granted as unique."""

    hub: str
    manifests: list[ManifestEvidence] = field(default_factory=list)
    scans: list[ScanEvidence] = field(default_factory=list)
    decisions: dict[str, list[Decision]] = field(default_factory=dict)
    flagged: dict[str, Flagged] = field(default_factory=dict)
    letters: list[DeadLetter] = field(default_factory=list)

    def take(self, records: Iterable[Record]) -> int:
        """Enter the records of this hub; how many there were."""
        return sum(self._enter(record) for record in records)

    @property
    def evidence(self) -> int:
        return len(self.manifests) + len(self.scans)

    @property
    def held(self) -> int:
        """Parcels whose last decision holds them."""
        return sum(decisions[-1].action is Action.HOLD for decisions in self.decisions.values())

    @property
    def origins(self) -> Counter[bytes]:
        """How many dead letters each rejected message has."""
        return Counter(dead_letter.origin(one.topic, one.partition, one.offset) for one in self.letters)

    def latest(self, parcel_id: str) -> Decision | None:
        """The last revision, or None where there is no decision."""
        found = self.decisions.get(parcel_id)
        return None if not found else max(found, key=lambda decision: decision.revision)

    def _enter(self, record: Record) -> bool:
        value = record.value or b""
        if record.partition.topic == topics.REJECTED:
            return self._enter_letter(dead_letter.from_record(record.headers, record.value)[0])
        if record.partition.topic == topics.EVIDENCE:
            return self._enter_evidence(_EVIDENCE.decode(value))
        if record.partition.topic == topics.DECISIONS:
            return self._enter_decision(_DECISION.decode(value))
        return self._enter_flagged(_FLAGGED.decode(value))

    def _enter_letter(self, letter: DeadLetter) -> bool:
        if letter.hub == self.hub:
            self.letters.append(letter)
        return letter.hub == self.hub

    def _enter_evidence(self, evidence: Evidence) -> bool:
        if isinstance(evidence, Progress | Total) or evidence.hub != self.hub:
            return False
        if isinstance(evidence, ManifestEvidence):
            self.manifests.append(evidence)
        else:
            self.scans.append(evidence)
        return True

    def _enter_decision(self, decision: Decision) -> bool:
        if decision.hub == self.hub:
            self.decisions.setdefault(decision.parcel_id, []).append(decision)
        return decision.hub == self.hub

    def _enter_flagged(self, flagged: Flagged) -> bool:
        if flagged.decision.hub == self.hub:
            self.flagged[flagged.decision.parcel_id] = flagged
        return flagged.decision.hub == self.hub
