"""The graph of who sends to whom, on a map and as a graph."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

routes: Final[list[ControllerRouterHandler]] = []
