"""What a declaration comes to: its goods, the value of a kilogram, the weight of a piece, its route."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from screener.contracts.wire import Declared


def chapter(declared: Declared) -> str | None:
    """The HS chapter of the goods (two digits), where all lines are of one."""
    codes = declared.hs_codes
    if not codes:
        return None
    first = codes[0][:2]
    return first if len(codes) == 1 or all(code[:2] == first for code in codes) else None


def mentions(declared: Declared, groups: tuple[str, ...]) -> bool:
    """Whether any HS code is of one of these groups."""
    return any(code.startswith(groups) for code in declared.hs_codes)


def cny_per_kg(declared: Declared, currencies: Mapping[str, float]) -> float | None:
    """CNY a kilogram; None where weight, value or rate is not known, or it is not believable."""
    value = declared.value
    if not declared.weight_g or value is None or value.currency not in currencies:
        return None
    return _believable(value.amount * currencies[value.currency] / declared.weight_g * 1000.0)


def g_per_piece(declared: Declared) -> float | None:
    """Grams a piece; None where the weight or the pieces are not known or not believable."""
    if not declared.weight_g or not declared.pieces:
        return None
    return _believable(declared.weight_g / declared.pieces)


def _believable(figure: float) -> float | None:
    """A figure that has a logarithm; none has that left the range of numbers on its way."""
    return figure if figure > 0.0 and isfinite(figure) else None


def routes(declared: Declared) -> tuple[str, str, str]:
    """The route as `FROM>TO` region codes, and both its ends alone: `FROM>*`, `*>TO`; `-` for no region."""
    begin, end = declared.consignor_region or "-", declared.consignee_region or "-"
    return f"{begin}>{end}", f"{begin}>*", f"*>{end}"
