"""The page of reports from the field, from values: what waits, what was returned, approved or only noted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from geo.layer import Layer
from geo.layers import layers
from geo.settings import settings
from geo.text import Text
from web.sheet import Sheet
from web.talk import talk

Json = Mapping[str, Any]
STATES = {
    "pending": Text(zh="待审核", en="Waiting"),
    "returned": Text(zh="已退回", en="Returned"),
    "approved": Text(zh="已通过", en="Approved"),
    "noted": Text(zh="仅记录", en="Noted only"),
    "revoked": Text(zh="已被更正", en="Replaced"),
    "withdrawn": Text(zh="已撤回", en="Withdrawn"),
}
"""How a report stands, for people; the first four have a list of their own."""
LISTED = ("pending", "returned", "approved", "noted")
FAR = 500
"""Metres from a feature beyond which a report or a photograph is marked."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the reports is listed; ``state`` is empty for all."""

    state: str = "pending"
    layer: str = ""
    org_unit: str = ""
    mine: bool = False

    def query(self) -> dict[str, object]:
        """The parameters of the page's address."""
        return {
            "state": self.state,
            "layer": self.layer,
            "org_unit": self.org_unit,
            "mine": "true" if self.mine else "",
        }


@dataclass(frozen=True, slots=True)
class ReportsView:
    """What the page shows: ``reports`` and ``imports`` are what the API answers."""

    reports: Json
    imports: Sequence[Json]
    townships: Mapping[str, Text]
    asked: Asked
    may_approve: bool
    may_report: bool
    refused: Text | None = None
    about: str = ""
    """The report or import that was refused."""


def reports_page(sheet: Sheet, view: ReportsView) -> str:
    """The page at ``/reports``."""
    zone = ZoneInfo(settings().timezone)
    declared = layers()

    def when(moment: str | None) -> str:
        return "" if moment is None else datetime.fromisoformat(moment).astimezone(zone).strftime("%Y-%m-%d %H:%M")

    return sheet.render(
        "reports.html",
        view=view,
        talk=talk(sheet),
        place=lambda each: Text(**each["feature"]["place"]) if each["feature"]["place"] else None,
        layers=declared,
        states=STATES,
        listed=LISTED,
        when=when,
        reached=lambda each: _reached(declared[each["feature"]["layer"]], each["milestone"]),
        doubts=lambda each: [sheet.say(text) for text in doubts(each, zone)],
        link=lambda **changes: sheet.link("/reports", **{**view.asked.query(), **changes}),
    )


def doubts(report: Json, zone: ZoneInfo) -> list[Text]:
    """What whoever judges a report should look at twice."""
    said: list[Text] = []
    place, photographs = report["position"], report["photographs"]
    if place and place["away_m"] is not None and place["away_m"] - (place["accuracy_m"] or 0) > FAR:
        said.append(Text(zh="上报人离要素较远", en="Whoever reported stood far from it"))
    if any(each["away_m"] is not None and each["away_m"] > FAR for each in photographs):
        said.append(Text(zh="有照片的拍摄地离要素较远", en="A photograph was taken far from it"))
    seen = date.fromisoformat(report["seen_on"])
    taken = [
        datetime.fromisoformat(each["taken_at"]).astimezone(zone).date() for each in photographs if each["taken_at"]
    ]
    if any(day < seen for day in taken):
        said.append(Text(zh="有照片拍摄于所报日期之前", en="A photograph is older than the day reported"))
    missing = report["announced"] - len(photographs)
    if missing > 0 and report["state"] == "pending":
        said.append(Text(zh="还有 {n} 张照片未收到", en="Photographs still to come: {n}").format(n=missing))
    if report["state"] == "pending" and report["milestone"] in report["feature"]["reached"]:
        said.append(Text(zh="该节点已有记录，通过后以此为准", en="On record already; this would replace it"))
    return said


def _reached(layer: Layer, milestone: str | None) -> Text | None:
    return next((each.label for each in layer.milestones if each.code == milestone), None)
