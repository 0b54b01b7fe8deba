"""One feature through the checks of an import: what is stored of it, what warns of it, or all that is wrong with it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
import shapely

from geo import crs
from geo.database import Connection, rows
from geo.edit.document import Sent
from geo.errors import ShanheError
from geo.ingest.check import Check
from geo.ingest.mapping import Match, Meaning
from geo.ingest.outline import Limits
from geo.ingest.overlap import Least, Neighbours
from geo.ingest.placing import System
from geo.ingest.problem import Problem
from geo.ingest.repair import NO_REPAIR, Mender
from geo.layer import Layer
from geo.org_unit import Places
from geo.settings import settings, today
from geo.text import Text

_TOLD = 5
_BESIDE = 1_000
_STORED = System(crs.geographic())


class FeatureRefused(ShanheError):
    """A feature that was sent does not keep the rules of its layer; ``problems`` are all of them."""

    code = "feature_refused"
    sentence = Text(zh="要素不能保存：{reason}", en="The feature cannot be saved: {reason}")


@dataclass(frozen=True)
class Judged:
    """A feature as it is stored: ``values`` are parameters of statements, ``private`` the personal columns stated."""

    values: dict[str, Any]
    private: dict[str, Any]
    warnings: tuple[Problem, ...]


def judged(layer: Layer, sent: Sent, places: Places, *, held: bytes | None = None) -> Judged:
    """What is stored of a feature; raises :class:`FeatureRefused` with all that is wrong with it.

    ``held`` is the stored geometry (WKB) where the sent one is the same: it is judged as it is, not as it was rounded.
    """
    columns = {**sent.columns, **sent.private}
    check = _check(layer, _STORED if held else sent.system, places, tuple(columns))
    drawn = held if held else None if sent.drawn is None else shapely.to_wkb(sent.drawn)
    unfit = {problem.column for problem in sent.problems}
    table = {name: _column(None if name in unfit else value) for name, value in columns.items()}
    checked = check.check(np.array([1]), table, pa.array([drawn], pa.binary()))
    found = [problem for problem in check.problems.kept if problem.column not in unfit]
    problems = [*sent.problems, *found]
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors or checked is None:
        raise FeatureRefused(reason=_reason(errors), problems=tuple(problems))
    area, registered = float(checked.area_m2[0]), float(checked.registered_area_m2[0])
    values = {
        "layer": layer.code,
        "code": checked.code[0].as_py(),
        "called": checked.name[0].as_py(),
        "org_unit": checked.org_unit[0].as_py(),
        "geom": checked.wkb[0].as_py(),
        "area_m2": None if np.isnan(area) else round(area, 2),
        "registered_area_m2": None if np.isnan(registered) else round(registered, 2),
        "attributes": checked.attributes[0].as_py(),
        "starts_on": checked.starts_on[0].as_py(),
        "due_on": checked.due_on[0].as_py(),
    }
    stated: dict[str, Any] = {} if checked.private is None else json.loads(checked.private[0].as_py())
    return Judged(values, dict.fromkeys(sent.private) | stated, tuple(problems))


def beside(connection: Connection, layer: Layer, judged: Judged, feature: UUID) -> list[Problem]:
    """Warnings that take a look at what is stored: features that it lies on, and a code that another layer uses."""
    code, geom = judged.values["code"], judged.values["geom"]
    elsewhere = rows(connection, "edit_elsewhere", layer=layer.code, code=code)
    found = [Problem(1, "code", code, "code_elsewhere", each["layer"]) for each in elsewhere]
    if geom is None or layer.may_overlap:
        return found
    neighbours = _neighbours(layer)
    drawn = shapely.from_wkb(geom)
    neighbours.add(np.array([1]), np.array([drawn], object), np.array([judged.values["area_m2"] or 0.0]))
    near = rows(
        connection, "edit_beside",
        layer=layer.code, feature=feature, geom=geom, near=neighbours.reach(), limit=_BESIDE,
    )  # fmt: skip
    others = [(each["code"], None, shapely.from_wkb(each["geom"])) for each in near]
    return [*found, *neighbours.judge([1] * len(near), [(code, 1, drawn)] * len(near), others)]


def _check(layer: Layer, system: System, places: Places, names: tuple[str, ...]) -> Check:
    """A check as of an import whose file has these columns under their own names."""
    chosen = settings()
    return Check(
        layer=layer,
        meaning=Meaning(tuple(Match(name, name, "alias") for name in names)),
        system=replace(system, placed=True),
        places=places,
        today=today(),
        area_tolerance=chosen.area_tolerance,
        vertex_limit=chosen.vertex_limit,
        limits=Limits(chosen.sliver_width, chosen.spike_angle),
        neighbours=_neighbours(layer),
        mender=Mender(NO_REPAIR),
    )


def _neighbours(layer: Layer) -> Neighbours:
    chosen = settings()
    least = Least(chosen.overlap_area, chosen.overlap_share, chosen.near_points)
    return Neighbours(layer.geometry, least, layer.may_overlap)


def _column(value: object) -> pa.Array:
    """One value as a column of a text file would have it, so that it is read by the type of its column alone."""
    if value is None:
        return pa.nulls(1, pa.string())
    return pa.array([value if isinstance(value, str) else json.dumps(value)])


def _reason(errors: Sequence[Problem]) -> Text:
    """The first errors in a sentence, each with the property it is about; personal values never occur in it."""
    told = [(problem.column, problem.text) for problem in errors[:_TOLD]]
    zh = "；".join(f"{column}：{text.zh}" for column, text in told)
    en = "; ".join(f"{column}: {text.en}" for column, text in told)
    more = len(errors) - len(told)
    return (
        Text(zh=f"{zh}；另有 {more} 项", en=f"{en}; and {more} more") if more > 0 else Text(zh=zh or "?", en=en or "?")
    )
