"""What somebody wishes for an import, as JSON that a page, a job and the history keep; and the choice it makes."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from geo.datum import Seven
from geo.errors import BadValue
from geo.ingest.choice import Choice
from geo.ingest.complete import Complete
from geo.ingest.placing import Declared
from geo.ingest.repair import Repair
from geo.text import Text

Name = Annotated[str, Field(min_length=1, max_length=200)]


class Mending(BaseModel):
    """修复 / what is repaired; ``snap_m`` in metres."""

    model_config = ConfigDict(extra="forbid")

    valid: bool = False
    close_rings: bool = False
    repeated_points: bool = False
    snap_m: Annotated[float | None, Field(gt=0, le=10)] = None


class Completeness(BaseModel):
    """全部数据 / that the file holds all there is in some units: codes of townships, or that of the county."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    org_units: Annotated[list[Annotated[str, Field(min_length=1, max_length=20)]], Field(min_length=1, max_length=200)]
    as_of: date | None = None


class Wish(BaseModel):
    """导入选择 / what is wished for an import; what is left out is told from the file.

    ``columns`` maps headings to what they mean, ``""`` for nothing; ``parameters`` are dx, dy, dz in metres, rx, ry, rz
    in arc seconds and the scale in ppm, as position vector. ``packed`` degrees are written ddd.mmss.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    table: Name | None = None
    encoding: Name | None = None
    crs: Name | None = None
    swapped: bool | None = None
    packed: bool | None = None
    offset: Literal["gcj02", "bd09"] | None = None
    parameters: Annotated[list[float], Field(min_length=7, max_length=7)] | None = None
    columns: Annotated[dict[str, Annotated[str, Field(max_length=100)]], Field(max_length=1000)] | None = None
    mapping: Name | None = None
    save_mapping: Name | None = None
    partial: bool = False
    repair: Mending = Mending()
    illustrative: bool = False
    reason: Annotated[str, Field(max_length=400)] = ""
    complete: Completeness | None = None


def choice_of(wish: dict[str, Any], *, by: str = "import") -> Choice:
    """The choice for :func:`geo.ingest.load.load`; raises :class:`BadValue` for a wish that cannot be."""
    try:
        asked = Wish.model_validate(wish)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        reason = Text(zh=str(fault["msg"]), en=str(fault["msg"]))
        raise BadValue(name=".".join(map(str, fault["loc"])), value=str(fault["input"])[:100], reason=reason) from None
    return Choice(
        table=asked.table,
        partial=asked.partial,
        illustrative=asked.illustrative,
        encoding=asked.encoding,
        declared=Declared(
            crs=asked.crs,
            offset=asked.offset,
            parameters=Seven.parse(",".join(map(str, asked.parameters))) if asked.parameters else None,
            swapped=asked.swapped,
            packed=asked.packed,
        ),
        by=by,
        reason=asked.reason,
        columns=asked.columns or {},
        mapping=asked.mapping,
        save_mapping=asked.save_mapping,
        complete=Complete(tuple(asked.complete.org_units), asked.complete.as_of) if asked.complete else None,
        repair=Repair(**asked.repair.model_dump()),
    )
