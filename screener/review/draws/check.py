"""Repeats a day's random draw with nothing but Python: python check.py SEED RATE < hub/parcel lines."""

import hashlib
import hmac
import sys


def number(seed: bytes, named: str) -> float:
    digest = hmac.new(seed, named.encode(), hashlib.sha256).digest()
    return (int.from_bytes(digest[:8], "big") >> 11) / 2**53


def mark(seed: bytes, named: str) -> str:
    return hashlib.sha256(seed + b"|" + named.encode()).hexdigest()


if __name__ == "__main__":
    seed, rate = bytes.fromhex(sys.argv[1]), float(sys.argv[2])
    sys.stdout.write(f"SHA-256 of the seed: {hashlib.sha256(seed).hexdigest()}\n")
    for named in filter(None, map(str.strip, sys.stdin)):
        drawn = number(seed, named)
        said = "drawn" if drawn < rate else "not drawn"
        sys.stdout.write(f"{named} {drawn:.9f} {said} {mark(seed, named)}\n")
