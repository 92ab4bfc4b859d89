"""Evaluate declared formulas: a value or Unknown with its reason, coverage, basis, uncertainty and lineage.

``board`` reads what a city's indicators need in a few questions and answers for any indicator, place and period.
"""

from wufei.indicators.board import Board, board
from wufei.indicators.figure import Amount, Figure

__all__ = ["Amount", "Board", "Figure", "board"]
