"""Small file systems that can be filled to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MIB = 1024 * 1024
LARGEST = 64 * MIB


@contextmanager
def small_disk(folder: Path, size_mib: int, image: Path | None = None) -> Iterator[bool]:
    """A file system of its own at `folder` until the end, where we may mount one; whether it is there.

    In memory, or in the file `image`, where it is found again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    mounted = folder.is_mount() or _mount(folder, size_mib, image)
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "-l", str(folder)], check=False)


def _mount(folder: Path, size_mib: int, image: Path | None) -> bool:
    if image is None:
        return mount("-t", "tmpfs", "-o", f"size={size_mib}m", "tmpfs", str(folder))
    if not image.exists() and not _formatted(image, size_mib):
        return False
    return mount("-o", "loop", str(image), str(folder))


def _formatted(image: Path, size_mib: int) -> bool:
    if shutil.which("mkfs.ext4") is None:
        return False
    with image.open("wb") as file:
        file.truncate(size_mib * MIB)
    command = ["mkfs.ext4", "-q", "-F", "-m", "0", str(image)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def mount(*arguments: str) -> bool:
    """Whether it could be done."""
    if shutil.which("mount") is None:
        return False
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0


def fill(ballast: Path) -> None:
    """Leave no byte of the file system on which this file is to lie."""
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        size, end = LARGEST, 0
        while size:
            try:
                os.posix_fallocate(file.fileno(), end, size)
            except OSError:
                size //= 2
            else:
                end += size
