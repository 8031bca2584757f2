"""The composition root: from settings to a log, keys, and stages that can run."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from screener.config import Config, as_part
from screener.core.policy import Policy
from screener.errors import BadConfig
from screener.evidence.references import References
from screener.evidence.store import EvidenceStore
from screener.sealing.ring import KeyRing
from screener.stages.breaker import Breaker
from screener.stages.decide import Decide
from screener.stages.desk import Budget
from screener.stages.drift import DriftWatch
from screener.stages.keeper import ImageKeeper
from screener.stages.lists import ListReader
from screener.stages.network import Network
from screener.stages.policies import PolicyReloader
from screener.stages.references import CommissionedScanners
from screener.stages.tally import Tally
from screener.stream.port import Log
from screener.stream.runner import Pace, Stage

STEP_SHARE = 0.25
"""Of the time after which a group puts out a member that does not poll: what a step of [decide] may take."""

if TYPE_CHECKING:
    from screener.review.service import Service
    from screener.stages.score import Score


def open_log(config: Config, part: str = "admin") -> Log:
    """The log that the settings name, for this part of Screener. Raises `BadConfig`, `Unavailable`."""
    if config.log.kind == "sqlite":
        from screener.stream.sqlite import Sqlite

        return Sqlite(Path(config.log.sqlite.path))
    from screener.stream.kafka import KafkaLog

    return KafkaLog(as_part(config.log.kafka, part))


def describe_log(config: Config) -> str:
    """Which log, for a person."""
    if config.log.kind == "sqlite":
        return f"embedded log {config.log.sqlite.path}"
    return f"Kafka at {', '.join(config.log.kafka.bootstrap_servers)}"


def open_keys(config: Config) -> KeyRing:
    """The keys that the settings name. Raises `BadConfig`."""
    return KeyRing.load(Path(config.keys.path))


def remembered(
    ask: Callable[[], Mapping[str, int]], seconds: float = 10.0
) -> Callable[[], Mapping[str, int]]:
    """`ask`, asked at most once in so many seconds."""
    last: list[tuple[float, Mapping[str, int]]] = []

    def answer() -> Mapping[str, int]:
        if not last or time.monotonic() - last[0][0] > seconds:
            last[:] = [(time.monotonic(), ask())]
        return last[0][1]

    return answer


Refused = Callable[[BadConfig], None]
"""Told of a new model or policy file that is bad while the old one goes on serving."""


def build(
    stage: str,
    config: Config,
    log: Log,
    stack: ExitStack,
    refused: Refused = lambda _: None,
    *,
    entry_refused: Callable[[str], None] = lambda _: None,
    scanner_refused: Refused = lambda _: None,
) -> Stage:
    """A stage by its name, all it needs opened; `stack` closes that again. Raises `BadConfig`.

    `entry_refused` is told the list of each bad entry, `scanner_refused` of each bad file of a scanner.
    """
    if stage == "score":
        return build_score(config, log, stack, refused, scanner_refused=scanner_refused)
    if stage == "tally":
        return Tally.start(open_policy(config, refused))
    if stage == "network":
        return Network.start(open_policy(config, refused))
    if stage == "drift":
        scanners = CommissionedScanners(Path(config.scanners), refused=scanner_refused)
        return DriftWatch.start(scanners.reference)
    return build_decide(config, log, refused, entry_refused=entry_refused)


def build_score(
    config: Config,
    log: Log,
    stack: ExitStack,
    refused: Refused = lambda _: None,
    *,
    scanner_refused: Refused = lambda _: None,
) -> Score:
    """[score] with its models, decoder, keys and limits."""
    from screener.imaging.sandbox import Sandbox
    from screener.scoring.own import Models
    from screener.scoring.reloader import Reloader
    from screener.stages.score import Score
    from screener.stages.scorer import Scorer

    shared = Reloader(Path(config.score.model), config.score.threads, refused=refused)
    models = Models(
        shared.current,
        Path(config.scanners),
        most=config.score.own_models,
        threads=config.score.threads,
        refused=scanner_refused,
    )
    sandbox = stack.enter_context(Sandbox(config.score.images, shared.current().pitch_mm))
    return Score(
        ring=open_keys(config),
        scorer=Scorer(sandbox, models.of, config.score.micro_batch),
        breaker=Breaker(config.dead_letters, time.monotonic),
        fetch=open_references(config).fetch,
        topic_sizes=remembered(log.topics),
    )


def build_decide(
    config: Config,
    log: Log,
    refused: Refused = lambda _: None,
    *,
    entry_refused: Callable[[str], None] = lambda _: None,
) -> Decide:
    """[decide] with its policy, lists, keys and evidence store."""
    ring = open_keys(config)
    keeper = ImageKeeper(log, EvidenceStore.open(config.evidence.url), open_references(config).fetch)
    step_s = config.log.kafka.max_poll_interval_s * STEP_SHARE
    return Decide.start(
        log,
        keeper,
        lists=ListReader(log, time.monotonic, entry_refused).current,
        policy=open_policy(config, refused),
        draw=ring.drawn,
        remember_days=config.decide.remember_days,
        budget=lambda: Budget.within(step_s, time.monotonic),
    )


def open_review(config: Config, stack: ExitStack) -> Service:
    """The parts of a workstation, its database made or upgraded; `stack` closes them. Raises `BadConfig`."""
    from screener.imaging.sandbox import Sandbox
    from screener.review import database
    from screener.review.service import Service

    engine = database.opened(config.review.database)
    stack.callback(engine.dispose)
    database.upgrade(engine)
    return Service(
        config=config,
        engine=engine,
        clock=lambda: datetime.now(UTC),
        ring=open_keys(config),
        store=EvidenceStore.open(config.evidence.url),
        sandbox=stack.enter_context(Sandbox(config.score.images)),
    )


def open_policy(config: Config, refused: Refused = lambda _: None) -> Callable[[], Policy]:
    """The policy in force, read again when its files change. Raises `BadConfig` where the first is bad."""
    return PolicyReloader(Path(config.decide.policy), refused=refused).current


def open_references(config: Config) -> References:
    """The places from which images may be fetched by reference."""
    return References(config.score.images)


def pace(stage: str, config: Config) -> Pace:
    """How the runner of a stage polls."""
    if stage == "score":
        settings = config.score
        return Pace(settings.batch_records, reading_interval_s=settings.progress_interval_s)
    return Pace(config.decide.batch_records)
