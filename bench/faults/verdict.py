"""What must be true in the end, whatever befell: each violation is a sentence."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from bench.faults import traffic
from bench.faults.reading import Watcher
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

GROUPS = ("score", "decide", "tally", "network")
EVERY = 20
FIRST = 3
"""So many examples of a violation are named."""

Address = tuple[str, int, int]
Key = tuple[str, str]


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


def account(log: Log, fed: Iterable[Parcel], policy: Policy, model: Model, watcher: Watcher) -> Account:
    """Read every topic, committed, from its start to its end, and hold all against what was fed.

    `model` is the one that served in the end; those before it differ in their names alone.
    """
    parcels = list(fed)
    inputs = _inputs(log)
    evidence = _evidence(log)
    letters = Counter(_origin(record) for record in _all(log, topics.REJECTED))
    decisions = _decisions(log)
    by_parcel: dict[Key, list[Decision]] = defaultdict(list)
    for made in decisions.values():
        by_parcel[made.hub, made.parcel_id].append(made)
    waiting = [one for one in parcels if (one.hub, one.parcel_id) not in by_parcel]
    violations = [
        *_each_input_once(inputs, evidence, letters),
        *_each_decision_once(by_parcel),
        *_fates(parcels, by_parcel),
        *_recomputed(decisions.values(), policy),
        *_scored_again(parcels, [one for _, one in evidence if isinstance(one, ScanEvidence)], model),
        *_told(log, decisions.values()),
        *_offsets(log),
        *_as_it_was_seen(watcher, decisions),
        *_named("parcels without a decision", [one.parcel_id for one in waiting]),
    ]
    return Account(
        inputs=len(inputs),
        parcels=len(parcels),
        decisions=len(decisions),
        revisions=len(decisions) - len(by_parcel),
        letters=letters.total(),
        waiting=len(waiting),
        violations=tuple(violations),
    )


def _each_input_once(
    inputs: Mapping[Address, bytes | None],
    evidence: list[tuple[Address, Evidence]],
    letters: Counter[Address],
) -> Iterator[str]:
    """Every record of a hub became one piece of evidence or one dead letter."""
    scans = Counter(_scan_address(one) for _, one in evidence if isinstance(one, ScanEvidence))
    manifests = Counter((one.hub, one.parcel_id) for _, one in evidence if isinstance(one, ManifestEvidence))
    wanted: Counter[Key] = Counter()
    for address, parcel_id in inputs.items():
        hub = topics.hub_of(address[0]) or ""
        if address[0].startswith(topics.MANIFESTS) and address not in letters:
            wanted[hub, (parcel_id or b"").decode()] += 1
    of_scans = Counter({one: 1 for one in inputs if one[0].startswith(topics.SCANS)})
    # a scan that cannot be decoded is evidence of its failure and a dead letter besides
    yield from _named("scans lost before a decision", of_scans - scans - letters)
    yield from _named("scans taken twice", scans - of_scans)
    yield from _named("manifests lost before a decision", wanted - manifests)
    yield from _named("manifests taken twice", manifests - wanted)
    yield from _named("dead letters twice", [one for one, count in letters.items() if count > 1])
    yield from _named("dead letters of nothing", [one for one in letters if one not in inputs])


def _each_decision_once(by_parcel: Mapping[Key, list[Decision]]) -> Iterator[str]:
    """Revisions of a parcel run from 1 without gaps, each once."""
    wrong = [
        f"{key}: revisions {sorted(one.revision for one in made)}"
        for key, made in by_parcel.items()
        if sorted(one.revision for one in made) != list(range(1, len(made) + 1))
    ]
    yield from _named("decisions twice or missing", wrong)


def _fates(parcels: Iterable[Parcel], by_parcel: Mapping[Key, list[Decision]]) -> Iterator[str]:
    """Each parcel came to what it is, and none was said to lack what had been sent with it."""
    wrong, impatient = [], []
    for one in parcels:
        made = sorted(by_parcel.get((one.hub, one.parcel_id), ()), key=lambda each: each.revision)
        if made and made[-1].outcome not in {one.fate, Outcome.UNSCORED}:
            wrong.append(f"{one.parcel_id} ({one.kind}): {made[-1].outcome} for {one.fate}")
        lacking = {Outcome.UNSCANNED, Outcome.NO_MANIFEST, Outcome.INCOMPLETE} - {one.fate}
        if one.kind is not Kind.BROKEN_IMAGE and any(each.outcome in lacking for each in made):
            impatient.append(f"{one.parcel_id} ({one.kind}): {[str(each.outcome) for each in made]}")
    yield from _named("decided otherwise than it is", wrong)
    yield from _named("said to lack what was sent", impatient)


def _recomputed(decisions: Iterable[Decision], policy: Policy) -> Iterator[str]:
    """The facts that a decision carries lead to it."""
    changed = [
        f"{one.hub}/{one.parcel_id}"
        for one in decisions
        if (again := rejudged(one, policy)) and again.changed
    ]
    yield from _named("decisions that their facts do not lead to", changed)


def _scored_again(parcels: Iterable[Parcel], evidence: Iterable[ScanEvidence], model: Model) -> Iterator[str]:
    """The findings of one scan in `EVERY` are those of its image, drawn and scored anew."""
    of = {(one.hub, one.parcel_id): one for one in parcels}
    other = []
    for one in list(evidence)[::EVERY]:
        if one.findings is None:
            continue
        content = traffic.image(of[one.hub, one.parcel_id], one.view)
        asked = Request(content, "image/png", one.pitch_mm.across, one.pitch_mm.along, one.energy)
        (again,) = model.score([read_picture(asked, ImageLimits(), model.pitch_mm).image])
        if replace(again, model=one.findings.model) != one.findings:
            other.append(f"{one.hub}/{one.parcel_id}/{one.view}")
    yield from _named("findings that their images do not lead to", other)


def _told(log: Log, decisions: Iterable[Decision]) -> Iterator[str]:
    """The hub was told of each decision once, and the investigators of each hold."""
    wanted = Counter((one.hub, one.parcel_id, one.revision) for one in decisions)
    holds = Counter((one.hub, one.parcel_id, one.revision) for one in decisions if one.action is Action.HOLD)
    verdicts: Counter[tuple[str, str, int]] = Counter()
    for hub in traffic.HUBS:
        for record in _all(log, topics.verdicts(hub)):
            heard = msgspec.json.decode(record.value or b"", type=Verdict)
            verdicts[hub, heard.parcel_id, heard.revision] += 1
    flagged: Counter[tuple[str, str, int]] = Counter()
    for record in _all(log, topics.FLAGGED):
        said = msgspec.json.decode(record.value or b"", type=Flagged).decision
        flagged[said.hub, said.parcel_id, said.revision] += 1
    yield from _named("verdicts missing", wanted - verdicts)
    yield from _named("verdicts too many", verdicts - wanted)
    yield from _named("holds that no investigator sees", holds - flagged)
    yield from _named("holds that investigators see twice, or wrongly", flagged - holds)


def _offsets(log: Log) -> Iterator[str]:
    """All inputs are committed to their end, and no transaction stands open."""
    sizes = log.topics()
    for group in GROUPS:
        committed = log.committed(f"screener.{group}")
        behind = [
            f"{partition} at {offset}, end {log.end(partition)}"
            for partition, offset in committed.items()
            if partition.topic in sizes and not _is_read(log, partition, offset)
        ]
        yield from _named(f"offsets of {group} not at the end", behind)


def _is_read(log: Log, partition: Partition, offset: int) -> bool:
    """Whether nothing but markers lies behind this offset; waits for what is open, so it ends by itself."""
    return not any(True for _ in log.read(partition, offset, log.end(partition)))


def _as_it_was_seen(watcher: Watcher, decisions: Mapping[Address, Decision]) -> Iterator[str]:
    """Who read committed decisions while it ran read just these, and nothing that was taken back."""
    now = {
        (number, offset): (one.hub, one.parcel_id, one.revision)
        for (_, number, offset), one in decisions.items()
    }
    yield from _named("seen while it ran, gone afterwards", [x for x in watcher.seen if x not in now])
    yield from _named(
        "seen otherwise while it ran", [x for x, y in watcher.seen.items() if now.get(x, y) != y]
    )
    yield from _named("never seen while it ran", [x for x in now if x not in watcher.seen])
    yield from _named("seen twice while it ran", watcher.doubled)


def _inputs(log: Log) -> dict[Address, bytes | None]:
    of = (topics.manifests, topics.scans)
    return {
        _address(record): record.key for hub in traffic.HUBS for name in of for record in _all(log, name(hub))
    }


def _evidence(log: Log) -> list[tuple[Address, Evidence]]:
    decoder: msgspec.json.Decoder[Evidence] = msgspec.json.Decoder(Evidence)
    return [(_address(record), decoder.decode(record.value or b"")) for record in _all(log, topics.EVIDENCE)]


def _decisions(log: Log) -> dict[Address, Decision]:
    decoder = msgspec.json.Decoder(Decision)
    return {_address(record): decoder.decode(record.value or b"") for record in _all(log, topics.DECISIONS)}


def _scan_address(one: ScanEvidence) -> Address:
    return one.image.log.topic, one.image.log.partition, one.image.log.offset


def _origin(record: Record) -> Address:
    letter, _ = dead_letter.from_record(record.headers, record.value)
    return letter.topic, letter.partition, letter.offset


def _address(record: Record) -> Address:
    return record.partition.topic, record.partition.number, record.offset


def _all(log: Log, topic: str) -> Iterator[Record]:
    for number in range(log.topics()[topic]):
        partition = Partition(topic, number)
        yield from log.read(partition, log.start(partition), log.end(partition))


def _named(what: str, found: Iterable[object]) -> Iterator[str]:
    every = list(found)
    if every:
        yield f"{what}: {len(every)}, as {', '.join(str(one) for one in every[:FIRST])}"
