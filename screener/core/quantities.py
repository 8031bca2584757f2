"""Quantities as a person writes them down: few digits, and a unit that fits."""

from __future__ import annotations


def share(p: float) -> str:
    """A probability in percent; what is below one in a thousand is said to be."""
    if p < 0.001:
        return "under 0.1%"
    return f"{p:.0%}" if 0.1 <= p < 0.995 else "over 99%" if p >= 0.995 else f"{p:.1%}"


def weight(grams: float) -> str:
    """Grams, and kilograms from one on."""
    return f"{amount(grams)} g" if grams < 1000.0 else f"{amount(grams / 1000.0)} kg"


def amount(figure: float) -> str:
    """Two digits, or what stands before the point: 0.31, 4.2, 310, 12,345."""
    if figure >= 10.0:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 1.0 else f"{figure:.2g}"


def duration(hours: float) -> str:
    """Minutes, hours or days."""
    if hours < 1.5:
        return f"{hours * 60:.0f} minutes"
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
