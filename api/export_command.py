"""The command that writes a layer to a file."""

from typing import Annotated, Literal

import typer

from api.command import AsOf, Output, bar, day, opened, say, step
from geo.text import Text

StatusCode = Literal["not_started", "under_way", "completed", "accepted", "overdue"]


def export(
    *,
    layer: Annotated[str, typer.Argument(help="图层代码 / code of the layer")],
    output: Output,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            help="格式，默认按扩展名：gpkg geojson geojsonl shp kml fgb parquet xlsx csv txt / format, by the ending",
        ),
    ] = "",
    as_of: AsOf = "",
    org_unit: Annotated[
        str, typer.Option("--org-unit", "--unit", help="行政区代码，outside 为乡镇之外 / code of a unit, or outside")
    ] = "",
    status: Annotated[StatusCode | None, typer.Option("--status", help="当日的状态 / status on the day")] = None,
    milestone: Annotated[str, typer.Option("--milestone", help="已达到的节点 / milestone reached by the day")] = "",
    text: Annotated[str, typer.Option("--text", help="编号或名称中的文字 / text in code or name")] = "",
    crs: Annotated[
        str, typer.Option("--crs", help="坐标系 EPSG 代码，默认 4490 / EPSG code of the coordinate system")
    ] = "",
    headings: Annotated[
        Literal["zh", "en", "code"],
        typer.Option("--headings", "--language", help="列名：中文、英文或代码 / headings: Chinese, English or names"),
    ] = "zh",
) -> None:
    """导出图层，可原样再导入 / export a layer, to be imported again unchanged."""
    from geo.boundary import OUTSIDE
    from geo.export import Choice
    from geo.export import export as write
    from geo.feature import Wanted
    from geo.layers import layer as declared
    from web.legend import STATUS_SIGNS

    known = declared(layer)
    unit = "" if org_unit == OUTSIDE else org_unit or None
    choice = Choice(
        wanted=Wanted(day(as_of), known.code, unit, status, milestone or None, text or None),
        format=format_,
        crs=crs,
        headings=headings,
        colours={sign.code: sign.colour for sign in STATUS_SIGNS},
    )
    with opened() as database, bar(known.label) as progress:
        written = write(database, known, output, progress, choice=choice, note=step)
    said = Text(zh="{label}：{count} 条，写入 {file}", en="{label}: {count} features written to {file}")
    say(said.format(label=known.label, count=written, file=output))
