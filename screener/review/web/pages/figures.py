"""Figures of days, months and years, and the parcels behind each of them."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

routes: Final[list[ControllerRouterHandler]] = []
