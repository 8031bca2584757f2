"""`screener hub add`: a hub is let in: topics, the least rights, a password, files to connect with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from screener.cli.hub.opened import check_hub_name, check_principal
from screener.config import Config, KafkaLog
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.cli.hub.opened import Opened
    from screener.hub.admission.client_files import Connection
    from screener.hub.admission.plan import Plan, Wish
    from screener.stream.port import TopicSpec

HOURS = click.FloatRange(min=0, min_open=True)


@click.command("add")
@click.argument("hub", metavar="NAME", callback=check_hub_name)
@click.option(
    "--principal",
    metavar="User:NAME",
    callback=check_principal,
    help="Who the hub is, where a client certificate or the cluster's owner says so; no password is made.",
)
@click.option(
    "--gateway",
    is_flag=True,
    help="The hub sends through `screener hub publish` or `serve`, which read back what they have sent.",
)
@click.option(
    "--shared",
    is_flag=True,
    help="The principal is that of a gateway which serves other hubs too, and keeps them apart itself.",
)
@click.option("--partitions", type=click.IntRange(1, 1000), metavar="N", help="Default: log.hub_partitions.")
@click.option("--retention-h", type=HOURS, metavar="HOURS", help="Default: log.hub_retention_h.")
@click.option(
    "--max-message-bytes",
    type=click.IntRange(65_536, 4 * 1024 * 1024),
    metavar="BYTES",
    help="Largest message that the hub may send. Default: 4 MiB, and never more.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the files to connect with here, the password among them; they are readable by you alone.",
)
@click.option("--bootstrap", metavar="HOST:PORT", help="How the hub reaches the broker. Default: as we do.")
@click.option("--new-password", is_flag=True, help="Give a hub that is there another password.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Mend what differs without asking.")
@click.pass_obj
def command(
    config: Config,
    *,
    hub: str,
    principal: str | None,
    gateway: bool,
    shared: bool,
    partitions: int | None,
    retention_h: float | None,
    max_message_bytes: int | None,
    out: Path | None,
    bootstrap: str | None,
    new_password: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Let a courier hub in: its topics, the least rights, a password, and files to connect with.

    The hub may write `parcels.manifests.NAME` and `parcels.scans.NAME`, read `parcels.verdicts.NAME`, in
    consumer groups and transactions whose names begin with `hub.NAME.`, and nothing else. Shows what is
    there and what is to be done. A second time it says that all is there, makes what is missing, and asks
    before it mends what differs. The password is shown once, or written with the files, and kept nowhere.

    The embedded log, and a broker without an authorizer, know no rights: there it makes topics alone.

    \b
    screener hub add east --dry-run
    screener hub add east --out hub-east                 files for Java, librdkafka, kafka-python
    screener hub add west --principal User:CN=hub-west   known by its client certificate
    """
    from screener.cli import terminal
    from screener.cli.hub.opened import open_administration
    from screener.hub.admission.plan import plan

    specs = _specs(config, hub, partitions, retention_h, max_message_bytes)
    if shared and not (gateway and principal):
        raise click.UsageError("--shared belongs to --gateway and --principal")
    wish = _wish(hub, specs, principal, gateway=gateway, shared=shared)
    with open_administration(config) as opened:
        planned = plan(opened.log, opened.access, wish, new_password=new_password)
        _show(planned)
        if opened.why_open is not None:
            terminal.note(f"topics alone: {opened.why_open}")
        if dry_run:
            return
        if planned.mends and not yes:
            click.confirm("Mend what differs?", abort=True, err=True)
        to = None if opened.access is None else _connection(config.log.kafka, wish, planned, bootstrap)
        _admit(opened, planned, to, out)


def _specs(
    config: Config, hub: str, partitions: int | None, retention_h: float | None, max_bytes: int | None
) -> tuple[TopicSpec, ...]:
    from dataclasses import replace as changed

    from screener.stages import topology

    settings = replace(
        config.log,
        hub_partitions=partitions or config.log.hub_partitions,
        hub_retention_h=retention_h or config.log.hub_retention_h,
    )
    specs = topology.hub_specs(hub, settings)
    return tuple(changed(one, max_message_bytes=max_bytes or one.max_message_bytes) for one in specs)


def _wish(
    hub: str, specs: tuple[TopicSpec, ...], principal: str | None, *, gateway: bool, shared: bool
) -> Wish:
    from screener.hub.admission.plan import Wish
    from screener.stages import rights

    user = rights.user_of_hub(hub) if principal is None else None
    least = rights.hub_rights(hub, gateway=gateway)
    return Wish(hub, specs, principal or f"User:{user}", user, least, shared)


def _show(planned: Plan) -> None:
    from screener.cli import terminal

    rows = [(item.state.value, item.kind, item.name, item.detail) for item in planned.items]
    terminal.results().print(terminal.table(["", "what", "name", "how"], rows))


def _connection(settings: KafkaLog, wish: Wish, planned: Plan, bootstrap: str | None) -> Connection:
    from screener.hub.admission import client_files

    return client_files.Connection(
        hub=wish.hub,
        bootstrap=bootstrap or ",".join(settings.bootstrap_servers),
        user=wish.principal.removeprefix("User:"),
        password=None if planned.make_user is None else client_files.new_password(),
        encrypted=settings.security_protocol.endswith("SSL"),
        ca=_ca(settings),
    )


def _ca(settings: KafkaLog) -> bytes | None:
    if settings.ssl_cafile is None:
        return None
    try:
        return Path(settings.ssl_cafile).read_bytes()
    except OSError as error:
        raise BadConfig(
            f"log.kafka.ssl_cafile: {settings.ssl_cafile} cannot be read ({error.strerror})"
        ) from error


def _admit(opened: Opened, planned: Plan, to: Connection | None, out: Path | None) -> None:
    """Do it. Files come before the password is set: one that is set and lost would be of no use."""
    from screener.cli import terminal
    from screener.hub.admission import client_files
    from screener.hub.admission.plan import carry_out

    password = None if to is None else to.password
    keeps_password = to is not None and password is None and not _is_given(planned)
    if to is not None and out is not None and not keeps_password:
        client_files.write(out, client_files.files(to))
        terminal.note(f"written to {out}: {', '.join(sorted(client_files.files(to)))}")
    elif out is not None and keeps_password:
        terminal.note(f"{out}: not written, since the password is kept nowhere; --new-password makes another")
    carry_out(planned, opened.log, opened.administration, opened.access, password)
    if to is not None and password is not None and out is None:
        click.echo(f"user      {to.user}\npassword  {password}")
        terminal.note("shown this once; --new-password makes another")
    terminal.note("all was there" if planned.nothing_to_do else "done")


def _is_given(planned: Plan) -> bool:
    return any(item.kind == "user" and item.state.value == "stays" for item in planned.items)
