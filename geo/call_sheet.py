"""Whom to call in a township about the features of a layer: masked at first, whole for a reason that is kept."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from geo import audit, personal
from geo.database import Connection, rows
from geo.errors import NotFound
from geo.layer import Layer
from geo.layers import layers
from geo.right import Verb
from geo.text import Text
from geo.viewer import Viewer, viewer

MOST = 2_000
"""Records on one sheet; for more, one chooses a village."""
_PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Contact:
    """The personal columns of a layer that say whom to call: who they are, if that is said, and the number."""

    person: str | None
    phone: str


@dataclass(frozen=True, slots=True)
class Line:
    """A feature with the people responsible for it, in the order of :func:`contacts`; None where nothing is known."""

    id: str
    code: str
    name: str | None
    org_unit: str
    status: str
    people: tuple[tuple[str | None, str | None], ...]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which township and layer, of all of it or of one village; ``as_of`` is the day of the status beside each."""

    org_unit: str
    layer: Layer
    as_of: date
    village: str | None = None


def contacts(layer: Layer) -> tuple[Contact, ...]:
    """Whom to call about a feature of a layer: each personal column that ends in ``phone``, and whose number it is.

    ``monitor_phone`` is that of ``monitor``; a plain ``phone`` that of the person whom the layer names first.
    """
    private = tuple(layer.private)
    named = tuple(each for each in private if not each.endswith((_PHONE, "id_number")))
    found: list[Contact] = []
    for phone in private:
        if phone.endswith(_PHONE):
            person = phone.removesuffix(_PHONE).rstrip("_") or next(iter(named), "")
            found.append(Contact(person if person in private else None, phone))
    return tuple(found)


def offered(who: Viewer, org_unit: str) -> dict[str, Layer]:
    """The layers of whose features in a township somebody may see whom to call, by code."""
    return {
        code: layer
        for code, layer in layers().items()
        if layer.private and contacts(layer) and who.may_at(Verb.PERSONAL, org_unit, code)
    }


def masks(connection: Connection, wanted: Wanted) -> list[Line]:
    """The sheet with every name and number masked; raises :class:`NotFound` where there is no right."""
    return _read(connection, wanted, masked=True)


def whole(connection: Connection, wanted: Wanted, *, reason: str) -> list[Line]:
    """The sheet as it is, after it is kept who reads it, why, and how many records it holds.

    Raises :class:`geo.errors.BadValue` for no reason, and :class:`NotFound` where there is no right.
    """
    stated = personal.stated(reason)
    found = _read(connection, wanted, masked=False)
    if found:
        subject = {
            "layer": wanted.layer.code,
            "org_unit": wanted.village or wanted.org_unit,
            "records": len(found),
            "columns": _columns(wanted.layer),
            "reason": stated,
        }
        audit.note(connection, viewer(connection).name, "personal.read", subject)
    return found


def _read(connection: Connection, wanted: Wanted, *, masked: bool) -> list[Line]:
    if wanted.layer.code not in offered(viewer(connection), wanted.org_unit):
        raise NotFound(noun=Text(zh="通讯表", en="call sheet"), key=wanted.layer.code)
    told = rows(
        connection,
        "call_sheet",
        layer=wanted.layer.code,
        org_unit=wanted.org_unit,
        village=wanted.village,
        as_of=wanted.as_of,
        columns=_columns(wanted.layer),
        limit=MOST,
    )
    return [_line(row, wanted.layer, masked=masked) for row in told]


def _columns(layer: Layer) -> list[str]:
    """What a sheet shows, and no other personal column."""
    return [name for each in contacts(layer) for name in (each.person, each.phone) if name is not None]


def _line(row: dict[str, Any], layer: Layer, *, masked: bool) -> Line:
    def shown(name: str | None) -> str | None:
        value = row["attributes"].get(name) if name is not None else None
        text = None if value in (None, "") else str(value)
        return personal.masked(text) if masked and text is not None else text

    people = tuple((shown(each.person), shown(each.phone)) for each in contacts(layer))
    return Line(str(row["id"]), row["code"], row["name"], row["org_unit"], row["status"], people)
