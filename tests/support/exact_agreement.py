"""Agreement of judges by the textbooks' formulas, in fractions: nothing is shared with the program."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

__all__ = ["exact_fleiss", "exact_icc3", "reported"]

Table = Sequence[Sequence[int]]


def exact_icc3(table: Table) -> tuple[Fraction, Fraction]:
    """ICC(3,1) and ICC(3,k) of clips by judges: Shrout & Fleiss (1979), p. 423."""
    n, k = len(table), len(table[0])
    mean = Fraction(sum(map(sum, table)), n * k)
    rows = [Fraction(sum(row), k) for row in table]
    columns = [Fraction(sum(row[place] for row in table), n) for place in range(k)]
    total = sum((score - mean) ** 2 for row in table for score in row)
    between = k * sum((row - mean) ** 2 for row in rows)
    judges = n * sum((column - mean) ** 2 for column in columns)
    bms, ems = between / (n - 1), (total - between - judges) / ((n - 1) * (k - 1))
    return (bms - ems) / (bms + (k - 1) * ems), (bms - ems) / bms


def exact_fleiss(table: Table) -> Fraction:
    """Kappa of Fleiss (1971), equations 1 to 7."""
    n, k = len(table), len(table[0])
    points = sorted({score for row in table for score in row})
    counts = [[list(row).count(point) for point in points] for row in table]
    agreed = Fraction(sum(sum(c * c for c in row) - k for row in counts), n * k * (k - 1))
    shares = [Fraction(sum(row[place] for row in counts), n * k) for place in range(len(points))]
    chance = sum(share * share for share in shares)
    return (agreed - chance) / (1 - chance)


def reported(folder: Path, judges: str = "all judges") -> dict[str, float]:
    """Coefficients by name as the table of a written report holds them for programs."""
    with (folder / "rating-tables" / "agreement.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["judges"] == judges]
    assert len(rows) == 6
    return {row["coefficient"]: float(row["value"]) for row in rows}
