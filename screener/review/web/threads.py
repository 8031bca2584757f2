"""Handlers are plain functions, each run in a thread: databases and files are waited for nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import wraps
from typing import Any

from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler


def in_thread(handler: ControllerRouterHandler) -> ControllerRouterHandler:
    """The handler, its function run in a thread if it says `sync_to_thread`.

    Litestar 2.25 wraps such a function once more for each further handler of its path, and then answers with
    what was never awaited: so it is wrapped here, where that is done once.
    """
    if isinstance(handler, HTTPRouteHandler) and handler.sync_to_thread:
        handler._fn = _threaded(handler.fn)
        handler.sync_to_thread = False
    return handler


def _threaded(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    async def run(*args: Any, **named: Any) -> Any:
        return await asyncio.to_thread(function, *args, **named)

    return run
