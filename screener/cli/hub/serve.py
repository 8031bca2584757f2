"""`screener hub serve`: the HTTP gateway."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from screener import config as configuration
from screener.config import Config

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from screener.hub.http.gateway import Gateway
    from screener.hub.http.settings import GatewaySettings


@click.command("serve")
@click.option(
    "--settings",
    "settings_path",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Settings of the gateway (TOML): limits, TLS, webhooks. Options go before it.",
)
@click.option("--host", help="Address to listen at. Default: 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen at; 0 takes a free one. Default: 8088."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where accepted messages wait for the log. Default: data/gateway.",
)
@click.option(
    "--token-file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Who may come in, as `screener hub token` writes it; read again when it changes.",
)
@click.option(
    "--metrics-port", type=click.IntRange(0, 65535), help="Port for Prometheus metrics; 0 turns them off."
)
@click.option("--example-config", is_flag=True, help="Print a settings file that explains itself.")
@click.option("--log-level", default="info", show_default=True, help="Least level that is logged.")
@click.pass_obj
def command(
    config: Config,
    /,
    settings_path: Path | None,
    metrics_port: int | None,
    example_config: bool,
    log_level: str,
    **given: Any,
) -> None:
    """Serve manifests, scans and verdicts over HTTP, to hubs without Kafka.

    A message is accepted (202) once it is on this disk, and reaches its topic once, whatever happens in
    between. What breaks the contract is refused at once, with the reason. Verdicts are had by long poll
    or by webhook. All addresses are in /openapi.json. Ctrl-C or SIGTERM ends it cleanly.

    \b
    screener hub token east --token-file tokens.toml
    screener hub serve --token-file tokens.toml
    curl -H "Authorization: Bearer $TOKEN" 'localhost:8088/v1/verdicts?wait=30'
    """
    from prometheus_client import CollectorRegistry

    from screener.cli import observe
    from screener.hub.http.serving import server
    from screener.hub.http.settings import example
    from screener.telemetry import logs

    if example_config:
        click.echo(example(), nl=False)
        return
    logs.configure(log_level)
    settings = _settings(settings_path, given)
    if settings.log is not None:
        config = msgspec.structs.replace(config, log=settings.log)
    registry = CollectorRegistry()
    port = config.metrics.port if metrics_port is None else metrics_port
    with ExitStack() as stack:
        gateway = _gateway(config, settings, registry, stack)
        running = server(gateway, lambda address: click.echo(f"gateway at {address}"))
        if port:
            observe.serve(registry, config.metrics.host, port, stack)
        running.run()
    if not running.started:
        raise SystemExit(1)


def _settings(path: Path | None, given: dict[str, Any]) -> GatewaySettings:
    from screener.hub.http.settings import GatewaySettings, check

    read = GatewaySettings() if path is None else configuration.read_toml(path, GatewaySettings)
    options = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    return check(msgspec.structs.replace(read, **{k: v for k, v in options.items() if v is not None}))


def _gateway(
    config: Config, settings: GatewaySettings, registry: CollectorRegistry, stack: ExitStack
) -> Gateway:
    """The gateway with all it needs opened; `stack` closes that again. Raises `BadConfig`."""
    from screener.cli import compose
    from screener.hub.http import tokens
    from screener.hub.http.gateway import Gateway
    from screener.hub.http.metrics import GatewayMetrics
    from screener.hub.http.scans import Decoder
    from screener.imaging.sandbox import Sandbox

    decoder = None
    if settings.decode_images:
        decoder = Decoder(stack.enter_context(Sandbox(config.score.images)))
    gateway = Gateway(
        settings,
        lambda: compose.open_log(config),
        tokens=None if settings.token_file is None else tokens.watched(Path(settings.token_file)),
        decoder=decoder,
        metrics=GatewayMetrics(registry),
    )
    stack.callback(gateway.close)
    gateway.open()
    return gateway
