"""The way of a scan from foreign bytes to findings: the sandbox decodes while the model runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog

from screener.contracts.wire import Findings
from screener.errors import BadInput
from screener.imaging.picture import Prepared, Request
from screener.imaging.sandbox import Sandbox
from screener.scoring.model import Model, Unscorable

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Unscored:
    """The image is sound and the model could not judge it: our fault, so no dead letter."""

    detail: str


Verdict = Findings | BadInput | Unscored


@dataclass(frozen=True, slots=True)
class Scorer:
    """Judges images in order; `model` gives the model that serves now."""

    sandbox: Sandbox
    model: Callable[[], Model]
    micro_batch: int

    def judge(self, requests: Iterable[Request | BadInput]) -> Iterator[Verdict]:
        """One verdict for each request, in order; requests are taken a few ahead, as they are needed.

        Raises `Unavailable` if no decoder can be started.
        """
        decoded = iter(self.sandbox.decode_all(requests))
        while batch := list(islice(decoded, self.micro_batch)):
            yield from self._judge(batch)

    def _judge(self, batch: Sequence[Prepared | BadInput]) -> Iterator[Verdict]:
        prepared = [one for one in batch if isinstance(one, Prepared)]
        found = iter(self._scored(prepared))
        for one in batch:
            yield one if isinstance(one, BadInput) else next(found)

    def _scored(self, prepared: Sequence[Prepared]) -> list[Verdict]:
        """Findings for all; where the model fails on a batch, each image is tried by itself."""
        model = self.model()
        try:
            return list(model.score([one.image for one in prepared]))
        except Unscorable as error:
            if len(prepared) == 1:
                logger.warning("unscored", model=model.id, detail=str(error))
                return [Unscored(str(error))]
        return [verdict for one in prepared for verdict in self._scored([one])]
