"""耕地恢复图斑: a patch that can be farmed again, from the list of what is possible to its recognition as farmland."""

from typing import Annotated

from pydantic import Field

from geo.claims.metric import Counted, Metric
from geo.layer import MU, PATCH, Code, CodeList, Geometry, Layer, Measure, Milestone, Outcome, Row, Status, column
from geo.text import Text

Programme = Annotated[
    str,
    CodeList(
        Code("restoration", Text(zh="耕地恢复", en="Farmland restoration"), ("恢复潜力", "耕地恢复补足")),
        Code("new_farmland", Text(zh="新增耕地", en="New farmland"), ("补充耕地",)),
    ),
]
Way = Annotated[
    str,
    CodeList(
        Code("JKHF", Text(zh="即可恢复", en="Restorable at once"), ("即可恢复属性",)),
        Code("GCHF", Text(zh="工程恢复", en="Restorable by works"), ("工程恢复属性",)),
    ),
]
Area = Annotated[float, Field(ge=0, le=1e9)]
Short = Annotated[str, Field(max_length=60)]


class FarmlandPatch(Row):
    """One patch of the restoration list, with the field codes of the national land survey."""

    patch_number: Short | None = column(Text(zh="图斑编号", en="Patch number"), "TBBH", "图斑号")
    programme: Programme | None = column(Text(zh="任务类别", en="Programme"), "项目类别")
    task_year: Annotated[int, Field(ge=1990, le=2199)] | None = column(
        Text(zh="任务年度", en="Task year"), "年度", "RWND"
    )
    land_class: Annotated[str, Field(max_length=8)] | None = column(Text(zh="地类编码", en="Land class code"), "DLBM")
    land_class_name: Short | None = column(Text(zh="地类名称", en="Land class"), "DLMC", "地类")
    owner_village: Annotated[str, Field(max_length=19)] | None = column(
        Text(zh="权属单位代码", en="Owning unit code"), "QSDWDM"
    )
    way: Way | None = column(Text(zh="恢复属性", en="Way of restoration"), "ZZSXDM", "种植属性代码")
    slope_class: Annotated[int, Field(ge=1, le=5)] | None = column(Text(zh="耕地坡度级别", en="Slope class"), "GDPDJB")
    restorable_m2: Area | None = column(
        Text(zh="可恢复面积（平方米）", en="Restorable area (m²)"), "可恢复面积", "KHFMJ", unit=MU
    )
    crop: Short | None = column(Text(zh="种植作物", en="Crop"), "作物", "ZZZW")
    farmer: Short | None = column(Text(zh="种植人", en="Farmer"), "承包人", "经营者", private=True)
    farmer_phone: Short | None = column(Text(zh="种植人电话", en="Farmer's phone"), "承包人电话", private=True)


LAYER = Layer(
    code="farmland_patch",
    label=Text(zh="耕地恢复图斑", en="Farmland restoration patches"),
    geometry=Geometry.POLYGON,
    row=FarmlandPatch,
    measures=(
        Measure("registered_area", Text(zh="图斑面积", en="Registered area"), MU, "registered_area_m2"),
        Measure("drawn_area", Text(zh="图形面积", en="Drawn area"), MU, "area_m2"),
        Measure("patches", Text(zh="图斑数", en="Patches"), PATCH),
    ),
    milestones=(
        Milestone("issued", Text(zh="下达", en="Issued"), Status.NOT_STARTED, ("下达日期", "下发日期")),
        Milestone("analysed", Text(zh="内业分析", en="Analysed at the desk"), Status.NOT_STARTED, ("内业日期",)),
        Milestone("surveyed", Text(zh="现场查勘", en="Surveyed on site"), Status.NOT_STARTED, ("查勘日期", "踏勘日期")),
        Milestone(
            "tasked", Text(zh="纳入年度任务", en="Taken into the year's task"), Status.NOT_STARTED, ("纳入任务日期",)
        ),
        Milestone("works", Text(zh="实施", en="Works begun"), Status.UNDER_WAY, ("实施日期", "开工日期")),
        Milestone("planted", Text(zh="种植举证", en="Planted, with proof"), Status.UNDER_WAY, ("种植日期", "举证日期")),
        Milestone("inspected", Text(zh="核查", en="Inspected"), Status.UNDER_WAY, ("核查日期",)),
        Milestone("returned", Text(zh="退回", en="Returned"), Status.UNDER_WAY, ("退回日期",), setback=True),
        Milestone(
            "restored",
            Text(zh="认定恢复", en="Recognised as restored"),
            Status.ACCEPTED,
            ("认定日期", "恢复日期"),
            completes=True,
        ),
    ),
    outcomes=(Outcome("land_restored", Text(zh="恢复耕地", en="mu restored"), "registered_area", "restored"),),
    metrics=(
        Metric(
            "farmland.new_farmland_{year}.promised",
            Text(zh="新增耕地任务", en="New farmland promised"),
            Counted("registered_area", where=(("programme", "new_farmland"), ("task_year", "{year}"))),
        ),
        Metric(
            "farmland.new_farmland_{year}.planted",
            Text(zh="新增耕地已种植", en="New farmland planted"),
            Counted("registered_area", "planted", (("programme", "new_farmland"), ("task_year", "{year}"))),
            within="farmland.new_farmland_{year}.promised",
            spellings=("新增耕地种植",),
        ),
        Metric(
            "farmland.restoration_pool",
            Text(zh="具有恢复潜力的耕地", en="Farmland that can be restored"),
            Counted("registered_area", where=(("programme", "restoration"),)),
            spellings=("恢复潜力",),
        ),
        Metric(
            "farmland.restored",
            Text(zh="已恢复耕地", en="Farmland restored"),
            Counted("registered_area", "restored", (("programme", "restoration"),)),
            within="farmland.restoration_pool",
            spellings=("恢复耕地", "耕地恢复"),
        ),
    ),
    icon="M3.2 2 12.4 1 15 9.2 8.6 15 1 10.4ZM4.5 3.9 2.9 9.6 8.4 12.9 12.8 8.8 11.2 3.2Z",
    order=30,
    about=Text(
        zh="具有恢复潜力的图斑及其恢复为耕地的进展，按亩统计",
        en="Patches that can become farmland again and how far they are, counted in mu",
    ),
)
