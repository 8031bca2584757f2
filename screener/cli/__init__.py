"""The command line: `screener COMMAND`. Commands live one a file and are listed in `screener.cli.main`."""

from screener.cli.main import main

__all__ = ["main"]
