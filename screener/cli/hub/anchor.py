"""`screener hub anchor`: a scanner was changed on purpose, and is from now on as it should be."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from screener.config import Config


@click.command("anchor")
@click.argument("hub")
@click.argument("scanner")
@click.pass_obj
def command(config: Config, hub: str, scanner: str) -> None:
    """Compare a scanner from now on with what it sends next.

    Its alarms end, and its next 300 scans become what it is compared with. Do so after you have changed
    something on purpose and know that the model still sees through it; after a larger change commission the
    scanner anew, which anchors it, too. docs/drift.md says what each alarm means.

    \b
    screener hub anchor changsha-1 xray-3
    """
    from screener.cli import compose, terminal
    from screener.stages import looks

    anchor = looks.anchor_of(hub, scanner, datetime.now(UTC))
    with compose.open_log(config) as log, log.publisher() as publisher:
        publisher.publish(
            [looks.message_of(anchor, f"anchor/{anchor.at.isoformat()}", "screener/hub-anchor")]
        )
    terminal.note(f"{hub}/{scanner}: its next 300 scans are what it is compared with")
