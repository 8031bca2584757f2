"""The installation under fire: its processes reach the broker by the link, hubs and verifier directly."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.faults import traffic
from deploy.kafka.broker import free_port
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
[review]
database = "{database}"
checkpoint_key = "{folder}/review.ed25519"
checkpoint_every_s = 10.0
port = 0
undo_s = 3.0
lease_s = 15.0
tip_rate = 0.0
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

FOLDER = """
hub = "{hub}"
outbox = "{front}/folder/outbox.db"
[folders]
watch = "{front}/folder/watched"
poll_s = 0.3
steady_s = 1.0
[scans]
scanner = "X1"
pitch_mm = {{ across = {across}, along = {along} }}
energy = "dual"
[manifests.constants]
courier = "Example Express"
"""

HTTP = """
port = {port}
folder = "{front}/http"
token_file = "{folder}/tokens.toml"
[limits]
requests_per_s = 10000.0
burst = 10000
"""

JUDGE = "judge"

SESSION_S = 6.0
TRANSACTION_S = 8.0
DELIVERY_S = 5.0
MAX_POLL_S = 30.0
PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where things lie; each may be on a disk of its own. `front` is the gateways' and the workstation's.

    `kafka` are the addresses of the broker, for the rig and for the processes; None: the embedded log.
    `database` is the workstation's, None for one of SQLite.
    """

    folder: Path
    log: Path
    evidence: Path
    front: Path
    kafka: tuple[str, str] | None
    database: str | None = None


def installed(at: Places, hubs: tuple[str, ...], *, review: bool, patience_s: float = PATIENCE_S) -> Site:
    """Settings, keys, policy, model, topics and a person who judges, made where there are none yet."""
    ours, theirs = at.kafka or ("localhost:1", "localhost:1")
    filled = {
        "folder": at.folder,
        "kind": "kafka" if at.kafka else "sqlite",
        "log": at.log,
        "evidence": at.evidence,
        "session_s": SESSION_S,
        "transaction_s": TRANSACTION_S,
        "delivery_s": DELIVERY_S,
        "max_poll_s": MAX_POLL_S,
        "database": at.database or f"sqlite:///{at.front}/review.db",
    }
    (at.folder / "direct.toml").write_text(SETTINGS.format(bootstrap=ours, **filled))
    (at.folder / "screener.toml").write_text(SETTINGS.format(bootstrap=theirs, **filled))
    site = Site(at.folder, config.load(at.folder / "direct.toml", {}))
    if not (at.folder / "policy.toml").exists():
        tiny_model.write(at.folder)
        site.screener("keys", "new")
        if review:
            site.screener("review", "person", "add", JUDGE, "--role", "investigator", "--no-password")
        (at.folder / "policy.toml").write_text(POLICY.format(patience_s=patience_s))
    site.screener("topics", "create", *(word for hub in hubs for word in ("--hub", hub)))
    return site


def folder_gateway(at: Places) -> Path:
    """Write the settings of the folder gateway; the folder that it watches."""
    pitch = traffic.PITCH_MM
    text = FOLDER.format(hub=traffic.BY_FOLDER, front=at.front, across=pitch.across, along=pitch.along)
    (at.folder / "folder.toml").write_text(text)
    return at.front / "folder" / "watched"


def http_gateway(at: Places, site: Site) -> tuple[str, str]:
    """Write the settings of the HTTP gateway; its address, and a token to come in by."""
    port = free_port()
    (at.folder / "http.toml").write_text(HTTP.format(port=port, front=at.front, folder=at.folder))
    kept = at.folder / "token"
    if not kept.exists():
        tokens = str(at.folder / "tokens.toml")
        kept.write_text(site.screener("hub", "token", traffic.BY_HTTP, "--token-file", tokens).strip())
    return f"http://127.0.0.1:{port}", kept.read_text()
