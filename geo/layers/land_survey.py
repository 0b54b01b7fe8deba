"""国土调查地类图斑: what the land is used for, patch by patch, as the national land survey found it (DLTB)."""

from typing import Annotated

from pydantic import Field

from geo.layer import HECTARE, PATCH, Geometry, Layer, Measure, Row, column
from geo.text import Text

Short = Annotated[str, Field(max_length=60)]
Area = Annotated[float, Field(ge=0, le=1e10)]


class LandSurvey(Row):
    """One patch of the land survey, with its national field codes."""

    patch_number: Short | None = column(Text(zh="图斑编号", en="Patch number"), "TBBH")
    land_class: Annotated[str, Field(max_length=8)] | None = column(Text(zh="地类编码", en="Land class code"), "DLBM")
    land_class_name: Short | None = column(Text(zh="地类名称", en="Land class"), "DLMC")
    ownership: Annotated[str, Field(max_length=8)] | None = column(Text(zh="权属性质", en="Kind of ownership"), "QSXZ")
    owner_code: Annotated[str, Field(max_length=19)] | None = column(
        Text(zh="权属单位代码", en="Owning unit code"), "QSDWDM"
    )
    ridge_m2: Area | None = column(Text(zh="扣除地类面积（平方米）", en="Deducted area (m²)"), "KCMJ", unit=HECTARE)
    net_m2: Area | None = column(Text(zh="图斑地类面积（平方米）", en="Net area (m²)"), "TBDLMJ", unit=HECTARE)
    slope_class: Annotated[int, Field(ge=1, le=5)] | None = column(Text(zh="耕地坡度级别", en="Slope class"), "GDPDJB")
    planting: Annotated[str, Field(max_length=8)] | None = column(
        Text(zh="种植属性代码", en="Planting attribute"), "ZZSXDM"
    )


LAYER = Layer(
    code="land_survey",
    label=Text(zh="国土调查地类图斑", en="Land survey"),
    geometry=Geometry.POLYGON,
    row=LandSurvey,
    measures=(
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), HECTARE, "area_m2"),
        Measure("registered_area", Text(zh="图斑面积", en="Registered area"), HECTARE, "registered_area_m2"),
        Measure("patches", Text(zh="图斑数", en="Patches"), PATCH),
    ),
    icon="M1.5 1.5H7.3V7.3H1.5ZM8.7 1.5H14.5V7.3H8.7ZM1.5 8.7H7.3V14.5H1.5ZM8.7 8.7H14.5V14.5H8.7Z",
    order=150,
    about=Text(
        zh="国土变更调查的地类图斑，地块叠加分析的底数",
        en="Land use by patch, the ground truth that parcels are overlaid with",
    ),
)
