"""Rules about ids: whether messages find together, and whether each name is one thing's own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from screener.hub.check.facts import ManifestFact, ScanFact, Stretch
from screener.hub.check.rule import Hit, Level, Rule, by_scanner, places, share
from screener.hub.check.texts import made_up_id

Item = TypeVar("Item", ManifestFact, ScanFact)

GRACE_MS: Final = 600_000
"""What came last in a stretch may still find its other half."""


def _settled(items: Sequence[Item], stretch: Stretch) -> list[Item]:
    """The items without those at the end of the stretch."""
    if not stretch.timed:
        return list(items)
    times = [fact.log_ms for fact in stretch.manifests] + [scan.log_ms for scan in stretch.scans]
    span = max(times, default=0) - min(times, default=0)
    last = max(times, default=0) - min(GRACE_MS, span // 5)
    return [item for item in items if item.log_ms <= last]


def _named(stretch: Stretch) -> tuple[set[str], set[str]]:
    manifests = {fact.parcel_id for fact in stretch.manifests}
    return manifests, {fact.parcel_id for fact in stretch.scans if fact.parcel_id}


def _unscanned(stretch: Stretch) -> Iterator[Hit]:
    _, scanned = _named(stretch)
    if stretch.scans:
        manifests = _settled(stretch.manifests, stretch)
        yield from share(manifests, lambda fact: fact.parcel_id not in scanned, 0.15)


def _undeclared(stretch: Stretch) -> Iterator[Hit]:
    declared, _ = _named(stretch)
    named = [scan for scan in _settled(stretch.scans, stretch) if scan.parcel_id]
    if not named:
        named = [scan for scan in stretch.scans if scan.parcel_id]
    if stretch.manifests:
        yield from share(named, lambda scan: scan.parcel_id not in declared, 0.15)


def _plain(name: str) -> str:
    """An id without what systems add or lose: case, leading zeros, separators."""
    return "".join(filter(str.isalnum, name)).upper().lstrip("0")


def _differing(stretch: Stretch) -> Iterator[Hit]:
    declared, scanned = _named(stretch)
    lost = {_plain(name) for name in declared - scanned}
    alone = [scan for scan in stretch.scans if scan.parcel_id and scan.parcel_id not in declared]
    alike = [scan for scan in alone if _plain(scan.parcel_id or "") in lost]
    if len(alike) >= max(2, 0.02 * len(stretch.scans)):
        example = alike[0].parcel_id or ""
        other = next(name for name in declared - scanned if _plain(name) == _plain(example))
        told = f"the scan says {example}, the manifest {other}"
        yield Hit(len(alike), len(stretch.scans), places(alike), figures=told)


def _views_missing(stretch: Stretch) -> Iterator[Hit]:
    passes: dict[tuple[str, str | None], list[ScanFact]] = defaultdict(list)
    for scan in stretch.scans:
        passes[scan.scan_id, scan.parcel_id].append(scan)
    several = [own for own in passes.values() if max(scan.views for scan in own) > 1]
    short = [own[0] for own in several if len({scan.view for scan in own}) < max(scan.views for scan in own)]
    if len(short) >= max(2, 0.1 * len(several)):
        yield Hit(len(short), len(several), places(short))


def _clashes(
    items: Sequence[Item], key: Callable[[Item], Hashable], differs: Callable[[Item], Hashable]
) -> list[Item]:
    """The items whose key another item has with something else."""
    values: dict[Hashable, set[Hashable]] = defaultdict(set)
    for item in items:
        values[key(item)].add(differs(item))
    return [item for item in items if len(values[key(item)]) > 1]


def _clash_hits(
    items: Sequence[Item],
    key: Callable[[Item], Hashable],
    differs: Callable[[Item], Hashable],
    least: float,
) -> Iterator[Hit]:
    found = _clashes(items, key, differs)
    if len(found) >= max(2, least * len(items)):
        yield Hit(len(found), len(items), places(found))


def _event_ids(stretch: Stretch) -> Iterator[Hit]:
    yield from _clash_hits(stretch.manifests, lambda fact: fact.event_id, lambda fact: fact.digest, 0.01)
    yield from _clash_hits(
        stretch.scans, lambda scan: scan.event_id, lambda scan: (scan.scan_id, scan.view, scan.sha256), 0.01
    )


def _repeated(stretch: Stretch) -> Iterator[Hit]:
    yield from _clash_hits(
        stretch.manifests, lambda fact: (fact.parcel_id, fact.digest), lambda fact: fact.event_id, 0.1
    )
    yield from _clash_hits(
        stretch.scans,
        lambda scan: (scan.parcel_id, scan.scan_id, scan.view, scan.sha256),
        lambda scan: scan.event_id,
        0.1,
    )


def _again(stretch: Stretch) -> Iterator[Hit]:
    """The same event over and over: harmless, and a sign that acknowledgements are not awaited."""
    for items in (stretch.manifests, stretch.scans):
        counted = Counter((fact.event_id, _content(fact)) for fact in items)
        extra = sum(count - 1 for count in counted.values())
        if extra >= max(3, 0.25 * len(items)):
            yield Hit(extra, len(items), places(items[-1:]))


def _content(fact: ManifestFact | ScanFact) -> object:
    return fact.digest if isinstance(fact, ManifestFact) else (fact.scan_id, fact.view, fact.sha256)


def _reused_parcels(stretch: Stretch) -> Iterator[Hit]:
    named = [fact for fact in stretch.manifests if not made_up_id(fact.parcel_id)]
    yield from _clash_hits(named, lambda fact: fact.parcel_id, lambda fact: fact.waybill, 0.02)


def _one_waybill(stretch: Stretch) -> Iterator[Hit]:
    parcels: dict[str, set[str]] = defaultdict(set)
    for fact in stretch.manifests:
        parcels[fact.waybill].add(fact.parcel_id)
    for waybill, own in parcels.items():
        if len(own) > max(9, len(stretch.manifests) // 2):
            found = [fact for fact in stretch.manifests if fact.waybill == waybill]
            yield Hit(len(own), len(stretch.manifests), places(found))


def _placeholders(stretch: Stretch) -> Iterator[Hit]:
    named: list[ScanFact | ManifestFact] = [scan for scan in stretch.scans if scan.parcel_id]
    named += stretch.manifests
    found = [fact for fact in named if made_up_id(fact.parcel_id or "")]
    if len(found) >= max(1, 0.01 * len(named)):
        commonest = Counter(fact.parcel_id for fact in found).most_common(1)[0][0]
        yield Hit(len(found), len(named), places(found), figures=f"such as {commonest}")


def _same_image(stretch: Stretch) -> Iterator[Hit]:
    yield from _clash_hits(stretch.scans, lambda scan: scan.sha256, _pass, 0.03)
    shown = [scan for scan in stretch.scans if scan.look and scan.look.matter > 0.02 and scan.look.spread > 2]
    if not _clashes(stretch.scans, lambda scan: scan.sha256, _pass):
        yield from _clash_hits(shown, lambda scan: scan.look and scan.look.print, _pass, 0.03)


def _pass(scan: ScanFact) -> Hashable:
    return scan.scan_id, scan.parcel_id


def _many_scanners(stretch: Stretch) -> Iterator[Hit]:
    counts = [len(own) for _, own in by_scanner(stretch.scans)]
    if len(counts) > 10 and len(stretch.scans) < 3 * len(counts):
        yield Hit(len(counts), len(stretch.scans), places(stretch.scans))


def _unread(stretch: Stretch) -> Iterable[Hit]:
    return share(stretch.scans, lambda scan: scan.parcel_id is None, 0.2)


RULES: Final = (
    Rule(
        "ids_differ",
        Level.WRONG,
        "parcel ids of scans and of manifests",
        "2 % of the scans, two at least",
        "Scans and manifests write the same parcel's id differently.",
        "Take the id as the barcode has it, as a text, in both: no number type, no added or lost zeros, "
        "one case.",
        _differing,
    ),
    Rule(
        "unpaired_manifests",
        Level.DOUBTFUL,
        "manifests without a scan in the stretch, its end left out",
        "15 %",
        "Manifests have no scan: their parcels will be decided as unscanned.",
        "Look whether all scanners send, whether all views are written, and whether parcel ids are the same "
        "in both.",
        _unscanned,
    ),
    Rule(
        "unpaired_scans",
        Level.DOUBTFUL,
        "scans with a barcode whose parcel has no manifest in the stretch",
        "15 %",
        "Scans have no manifest: nothing declared can be held against what is seen.",
        "Send a manifest for every parcel before it is scanned; look whether the ids are the same in both.",
        _undeclared,
    ),
    Rule(
        "views_missing",
        Level.WRONG,
        "passes of scans whose ce_views is above 1",
        "10 % of them, two at least",
        "Views are announced and never sent: each such parcel waits for them until its patience ends.",
        "Send every view, or the number that comes as ce_views.",
        _views_missing,
    ),
    Rule(
        "view_repeated",
        Level.WRONG,
        "different images of one scan id and one ce_view",
        "2 %, two at least",
        "The same view of a pass comes with different images: only one of them counts.",
        "Number the views of a pass 1, 2, ... in ce_view; a new pass gets a new ce_scanid.",
        lambda stretch: _clash_hits(
            stretch.scans,
            lambda scan: (scan.parcel_id, scan.scan_id, scan.view),
            lambda scan: scan.sha256,
            0.02,
        ),
    ),
    Rule(
        "scan_id_reused",
        Level.WRONG,
        "scan ids that several parcels have",
        "2 %, two at least",
        "One scan id stands for passes of different parcels.",
        "Give each pass of a parcel an id of its own; only the views of one pass share it.",
        lambda stretch: _clash_hits(
            [scan for scan in stretch.scans if scan.parcel_id],
            lambda scan: scan.scan_id,
            lambda scan: scan.parcel_id,
            0.02,
        ),
    ),
    Rule(
        "parcel_id_reused",
        Level.WRONG,
        "manifests of one parcel id with different waybills",
        "2 %, two at least",
        "One parcel id stands for several parcels: their evidence is mixed into one decision.",
        "Take an id that no other parcel has for 90 days; where barcodes go round, put a date before them.",
        _reused_parcels,
    ),
    Rule(
        "waybill_reused",
        Level.DOUBTFUL,
        "parcels with one and the same waybill",
        "more than half of all manifests, ten at least",
        "Most parcels have the same waybill number.",
        "Fill in the waybill of each parcel.",
        _one_waybill,
    ),
    Rule(
        "parcel_id_placeholder",
        Level.WRONG,
        "parcel ids that are a word for none (NOREAD, UNKNOWN, TEST), or one character over and over",
        "1 %, one at least",
        "Placeholders stand for parcel ids: all such parcels become one.",
        "Where no barcode was read leave ce_subject and the key out; Screener gives such a scan an id.",
        _placeholders,
    ),
    Rule(
        "barcode_missing",
        Level.DOUBTFUL,
        "scans without ce_subject",
        "20 %",
        "Many scans name no parcel, so they cannot be matched with a manifest.",
        "Fill ce_subject and the key with the parcel id wherever the barcode was read.",
        _unread,
    ),
    Rule(
        "event_id_reused",
        Level.WRONG,
        "different messages with one ce_id",
        "1 %, two at least",
        "Different messages have the same ce_id; the same ce_id says: this is the same message again.",
        "Make ce_id from what the message is about, such as PARCEL/manifest and SCAN/VIEW.",
        _event_ids,
    ),
    Rule(
        "message_repeated",
        Level.DOUBTFUL,
        "equal messages with different ce_id",
        "10 %, two at least",
        "Messages are sent again as new events.",
        "Keep the ce_id when a message is sent again, and retry only what was not acknowledged.",
        _repeated,
    ),
    Rule(
        "message_again",
        Level.DOUBTFUL,
        "messages that come again with the same ce_id",
        "25 %, three at least",
        "Very many messages are sent more than once; harmless, and a waste.",
        "Await acknowledgements for longer before a message is sent again (delivery.timeout.ms).",
        _again,
    ),
    Rule(
        "image_repeated",
        Level.WRONG,
        "equal images under different scan ids: by SHA-256, and of those looked at by their looks",
        "3 %, two at least",
        "The same image comes under many ids.",
        "Look for a test picture that was left in, or a file that is sent before the next one is written.",
        _same_image,
    ),
    Rule(
        "scanner_many",
        Level.DOUBTFUL,
        "names of scanners",
        "more than ten, with fewer than three scans each",
        "Nearly every scan names another scanner.",
        "ce_scanner is the machine's own lasting name, without time or counter: thresholds hang on it.",
        _many_scanners,
    ),
)
