"""The log with what administers it, for the commands that let hubs in and out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from screener.config import Config, as_part

if TYPE_CHECKING:
    from screener.stream.administration import Administration
    from screener.stream.kafka.access import KafkaAccess
    from screener.stream.port import Log


@dataclass(frozen=True, slots=True)
class Opened:
    """`access` is None where the log knows no rights; `why_open` then says so."""

    log: Log
    administration: Administration
    access: KafkaAccess | None
    why_open: str | None


@contextmanager
def open_administration(config: Config) -> Iterator[Opened]:
    """The log that the settings name, and whoever administers it. Raises `BadConfig`, `Unavailable`."""
    from screener.cli import compose

    with ExitStack() as stack:
        log = stack.enter_context(compose.open_log(config))
        if config.log.kind == "sqlite":
            from screener.stream.sqlite.administration import SqliteAdministration

            administration = stack.enter_context(SqliteAdministration(Path(config.log.sqlite.path)))
            why = "the embedded log knows no rights: whoever can open its file may do everything"
            yield Opened(log, administration, None, why)
            return
        from screener.stream.kafka.access import KafkaAccess
        from screener.stream.kafka.administration import KafkaAdministration

        settings = as_part(config.log.kafka, "admin")
        access = stack.enter_context(KafkaAccess(settings))
        administration_ = stack.enter_context(KafkaAdministration(settings))
        if access.is_enforced():
            yield Opened(log, administration_, access, None)
        else:
            why = "this broker has no authorizer: whoever reaches it may do everything"
            yield Opened(log, administration_, None, why)


def check_hub_name(ctx: click.Context, param: click.Parameter, name: str) -> str:
    """The name, if it can be the last part of a topic."""
    from screener.cli.topics import check_hub_names

    return check_hub_names(ctx, param, [name])[0]


def check_principal(_ctx: click.Context, _param: click.Parameter, principal: str | None) -> str | None:
    """A principal as Kafka writes it, of one alone."""
    if principal is None:
        return None
    kind, _, name = principal.partition(":")
    if kind != "User" or not name or name == "*":
        raise click.BadParameter(f"expected User:NAME, as `User:CN=hub-east`, got {principal!r}")
    return principal
