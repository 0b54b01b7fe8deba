"""城镇开发边界: the line inside which a town may grow."""

from typing import Annotated

from pydantic import Field

from geo.layer import HECTARE, PIECE, Code, CodeList, Geometry, Layer, Measure, Row, column
from geo.text import Text

Kind = Annotated[
    str,
    CodeList(
        Code("concentrated", Text(zh="城镇集中建设区", en="Concentrated building area"), ("集中建设区",)),
        Code("flexible", Text(zh="城镇弹性发展区", en="Flexible growth area"), ("弹性发展区",)),
        Code("special", Text(zh="特别用途区", en="Special-use area")),
    ),
]


class UrbanBoundary(Row):
    """One area inside the urban development boundary."""

    kind: Kind | None = column(Text(zh="分区类型", en="Kind of area"), "FQLX", "GHFQMC")
    town: Annotated[str, Field(max_length=100)] | None = column(Text(zh="城镇名称", en="Town"), "CZMC")


LAYER = Layer(
    code="urban_boundary",
    label=Text(zh="城镇开发边界", en="Urban development boundary"),
    geometry=Geometry.POLYGON,
    row=UrbanBoundary,
    measures=(
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), HECTARE, "area_m2"),
        Measure("registered_area", Text(zh="登记面积", en="Registered area"), HECTARE, "registered_area_m2"),
        Measure("areas", Text(zh="片数", en="Areas"), PIECE),
    ),
    icon="M1.5 15V8H5V3.5L8 1 11 3.5V6H14.5V15Z",
    order=140,
    about=Text(
        zh="城镇开发边界范围，边界外不得进行城镇集中建设",
        en="Where towns may grow; nothing urban is built outside",
    ),
)
