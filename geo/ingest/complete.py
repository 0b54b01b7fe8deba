"""That a file holds all there is of a layer in some units: what somebody states with an import, checked and kept."""

from dataclasses import dataclass
from datetime import date

from geo.database import Connection, statement
from geo.errors import BadValue
from geo.org_unit import Places
from geo.settings import today
from geo.text import Text

_STATED = Text(zh="{places}：本文件是截至 {day} 的全部数据", en="{places}: this file holds all there is as of {day}")
_LEFT = Text(
    zh="有 {refused} 行没有入库，不能声明为全部数据",
    en="{refused} rows were not entered: it cannot be stated to be complete",
)


@dataclass(frozen=True, slots=True)
class Complete:
    """The codes of townships, or of the county, for which a file is complete, and as of which day; None for today."""

    org_units: tuple[str, ...]
    as_of: date | None = None

    @property
    def day(self) -> date:
        """The day as of which it is complete."""
        return self.as_of or today()


def check(complete: Complete, there: Places, within: frozenset[str] | None) -> Text:
    """The statement as a sentence of the report.

    Raises :class:`BadValue` for what is no township nor the county, one that whoever imports may not edit (``within``,
    None for any), and a day that is still to come.
    """
    for code in complete.org_units:
        unit = there.units.get(code)
        if unit is None or unit.level not in ("county", "township"):
            reason = Text(zh="应为乡镇或县的代码", en="state the code of a township or of the county")
            raise BadValue(name="complete", value=code[:100], reason=reason)
        if within is not None and code not in within:
            reason = Text(zh="您在那里没有导入权限", en="you may not import there")
            raise BadValue(name="complete", value=code, reason=reason)
    if complete.day > today():
        reason = Text(zh="日期尚未到", en="that day is still to come")
        raise BadValue(name="complete", value=complete.day.isoformat(), reason=reason)
    named = [there.units[code].label for code in complete.org_units]
    places = Text(zh="、".join(each.zh for each in named), en=", ".join(each.en for each in named))
    return _STATED.format(places=places, day=complete.day)


def keep(connection: Connection, complete: Complete, import_id: int, *, refused: int, by: str) -> None:
    """Keep the statement with its import; raises :class:`BadValue` where rows were refused, for it is not true then."""
    if refused:
        raise BadValue(name="complete", value=" ".join(complete.org_units), reason=_LEFT.format(refused=refused))
    values = {"id": import_id, "org_units": list(dict.fromkeys(complete.org_units)), "as_of": complete.day, "by": by}
    connection.execute(statement("import_complete"), values)
