"""One parser under the fuzzer, until libFuzzer's own options say that it is enough: see the package."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["screener", "pydicom"]):
    from bench.fuzz.parsers import PARSERS


def main() -> None:
    name = sys.argv.pop(1)
    parser = PARSERS[name]

    def once(data: bytes) -> None:
        if len(data) <= parser.max_bytes:
            parser.parse(data)

    atheris.Setup(sys.argv, once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
