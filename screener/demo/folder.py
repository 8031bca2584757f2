"""The demo's folder: made anew for every run, and never taken from anything that is not the demo's."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from screener.errors import BadConfig

MARKER = ".screener-demo"


@contextmanager
def fresh(folder: Path) -> Iterator[Path]:
    """`folder`, empty and ours while the context lasts; what an earlier demo left in it is removed.

    Raises `BadConfig` where it holds anything and no demo made it, or where a demo runs in it.
    """
    marker = folder / MARKER
    if folder.exists() and not marker.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BadConfig(
            f"{folder}: expected no such folder, an empty one or that of an earlier demo; name another"
        )
    folder.mkdir(parents=True, exist_ok=True)
    with marker.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadConfig(
                f"{folder}: another demo runs here; wait for it, or name another folder"
            ) from None
        _empty(folder)
        yield folder.resolve()


def _empty(folder: Path) -> None:
    for entry in folder.iterdir():
        if entry.name == MARKER:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
