"""Targets: what there are, and stating, correcting and taking one back."""

from starlette.responses import Response

from api import money_models
from api import progress_models as models
from api.deps import JSONText, LayerCode, OrgUnit, TheDatabase, Writer, measured
from api.router import Router
from geo import target
from geo.database import Connection
from geo.errors import BadValue
from geo.layers import layer as declared
from geo.right import Verb
from geo.target import Target
from geo.text import Text
from geo.viewer import NotAllowed, viewer

router = Router("targets")


@router.get("/api/targets", response_model=models.Targets, response_class=JSONText, summary="任务 / Targets")
def targets(database: TheDatabase, layer: LayerCode, org_unit: OrgUnit) -> JSONText:
    """各图层各单位的任务数、任务期和依据 / what was promised of a layer in a unit, by when, and what states it."""
    with database.connection() as connection:
        return JSONText(target.targets(connection, layer=layer, org_unit=org_unit))


@router.put("/api/targets", response_model=money_models.Made, summary="录入或更正任务 / State a target")
def state(database: TheDatabase, by: Writer, sent: models.NewTarget) -> object:
    """同一口径、节点、单位和任务期以新值为准 / in place of the one for the same measure, milestone, unit, period."""
    layer = declared(sent.layer)
    milestone = sent.milestone or target.completing(layer)
    if milestone not in {each.code for each in layer.milestones}:
        codes = "、".join(each.code for each in layer.milestones) or "—"
        reason = Text(zh=f"可用 {codes}", en=f"use {codes}")
        raise BadValue(name="milestone", value=milestone, reason=reason)
    measure = measured(layer, sent.measure) or layer.measures[0].code
    stated = Target(
        layer.code, measure, milestone, sent.org_unit, sent.starts_on, sent.ends_on, sent.value, sent.origin
    )
    with database.connection() as connection:
        _allowed(connection)
        return {"id": target.state(connection, stated)}


@router.delete("/api/targets/{number}", status_code=204, summary="删除任务 / Take a target back")
def remove(database: TheDatabase, by: Writer, number: int) -> Response:
    """删除一项任务，原值留在审计记录中 / what it was stays in the audit trail."""
    with database.connection() as connection:
        _allowed(connection)
        target.remove(connection, number if 0 < number < 2**62 else 0)
    return Response(status_code=204)


def _allowed(connection: Connection) -> None:
    """Raise :class:`NotAllowed` for whoever may not edit everywhere: targets bind whole townships."""
    if Verb.EDIT not in viewer(connection).everywhere:
        raise NotAllowed(reason=Text(zh="任务由全县的编辑人员维护", en="targets are kept by who edits everywhere"))
