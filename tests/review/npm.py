"""Packages of npm that only tests need, pinned by a lock file and installed once for each."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


class NotHere(Exception):
    """What a test needs cannot be had here; says what to do."""


def installed(source: Path, cache: Path, *, files: tuple[str, ...] = ()) -> Path:
    """A folder with the packages of `source`'s lock file and its `files`. npm checks hashes.

    Raises `NotHere`.
    """
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotHere("Node.js is missing: apt install nodejs npm (Debian, Ubuntu)")
    lock = (source / "package-lock.json").read_text()
    for name in ("package.json", "package-lock.json", *files):
        shutil.copy(source / name, cache / name)
    ready = cache / "ready.json"
    if not ready.exists() or ready.read_text() != lock:
        _install(cache)
        ready.write_text(lock)
    return cache


def _install(folder: Path) -> None:
    command = ("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    said = (done.stdout + done.stderr)[-1000:]
    assert "EINTEGRITY" not in said, said
    if done.returncode:
        raise NotHere(f"npm cannot bring the packages of {folder.name}: {said}")
