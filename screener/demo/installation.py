"""A whole installation in a folder: settings, policy and keys of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
from msgspec.structs import replace
from sqlalchemy import URL

from screener.config import Config, LogSettings, ReviewSettings, SqliteLog
from screener.core import policy
from screener.errors import BadConfig
from screener.sealing import folder as keys

PATIENCE_S = 8.0
"""Instead of half an hour: whoever watches a demo will not wait longer for what never comes."""

BATCH_RECORDS = 16
PARTITIONS = 4
SETTINGS, POLICY, LOG, REVIEW = "screener.toml", "policy.toml", "log.db", "review.db"


def install(folder: Path, given: Config, today: date) -> Config:
    """Write settings, policy and keys into `folder`; the settings, which differ from `given` in their paths.

    Raises `BadConfig` where `given` names a model or a policy that is not there.
    """
    model = Path(given.score.model).resolve()
    if not model.exists():
        raise BadConfig(f"model {given.score.model}: not found; start the demo where `models/` lies")
    _write_policy(Path(given.decide.policy), folder / POLICY)
    keys.new(folder / "keys", today)
    settings = replace(
        given,
        log=_log(given, folder),
        score=replace(given.score, model=str(model), batch_records=BATCH_RECORDS),
        decide=replace(given.decide, policy=str(folder / POLICY)),
        evidence=replace(given.evidence, url=str(folder / "evidence")),
        keys=replace(given.keys, path=str(folder / "keys")),
        metrics=replace(given.metrics, port=0),
        review=_review(given.review, folder),
        run_dir=str(folder / "run"),
    )
    (folder / SETTINGS).write_text(_toml(msgspec.to_builtins(settings)))
    return settings


def _log(given: Config, folder: Path) -> LogSettings:
    """On Kafka the log as it is; the embedded one is the demo's own."""
    if given.log.kind == "kafka":
        return given.log
    own = SqliteLog(path=str(folder / LOG))
    return replace(given.log, sqlite=own, partitions=PARTITIONS, hub_partitions=PARTITIONS)


def _review(given: ReviewSettings, folder: Path) -> ReviewSettings:
    """A workstation of its own, on this machine alone, with local accounts."""
    database = URL.create("sqlite", database=str(folder / REVIEW)).render_as_string()
    key = str(folder / "keys" / "review.ed25519")
    return replace(given, database=database, checkpoint_key=key, host="127.0.0.1", url=None, oidc=None)


def _write_policy(source: Path, copy: Path) -> None:
    """The policy as it is, less its patience."""
    policy.read(source)
    copy.write_text(re.sub(r"(?m)^patience_s\s*=.*$", f"patience_s = {PATIENCE_S}", source.read_text()))
    if policy.read(copy).file.patience_s != PATIENCE_S:
        raise BadConfig(f"policy {source}: expected a line `patience_s = SECONDS` of its own")


def _toml(table: Mapping[str, object], path: str = "") -> str:
    """Nested tables of texts, numbers, truths and lists of texts; what is None is left out."""
    own = [f"{name} = {_value(value)}" for name, value in table.items() if not isinstance(value, dict | None)]
    below = [(name, value) for name, value in table.items() if isinstance(value, dict)]
    head = [f"[{path}]"] if path and own else []
    tables = [_toml(value, f"{path}.{name}" if path else name) for name, value in below]
    return "\n".join([*head, *own, *tables])


def _value(value: object) -> str:
    """JSON writes these as TOML does."""
    return json.dumps(value, ensure_ascii=False)
