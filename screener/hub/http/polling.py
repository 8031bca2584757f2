"""The long poll: verdicts as soon as there are some, each at least once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from screener.hub.http.bell import Bell
from screener.hub.http.shelf import Page, Shelf

LOOK_S = 15.0
"""Looked again this often though no bell rang: a ring is a hint."""


async def next_page(
    shelf: Shelf, bell: Bell, hub: str, after: Mapping[int, int] | None, *, limit: int, wait_s: float
) -> Page:
    """The verdicts after `after`; none only after `wait_s`, or where the server stops."""
    loop = asyncio.get_running_loop()
    deadline_s = loop.time() + wait_s
    while True:
        turn = bell.turn(hub)
        page = await asyncio.to_thread(shelf.page, hub, after, limit)
        left_s = deadline_s - loop.time()
        if page.verdicts or left_s <= 0 or bell.stopping:
            return page
        await _rung(turn, min(left_s, LOOK_S))


async def _rung(turn: asyncio.Event, wait_s: float) -> None:
    try:
        async with asyncio.timeout(wait_s):
            await turn.wait()
    except TimeoutError:
        return
