"""Why a broker does not let us in: kafka-python knows, and tells nobody.

A broker that refuses a password says so and hangs up. kafka-python 3.0.12 throws away what it reads together
with the end of a connection, which through TLS is nearly always that answer; and it goes on trying until
its time is over, and then says no more than that.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import SaslAuthenticationFailedError

from screener import config
from screener.errors import BadConfig, Unavailable

MANAGER = "kafka.net.manager"


class LastWords(ssl.SSLSocket):
    """Gives what a peer said before it hung up, and that it hung up only when it is read again."""

    _said = False

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        try:
            received = super().recv(buflen, flags)
        except ssl.SSLWantReadError:
            self._said = False
            raise
        if not received and self._said:
            self._said = False
            raise ssl.SSLWantReadError
        self._said = bool(received)
        return received


def tls(settings: config.KafkaLog) -> ssl.SSLContext | None:
    """TLS as the settings have it, None where they have none. Raises `BadConfig` that names the files."""
    if not settings.security_protocol.endswith("SSL"):
        return None
    named = (settings.ssl_cafile, settings.ssl_certfile, settings.ssl_keyfile)
    try:
        context = ssl.create_default_context(cafile=settings.ssl_cafile)
        if settings.ssl_certfile is not None:
            context.load_cert_chain(settings.ssl_certfile, settings.ssl_keyfile)
    except OSError as error:  # of which ssl.SSLError is one
        files = ", ".join(name for name in named if name is not None)
        raise BadConfig(f"log.kafka, certificates and keys in {files}: {error}") from error
    context.sslsocket_class = LastWords
    return context


@contextmanager
def told() -> Iterator[None]:
    """Let a refusal that kafka-python only logs go before `Unavailable`: raises `BadConfig`."""
    heard = _Heard(logging.WARNING)
    logger = logging.getLogger(MANAGER)
    logger.addHandler(heard)
    try:
        yield
    except Unavailable as error:
        if heard.refusal is not None:
            raise BadConfig(f"Kafka, connecting: {heard.refusal}") from error
        raise
    finally:
        logger.removeHandler(heard)


class _Heard(logging.Handler):
    """Keeps the refusal among what is logged."""

    refusal: BaseException | None = None

    def emit(self, record: logging.LogRecord) -> None:
        arguments = record.args if isinstance(record.args, tuple) else ()
        for argument in arguments:
            if isinstance(argument, SaslAuthenticationFailedError):
                self.refusal = argument
