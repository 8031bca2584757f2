"""The way of a scan from foreign bytes to findings: the sandbox decodes while the model runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, islice, tee

import structlog

from screener.contracts.wire import Findings, Glance
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
class Asked:
    """An image to be judged, or why there is none, and of which scanner it is."""

    hub: str
    scanner: str
    request: Request | BadInput


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found in an image, and what it looks like where it could be decoded."""

    verdict: Verdict
    glance: Glance | None = None
    size_px: tuple[int, int] | None = None


Models = Callable[[str, str], Model]
"""The model that judges a scanner's scans now, by hub and scanner."""


@dataclass(frozen=True, slots=True)
class Scorer:
    """Judges images in order, each by the model of its scanner."""

    sandbox: Sandbox
    models: Models
    micro_batch: int

    def judge(self, asked: Iterable[Asked]) -> Iterator[Judged]:
        """One answer for each image, in order; they are taken a few ahead, as they are needed.

        Raises `Unavailable` if no decoder can be started.
        """
        ours, theirs = tee(asked)
        decoded = iter(self.sandbox.decode_all(one.request for one in theirs))
        while batch := list(islice(zip(ours, decoded, strict=True), self.micro_batch)):
            yield from self._judge(batch)

    def _judge(self, batch: Sequence[tuple[Asked, Prepared | BadInput]]) -> Iterator[Judged]:
        """Runs of scans with one model are its micro-batch."""
        chosen = [(self.models(asked.hub, asked.scanner), decoded) for asked, decoded in batch]
        for _, run in groupby(chosen, key=lambda pair: (pair[0].sha256, pair[0].threshold)):
            pairs = list(run)
            yield from self._of_one_model(pairs[0][0], [decoded for _, decoded in pairs])

    def _of_one_model(self, model: Model, batch: Sequence[Prepared | BadInput]) -> Iterator[Judged]:
        found = iter(self._scored(model, [one for one in batch if isinstance(one, Prepared)]))
        for one in batch:
            yield (
                Judged(one) if isinstance(one, BadInput) else Judged(next(found), one.glance, one.original_px)
            )

    def _scored(self, model: Model, prepared: Sequence[Prepared]) -> list[Verdict]:
        """Findings for all; where the model fails on a batch, each image is tried by itself."""
        try:
            return list(model.score([one.image for one in prepared]))
        except Unscorable as error:
            if len(prepared) == 1:
                logger.warning("unscored", model=model.id, detail=str(error))
                return [Unscored(str(error))]
        return [verdict for one in prepared for verdict in self._scored(model, [one])]
