"""Files that are there whole or not at all: their writer may be killed, and others read them meanwhile."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Replace the file; until it is whole it lies beside, as `NAME.part`. Raises `OSError`."""
    partial = path.with_name(f"{path.name}.part")
    partial.write_bytes(content)
    partial.rename(path)
