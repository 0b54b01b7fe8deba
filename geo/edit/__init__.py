"""Features changed one at a time: created, replaced, updated and deleted by the rules of an import."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from geo import link
from geo.database import Connection, one, rows, statement
from geo.edit.document import Document, NotAFeature, Sent, merged, read, written
from geo.edit.held import Held, LayerBusy, held, hold_off_imports
from geo.edit.judge import FeatureRefused, Judged, beside, judged
from geo.edit.precondition import UNSTATED, FeatureChanged, HeaderUnreadable, VersionUnstated, etag_version
from geo.errors import ShanheError
from geo.ingest.problem import Problem
from geo.layer import Layer
from geo.org_unit import places
from geo.text import Text

__all__ = [
    "UNSTATED", "CodeTaken", "Edited", "FeatureChanged", "FeatureInUse", "FeatureRefused", "HeaderUnreadable",
    "LayerBusy", "NotAFeature", "VersionUnstated", "create", "delete", "etag_version", "replace", "update",
]  # fmt: skip

_PLACE = ("township", "village")
_CREATED, _REPLACED, _UPDATED, _DELETED = (
    "经接口新增 / created through the API", "经接口替换 / replaced through the API",
    "经接口修改 / updated through the API", "经接口删除 / deleted through the API",
)  # fmt: skip
_DEPENDING: dict[str, Text] = {
    "allocation": Text(zh="已分摊资金（{told}）", en="money was allocated to it ({told})"),
    "link": Text(zh="已手工关联项目 {told}", en="it was linked by hand to activity {told}"),
    "milestone": Text(zh="已有人登记进度（{told}）", en="somebody recorded progress of it ({told})"),
    "attachment": Text(zh="已有附件（{told}）", en="it has an attachment ({told})"),
    "document": Text(zh="已有文件《{told}》", en="it has the document “{told}”"),
    "report": Text(zh="{told} 有现场上报", en="it was seen in the field on {told}"),
}


class CodeTaken(ShanheError):
    """Another feature of the layer has the code."""

    code = "code_taken"
    sentence = Text(zh="本图层已有编号 {taken}", en="The layer has a feature with code {taken}")


class FeatureInUse(ShanheError):
    """A feature cannot be deleted because something depends on it."""

    code = "feature_in_use"
    sentence = Text(zh="要素 {feature} 不能删除：{reason}", en="Feature {feature} cannot be deleted: {reason}")


@dataclass(frozen=True, slots=True)
class Edited:
    """A feature after a change: the version it has now, the first day it is listed on if stated, and the warnings."""

    id: UUID
    version: int
    starts_on: date | None
    warnings: tuple[Problem, ...] = ()


def create(connection: Connection, layer: Layer, document: object, *, uri: str, by: str) -> Edited:
    """Add a feature; where one with its code was deleted, that one comes back as it is stated now.

    Coordinates are in the system ``uri`` (one of :data:`geo.crs.CRS_URIS`), in the order of its registry. Raises
    :class:`NotAFeature`, :class:`FeatureRefused`, :class:`CodeTaken` and :class:`LayerBusy`.
    """
    hold_off_imports(connection, layer)
    fit = judged(layer, read(layer, document, uri), places(connection))
    told = rows(connection, "edit_insert", **fit.values, by=by, reason=_CREATED)
    if not told:
        raise CodeTaken(taken=fit.values["code"])
    feature, version = told[0]["id"], told[0]["version"]
    _keep_private(connection, layer, feature, fit)
    warnings = beside(connection, layer, fit, feature)
    link.apply(connection, layer=layer.code)
    return Edited(feature, version, fit.values["starts_on"], (*fit.warnings, *warnings))


def replace(
    connection: Connection,
    layer: Layer,
    feature: UUID,
    document: object,
    *,
    versions: AbstractSet[int] | None,
    uri: str,
    by: str,
) -> Edited:
    """State a feature anew, if it is in one of ``versions`` (None: in any).

    Personal columns that are not stated stay: they are never read, so they cannot be sent back. A document that changes
    nothing makes no version. Raises what :func:`create` does, :class:`NotFound` and :class:`FeatureChanged`.
    """
    known = held(connection, layer, feature, versions)
    sent = read(layer, document, uri)
    _named(document, feature)
    if sent.columns["village"] == known.columns["village"]:
        known.leave_village(sent.columns)
    return _store(connection, layer, known, sent, by=by, reason=_REPLACED)


def update(
    connection: Connection,
    layer: Layer,
    feature: UUID,
    patch: object,
    *,
    versions: AbstractSet[int] | None,
    uri: str,
    by: str,
) -> Edited:
    """Apply a merge patch (RFC 7396) to a feature, if it is in one of ``versions`` (None: in any).

    A feature that is moved and not told its township gets that in which it lies. Raises what :func:`replace` does.
    """
    known = held(connection, layer, feature, versions)
    if not isinstance(patch, dict):
        raise NotAFeature(reason=Text(zh="补丁应为对象", en="the patch must be an object"))
    _named(patch, feature)
    whole = {"type": "Feature", "geometry": written(known.geom, uri), "properties": dict(known.columns)}
    sent = read(layer, {"geometry": None, **merged(whole, patch)}, uri)
    stated: Document = patch.get("properties") or {}
    sent.private.update({name: stated[name] for name in layer.private if name in stated})
    placed = bool(stated.keys() & set(_PLACE))
    if not placed:
        sent.columns.update(dict.fromkeys(_PLACE))
    elif "village" not in stated:
        known.leave_village(sent.columns)
    return _store(connection, layer, known, sent, by=by, reason=_UPDATED, placed=placed)


def delete(connection: Connection, layer: Layer, feature: UUID, *, versions: AbstractSet[int] | None, by: str) -> None:
    """Mark a feature as deleted, if it is in one of ``versions``; its history stays, its personal columns go.

    Milestones that imports brought are revoked, as undoing the import does. Raises :class:`FeatureInUse` where money,
    a link made by hand, recorded progress or an attachment depends on it, :class:`NotFound`, :class:`FeatureChanged`
    and :class:`LayerBusy`.
    """
    known = held(connection, layer, feature, versions)
    depending = rows(connection, "edit_depends", layer=layer.code, feature=feature)
    if depending:
        said = [_DEPENDING[each["kind"]].format(told=each["told"]) for each in depending]
        reason = Text(zh="；".join(text.zh for text in said), en="; ".join(text.en for text in said))
        raise FeatureInUse(feature=known.columns["code"], reason=reason)
    told = {"layer": layer.code, "feature": feature, "by": by, "reason": _DELETED}
    for name in ("edit_milestone_revoke", "edit_delete", "edit_private_delete"):
        connection.execute(statement(name), told)
    link.apply(connection, layer=layer.code)


def _named(document: object, feature: UUID) -> None:
    """Raise :class:`NotAFeature` for a document that says it is another feature."""
    if isinstance(document, dict) and document.get("id") not in (None, str(feature)):
        raise NotAFeature(reason=Text(zh="id 是另一个要素的", en="the id is that of another feature"))


def _store(
    connection: Connection, layer: Layer, known: Held, sent: Sent, *, by: str, reason: str, placed: bool = True
) -> Edited:
    """Write what a change leaves of a feature, where it differs from what is there."""
    stays = sent.stays(known.geom)
    fit = judged(layer, sent, known.places, held=known.geom if stays else None)
    values = fit.values
    if stays:
        values["area_m2"] = known.area_m2
    if not placed:
        values["org_unit"] = known.unit(values["org_unit"], stays=stays)
    touched = _keep_private(connection, layer, known.feature, fit)
    told = {"feature": known.feature, "public": list(layer.public), "touched": touched, "by": by, "reason": reason}
    try:
        version = one(connection, "edit_update", int, **values, **told)
    except psycopg.errors.UniqueViolation:
        raise CodeTaken(taken=values["code"]) from None
    if version is None:
        return Edited(known.feature, known.version, values["starts_on"], fit.warnings)
    warnings = () if stays else beside(connection, layer, fit, known.feature)
    link.apply(connection, layer=layer.code)
    return Edited(known.feature, version, values["starts_on"], (*fit.warnings, *warnings))


def _keep_private(connection: Connection, layer: Layer, feature: UUID, fit: Judged) -> bool:
    """Write the personal columns that are stated, apart from the feature; whether that changed any."""
    if not fit.private:
        return False
    stated = Jsonb(fit.private)
    return one(connection, "edit_private", bool, layer=layer.code, feature=feature, stated=stated) is not None
