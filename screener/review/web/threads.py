"""Handlers are plain functions, each run in a thread: databases and files are waited for nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.types import ControllerRouterHandler

AT_ONCE: Final = 32
"""So many wait at once for pictures or their turn to write; PostgreSQL has more connections (`database`)."""


async def make_room() -> None:
    """Let so many wait at once: by itself it is four more than there are processors."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(AT_ONCE, "page"))


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
