"""The demo's processes: `screener run` and `screener review` as anybody would start them, words in a file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from screener.errors import Unavailable

GRACE_S = 30.0
LAST_BYTES = 2000
OVERRULING = ("SCREENER_LOG", "SCREENER_KEYS", "SCREENER_SLOT", "KAFKA_BOOTSTRAP_SERVERS")
"""Variables that would go before the demo's settings."""


class Workers:
    """A command of ours, by default all stages, running while the context lasts."""

    def __init__(
        self,
        settings: Path,
        words: Path,
        arguments: Sequence[str] = ("run",),
        *,
        name: str = "the workers",
        env: Mapping[str, str] = os.environ,
    ) -> None:
        self._words = words
        self._arguments = arguments
        self._name = name
        self._env = {name: value for name, value in env.items() if name not in OVERRULING}
        self._env["SCREENER_CONFIG"] = str(settings)

    def check(self) -> None:
        """Raises `Unavailable` with their last words if they have ended."""
        if (code := self._process.poll()) is not None:
            said = self._words.read_bytes()[-LAST_BYTES:].decode(errors="replace").strip()
            raise Unavailable(f"{self._name} ended with exit code {code}; {self._words} ends:\n{said}")

    def stop(self) -> None:
        """End them cleanly, after the step they are in."""
        self._process.terminate()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        with self._words.open("wb") as words:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "screener", *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                env=self._env,
                start_new_session=True,  # Ctrl-C at the terminal is for the demo, which then ends them
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
