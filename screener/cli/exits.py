"""Exit codes, as sysexits.h has them: a supervisor knows from them whether to start again."""

OK = 0
FAILED = 1
HALTED = 70
UNAVAILABLE = 75
BAD_CONFIG = 78

FINAL = (HALTED, BAD_CONFIG)
"""Starting again would not help: a human has to look first."""
