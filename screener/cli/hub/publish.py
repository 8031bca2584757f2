"""`screener hub publish`: the gateway that watches a folder."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click
import msgspec

from screener.config import Config
from screener.errors import BadConfig, Unavailable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from screener.hub.folder.settings import FolderSettings
    from screener.hub.folder.station import Station

SAID_EVERY_S = 60.0
FRESH = 2.0
"""With --once: a file that has lain there for so many times `steady_s` and is not ready will not be soon."""


@click.command("publish")
@click.option(
    "--settings",
    "settings_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("gateway.toml"),
    show_default=True,
    help="Settings of the gateway (TOML); --example-config prints one.",
)
@click.option(
    "--watch",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="The folder to watch. Goes before the settings.",
)
@click.option("--once", is_flag=True, help="Send what lies there, then end.")
@click.option(
    "--patience",
    "patience_s",
    type=click.FloatRange(min=0),
    default=120.0,
    show_default=True,
    metavar="S",
    help="With --once: end after so long even if something still waits; it is sent the next time.",
)
@click.option("--example-config", is_flag=True, help="Print a settings file that explains itself.")
@click.option("--log-level", default="warning", show_default=True, help="Least level that is logged.")
@click.pass_obj
def command(
    config: Config,
    *,
    settings_path: Path,
    watch: Path | None,
    once: bool,
    patience_s: float,
    example_config: bool,
    log_level: str,
) -> None:
    """Send scans and manifests that are written into a folder.

    Each file is sent once, however often this is killed and started. It is moved to `sent` when the log has
    it, to `refused` with a .why.txt where it breaks the contract, and never deleted. While the link is down
    or the disk is full, files wait. Ctrl-C or SIGTERM ends it.

    With --once the exit code is 0 if all was sent, 1 if something was refused, 75 if something still waits.

    \b
    screener hub publish --example-config > gateway.toml
    screener hub publish --watch /srv/scans
    """
    from screener.hub.folder.settings import example
    from screener.telemetry import logs

    if example_config:
        click.echo(example(), nl=False)
        return
    logs.configure(log_level)
    with _stopping() as stop, ExitStack() as stack:
        station = _opened(config, settings_path, watch, stack)
        code = _once(station, stop, patience_s) if once else _serve(station, stop, stack)
    sys.exit(code)


def _opened(config: Config, path: Path, watch: Path | None, stack: ExitStack) -> Station:
    """All that the settings name, opened; `stack` closes it again. Raises `BadConfig`."""
    from screener.cli import compose, terminal
    from screener.hub.folder.station import Station

    settings = _settings(path, watch)
    if settings.log is not None:
        config = msgspec.structs.replace(config, log=settings.log)
    station = Station.open(settings, lambda: compose.open_log(config), stack, refused=_say_refused)
    terminal.note(
        f"hub {settings.hub}: {settings.folders.watch} to {compose.describe_log(config)} as {settings.slot}"
    )
    return station


def _say_refused(name: str, why: str) -> None:
    """One line; names and reasons may hold what a terminal would obey."""
    first = f"{name}: {why}".splitlines()[0]
    shown = "".join(letter if letter.isprintable() else "?" for letter in first)
    line = f"refused {shown}"
    # Not by click, which would write past the line that is kept up to date.
    sys.stderr.write((click.style(line, fg="red") if sys.stderr.isatty() else line) + "\n")


def _settings(path: Path, watch: Path | None) -> FolderSettings:
    from screener import config
    from screener.hub.folder.settings import FolderSettings, check

    if not path.exists():
        raise BadConfig(f"{path}: there is none; `screener hub publish --example-config > {path}` makes one")
    settings = config.read_toml(path, FolderSettings)
    if watch is not None:
        folders = msgspec.structs.replace(settings.folders, watch=str(watch))
        settings = msgspec.structs.replace(settings, folders=folders)
    return check(settings)


def _serve(station: Station, stop: Event, stack: ExitStack) -> int:
    from screener.cli import exits

    show = stack.enter_context(_display())
    while not stop.is_set():
        station.turn()
        show(station)
        stop.wait(station.settings.folders.poll_s)
    return exits.OK


def _once(station: Station, stop: Event, patience_s: float) -> int:
    from screener.cli import exits, terminal

    ends_s = time.monotonic() + patience_s
    while True:
        station.turn()
        if not _unfinished(station) or stop.is_set() or time.monotonic() >= ends_s:
            break
        stop.wait(min(station.settings.folders.poll_s, 0.2))
    terminal.note(station.line())
    if _unfinished(station):
        raise Unavailable(station.trouble_now() or f"after {patience_s:.0f} s something still waits")
    return exits.FAILED if station.refused else exits.OK


def _unfinished(station: Station) -> bool:
    """Whether something waits for the log, or may be ready soon."""
    soon_s = FRESH * station.settings.folders.steady_s
    fresh = any(one.known_s < soon_s for one in station.gateway.unready)
    return bool(station.gateway.waiting or station.trouble or fresh)


@contextmanager
def _stopping() -> Iterator[Event]:
    """Set by SIGTERM and Ctrl-C."""
    stop = Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Notes:
    """Where nobody looks: a line when trouble comes or goes, and now and then."""

    def __init__(self) -> None:
        self._said: tuple[float, str | None] | None = None

    def __call__(self, station: Station) -> None:
        from screener.cli import terminal

        trouble, now_s = station.trouble_now(), time.monotonic()
        if self._said and self._said[1] == trouble and now_s - self._said[0] < SAID_EVERY_S:
            return
        self._said = (now_s, trouble)
        terminal.note(station.line() + (f"  {trouble}" if trouble else ""))


Show = Callable[["Station"], None]


@contextmanager
def _display() -> Iterator[Show]:
    """A line that is kept up to date on a terminal; a note now and then where nobody looks."""
    from rich.live import Live

    from screener.cli import terminal

    if not sys.stderr.isatty():
        yield Notes()
        return
    with Live(console=terminal.notes(), auto_refresh=False, transient=True) as live:
        yield lambda station: live.update(_picture(station), refresh=True)


def _picture(station: Station) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    trouble = station.trouble_now()
    lines = [Text(station.line(), style="yellow" if trouble else "green")]
    return Group(*lines, *([Text(trouble, style="red")] if trouble else []))
