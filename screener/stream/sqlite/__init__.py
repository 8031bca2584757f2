"""The embedded durable log: one SQLite file, used by several processes and threads at once."""

from screener.stream.sqlite.log import Sqlite

__all__ = ["Sqlite"]
