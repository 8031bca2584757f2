"""The installation under fire: its workers reach the broker by the link, hubs and verifier directly."""

from __future__ import annotations

from pathlib import Path

from screener import config
from tests.scoring import tiny_model
from tests.system.site import Site

SETTINGS = """
run_dir = "{folder}/run"
[log]
kind = "{kind}"
partitions = 2
hub_partitions = 2
[log.sqlite]
path = "{log}/log.db"
[log.kafka]
bootstrap_servers = ["{bootstrap}"]
session_timeout_s = {session_s}
transaction_timeout_s = {transaction_s}
delivery_timeout_s = {delivery_s}
max_poll_interval_s = {max_poll_s}
commit_timeout_s = 12.0
[score]
model = "{folder}/tiny.onnx"
[decide]
policy = "{folder}/policy.toml"
[dead_letters]
hub_share = 1.0
worker_share = 1.0
[evidence]
url = "{evidence}"
[keys]
path = "{folder}/keys"
[metrics]
port = 0
"""

POLICY = """
jurisdiction = "CN"
patience_s = {patience_s}
[sampling]
rate = 0.0
[limits.CN]
sticks = 100
tobacco_g = 5000
"""

SESSION_S = 6.0
TRANSACTION_S = 8.0
DELIVERY_S = 5.0
MAX_POLL_S = 15.0
PATIENCE_S = 20.0


def installed(
    folder: Path, hubs: tuple[str, ...], *, log: Path, evidence: Path, kafka: tuple[str, str] | None
) -> Site:
    """Settings, keys, policy, model and topics, made where there are none yet.

    `kafka` are the addresses of the broker, for the rig and for the workers.
    """
    ours, theirs = kafka or ("localhost:1", "localhost:1")
    filled = {
        "folder": folder,
        "kind": "kafka" if kafka else "sqlite",
        "log": log,
        "evidence": evidence,
        "session_s": SESSION_S,
        "transaction_s": TRANSACTION_S,
        "delivery_s": DELIVERY_S,
        "max_poll_s": MAX_POLL_S,
    }
    (folder / "direct.toml").write_text(SETTINGS.format(bootstrap=ours, **filled))
    (folder / "screener.toml").write_text(SETTINGS.format(bootstrap=theirs, **filled))
    site = Site(folder, config.load(folder / "direct.toml", {}))
    if not (folder / "policy.toml").exists():
        tiny_model.write(folder)
        site.screener("keys", "new")
        (folder / "policy.toml").write_text(POLICY.format(patience_s=PATIENCE_S))
    site.screener("topics", "create", *(word for hub in hubs for word in ("--hub", hub)))
    return site
