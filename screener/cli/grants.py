"""Rights and passwords of Screener's own parts, for `screener topics create --acls`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.config import Config
from screener.errors import BadConfig

if TYPE_CHECKING:
    from screener.stream.kafka.access import KafkaAccess
    from screener.stream.rights import Grant


def check_principals(_ctx: click.Context, _param: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    """`PART=User:NAME`, of parts that there are."""
    from screener.cli.hub.opened import check_principal
    from screener.stages.rights import MADE_BY_HAND, PARTS

    known = [part.name for part in PARTS if part.name not in MADE_BY_HAND]
    found = {}
    for one in given:
        name, _, principal = one.partition("=")
        if name not in known:
            raise click.BadParameter(f"expected PART=User:NAME, PART one of {', '.join(known)}, got {one!r}")
        found[name] = check_principal(_ctx, _param, principal) or ""
    return found


def grant_parts(config: Config, principals: Mapping[str, str], passwords: Path | None) -> None:
    """Grant each part its least rights, take what it has too much, and make the users that are missing.

    Raises `BadConfig` where the log knows no rights.
    """
    from screener.cli import terminal
    from screener.cli.hub.opened import open_administration

    with open_administration(config) as opened:
        if opened.access is None:
            raise BadConfig(f"--acls: {opened.why_open}")
        _grant(opened.access, principals)
        if passwords is None:
            terminal.note(
                "no users are made; --passwords DIR makes one for each part, with a password in a file"
            )
        else:
            _make_users(opened.access, principals, passwords)


def _grant(access: KafkaAccess, principals: Mapping[str, str]) -> None:
    from screener.cli import terminal
    from screener.stages.rights import MADE_BY_HAND, PARTS

    wished, has = _wished(principals), access.grants()
    own = {f"User:{part.user}" for part in PARTS if part.name not in MADE_BY_HAND}
    too_much = {grant for grant in has - wished if grant.principal in own}
    access.revoke(too_much)
    access.grant(wished - has)
    for done, grants in (("granted", wished - has), ("revoked", too_much)):
        for grant in sorted(grants):
            click.echo(f"{done} {grant.principal} {_said(grant)}")
    there = len(wished & has)
    terminal.note(f"{len(wished - has)} rights granted, {len(too_much)} revoked, {there} were there")


def _wished(principals: Mapping[str, str]) -> set[Grant]:
    from screener.stages.rights import MADE_BY_HAND, PARTS
    from screener.stream.rights import Grant

    return {
        Grant(principals.get(part.name, f"User:{part.user}"), right)
        for part in PARTS
        if part.name not in MADE_BY_HAND
        for right in part.rights
    }


def _said(grant: Grant) -> str:
    return f"{grant.right.operation} {grant.right.resource} {grant.right.shown}"


def _make_users(access: KafkaAccess, principals: Mapping[str, str], folder: Path) -> None:
    """A user for each part that has none and whose principal is not given; its password lies in a file."""
    from screener.hub.admission import client_files
    from screener.stages.rights import MADE_BY_HAND, PARTS

    there = access.users([part.user for part in PARTS])
    for part in PARTS:
        if part.user in there or part.name in principals or part.name in MADE_BY_HAND:
            continue
        password = client_files.new_password()
        client_files.write(folder, {part.name: password.encode() + b"\n"})
        access.set_password(part.user, password)
        click.echo(f"made user {part.user}, password in {folder / part.name}")
