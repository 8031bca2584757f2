"""What must be true of the gateways: what was posted or dropped is in the log once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from bench.faults import traffic
from bench.faults.gateways import Dropped, Listener, Posted
from bench.faults.traffic import Kind, Parcel
from bench.faults.verdict import named, records
from screener.contracts import topics
from screener.contracts.wire import Verdict
from screener.hub.folder.placing import WHY
from screener.stream.port import Log

View = tuple[str, int]


def in_the_log_once(log: Log, hub: str, fed: Iterable[Parcel]) -> Iterator[str]:
    """Of each sound manifest and each sound image just one message, though both were sent again and again.

    [score] would count a second one as another piece of evidence: a gateway publishes each message once.
    """
    parcels = [one for one in fed if one.hub == hub]
    manifests = Counter(one.parcel_id for one in parcels if one.declared)
    scans = Counter(
        (one.parcel_id, view)
        for one in parcels
        if one.kind is not Kind.BROKEN_IMAGE
        for view in range(1, one.views + 1)
    )
    found = Counter((record.key or b"").decode() for record in records(log, topics.manifests(hub)))
    views = Counter(
        ((record.key or b"").decode(), int(record.header("ce_view") or b"0"))
        for record in records(log, topics.scans(hub))
    )
    yield from named(f"manifests of {hub} lost at its gateway", manifests - found)
    yield from named(f"manifests of {hub} too many", found - manifests)
    yield from named(f"scans of {hub} lost at its gateway", scans - views)
    yield from named(f"scans of {hub} too many", views - scans)


def each_file_in_its_place(dropped: Dropped, watched: Path, fed: Iterable[Parcel]) -> Iterator[str]:
    """No file waits any more; every sound image lies among the sent, every broken one among the refused."""
    parcels = [one for one in fed if one.hub == traffic.BY_FOLDER]
    yield from named("files that nobody takes", dropped.left)
    for aside, kinds in (("sent", set(Kind) - {Kind.BROKEN_IMAGE}), ("refused", {Kind.BROKEN_IMAGE})):
        wanted = {
            f"{one.parcel_id}_{view}of{one.views}.png"
            for one in parcels
            if one.kind in kinds
            for view in range(1, one.views + 1)
        }
        found = {path.name for path in (watched / aside).rglob("*.png") if not path.name.endswith(WHY)}
        yield from named(f"files missing among the {aside}", sorted(wanted - found))


def answered_as_it_must(posted: Posted, listener: Listener) -> Iterator[str]:
    """The client got no answer that it could not expect."""
    yield from named("answers of the gateway", [*posted.complaints, *listener.complaints])


def verdicts(log: Log) -> set[tuple[str, int]]:
    """What the hub that comes by HTTP was told: parcels and revisions."""
    found = set()
    for record in records(log, topics.verdicts(traffic.BY_HTTP)):
        said = msgspec.json.decode(record.value or b"", type=Verdict)
        found.add((said.parcel_id or "", said.revision))
    return found


def heard(told: set[tuple[str, int]], listener: Listener) -> Iterator[str]:
    """Whoever asked for verdicts heard each at least once, and none that is not in the log."""
    yield from named("verdicts that the courier never heard", sorted(told - set(listener.heard)))
    yield from named("verdicts that the courier heard, and nobody gave", sorted(set(listener.heard) - told))
