"""`screener review`: the investigators' workstation, as one process."""

from __future__ import annotations

import webbrowser
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from screener.cli.lazy import LazyGroup
from screener.config import Config

if TYPE_CHECKING:
    from screener.review.background import Background
    from screener.review.service import Service
    from screener.serving import Server

COMMANDS = {
    "person": "screener.cli.people",
    "tip": "screener.cli.tip",
    "feedback": "screener.cli.feedback",
    "model": "screener.cli.model",
    "refused": "screener.cli.refused",
}


@click.group("review", cls=LazyGroup, modules=COMMANDS, invoke_without_command=True)
@click.option("--host", help="Address to listen at. Default: that of the settings, 127.0.0.1.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    help="Port to listen at; 0 takes a free one. Default: that of the settings, 8090.",
)
@click.option("--open", "opens", is_flag=True, help="Open it in this machine's browser.")
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), help="Port for Prometheus metrics; 0 turns them off."
)
@click.option("--log-level", default="info", show_default=True, help="Least level that is logged.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    host: str | None,
    port: int | None,
    opens: bool,
    metrics_port: int | None,
    log_level: str,
) -> None:
    """Serve the workstation: flagged parcels become work for people, and what they find goes back.

    Makes or upgrades its database, takes flagged parcels in from the log, publishes outcomes, signs the
    record of all reads and writes, and answers browsers. TLS is the task of a proxy before it. Ctrl-C or
    SIGTERM ends it cleanly; nothing is lost by any other end either.

    \b
    screener review person add ann --role investigator
    screener review --open
    """
    if ctx.invoked_subcommand is not None:
        return
    from screener.telemetry import logs

    logs.configure(log_level)
    given: Config = ctx.obj
    settings = replace(
        given.review,
        host=given.review.host if host is None else host,
        port=given.review.port if port is None else port,
    )
    config = replace(given, review=settings)
    with ExitStack() as stack:
        _serve(config, metrics_port, opens=opens, stack=stack)


def _serve(config: Config, metrics_port: int | None, *, opens: bool, stack: ExitStack) -> None:
    from prometheus_client import CollectorRegistry

    from screener.cli import compose, observe
    from screener.review.web import app, serving
    from screener.review.web.metrics import WebMetrics

    registry = CollectorRegistry()
    service = compose.open_review(config, stack)
    metrics = WebMetrics(registry, service.engine, service.clock)
    settings = config.review
    running = serving.server(
        app.create(service),
        settings.host,
        settings.port,
        lambda address: _told(service, address, opens=opens),
        metrics=metrics,
    )
    background = stack.enter_context(_background(config, service, running, stack))
    port = config.metrics.port if metrics_port is None else metrics_port
    if port:
        observe.serve(registry, config.metrics.host, port, stack)
    running.run()
    for error in background.failures.values():
        raise error
    if not running.started:
        raise SystemExit(1)


def _told(service: Service, address: str, *, opens: bool) -> None:
    """Say where it is, and what is missing for the first person to sign in."""
    from sqlalchemy import select

    from screener.review import database
    from screener.review.schema import person

    shown = service.settings.url or address
    click.echo(f"workstation at {shown}")
    with database.reading(service.engine) as connection:
        if connection.scalar(select(person.c.id).limit(1)) is None and service.settings.oidc is None:
            click.echo("nobody can sign in yet: screener review person add NAME --role administrator")
    if opens:
        webbrowser.open(shown)


def _background(config: Config, service: Service, running: Server, stack: ExitStack) -> Background:
    """Intake, outbox and checkpoints; the first that fails ends the server."""
    from screener.cli import compose
    from screener.review import background, checkpoints
    from screener.review.signature import SigningKey

    log = stack.enter_context(compose.open_log(config, "review"))
    key = SigningKey.read_or_make(Path(config.review.checkpoint_key))
    tasks = background.tasks(service, log)
    tasks["checkpoints"] = lambda stop: checkpoints.run(
        service.engine, key, service.clock, service.settings, stop
    )
    return background.Background(tasks, lambda _name, _error: running.stop())
