"""The page of the officers on the spot."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

routes: Final[list[ControllerRouterHandler]] = []
