"""The words everything else is said in: mass, unit, period, citation, Unknown, Result and named errors.

Nothing here knows a database, a page or a city. Every other room imports this one.
"""

from wufei.terms.citation import Citation
from wufei.terms.errors import NamedError, every_error
from wufei.terms.mass import Mass, MassUnreadable
from wufei.terms.period import Period, PeriodUnreadable
from wufei.terms.result import Basis, Lineage, Result
from wufei.terms.units import (
    Quantity,
    Unit,
    UnitMismatch,
    UnitUnknown,
    convert,
    same_dimension,
    unit,
)
from wufei.terms.unknown import Unknown, is_unknown

__all__ = [
    "Basis",
    "Citation",
    "Lineage",
    "Mass",
    "MassUnreadable",
    "NamedError",
    "Period",
    "PeriodUnreadable",
    "Quantity",
    "Result",
    "Unit",
    "UnitMismatch",
    "UnitUnknown",
    "Unknown",
    "convert",
    "every_error",
    "is_unknown",
    "same_dimension",
    "unit",
]
