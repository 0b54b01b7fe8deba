"""The options of commands that read files: which table of one, and how its coordinates are to be read."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from geo.ingest.placing import Declared

Table = Annotated[str, typer.Option("--table", help="文件中的图层名 / table of the file")]
Crs = Annotated[str, typer.Option("--crs", help="坐标系，代替文件所注 / coordinate system, in place of the file's own")]
Encoding = Annotated[
    str, typer.Option("--encoding", help="文字编码，代替自动判断 / encoding of text, in place of what it shows")
]
Offset = Annotated[
    str, typer.Option("--offset", help="由地图偏移还原：gcj02 或 bd09 / undo the offset of a consumer map")
]
Parameters = Annotated[
    str, typer.Option("--parameters", help="七参数 dx,dy,dz,rx,ry,rz,m / seven parameters: m, arc seconds, ppm")
]
Swapped = Annotated[bool, typer.Option("--swapped", help="纵坐标或纬度在前 / northing or latitude comes first")]
Degrees = Annotated[
    str, typer.Option("--degrees", help="度的写法：decimal 或 packed（ddd.mmss） / how degrees are written")
]
Mending = Annotated[str, typer.Option("--repair", help="修复 / mend: valid,close,repeated,snap=METRES")]


def declared_of(*, crs: str, offset: str, parameters: str, swapped: bool, degrees: str) -> "Declared":
    """What these options say of the coordinates of a file; what they leave out is told from the file."""
    from geo.datum import Seven
    from geo.ingest.placing import Declared

    if offset not in {"", "gcj02", "bd09"}:
        raise typer.BadParameter("gcj02, bd09", param_hint="--offset")
    if degrees not in {"", "decimal", "packed"}:
        raise typer.BadParameter("decimal, packed", param_hint="--degrees")
    return Declared(
        crs=crs or None,
        offset="gcj02" if offset == "gcj02" else "bd09" if offset == "bd09" else None,
        parameters=Seven.parse(parameters),
        swapped=swapped or None,
        packed=degrees == "packed" if degrees else None,
    )
