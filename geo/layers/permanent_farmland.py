"""永久基本农田: farmland that the law keeps for growing food; projects must not lie on it."""

from typing import Annotated

from pydantic import Field

from geo.layer import MU, PATCH, Geometry, Layer, Measure, Row, column
from geo.text import Text

Short = Annotated[str, Field(max_length=60)]


class PermanentFarmland(Row):
    """One patch of permanent basic farmland, with the field codes of its national database."""

    patch_number: Short | None = column(Text(zh="永农图斑编号", en="Patch number"), "YNTBBH", "TBBH")
    land_class: Annotated[str, Field(max_length=8)] | None = column(Text(zh="地类编码", en="Land class code"), "DLBM")
    land_class_name: Short | None = column(Text(zh="地类名称", en="Land class"), "DLMC")
    farmland_m2: Annotated[float, Field(ge=0, le=1e9)] | None = column(
        Text(zh="永久基本农田面积（平方米）", en="Protected area (m²)"), "YJJBNTMJ", "YNMJ", unit=MU
    )
    slope_class: Annotated[int, Field(ge=1, le=5)] | None = column(
        Text(zh="坡度级别", en="Slope class"), "GDPDJB", "PDJB"
    )


LAYER = Layer(
    code="permanent_farmland",
    label=Text(zh="永久基本农田", en="Permanent basic farmland"),
    geometry=Geometry.POLYGON,
    row=PermanentFarmland,
    measures=(
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
        Measure("registered_area", Text(zh="图斑面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("patches", Text(zh="图斑数", en="Patches"), PATCH),
    ),
    icon="M1.5 2H14.5V4.6H1.5ZM1.5 6.7H14.5V9.3H1.5ZM1.5 11.4H14.5V14H1.5Z",
    order=120,
    about=Text(
        zh="依法划定、严格保护的永久基本农田",
        en="Farmland that is kept for food by law",
    ),
)
