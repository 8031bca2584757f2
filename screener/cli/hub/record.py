"""`screener hub record`: a stretch of a hub's topics in a sealed file."""

from __future__ import annotations

import secrets
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.cli.replay import parse_since
from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.hub.sent import Half


def _hub_name(ctx: click.Context, param: click.Parameter, name: str) -> str:
    from screener.cli.topics import check_hub_names

    return check_hub_names(ctx, param, [name])[0]


@click.command("record")
@click.argument("hub", callback=_hub_name)
@click.option(
    "--since",
    required=True,
    metavar="TIME",
    callback=parse_since,
    help="From this log time on (2026-11-30T08:00Z; UTC where it does not say), or since 90m, 2h, 7d ago.",
)
@click.option("--until", metavar="TIME", callback=parse_since, help="Before this log time. Default: now.")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="The recording; one that is there is replaced when the new one is whole.",
)
@click.option(
    "--anonymise",
    is_flag=True,
    help="Replace people, ids and waybills by made-up ones, the same for the same.",
)
@click.pass_obj
def command(
    config: Config, *, hub: str, since: datetime, until: datetime | None, out: Path, anonymise: bool
) -> None:
    """Record what a hub sent in a stretch of time, to be played again by `screener simulate --replay-from`.

    A recording holds personal data and pictures of parcels. It is sealed with the newest key of the key
    ring: without that key nobody reads it, and once the key is destroyed nobody ever will.

    With --anonymise every name, phone number, address and id is made up, so that what one person sent
    still belongs together, and nobody can be found. Messages that break the contract are left out, and so
    are DICOS files and references, since nobody can say whom they name. Declared goods and what is
    written in a picture stay.

    Reads every record that the topics still hold, outside of any group.

    \b
    screener hub record east --since 2h --out east.rec
    screener hub record east --since 2026-11-30T08:00Z --until 2026-11-30T09:00Z --out peak.rec --anonymise
    screener simulate --replay-from peak.rec --speed 10
    """
    from screener.cli import compose, terminal
    from screener.contracts import topics
    from screener.hub.recording import tape
    from screener.hub.recording.capture import captured
    from screener.hub.recording.disguise import Disguise

    now = datetime.now(UTC)
    end = until or now
    label = tape.Label(
        hub=hub, since=since, until=end, made_at=now, anonymised=anonymise, id=secrets.token_hex(8)
    )
    ring = compose.open_keys(config)
    left_out: Counter[Half] = Counter()
    with compose.open_log(config) as log:
        if topics.manifests(hub) not in log.topics():
            raise BadConfig(f"hub {hub}: expected one of this log, got no topics; `screener hub list`")
        messages = captured(log, hub, since, end)
        if anonymise:
            messages = Disguise(secrets.token_bytes(32)).messages(messages, hub, left_out)
        count = tape.write(out, label, messages, ring)
    kind = "made-up people" if anonymise else "PERSONAL DATA"
    terminal.note(
        f"{out}: {count} messages of hub {hub} from {terminal.moment(since)} to {terminal.moment(end)}, "
        f"{kind}, sealed with {ring.seal_key_id}"
    )
    if left_out:
        terminal.note(f"{left_out.total()} messages left out, since nobody can say whom they name")
