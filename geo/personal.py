"""Personal columns of a feature: masked for whoever may see them, whole for a stated reason that is kept."""

import re
from dataclasses import dataclass
from uuid import UUID

from geo.audit import note
from geo.database import Connection, rows
from geo.errors import BadValue, NotFound
from geo.layers import layer as declared
from geo.text import Text
from geo.viewer import viewer

_NUMBER = re.compile(r"[0-9][0-9 -]{5,}[0-9Xx]")
SHORTEST_REASON, LONGEST_REASON = 2, 200


@dataclass(frozen=True, slots=True)
class Column:
    """A personal column of a feature: its name in the layer, what it is called, and the value."""

    name: str
    label: Text
    value: str


def masked(value: str) -> str:
    """What is shown of a value to tell it from others: 王**, 138****5678, 5111**********1234."""
    plain = value.strip()
    if _NUMBER.fullmatch(plain):
        first, last = (4, 4) if len(plain) >= 15 else (3, 4) if len(plain) >= 11 else (1, 1)
        return plain[:first] + "*" * (len(plain) - first - last) + plain[len(plain) - last :]
    return plain[:1] + "**"


def masks(connection: Connection, feature: UUID) -> list[Column]:
    """The personal columns of a feature, each value masked; raises :class:`NotFound`, also where there is no right."""
    return [Column(each.name, each.label, masked(each.value)) for each in _read(connection, feature)[1]]


def whole(connection: Connection, feature: UUID, *, reason: str) -> list[Column]:
    """The personal columns of a feature as they are, after it is kept who reads them and why, in the viewer's words.

    Raises :class:`BadValue` for no reason, and :class:`NotFound`, also where there is no right.
    """
    why = stated(reason)
    about, columns = _read(connection, feature)
    subject = {**about, "columns": [each.name for each in columns], "reason": why}
    note(connection, viewer(connection).name, "personal.read", subject)
    return columns


def stated(reason: str) -> str:
    """A reason as it is kept; raises :class:`BadValue` where none is stated."""
    written = " ".join(reason.split())
    if not SHORTEST_REASON <= len(written) <= LONGEST_REASON:
        told = Text(zh="请写明原因，2 到 200 个字", en="state a reason of 2 to 200 characters")
        raise BadValue(name="reason", value=written[:80], reason=told)
    return written


def _read(connection: Connection, feature: UUID) -> tuple[dict[str, str], list[Column]]:
    for row in rows(connection, "personal_one", feature=feature):
        named = declared(row["layer"])
        values = {name: row["attributes"].get(name) for name in named.private}
        columns = [Column(name, named.called(name), str(value)) for name, value in values.items() if value]
        return {"layer": row["layer"], "id": str(feature), "code": row["code"]}, columns
    raise NotFound(noun=Text(zh="个人信息", en="personal data"), key=feature)
