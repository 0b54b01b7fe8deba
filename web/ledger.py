"""The pages of the ledger from values: transactions, one with what it reached, one activity with its features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from geo.allocation import BASES
from geo.layer import Layer
from geo.ledger import KINDS, PHASES
from geo.text import Text
from geo.vocabulary import column
from web.page import inert_json
from web.sheet import Sheet

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """The names behind the codes of the ledger, and which years it has."""

    channels: Mapping[str, Text]
    activities: Mapping[str, Text]
    years: Sequence[int]
    layers: Mapping[str, Layer]
    townships: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the list is narrowed to; None is all of it."""

    as_of: date
    year: int | None = None
    fund_source: str | None = None
    activity: str | None = None
    kind: str | None = None
    unallocated: bool = False
    org_unit: str | None = None

    def address(self, sheet: Sheet, **other: object) -> str:
        """The address of the list narrowed the same, with some of it chosen otherwise."""
        kept = {name: getattr(self, name) for name in self.__slots__} | other
        asked = {name: str(value).lower() for name, value in kept.items() if value not in (None, False, "")}
        if sheet.chosen_language:
            asked["lang"] = sheet.language
        return f"/ledger?{urlencode(asked)}"


def ledger_page(sheet: Sheet, known: Known, chosen: Chosen, page: Json, *, editable: bool) -> str:
    """The transactions that the filters leave, with forms to enter, to budget and to import; ``page`` in 元."""
    return _render(sheet, "ledger.html", known, chosen=chosen, page=page, editable=editable)


def transaction_page(sheet: Sheet, known: Known, one: Json, activity: Json | None, *, editable: bool) -> str:
    """One transaction: what it reached, forms to spread, correct and withdraw it, and what it was before."""
    return _render(sheet, "transaction.html", known, one=one, activity=activity, editable=editable)


def activity_page(sheet: Sheet, known: Known, activity: Json, page: Json, *, editable: bool) -> str:
    """One activity: budget lines, transactions, and the features it is for with the ways to link them."""
    columns = inert_json(
        {code: [column(name, info) for name, info in layer.public.items()] for code, layer in known.layers.items()}
    )

    def condition(rule: Json) -> str:
        return _condition(known.layers.get(rule["layer"]), rule["column"], rule["value"], sheet)

    return _render(
        sheet, "activity.html", known,
        activity=activity, page=page, columns=columns, condition=condition, editable=editable,
    )  # fmt: skip


def _condition(layer: Layer | None, name: str, value: str, sheet: Sheet) -> str:
    """What a rule asks of a column, in the words of its declaration."""
    told = column(name, layer.columns[name]) if layer is not None and name in layer.columns else {}
    label = told.get("label", {"zh": name, "en": name})[sheet.language]
    codes = {each["code"]: each["label"][sheet.language] for each in told.get("codes", ())}
    return f"{label} = {codes.get(value, value)}"


def _render(sheet: Sheet, template: str, known: Known, **values: object) -> str:
    return sheet.render(
        template,
        known=known,
        kinds=KINDS,
        phases=PHASES,
        bases=BASES,
        amount=_amount,
        called=lambda code, names: sheet.say(names[code]) if code in names else (code or ""),
        **values,
    )


def _amount(value: Any) -> str:
    """An amount in 元 with its two decimals; empty where it is not stated."""
    return "" if value is None else f"{Decimal(value):,.2f}"
