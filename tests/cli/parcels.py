"""Parcels that have gone the whole way through the real stages, in the log of a shell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from screener.contracts import topics
from screener.sealing.keys import Kind
from screener.stream.port import Message
from tests.cli.shell import Shell
from tests.stages.world import BROKEN, CLEAN, OVER, RING, World, manifest_of, scan_of

PERSONAL = ("李明", "138 0000", "13800000000", "示范路", "0000 0000")
"""What no command may ever show of the parties in `manifest_of`."""

PARCELS = (
    manifest_of("P-over"),
    scan_of("P-over", OVER),
    manifest_of("P-clean"),
    scan_of("P-clean", CLEAN),
    manifest_of("P-broken"),
    scan_of("P-broken", BROKEN),
    replace(
        manifest_of("P-torn"),
        value=b'{"consignor": {"name": "\xe6\x9d\x8e\xe6\x98\x8e", "phone": 13800000000}',
    ),
)
"""One over the limit, one clean, one whose scan cannot be decoded, one torn manifest."""


@contextmanager
def opened(shell: Shell, *hubs: str) -> Iterator[World]:
    """The world on the shell's log."""
    with shell.log() as log:
        yield World.build(log, shell.folder, hubs or ("h1",))


def settle(shell: Shell, *messages: Message) -> None:
    """Send the messages and let the stages do all there is to do."""
    with opened(shell) as world:
        world.publish(messages)
        world.settle()


def hand_over_keys(shell: Shell) -> None:
    """The keys of the world's stages, in the shell's folder."""
    folder = shell.folder / "keys"
    folder.mkdir(mode=0o700)
    for key in (*RING._seals.values(), RING._link, RING._draw):
        path = folder / f"{key.kind}.{key.id}.key"
        path.touch(mode=0o600)
        path.write_text(key.secret.hex())
    assert (folder / f"{Kind.SEAL}.{RING.seal_key_id}.key").exists()


def letters_of(shell: Shell) -> int:
    with opened(shell) as world:
        return len(world.records(topics.REJECTED))
