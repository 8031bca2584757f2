"""`screener review person`: the accounts of the workstation, for whoever runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from screener.config import Config

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from screener.review.accounts import Account
    from screener.review.rights import Grant, Reviewer

ROLES = ("reader", "investigator", "supervisor", "auditor", "administrator")

role_argument = click.argument("role", type=click.Choice(ROLES))
hub_option = click.option(
    "--hub", default="*", metavar="HUB", help="At this hub alone. Default: at every one."
)
agency_option = click.option(
    "--agency", default="*", metavar="AGENCY", help="For this agency alone. Default: for every one."
)


@click.group("person")
def command() -> None:
    """Make accounts for investigators, and say what they may.

    People with an OpenID provider need none: they appear here once they have signed in, and have no right
    until one is granted. No account is ever removed, for the record names it; a disabled one signs in no
    more. What is done here stands in the record under the name of the user of this machine.

    \b
    screener review person add li --shown "李娜" --role investigator --hub changsha-1
    screener review person grant li supervisor
    screener review person revoke li investigator --hub changsha-1
    screener review person password li
    screener review person disable li       (enable takes it back)
    screener review person enable li
    screener review person list
    """


@command.command()
@click.argument("name", metavar="NAME")
@click.option("--shown", default="", metavar="TEXT", help="How others see the person. Default: NAME.")
@click.option(
    "--language",
    type=click.Choice(["zh", "en"]),
    default="zh",
    show_default=True,
    help="Of the pages; the person can change it.",
)
@click.option("--role", type=click.Choice(ROLES), help="Grant this role, too.")
@hub_option
@agency_option
@click.option("--no-password", is_flag=True, help="Set none yet: nobody can sign in with it.")
@click.pass_obj
def add(
    config: Config,
    *,
    name: str,
    shown: str,
    language: str,
    role: str | None,
    hub: str,
    agency: str,
    no_password: bool,
) -> None:
    """Make an account; asks for its password twice, or takes it from standard input.

    A password has 12 characters at least, 6 of them different, and not the name in it.
    """
    from screener.review import accounts

    password = None if no_password else _password()
    with _writing(config) as connection:
        now, who = datetime.now(UTC), _who()
        person = accounts.add(connection, who, now, name, shown=shown, password=password, language=language)
        if role is not None:
            accounts.grant(connection, who, now, person, _grant(role, hub, agency))
    click.echo(f"added {name}")


@command.command()
@click.argument("name", metavar="NAME")
@role_argument
@hub_option
@agency_option
@click.pass_obj
def grant(config: Config, name: str, role: str, hub: str, agency: str) -> None:
    """Give a person a role. An administrator and an auditor can be nothing else.

    \b
    reader           sees parcels, personal data masked
    investigator     decides on them, and sees personal data for a stated reason
    supervisor       takes parcels from others, too
    auditor          sees parcels and the record of all reads and writes
    administrator    makes accounts and grants, sees no parcel
    """
    from screener.review import accounts

    with _writing(config) as connection:
        person = accounts.find(connection, name)
        accounts.grant(connection, _who(), datetime.now(UTC), person, _grant(role, hub, agency))
    click.echo(f"granted {role} to {name}")


@command.command()
@click.argument("name", metavar="NAME")
@role_argument
@hub_option
@agency_option
@click.pass_obj
def revoke(config: Config, name: str, role: str, hub: str, agency: str) -> None:
    """Take a role back, at the hub and for the agency that it was granted with."""
    from screener.review import accounts

    with _writing(config) as connection:
        person = accounts.find(connection, name)
        accounts.revoke(connection, _who(), datetime.now(UTC), person, _grant(role, hub, agency))
    click.echo(f"revoked {role} of {name}")


@command.command()
@click.argument("name", metavar="NAME")
@click.pass_obj
def password(config: Config, name: str) -> None:
    """Set a new password, asked for twice or taken from standard input; ends the person's sessions."""
    from screener.review import accounts

    given = _password()
    with _writing(config) as connection:
        person = accounts.find(connection, name)
        accounts.set_password(connection, _who(), datetime.now(UTC), person, given)
    click.echo(f"set the password of {name}")


@command.command()
@click.argument("name", metavar="NAME")
@click.pass_obj
def disable(config: Config, name: str) -> None:
    """Let nobody sign in as this person any more; ends all sessions."""
    from screener.review import accounts

    with _writing(config) as connection:
        accounts.disable(connection, _who(), datetime.now(UTC), accounts.find(connection, name))
    click.echo(f"disabled {name}")


@command.command()
@click.argument("name", metavar="NAME")
@click.pass_obj
def enable(config: Config, name: str) -> None:
    """Let a disabled person sign in again."""
    from screener.review import accounts

    with _writing(config) as connection:
        accounts.enable(connection, _who(), datetime.now(UTC), accounts.find(connection, name))
    click.echo(f"enabled {name}")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each person, one a line.")
@click.pass_obj
def list_(config: Config, as_json: bool) -> None:
    """List the people, what they may, and how they sign in."""
    import msgspec

    from screener.cli import terminal
    from screener.review import accounts

    with _writing(config) as connection:
        found = accounts.people(connection, _who(), datetime.now(UTC))
    if as_json:
        for one in found:
            terminal.json_line(msgspec.to_builtins(one))
        return
    rows = [
        (one.name, one.shown, "; ".join(map(_shown, one.grants)) or "no right yet", _way_in(one))
        for one in found
    ]
    terminal.results().print(terminal.table(["name", "shown", "may", "signs in"], rows))


def _way_in(one: Account) -> str:
    if one.disabled_at is not None:
        return "disabled"
    return one.issuer or ("by password" if one.has_password else "no password yet")


def _shown(one: Grant) -> str:
    hub = "" if one.hub == "*" else f" at {one.hub}"
    return f"{one.role}{hub}" + ("" if one.agency == "*" else f" for {one.agency}")


def _grant(role: str, hub: str, agency: str) -> Grant:
    from screener.review.rights import Grant, Role

    return Grant(Role(role), hub, agency)


def _password() -> str:
    """Typed twice by a person, or the first line of standard input: never an argument, which others see."""
    if sys.stdin.isatty():
        typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _writing(config: Config) -> Iterator[Connection]:
    from screener.cli import workstation
    from screener.review import database

    with workstation.opened(config) as engine, database.writing(engine) as connection:
        yield connection


def _who() -> Reviewer:
    from screener.cli import workstation

    return workstation.console()
