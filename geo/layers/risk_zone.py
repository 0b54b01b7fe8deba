"""地质灾害风险区: an area graded by what a hazard could do there; the other half of the dual control of hazards."""

from typing import Annotated

from pydantic import Field

from geo.layer import HECTARE, HOUSEHOLD, PERSON, PLACE, WAN_YUAN, Code, CodeList, Geometry, Layer, Measure, Row, column
from geo.text import Text

Grade = Annotated[
    str,
    CodeList(
        Code("extreme", Text(zh="极高", en="Extreme"), ("极高风险", "极高风险区")),
        Code("high", Text(zh="高", en="High"), ("高风险", "高风险区")),
        Code("medium", Text(zh="中", en="Medium"), ("中风险", "中风险区")),
        Code("low", Text(zh="低", en="Low"), ("低风险", "低风险区")),
    ),
]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Short = Annotated[str, Field(max_length=60)]


class RiskZone(Row):
    """One risk zone of the county's survey."""

    grade: Grade | None = column(Text(zh="风险等级", en="Risk grade"), "FXDJ", "风险级别")
    hazard_code: Annotated[str, Field(max_length=64)] | None = column(
        Text(zh="所含隐患点编号", en="Hazard point code"), "隐患点编号"
    )
    threatened_households: Count | None = column(
        Text(zh="威胁户数", en="Threatened households"), "WXHS", "受威胁户数", unit=HOUSEHOLD
    )
    threatened_people: Count | None = column(
        Text(zh="威胁人数", en="Threatened people"), "WXRS", "受威胁人数", unit=PERSON
    )
    threatened_property: Annotated[float, Field(ge=0)] | None = column(
        Text(zh="威胁财产（元）", en="Threatened property (yuan)"), "威胁财产", unit=WAN_YUAN
    )
    responsible: Short | None = column(Text(zh="防灾责任人", en="Responsible person"), "责任人", private=True)
    responsible_phone: Short | None = column(
        Text(zh="责任人电话", en="Responsible person's phone"), "责任人联系电话", private=True
    )


LAYER = Layer(
    code="risk_zone",
    label=Text(zh="地质灾害风险区", en="Hazard risk zones"),
    geometry=Geometry.POLYGON,
    row=RiskZone,
    measures=(
        Measure("sites", Text(zh="处数", en="Sites"), PLACE),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), HECTARE, "area_m2"),
        Measure("households", Text(zh="威胁户数", en="Threatened households"), HOUSEHOLD, "threatened_households"),
        Measure("people", Text(zh="威胁人数", en="Threatened people"), PERSON, "threatened_people"),
    ),
    icon="M8 1 15.4 14.4H.6ZM8 4.6 3.6 12.6H12.4Z",
    order=110,
    about=Text(
        zh="按风险等级划定的地质灾害风险区，与隐患点共同管控",
        en="Zones graded by geohazard risk, controlled together with the hazard points",
    ),
)
