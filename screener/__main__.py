"""`python -m screener` is `screener`."""

from screener.cli import main

main()
