"""Files that a browser saves, and does nothing else with."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_PLAIN: Final = re.compile(r"[A-Za-z0-9._-]+")


def attachment(name: str) -> dict[str, str]:
    """Headers by which a browser saves what it is sent under this name, and never opens it."""
    plain = _PLAIN.fullmatch(name) is not None
    named = f'filename="{name}"' if plain else f"filename*=UTF-8''{quote(name, safe='')}"
    return {
        "content-disposition": f"attachment; {named}",
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
    }
