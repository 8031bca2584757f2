"""Adapted models: what they would have changed, and the switch."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

routes: Final[list[ControllerRouterHandler]] = []
