"""Targets: what was promised of a layer in a unit by the end of a period; stated, corrected and taken back."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

import psycopg

from geo.database import Connection, one, the
from geo.errors import BadValue, NotFound, ShanheError
from geo.layer import Layer
from geo.text import Text

BARRED: dict[str, Text] = {
    "target_org_unit_known": Text(zh="未知的行政区", en="unknown unit"),
    "target_period_forward": Text(zh="任务期的结束早于开始", en="the period ends before it begins"),
    "target_positive": Text(zh="任务数应大于零", en="a target must be more than zero"),
}


class TargetRefused(ShanheError):
    """A target cannot be what was sent."""

    code = "target_refused"
    sentence = Text(zh="任务不能保存：{reason}", en="This target cannot be kept: {reason}")


@dataclass(frozen=True, slots=True)
class Target:
    """A value of a measure at a milestone, in the unit people read, within a period; ``origin`` is what states it."""

    layer: str
    measure: str
    milestone: str
    org_unit: str
    starts_on: date
    ends_on: date
    value: Decimal
    origin: str


def completing(layer: Layer) -> str:
    """The milestone that targets are about by default; raises :class:`BadValue` for a layer without progress."""
    if layer.completing is None:
        reason = Text(zh="该图层没有进度", en="this layer has no progress")
        raise BadValue(name="layer", value=layer.code, reason=reason)
    return layer.completing.code


def targets(connection: Connection, *, layer: str | None = None, org_unit: str | None = None) -> str:
    """``{"targets": […]}`` of what the viewer sees, values in the unit people read, the newest period first."""
    return the(connection, "target_all", str, layer=layer, org_unit=org_unit)


def state(connection: Connection, target: Target) -> int:
    """State a target in place of the one for the same measure, milestone, unit and period; returns its number.

    Raises :class:`TargetRefused`. What it was before is in the audit trail.
    """
    with _refusing():
        return the(connection, "target_state", int, **asdict(target))


def remove(connection: Connection, number: int) -> None:
    """Take a target back; raises :class:`NotFound`. What it was is in the audit trail."""
    if one(connection, "target_delete", int, id=number) is None:
        raise NotFound(noun=Text(zh="任务", en="target"), key=number)


@contextmanager
def _refusing() -> Generator[None]:
    """Turn what the database refuses into a sentence."""
    try:
        yield
    except psycopg.IntegrityError as error:
        reason = BARRED.get(error.diag.constraint_name or "")
        if reason is None:
            raise
        raise TargetRefused(reason=reason) from None
