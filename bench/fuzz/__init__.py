"""Fuzzing of every parser that sees foreign bytes, guided by coverage (atheris).

    make fuzz                          30 minutes of processor time a parser; goes on where it was
    python -m bench.fuzz --minutes 1 manifest dicos

A parser may refuse what it is given, by the errors it names, and nothing else: another exception, more than
`MEMORY_MIB`, or more than `TIMEOUT_S` for one input is a finding. Findings lie in `.fuzz/PARSER/found`; once
mended they belong into `tests/fuzz/corpus/PARSER`, which `make test` replays.
"""

MEMORY_MIB = 1024
TIMEOUT_S = 10
