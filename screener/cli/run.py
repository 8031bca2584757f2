"""`screener run`: the stages as workers, one process each, started again when they end."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import click

from screener.config import Config
from screener.errors import BadConfig

STAGES = ("score", "decide", "tally", "network", "drift")


@click.command("run")
@click.argument("stage", type=click.Choice(STAGES), required=False)
@click.option("--workers", default=1, show_default=True, help="Processes of each stage to start.")
@click.option("--metrics-port", type=int, help="Port for Prometheus metrics; 0 turns them off.")
@click.option("--log-level", default="info", show_default=True, help="Least level that is logged.")
@click.pass_obj
def command(
    config: Config, stage: str | None, workers: int, metrics_port: int | None, log_level: str
) -> None:
    """Run the stages: all of them, or one.

    Without STAGE, one process for each stage is started and started again when it ends. With STAGE,
    this process is that stage. Start it as often as you like, on as many machines as you like: all
    processes of a stage share its inputs as one consumer group. Ctrl-C or SIGTERM ends it cleanly;
    nothing is lost by any other end either.

    \b
    screener run                  all stages, supervised
    screener run score            one scoring worker in this process
    screener run --workers 2      two processes of each stage
    """
    stop = _stop_on_signals()
    if stage is None:
        _supervise(config, workers, metrics_port, log_level, stop)
    else:
        _work(config, stage, _metrics_port(config, stage, metrics_port), log_level, stop)


def _stop_on_signals() -> Event:
    stop = Event()
    for kind in (signal.SIGINT, signal.SIGTERM):
        signal.signal(kind, lambda *_: stop.set())
    return stop


def _supervise(config: Config, workers: int, metrics_port: int | None, log_level: str, stop: Event) -> None:
    from screener.cli import slots, supervisor
    from screener.telemetry import logs

    if workers > 1 and os.environ.get(slots.VARIABLE):
        raise BadConfig(
            f"{slots.VARIABLE} names one slot, and --workers {workers} need one each: leave one out"
        )
    logs.configure(log_level)
    first_port = config.metrics.port if metrics_port is None else metrics_port
    commands = []
    for number, stage in enumerate(stage for stage in STAGES for _ in range(workers)):
        port = first_port + number if first_port else 0
        commands.append(["run", stage, "--metrics-port", str(port), "--log-level", log_level])
    raise SystemExit(supervisor.supervise(commands, stop))


def _work(config: Config, stage_name: str, metrics_port: int, log_level: str, stop: Event) -> None:
    from screener.cli import compose, slots, supervisor
    from screener.cli.observe import observing
    from screener.stages import topology
    from screener.stream.runner import Runner
    from screener.telemetry import logs

    supervisor.die_with_parent()
    logs.configure(log_level)
    with ExitStack() as stack:
        slot = stack.enter_context(slots.slot(Path(config.run_dir) / "slots", stage_name))
        log = stack.enter_context(compose.open_log(config, stage_name))
        topology.require(log, config.log)
        observer = stack.enter_context(observing(stage_name, config.metrics.host, metrics_port))
        stage = compose.build(
            stage_name,
            config,
            log,
            stack,
            observer.refused,
            entry_refused=observer.entry_refused,
            scanner_refused=observer.scanner_refused,
        )
        runner = Runner(log, stage, slot=slot, pace=compose.pace(stage_name, config), watch=observer.see)
        runner.run(stop)


def _metrics_port(config: Config, stage: str, given: int | None) -> int:
    if given is not None:
        return given
    return config.metrics.port + STAGES.index(stage) if config.metrics.port else 0
