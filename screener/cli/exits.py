"""Exit codes, as sysexits.h has them: a supervisor knows from them whether to start again."""

OK = 0
FAILED = 1
UNAVAILABLE = 75
BAD_CONFIG = 78
