"""Work in a process of its own that is killed at a chosen moment, as by `kill -9`."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event

from screener.review import database

Moment = Callable[[], None]
"""Called at every moment at which the process may die."""


def killed(work: Callable[[Moment], None], at: int) -> bool:
    """Do `work` in a child that is killed at its moment number `at`; False if it ended before that."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, "the child failed; its traceback is on stderr"
        return os.WIFSIGNALED(status)
    try:
        _work(work, at)
        os._exit(0)
    finally:  # the child never goes back into the test
        traceback.print_exc()
        os._exit(1)


@contextmanager
def mortal(engine: Engine, moment: Moment) -> Iterator[Engine]:
    """The same database by connections of this process alone, which dies around any statement or commit."""
    own = database.opened(engine.url.render_as_string(hide_password=False))
    for name in ("before_cursor_execute", "commit"):
        event.listen(own, name, lambda *_: moment())
    yield own
    own.dispose()


def _work(work: Callable[[Moment], None], at: int) -> None:
    left = at

    def moment() -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    work(moment)
