"""How many examples a property is tried with: as many as fit into `make test`, or a night's worth."""

from __future__ import annotations

import os
from typing import Final

NIGHT: Final = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
"""Whether there is time for all of it."""

TIMES: Final = 20
"""So many times more are tried then."""


def examples(count: int) -> int:
    """`count` where examples are costly and time is short."""
    return count * (TIMES if NIGHT else 1)
