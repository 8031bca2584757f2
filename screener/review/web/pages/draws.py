"""The public page of the random inspection, and the draw of a day."""

from __future__ import annotations

from typing import Final

from litestar.types import ControllerRouterHandler

routes: Final[list[ControllerRouterHandler]] = []
