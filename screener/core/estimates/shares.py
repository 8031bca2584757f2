"""The interval of a share that was counted."""

from __future__ import annotations

from math import sqrt


def wilson(point: float, count: float, z: float = 1.96) -> tuple[float, float]:
    """The Wilson score interval of a proportion `point` of `count`."""
    middle = (point + z * z / (2 * count)) / (1 + z * z / count)
    reach = z * sqrt(point * (1 - point) / count + z * z / (4 * count * count)) / (1 + z * z / count)
    return max(0.0, min(point, middle - reach)), min(1.0, max(point, middle + reach))
