"""Features to the activities they are paid by: picked on the map, by a list of codes, or by a rule that is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from geo.database import Connection, one, rows, the
from geo.errors import BadValue, NotFound
from geo.ingest.problem import Problem
from geo.layer import COMMON_COLUMNS, Layer
from geo.ledger import refusing
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Rule:
    """Features of a layer; of a unit and all below it; with a value in a public column, written as JSON keeps it."""

    layer: str
    org_unit: str | None = None
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Linked:
    """How many links there are now, how many of them are new, and which codes of a list are not known."""

    features: int
    added: int
    rule: int | None = None
    problems: tuple[Problem, ...] = ()


def by_ids(connection: Connection, activity: str, features: Sequence[UUID]) -> Linked:
    """Link what was picked on the map; raises :class:`NotFound` where the activity or one of them is not there."""
    _known(connection, activity)
    found = rows(connection, "link_ids", activity=activity, features=list(features))
    if len(found) < len(set(features)):
        strange = set(features) - {each["feature"] for each in found}
        raise NotFound(noun=Text(zh="要素", en="feature"), key=sorted(map(str, strange))[0])
    return Linked(_count(connection, activity), sum(each["fresh"] for each in found))


def by_codes(connection: Connection, activity: str, layer: Layer, codes: Sequence[str]) -> Linked:
    """Link features by a list of codes; those that are not known are problems of their line."""
    _known(connection, activity)
    listed = [code.strip() for code in codes]
    found = rows(connection, "link_codes", activity=activity, layer=layer.code, codes=listed)
    known = {each["code"] for each in found}
    problems = tuple(
        Problem(line, "code", code, "unknown_code")
        for line, code in enumerate(listed, 1)
        if code and code not in known
    )  # fmt: skip
    return Linked(_count(connection, activity), sum(each["fresh"] for each in found), problems=problems)


def by_rule(connection: Connection, activity: str, layer: Layer, rule: Rule, *, by: str) -> Linked:
    """Keep a rule and apply it; the same rule stated twice is one. Raises :class:`BadValue` for a private column."""
    _known(connection, activity)
    if rule.column is not None and rule.column not in (*layer.public, *(COMMON_COLUMNS - {"township", "village"})):
        columns = " ".join([*layer.public, "name", "code"])
        raise BadValue(name="column", value=rule.column, reason=Text(zh=f"可用 {columns}", en=f"use {columns}"))
    if (rule.column is None) != (rule.value is None):
        reason = Text(zh="列和值须同时给出", en="column and value go together")
        raise BadValue(name="value", value=rule.value or "", reason=reason)
    with refusing():
        kept = the(
            connection, "link_rule_insert", int,
            activity=activity, layer=layer.code, org_unit=rule.org_unit, attribute=rule.column, value=rule.value, by=by,
        )  # fmt: skip
    added = apply(connection, activity)
    return Linked(_count(connection, activity), added, kept)


def apply(connection: Connection, activity: str | None = None, *, layer: str | None = None) -> int:
    """Bring the links to what the rules say now, of one activity or layer or of all; returns how many were added.

    A link goes where its rule no longer fits the feature; what was picked by hand stays, and so does money.
    """
    return the(connection, "link_apply", int, activity=activity, layer=layer)


def forget_rule(connection: Connection, activity: str, rule: int) -> None:
    """Drop a rule with the links that it alone made; raises :class:`NotFound`."""
    if one(connection, "link_rule_delete", int, activity=activity, rule=rule) is None:
        raise NotFound(noun=Text(zh="关联规则", en="rule"), key=rule)
    apply(connection, activity)


def forget(connection: Connection, activity: str, feature: UUID) -> None:
    """Drop one link that was picked by hand or listed; raises :class:`NotFound`, also where a rule made it."""
    if one(connection, "link_delete", int, activity=activity, feature=feature) is None:
        raise NotFound(noun=Text(zh="手工关联", en="link made by hand"), key=feature)


def _known(connection: Connection, activity: str) -> None:
    if one(connection, "link_activity", bool, activity=activity) is None:
        raise NotFound(noun=Text(zh="项目", en="activity"), key=activity)


def _count(connection: Connection, activity: str) -> int:
    return the(connection, "link_count", int, activity=activity)
