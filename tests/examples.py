"""How many examples a property is tried with: as many as fit into `make test`, or a night's worth."""

from __future__ import annotations

import os
from typing import Final

THOROUGH: Final = 20
"""So many times more are tried under `HYPOTHESIS_PROFILE=thorough`."""


def examples(count: int) -> int:
    """`count` where examples are costly and time is short."""
    return count * (THOROUGH if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 1)
