"""`screener hub`: what the engineers of a courier hub need."""

from __future__ import annotations

import click

from screener.cli.lazy import LazyGroup

COMMANDS: dict[str, str] = {
    "anchor": "screener.cli.hub.anchor",
    "add": "screener.cli.hub.add",
    "check": "screener.cli.hub.check",
    "commission": "screener.cli.hub.commission",
    "remove": "screener.cli.hub.remove",
    "list": "screener.cli.hub.listing",
    "record": "screener.cli.hub.record",
    "publish": "screener.cli.hub.publish",
    "serve": "screener.cli.hub.serve",
    "token": "screener.cli.hub.token",
}
"""Command name to the module whose attribute `command` it is; imported when it is called."""


@click.command("hub", cls=LazyGroup, modules=COMMANDS)
def command() -> None:
    """Connect a courier hub, and know that it is right. The guide is docs/hubs.md.

    \b
    screener hub add east --out east/              topics, rights and a password
    screener hub publish --settings gateway.toml   from a folder of scans, without any Kafka
    screener hub serve --settings serve.toml       over HTTP
    screener hub check --hub east                  is what it sends right?
    """
