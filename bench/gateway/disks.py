"""Small file systems that can be filled to the last byte."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CHUNK = 1024 * 1024


@contextmanager
def small_disk(folder: Path, size_mib: int) -> Iterator[bool]:
    """A file system of its own at `folder` until the end, where we may mount one; whether it is there."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = mount("-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder))
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def mount(*arguments: str) -> bool:
    """Whether it could be done."""
    if shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def fill(ballast: Path) -> None:
    """Leave no byte of the file system on which this file is to lie."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        size = CHUNK
        while size:
            try:
                file.write(b"\0" * size)
            except OSError:
                size //= 2
