"""Labelled pairs of pictures, as a CSV holds them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Pair:
    """Two pictures and whether they show the same person."""

    file_x: str
    file_y: str
    same: bool


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a CSV.

    Raises:
        ValueError: a column is missing or a decision is neither Yes nor No.
    """
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [_pair(row) for row in csv.DictReader(file)]


def _pair(row: dict[str, str]) -> Pair:
    decision = (row.get("Decision") or "").strip()
    if decision not in ("Yes", "No") or not row.get("file_x") or not row.get("file_y"):
        raise ValueError(f"needs file_x,file_y,Decision (Yes or No), got {row}")
    return Pair(row["file_x"].strip(), row["file_y"].strip(), decision == "Yes")
