"""What the commands that need PyTorch say where it is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from screener.errors import BadConfig

INSTALL = (
    "pip install 'screener[lab]'; PyTorch's own package index has a build for the CPU alone, "
    "which is many times smaller"
)


@contextmanager
def needs_torch() -> Iterator[None]:
    """Raises `BadConfig` with what to install where the lab's libraries are missing."""
    try:
        yield
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] == "screener":
            raise
        raise BadConfig(f"the lab needs {error.name}, which is not installed: {INSTALL}") from error
