"""The installation of a soak: settings, keys, policy, a stub model, and topics that fill no disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kafka.admin import ConfigResource, ConfigResourceType

from bench.soak.traffic import HUBS
from screener import config
from screener.contracts import topics
from screener.stream.kafka.admin import Admin
from tests.scoring import tiny_model
from tests.system.site import Site

SETTINGS = """
run_dir = "{folder}/run"
scanners = "{folder}/scanners"
[log]
kind = "{kind}"
partitions = 2
hub_partitions = 2
timestamps = "create"
hub_retention_h = 1e6
internal_retention_h = 1.0
decisions_retention_h = 1.0
[log.sqlite]
path = "{folder}/log.db"
[log.kafka]
bootstrap_servers = ["{bootstrap}"]
session_timeout_s = 120.0
max_poll_interval_s = 600.0
transaction_timeout_s = 300.0
delivery_timeout_s = 120.0
commit_timeout_s = 600.0
[score]
model = "{folder}/tiny.onnx"
batch_records = 400
micro_batch = 32
progress_interval_s = 5.0
[dead_letters]
hub_share = 1.0
worker_share = 1.0
[decide]
policy = "{folder}/policy.toml"
[evidence]
url = "{folder}/evidence"
[keys]
path = "{folder}/keys"
"""

POLICY = """
jurisdiction = "CN"
patience_s = 1800
[sampling]
rate = 0.002
[limits.CN]
sticks = 150
tobacco_g = 5000
"""

MIB = 1 << 20
KEPT = {"retention.ms": "-1", "retention.bytes": str(96 * MIB), "segment.bytes": str(16 * MIB)}
"""Log times lie in the past, so what is kept goes by size; [decide] reads back minutes at most."""

COMPACTED = {
    "segment.bytes": str(16 * MIB),
    "min.cleanable.dirty.ratio": "0.3",
    "delete.retention.ms": "60000",
}


def installed(folder: Path, bootstrap: str | None) -> Site:
    """All that workers need, made where there is none yet; without `bootstrap` on the embedded log."""
    kind = "kafka" if bootstrap else "sqlite"
    text = SETTINGS.format(folder=folder, kind=kind, bootstrap=bootstrap or "localhost:1")
    (folder / "screener.toml").write_text(text)
    (folder / "policy.toml").write_text(POLICY)
    site = Site(folder, config.load(folder / "screener.toml", {}))
    if not (folder / "tiny.onnx").exists():
        site.screener("keys", "new")
        tiny_model.write(folder)
    site.screener("topics", "create", *(word for hub in HUBS for word in ("--hub", hub)))
    if bootstrap:
        _bound(site)
    return site


def _bound(site: Site) -> None:
    """Let the broker delete by size what nobody reads any more."""
    with site.log() as log:
        specs = [spec for name in log.topics() if (spec := log.describe(name)) is not None]
    resources = [
        ConfigResource(ConfigResourceType.TOPIC, spec.name, COMPACTED if spec.compacted else KEPT)
        for spec in specs
        if spec.name != topics.CHECKPOINTS
    ]
    with Admin(site.settings.log.kafka) as admin:
        told: dict[str, Any] = admin.ask("bounding topics", lambda one: one.alter_configs(resources))
    refused = {name: outcome for name, outcome in told["topic"].items() if outcome != "OK"}
    assert not refused, f"topics could not be bounded: {refused}"
