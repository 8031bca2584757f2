"""What kafka-python raises, by what we do about it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from kafka import errors

from screener.errors import BadConfig, BadInput, Fenced, ScreenerError, Unavailable

FENCED = (
    errors.ProducerFencedError,
    errors.InvalidProducerEpochError,
    errors.CommitFailedError,
    errors.RebalanceInProgressError,
    errors.IllegalGenerationError,
    errors.UnknownMemberIdError,
    errors.FencedInstanceIdError,
)
MISCONFIGURED = (
    errors.AuthorizationError,
    errors.SecurityDisabledError,
    errors.SaslAuthenticationFailedError,
    errors.UnsupportedSaslMechanismError,
    errors.KafkaConfigurationError,
    errors.InvalidReplicationFactorError,
    errors.InvalidTopicError,
    errors.InvalidTransactionTimeoutError,
    errors.InvalidSessionTimeoutError,
    errors.UnsupportedVersionError,
)
REFUSED = {
    errors.MessageSizeTooLargeError: "message_too_large",
    errors.InvalidRecordError: "message_invalid",
    errors.InvalidTimestampError: "message_invalid",
}
"""A topic cannot hold such a message: the reason."""


def ours(error: Exception, doing: str) -> ScreenerError:
    """`error` of kafka-python, met while `doing`, as one of our own."""
    detail = f"Kafka, {doing}: {type(error).__name__}: {error}"
    if isinstance(error, FENCED):
        return Fenced(detail)
    if type(error) in REFUSED:
        return BadInput(REFUSED[type(error)], detail)
    if isinstance(error, MISCONFIGURED):
        return BadConfig(detail)
    return Unavailable(detail)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Let no error of kafka-python out of the body but as one of ours."""
    try:
        yield
    except (errors.KafkaError, OSError) as error:
        raise ours(error, doing) from error
