"""What must be true in the end, whatever befell: each violation is a sentence.

Every topic is read once, record by record: of 100,000 parcels no more is kept than what tells them apart.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec
from msgspec.structs import replace

from bench.faults import traffic
from bench.faults.reading import Place, Watcher
from bench.faults.traffic import Kind, Parcel
from screener.config import ImageLimits
from screener.contracts import dead_letter, topics
from screener.contracts.wire import (
    Action,
    Decision,
    Evidence,
    Flagged,
    ManifestEvidence,
    Outcome,
    ScanEvidence,
    Verdict,
)
from screener.core.policy import Policy
from screener.core.rejudgement import rejudged
from screener.imaging.picture import Request, read_picture
from screener.scoring.model import Model
from screener.stream.port import Log, Partition, Record

READ_BY = {
    "score": (topics.MANIFESTS, topics.SCANS),
    "decide": (topics.EVIDENCE,),
    "tally": (topics.SIGHTINGS,),
    "network": (topics.TIES,),
}
"""Which topics each group reads, by how they begin."""

EVERY = 20
FIRST = 3
"""So many examples of a violation are named."""

Address = tuple[str, int, int]
Key = tuple[str, str]
Revision = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Account:
    """What was found: the figures of the table, and what is not as it must be."""

    inputs: int
    parcels: int
    decisions: int
    revisions: int
    letters: int
    waiting: int
    violations: tuple[str, ...]


@dataclass(slots=True)
class Said:
    """Of all decisions what is kept: which, where, and what they said."""

    outcomes: dict[Revision, Outcome] = field(default_factory=dict)
    holds: Counter[Revision] = field(default_factory=Counter)
    times: Counter[Revision] = field(default_factory=Counter)
    places: dict[Place, Revision] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    """Decisions that their facts do not lead to."""

    def by_parcel(self) -> dict[Key, list[int]]:
        revisions: dict[Key, list[int]] = defaultdict(list)
        for (hub, parcel_id, revision), times in self.times.items():
            revisions[hub, parcel_id] += [revision] * times
        return {key: sorted(found) for key, found in revisions.items()}


@dataclass(slots=True)
class Sent:
    """What lies in the topics of the hubs: each record's parcel, and how far those of a parcel lie apart."""

    inputs: dict[Address, Key] = field(default_factory=dict)
    first_ms: dict[Key, int] = field(default_factory=dict)
    last_ms: dict[Key, int] = field(default_factory=dict)

    def spread_s(self, key: Key) -> float:
        return (self.last_ms.get(key, 0) - self.first_ms.get(key, 0)) / 1000


@dataclass(slots=True)
class Seen:
    """What became evidence: scans by where they lay, manifests by parcel."""

    scans: Counter[Address] = field(default_factory=Counter)
    manifests: Counter[Key] = field(default_factory=Counter)
    other: list[str] = field(default_factory=list)
    """Findings that their images do not lead to."""


@dataclass(frozen=True, slots=True)
class Known:
    """By what all is judged again. `model` is the one that served last; others had other names alone."""

    policy: Policy
    model: Model
    patience_s: float


def account(log: Log, fed: Iterable[Parcel], hubs: Iterable[str], known: Known, watcher: Watcher) -> Account:
    """Read every topic, committed, from its start to its end, and hold all against what was fed."""
    parcels, hubs = list(fed), tuple(hubs)
    sent = _sent(log, hubs)
    seen = _seen(log, parcels, known.model)
    letters = Counter(_origin(record) for record in records(log, topics.REJECTED))
    said = _said(log, known.policy)
    by_parcel = said.by_parcel()
    waiting = [one for one in parcels if (one.hub, one.parcel_id) not in by_parcel]
    violations = [
        *_each_input_once(sent.inputs, seen, letters),
        *_each_decision_once(by_parcel),
        *_fates(parcels, by_parcel, said.outcomes, sent, known.patience_s),
        *named("decisions that their facts do not lead to", said.changed),
        *named("findings that their images do not lead to", seen.other),
        *_told(log, hubs, said),
        *_offsets(log),
        *_as_it_was_seen(watcher, said.places),
        *named("parcels without a decision", [one.parcel_id for one in waiting]),
    ]
    return Account(
        inputs=len(sent.inputs),
        parcels=len(parcels),
        decisions=said.times.total(),
        revisions=said.times.total() - len(by_parcel),
        letters=letters.total(),
        waiting=len(waiting),
        violations=tuple(violations),
    )


def _each_input_once(inputs: Mapping[Address, Key], seen: Seen, letters: Counter[Address]) -> Iterator[str]:
    """Every record of a hub became one piece of evidence or one dead letter."""
    wanted: Counter[Key] = Counter()
    for address, key in inputs.items():
        if address[0].startswith(topics.MANIFESTS) and address not in letters:
            wanted[key] += 1
    of_scans = Counter({one: 1 for one in inputs if one[0].startswith(topics.SCANS)})
    # a scan that cannot be decoded is evidence of its failure and a dead letter besides
    yield from named("scans lost before a decision", of_scans - seen.scans - letters)
    yield from named("scans taken twice", seen.scans - of_scans)
    yield from named("manifests lost before a decision", wanted - seen.manifests)
    yield from named("manifests taken twice", seen.manifests - wanted)
    yield from named("dead letters twice", [one for one, count in letters.items() if count > 1])
    yield from named("dead letters of nothing", [one for one in letters if one not in inputs])


def _each_decision_once(by_parcel: Mapping[Key, list[int]]) -> Iterator[str]:
    """Revisions of a parcel run from 1 without gaps, each once."""
    wrong = [
        f"{key}: revisions {made}" for key, made in by_parcel.items() if made != list(range(1, len(made) + 1))
    ]
    yield from named("decisions twice or missing", wrong)


def _fates(
    parcels: Iterable[Parcel],
    by_parcel: Mapping[Key, list[int]],
    outcomes: Mapping[Revision, Outcome],
    sent: Sent,
    patience_s: float,
) -> Iterator[str]:
    """Each parcel came to what it is, and none was said to lack what had come in time."""
    wrong, impatient = [], []
    for one in parcels:
        key = (one.hub, one.parcel_id)
        made = [outcomes[*key, revision] for revision in by_parcel.get(key, ())]
        if made and made[-1] not in {one.fate, Outcome.UNSCORED}:
            wrong.append(f"{one.parcel_id} ({one.kind}): {made[-1]} for {one.fate}")
        lacking = {Outcome.UNSCANNED, Outcome.NO_MANIFEST, Outcome.INCOMPLETE} - {one.fate}
        # by a gateway a scan may come long after its manifest
        in_time = sent.spread_s(key) < patience_s
        if in_time and one.kind is not Kind.BROKEN_IMAGE and lacking & set(made):
            impatient.append(f"{one.parcel_id} ({one.kind}): {[str(each) for each in made]}")
    yield from named("decided otherwise than it is", wrong)
    yield from named("said to lack what was sent", impatient)


def _told(log: Log, hubs: Iterable[str], said: Said) -> Iterator[str]:
    """The hub was told of each decision once, and the investigators of each hold."""
    verdicts: Counter[Revision] = Counter()
    for hub in hubs:
        for record in records(log, topics.verdicts(hub)):
            heard = msgspec.json.decode(record.value or b"", type=Verdict)
            verdicts[hub, heard.parcel_id, heard.revision] += 1
    flagged: Counter[Revision] = Counter()
    for record in records(log, topics.FLAGGED):
        told = msgspec.json.decode(record.value or b"", type=Flagged).decision
        flagged[told.hub, told.parcel_id, told.revision] += 1
    yield from named("verdicts missing", said.times - verdicts)
    yield from named("verdicts too many", verdicts - said.times)
    yield from named("holds that no investigator sees", said.holds - flagged)
    yield from named("holds that investigators see twice, or wrongly", flagged - said.holds)


def _offsets(log: Log) -> Iterator[str]:
    """All inputs are committed to their end, and no transaction stands open."""
    sizes = log.topics()
    for group, beginnings in READ_BY.items():
        committed = log.committed(f"screener.{group}")
        partitions = [
            Partition(topic, number)
            for topic, count in sorted(sizes.items())
            if topic.startswith(beginnings)
            for number in range(count)
        ]
        behind = [
            f"{one} at {committed.get(one, 0)}, end {log.end(one)}"
            for one in partitions
            if not _is_read(log, one, committed.get(one, 0))
        ]
        yield from named(f"offsets of {group} not at the end", behind)


def _is_read(log: Log, partition: Partition, offset: int) -> bool:
    """Whether nothing but markers lies behind this offset; waits for what is open, so it ends by itself."""
    return not any(True for _ in log.read(partition, offset, log.end(partition)))


def _as_it_was_seen(watcher: Watcher, now: Mapping[Place, Revision]) -> Iterator[str]:
    """Who read committed decisions while it ran read just these, and nothing that was taken back."""
    yield from named("seen while it ran, gone afterwards", [x for x in watcher.seen if x not in now])
    yield from named(
        "seen otherwise while it ran", [x for x, y in watcher.seen.items() if now.get(x, y) != y]
    )
    yield from named("never seen while it ran", [x for x in now if x not in watcher.seen])
    yield from named("seen twice while it ran", watcher.doubled)


def _sent(log: Log, hubs: Iterable[str]) -> Sent:
    sent = Sent()
    for hub in hubs:
        for topic in (topics.manifests(hub), topics.scans(hub)):
            for record in records(log, topic):
                key = hub, (record.key or b"").decode()
                sent.inputs[_address(record)] = key
                sent.first_ms[key] = min(sent.first_ms.get(key, record.timestamp_ms), record.timestamp_ms)
                sent.last_ms[key] = max(sent.last_ms.get(key, record.timestamp_ms), record.timestamp_ms)
    return sent


def _seen(log: Log, parcels: Iterable[Parcel], model: Model) -> Seen:
    """The evidence; the findings of one scan in `EVERY` are held against its image, drawn and scored anew."""
    of = {(one.hub, one.parcel_id): one for one in parcels}
    decoder: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)
    seen = Seen()
    for record in records(log, topics.EVIDENCE):
        one = decoder.decode(record.value or b"")
        if isinstance(one, ManifestEvidence):
            seen.manifests[one.hub, one.parcel_id] += 1
        elif isinstance(one, ScanEvidence):
            seen.scans[one.image.log.topic, one.image.log.partition, one.image.log.offset] += 1
            if len(seen.scans) % EVERY == 0 and not _leads_to(of[one.hub, one.parcel_id], one, model):
                seen.other.append(f"{one.hub}/{one.parcel_id}/{one.view}")
    return seen


def _leads_to(parcel: Parcel, evidence: ScanEvidence, model: Model) -> bool:
    """Whether a parcel's image leads to these findings."""
    if evidence.findings is None:
        return True
    pitch = evidence.pitch_mm
    content = traffic.image(parcel, evidence.view)
    asked = Request(content, "image/png", pitch.across, pitch.along, evidence.energy)
    (again,) = model.score([read_picture(asked, ImageLimits(), model.pitch_mm).image])
    return replace(again, model=evidence.findings.model) == evidence.findings


def _said(log: Log, policy: Policy) -> Said:
    """All decisions, each judged again from the facts that it carries."""
    decoder = msgspec.json.Decoder(Decision)
    said = Said()
    for record in records(log, topics.DECISIONS):
        one = decoder.decode(record.value or b"")
        key = one.hub, one.parcel_id, one.revision
        said.times[key] += 1
        said.outcomes[key] = one.outcome
        said.holds[key] += one.action is Action.HOLD
        said.places[record.partition.number, record.offset] = key
        if (again := rejudged(one, policy)) and again.changed:
            said.changed.append(f"{one.hub}/{one.parcel_id}")
    said.holds = +said.holds
    return said


def _origin(record: Record) -> Address:
    letter, _ = dead_letter.from_record(record.headers, record.value)
    return letter.topic, letter.partition, letter.offset


def _address(record: Record) -> Address:
    return record.partition.topic, record.partition.number, record.offset


def records(log: Log, topic: str) -> Iterator[Record]:
    """All that a topic holds, committed."""
    for number in range(log.topics()[topic]):
        partition = Partition(topic, number)
        yield from log.read(partition, log.start(partition), log.end(partition))


def named(what: str, found: Iterable[object]) -> Iterator[str]:
    """One sentence on all that was found, if anything was."""
    every = list(found)
    if every:
        yield f"{what}: {len(every)}, as {', '.join(str(one) for one in every[:FIRST])}"
