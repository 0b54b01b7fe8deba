"""Figures of the 2024 report that the demonstration does not reproduce, each with the reason."""

_MONEY = "money of the ledger, not counted from features"
_OFFICE = "the bureau itself, not a feature of a layer"
_TARGET = "a requirement: it belongs to the targets"

LEFT_OUT: dict[str, str] = {
    "C003": "states 97.17 % although the areas planted and promised are equal; the areas are kept",
    "C024": _TARGET,
    "C041": "states 1 100 households where the other sections state 1 101",
    "C043": "a bond project, kept in the ledger; and 135 of its households were not accepted",
    "C047": "states 12 % although all 202.5 亩 of 202.5 亩 are disposed of; the areas are kept",
    "C050": "expects 630 亩 more although 474.75 亩 of the stated stock are left; the stock is kept",
    "C051": _MONEY,
    "C052": "the city's total is not stated",
    "C053": _MONEY,
    "C054": _MONEY,
    "C055": _MONEY,
    "C066": "survey campaigns of the whole county, not features",
    "C068": "projects of the ledger, not features",
    "C079": "patrollers of the whole county, not features",
    "C080": "the denominator is not stated",
    **{f"C{number:03d}": _MONEY for number in range(86, 96)},
    **{f"C{number:03d}": _OFFICE for number in range(96, 105)},
}
