"""The ledger of a year's report, whole channels with the activities below them, to transactions and budget lines."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from geo import ledger
from geo.amount import yuan
from geo.errors import BadValue
from geo.ingest.entry import Names
from geo.ingest.problem import Problem, Problems
from geo.ingest.sheet import Sheet
from geo.ledger import BudgetLine, Entry
from geo.text import Text

_HEADINGS = {"fund_source", "fund_source_zh", "row", "activity_zh", "document", "paid_wan", "carried_over_wan"}


def is_report(sheet: Sheet) -> bool:
    """Whether a sheet has the layout of ``report_2024_ledger.csv``."""
    return set(sheet.headings) >= _HEADINGS


def report_rows(
    sheet: Sheet, names: Names, problems: Problems, *, year: int | None, file: str
) -> Iterator[tuple[int, list[Entry | BudgetLine]]]:
    """Yield what each row states, in 元, on the last day of the year.

    A row ``channel`` states what a whole channel paid and carried over, a row ``activity`` what the channel is for. An
    activity that two channels pay is one activity. Where the report says that a channel has one project and names it,
    what the channel paid was paid for that project. ``year`` left out is the one in the file's name.
    """
    found = re.search(r"(?<!\d)(?:19|20|21)\d\d(?!\d)", file)
    if year is None and found is None:
        reason = Text(zh="台账未写明年度，请指定", en="the ledger does not state it")
        raise BadValue(name="year", value="", reason=reason)
    stated = year or int(found[0] if found else 0)
    single = _single(sheet)
    for number, cells in sheet.rows:
        text = {name: str(cell or "").strip() for name, cell in cells.items()}
        if text["row"] not in {"channel", "activity"} or not text["fund_source"]:
            problems.add(Problem(number, "row", text["row"], "value", "应为 channel 或 activity / channel or activity"))
            yield number, []
            continue
        yield number, _row(number, text, names, problems, year=stated, single=single)


def _row(
    number: int, text: dict[str, str], names: Names, problems: Problems, *, year: int, single: dict[str, str]
) -> list[Entry | BudgetLine]:
    code = text["fund_source"]
    english = code.replace("_", " ").capitalize()
    channel = names.channel(code, Text(zh=text["fund_source_zh"] or code, en=english)) or code
    written = text["activity_zh"] if text["row"] == "activity" else single.get(code)
    activity = names.activity(written, year) if written else None
    document = text["document"] or None
    if activity is not None:
        ledger.pays(names.connection, channel, activity, document)
    paid, carried = (_amount(number, name, text[name], problems) for name in ("paid_wan", "carried_over_wan"))
    entered: list[Entry | BudgetLine] = []
    if paid is not None:
        entered.append(BudgetLine(channel, activity, year, "executed", paid))
        entered.append(Entry(channel, activity, "expenditure", date(year, 12, 31), paid, document))
    if carried is not None:
        entered.append(Entry(channel, activity, "carry_over", date(year, 12, 31), carried, document))
    return [] if number in problems.refused else entered


def _amount(number: int, heading: str, written: str, problems: Problems) -> Decimal | None:
    """元 of an amount in 万元; None where none is stated."""
    if not written:
        return None
    try:
        return yuan(written, "万元") or None
    except BadValue as error:
        reason: Any = error.values["reason"]
        problems.add(Problem(number, heading, written[:80], "value", f"{reason.zh} / {reason.en}"))
        return None


def _single(sheet: Sheet) -> dict[str, str]:
    """Channel -> its project, where the report states that there is one and names it."""
    of: dict[str, list[str]] = {}
    projects: Counter[str] = Counter()
    for _, cells in sheet.rows:
        channel = str(cells.get("fund_source") or "").strip()
        if cells.get("row") == "activity":
            of.setdefault(channel, []).append(str(cells.get("activity_zh") or "").strip())
        elif str(cells.get("projects_stated") or "").strip() == "1":
            projects[channel] += 1
    return {channel: listed[0] for channel, listed in of.items() if len(listed) == 1 and projects[channel]}
