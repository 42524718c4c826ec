"""Numbers as statistics are printed: no zero before the point where none can stand there."""

from __future__ import annotations

import math

__all__ = ["MINUS", "NOT_AVAILABLE", "count", "decimal", "interval", "p_value", "seconds"]

MINUS = "\N{MINUS SIGN}"
NOT_AVAILABLE = "n/a"


def decimal(value: float, places: int = 3) -> str:
    """A coefficient: ``".812"``, ``"1.000"``, ``"−.041"``; larger numbers keep what is before the point."""
    text = f"{abs(value):.{places}f}"
    if text.startswith("0."):
        text = text[1:]
    negative = value < 0 and float(f"{value:.{places}f}") != 0.0
    return MINUS * negative + text


def interval(low: float, high: float) -> str:
    """An interval: ``"[.71, .80]"``."""
    return f"[{decimal(low, 2)}, {decimal(high, 2)}]"


def p_value(value: float) -> str:
    """A p value: ``".024"``, ``"<.001"``, ``">.999"``."""
    if value < 0.001:
        return "<.001"
    return ">.999" if value > 0.9995 else decimal(value)


def count(value: float) -> str:
    """A number of things, thousands apart: ``"131,758"``; one decimal where it is not whole."""
    if not math.isfinite(value):
        return "∞" if value > 0 else NOT_AVAILABLE
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"


def seconds(value: float) -> str:
    """A time as people say it: ``"0"``, ``"1/6"``, ``"0.5"``."""
    for whole in (3, 6):
        if value and abs(value * whole - 1) < 1e-9:
            return f"1/{whole}"
    return f"{value:g}"
