"""Webhooks: verdicts are pushed to a hub's own address until it has taken them."""

from __future__ import annotations

import asyncio
import hashlib
import random
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import msgspec
import structlog

from screener.errors import BadConfig
from screener.hub.http import cursor, signing
from screener.hub.http.bell import Bell
from screener.hub.http.polling import next_page
from screener.hub.http.settings import Webhook
from screener.hub.http.shelf import Page, Shelf

IDLE_S = 30.0

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Target:
    """A webhook that is ready to be called. `name` is what its cursor is kept under."""

    webhook: Webhook
    key: bytes
    trust: ssl.SSLContext

    @property
    def name(self) -> str:
        return f"{self.webhook.hub} {self.webhook.url}"


def prepare(webhook: Webhook) -> Target:
    """The target of a webhook. Raises `BadConfig` where its secret or its authority cannot be read."""
    try:
        trust = ssl.create_default_context(cafile=webhook.ca_file)
    except OSError as error:
        raise BadConfig(f"{webhook.ca_file}: cannot be read as certificates ({error})") from error
    return Target(webhook, signing.read_secret(Path(webhook.secret_file)), trust)


class Caller:
    """Pushes one hub's verdicts to one target, page after page, each until it is taken."""

    def __init__(self, target: Target, shelf: Shelf, bell: Bell, told: Callable[[str, bool], None]) -> None:
        self._target = target
        self._shelf = shelf
        self._bell = bell
        self._told = told

    async def run(self) -> None:
        """Push until cancelled. A page counts as taken before its cursor is kept: so it may come twice."""
        async with self._client() as client:
            while True:
                try:
                    await self._push_next(client)
                except Exception as error:
                    # whatever it is, verdicts wait for this target, and nobody else would push them
                    logger.warning("webhook_waits", hub=self._target.webhook.hub, exc_info=error)
                    await asyncio.sleep(self._target.webhook.longest_retry_s)

    async def _push_next(self, client: httpx.AsyncClient) -> None:
        webhook = self._target.webhook
        kept = await asyncio.to_thread(self._shelf.cursor, self._target.name)
        after = None if kept is None else cursor.read(kept)
        page = await next_page(
            self._shelf, self._bell, webhook.hub, after, limit=webhook.batch, wait_s=IDLE_S
        )
        if page.gap and page.verdicts:
            logger.error(
                "webhook_missed_verdicts", hub=webhook.hub, mend="keep_verdicts_h, and compare parcels"
            )
        if page.verdicts:
            if after is None:
                # Cut off in its first page, the target still stands somewhere: what goes by then is a gap.
                await self._keep(page.start)
            await self._until_taken(client, page)
            await self._keep(page.after)
        elif self._bell.stopping:
            await asyncio.sleep(IDLE_S)

    async def _keep(self, places: Mapping[int, int]) -> None:
        await asyncio.to_thread(self._shelf.keep_cursor, self._target.name, cursor.written(places))

    async def _until_taken(self, client: httpx.AsyncClient, page: Page) -> None:
        body = body_of(page)
        message_id = "msg_" + hashlib.sha256(body).hexdigest()[:32]
        wait_s = self._target.webhook.first_retry_s
        while not await self._taken(client, message_id, body):
            # Not all at once: many targets come back at the same time.
            await asyncio.sleep(wait_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret
            wait_s = min(2 * wait_s, self._target.webhook.longest_retry_s)

    async def _taken(self, client: httpx.AsyncClient, message_id: str, body: bytes) -> bool:
        webhook = self._target.webhook
        signed = signing.headers(self._target.key, message_id, int(time.time()), body)
        try:
            async with asyncio.timeout(webhook.timeout_s):
                async with client.stream("POST", webhook.url, content=body, headers=signed) as answer:
                    status = answer.status_code  # its body is nothing to us, however long
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            return self._tell(taken=False, why=type(error).__name__)
        return self._tell(taken=200 <= status < 300, why=str(status))

    def _tell(self, *, taken: bool, why: str) -> bool:
        self._told(self._target.webhook.hub, taken)
        if not taken:
            logger.warning("webhook_not_taken", hub=self._target.webhook.hub, why=why)
        return taken

    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._target.trust,
            follow_redirects=False,
            trust_env=False,
            timeout=self._target.webhook.timeout_s,
            headers={"content-type": "application/json", "user-agent": "screener"},
        )


def body_of(page: Page) -> bytes:
    """A page as it is pushed: equal pages, equal bytes. `gap`: some before these were kept no longer."""
    verdicts = [msgspec.Raw(body) for body in page.verdicts]
    return msgspec.json.encode({"type": "screener.verdicts", "verdicts": verdicts, "gap": page.gap})
