"""What the sorter of each example does with verdicts, over TLS and with a hub's rights alone.

The test plays Screener: no worker runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from screener.contracts import examples, topics
from screener.contracts.reading import encode, read_manifest, read_scan_headers, read_scan_value
from screener.contracts.wire import Action, ImageReference, Manifest
from screener.stream.kafka import KafkaLog
from screener.stream.port import Log, Message, Record
from tests.contract.polling import everything
from tests.hub.clients.orders import order
from tests.hub.clients.programs import CARTONS, EMPTY_BOX, Program, said

pytestmark = pytest.mark.kafka


def verdict(hub: str, parcel_id: str, action: str, revision: int) -> Message:
    """As [decide] writes it; all on one partition, so that they are read in this order."""
    value = replace(examples.VERDICT, parcel_id=parcel_id, action=Action(action), revision=revision)
    return Message(topics.verdicts(hub), parcel_id.encode(), encode(value), partition=0)


def test_a_sorter_acts_once_on_each_revision_and_clears_nothing_without_one(
    program: Program,
    access: Mapping[str, str],
    log: KafkaLog,
    tmp_path: Path,
) -> None:
    hub = access["HUB"]
    told = [("P1", "pass", 1), ("P1", "pass", 1), ("P1", "hold", 2), ("P1", "pass", 1), ("P2", "pass", 1)]
    with log.publisher() as publisher:
        publisher.publish([verdict(hub, *one) for one in told])
    first, second = order(tmp_path, hub, "P1"), order(tmp_path, hub, "P2")
    overdue = order(tmp_path, hub, "P3", decide_by=datetime.now(UTC))
    paths = (first, EMPTY_BOX, second, EMPTY_BOX, overdue, CARTONS, first, EMPTY_BOX)
    lines = said(program.start(access, *paths))
    check_messages(log, hub, tmp_path)
    acted = [line for line in lines if not line.startswith("P3")]
    assert acted == ["P1: pass (revision 1)", "P1: hold (revision 2)", "P2: pass (revision 1)"]
    assert set(lines) - set(acted) == {"P3: none in time, not cleared"}


def check_messages(log: Log, hub: str, orders: Path) -> None:
    """Everything that the example sent is sound, and what it sent again is the same."""
    sent = [*everything(log, topics.manifests(hub)), *everything(log, topics.scans(hub))]
    assert len(sent) == 8
    assert len({(record.partition.topic, record.header("ce_id")) for record in sent}) == 6
    for record in sent:
        if record.partition.topic == topics.manifests(hub):
            check_manifest(record, hub, orders)
        else:
            check_scan(record, hub)


def check_manifest(record: Record, hub: str, orders: Path) -> None:
    manifest = read_manifest(record.value, record.headers, hub, record.key)
    assert isinstance(manifest, Manifest)
    assert json.loads(record.value or b"") == json.loads((orders / f"{manifest.parcel_id}.json").read_text())


def check_scan(record: Record, hub: str) -> None:
    scan = read_scan_headers(record.headers, hub, record.key)
    image = read_scan_value(record.value, scan, max_bytes=1_000_000)
    assert not isinstance(image, ImageReference)
    assert image == {"P3": CARTONS}.get(scan.parcel_id or "", EMPTY_BOX).read_bytes()
    assert (scan.pitch_mm.across, scan.pitch_mm.along, scan.energy) == (1.2, 1.3, "dual")
