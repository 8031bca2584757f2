"""What the C libraries say on standard error: the only place where they admit to a damaged picture.

libjpeg fills what it cannot read with grey and libtiff leaves it black; both return as if all were well
and write a line. So descriptor 2 is listened to while a picture is decoded.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

ROOM = 64 * 1024
"""What a pipe holds; the reader comes only after the decoder has ended."""

DAMAGE = re.compile(rb"^.*(Corrupt JPEG data|Premature end of JPEG|libpng error|TIFF_Error).*$", re.MULTILINE)


class Complaints:
    """What was written to standard error; filled when `heard` ends."""

    def __init__(self) -> None:
        self.text = b""

    @property
    def overflowed(self) -> bool:
        """Whether there was more than fits, so that the rest, and a stream in this process, may be lost."""
        return len(self.text) >= ROOM - 4096

    def damage(self) -> str | None:
        """The first line that speaks of a damaged picture."""
        found = DAMAGE.search(self.text)
        return None if found is None else found.group().decode("ascii", "replace")[-160:]


@contextmanager
def heard() -> Iterator[Complaints]:
    """Takes descriptor 2 of this process for a while: for one thread of a process at a time."""
    complaints = Complaints()
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    kept = os.dup(2)
    os.dup2(writer, 2)
    try:
        yield complaints
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writer)
        complaints.text = _drained(reader)
        os.close(reader)


def _drained(reader: int) -> bytes:
    return b"".join(iter(lambda: os.read(reader, ROOM), b""))
