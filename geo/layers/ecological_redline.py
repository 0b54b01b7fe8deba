"""生态保护红线: an area whose nature is kept by law; what may be done there is listed one by one."""

from typing import Annotated

from pydantic import Field

from geo.layer import HECTARE, PIECE, Geometry, Layer, Measure, Row, column
from geo.text import Text


class EcologicalRedline(Row):
    """One area inside the ecological redline."""

    redline_code: Annotated[str, Field(max_length=60)] | None = column(Text(zh="红线编码", en="Redline code"), "HXBM")
    kind: Annotated[str, Field(max_length=100)] | None = column(Text(zh="红线类型", en="Kind"), "HXLX", "生态功能")
    protected_area: Annotated[str, Field(max_length=120)] | None = column(
        Text(zh="自然保护地名称", en="Nature reserve"), "BHDMC", "保护地名称"
    )


LAYER = Layer(
    code="ecological_redline",
    label=Text(zh="生态保护红线", en="Ecological redline"),
    geometry=Geometry.POLYGON,
    row=EcologicalRedline,
    measures=(
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), HECTARE, "area_m2"),
        Measure("registered_area", Text(zh="登记面积", en="Registered area"), HECTARE, "registered_area_m2"),
        Measure("areas", Text(zh="片数", en="Areas"), PIECE),
    ),
    icon="M14.6 1.4C6.4 1.4 1.8 5.6 2.6 11.2L1 14 2.4 14.8 4 12.2C10 13.8 14.6 9.6 14.6 1.4Z",
    order=130,
    about=Text(
        zh="生态保护红线范围，项目选址应避让",
        en="Areas inside the ecological redline, which projects must avoid",
    ),
)
