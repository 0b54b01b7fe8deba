"""What somebody saw of a feature: the day, where they stood, photographs, and the milestone they say was reached."""

import json
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal
from uuid import UUID

from geo.database import Connection, rows, statement, the
from geo.errors import BadValue, NotFound, ShanheError
from geo.layers import layer as declared
from geo.photo import Photo
from geo.settings import today
from geo.text import Text

MOST_PHOTOGRAPHS = 9
LONGEST_NOTE = 1000
State = Literal["pending", "approved", "returned", "noted", "revoked", "withdrawn"]
"""How a report stands; ``noted`` states no milestone, so there is nothing to approve."""


class ReportTaken(ShanheError):
    """Another report has the id."""

    code = "report_taken"
    sentence = Text(zh="这个编号的上报已存在", en="There is another report with this id")


class AlreadyReached(ShanheError):
    """The milestone was approved with this very day."""

    code = "already_reached"
    sentence = Text(zh="{day} 达到该节点已有记录", en="It is on record already that this was reached on {day}")


class AlreadyJudged(ShanheError):
    """A report that waits for nobody any more."""

    code = "already_judged"
    sentence = Text(zh="上报已由 {by} 处理", en="The report has been dealt with by {by}")


@dataclass(frozen=True, slots=True)
class Sent:
    """What a report states.

    ``lon``, ``lat`` in degrees, ``accuracy`` in metres: where whoever reports stood, or None. ``photographs`` is how
    many follow.
    """

    feature: UUID
    seen_on: date
    milestone: str | None = None
    note: str | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy: float | None = None
    photographs: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which reports are asked for; ``org_unit`` is a code of any level, ``by`` the account that sent them."""

    id: UUID | None = None
    feature: UUID | None = None
    layer: str | None = None
    org_unit: str | None = None
    state: State | None = None
    by: str | None = None


def send(connection: Connection, report: UUID, sent: Sent, *, by: str) -> bool:
    """Keep a report, its milestone waiting for approval; False where the same was sent before.

    Raises :class:`NotFound` for the feature, :class:`BadValue`, :class:`AlreadyReached`, :class:`ReportTaken`, and
    :class:`geo.viewer.NotAllowed` as the transaction ends.
    """
    if _was_sent(connection, report, sent, by):
        return False
    if sent.seen_on > today():
        raise BadValue(name="seen_on", value=sent.seen_on, reason=Text(zh="晚于今天", en="it is in the future"))
    found = rows(connection, "report_feature", feature=sent.feature, milestone=sent.milestone)
    if not found:
        raise NotFound(noun=Text(zh="要素", en="feature"), key=sent.feature)
    about = found[0]
    if sent.milestone is not None:
        if not about["known"]:
            codes = "、".join(each.code for each in declared(about["layer"]).milestones)
            raise BadValue(name="milestone", value=sent.milestone, reason=Text(zh=f"可用 {codes}", en=f"use {codes}"))
        if about["reached_on"] == sent.seen_on:
            raise AlreadyReached(day=sent.seen_on)
    values = {**asdict(sent), "layer": about["layer"], "id": report, "by": by}
    if not connection.execute(statement("report_insert"), values).rowcount:  # the same, sent twice at once
        if not _was_sent(connection, report, sent, by):
            raise ReportTaken
        return False
    if sent.milestone is not None:
        connection.execute(statement("report_milestone"), values)
    return True


def photograph(connection: Connection, report: UUID, number: int, photo: Photo, *, by: str) -> None:
    """Keep a photograph of somebody's own report, ``number`` counting from 1; one that is there already stays.

    Raises :class:`NotFound`, also for a report that was withdrawn, and :class:`BadValue` for one not announced.
    """
    held = _hold(connection, report, by)
    if not 1 <= number <= held["photographs"]:
        reason = Text(zh=f"上报时说明有 {held['photographs']} 张", en=f"the report announced {held['photographs']}")
        raise BadValue(name="number", value=number, reason=reason)
    lon, lat = photo.position or (None, None)
    connection.execute(
        statement("photograph_insert"),
        {
            "layer": held["layer"], "feature": held["feature"], "report": report, "number": number,
            "called": f"{number}.jpg", "sha256": photo.sha256, "taken_at": photo.taken_at, "lon": lon, "lat": lat,
            "bearing": photo.bearing, "width": photo.width, "height": photo.height, "content": photo.content, "by": by,
            "thumbnail": photo.thumbnail,
        },
    )  # fmt: skip


def withdraw(connection: Connection, report: UUID, *, by: str) -> None:
    """Take back a report of one's own that nobody has judged yet; raises :class:`NotFound`, :class:`AlreadyJudged`."""
    held = _hold(connection, report, by)
    if held["state"] not in {None, "pending"}:
        raise AlreadyJudged(by=held["judged_by"])
    connection.execute(statement("report_revoke"), {"id": report, "by": by})
    connection.execute(statement("report_withdraw"), {"id": report})


def page(connection: Connection, wanted: Wanted, *, limit: int, before: UUID | None = None) -> str:
    """Reports as JSON, the last first: at most ``limit``, those before a report; ``next`` is that of the next page."""
    return the(connection, "report_page", str, **asdict(wanted), limit=limit, before=before)


def one(connection: Connection, report: UUID) -> dict[str, Any]:
    """A report as :func:`page` lists it; raises :class:`NotFound`."""
    for found in json.loads(page(connection, Wanted(report), limit=1))["reports"]:
        return found
    raise NotFound(noun=Text(zh="上报", en="report"), key=report)


def picture(connection: Connection, report: UUID, number: int, *, small: bool = False) -> bytes:
    """A photograph as a JPEG, or a small one of it; raises :class:`NotFound`."""
    for row in rows(connection, "photograph_one", report=report, number=number, small=small):
        return bytes(row["content"])
    raise NotFound(noun=Text(zh="照片", en="photograph"), key=number)


def _was_sent(connection: Connection, report: UUID, sent: Sent, by: str) -> bool:
    """Whether the very same report is there; raises :class:`ReportTaken` for another with its id."""
    for known in rows(connection, "report_sent", id=report):
        if known.pop("recorded_by") != by or Sent(**known) != sent:
            raise ReportTaken
        return True
    return False


def _hold(connection: Connection, report: UUID, by: str) -> dict[str, Any]:
    for row in rows(connection, "report_hold", id=report, by=by):
        return row
    raise NotFound(noun=Text(zh="上报", en="report"), key=report)
