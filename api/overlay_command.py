"""The command that lays parcels over layers and writes what lies on each."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from api.command import AsOf, Refused, bar, day, language, opened, say, step
from api.read_option import Crs, Degrees, Encoding, Mending, Offset, Parameters, Swapped, Table, declared_of
from geo.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from geo.database import Connection
    from geo.overlay.parcel import Parcel
    from geo.overlay.result import Overlaid, Problem
    from geo.overlay.run import Against

_PARCELS = Text(zh="地块", en="Parcels")
SHOWN = 30
"""Problems that are printed; all of them are in the file."""


def overlay(
    *,
    parcels: Annotated[
        list[Path], typer.Argument(metavar="PARCELS...", help="地块文件，格式同导入 / files of parcels, as for import")
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", "-o", help="写入的文件：.xlsx .gpkg .json，用 dask 时为文件夹 / file to write; a folder with dask"
        ),
    ],
    against: Annotated[
        str, typer.Option("--against", help="图层代码，逗号分隔，缺省全部 / codes of layers, by commas; all by default")
    ] = "",
    within: Annotated[
        list[str] | None,
        typer.Option("--within", help="列出附近的要素，写作 图层=米，可重复 / LAYER=METRES: name what lies near"),
    ] = None,
    kind: Annotated[
        str, typer.Option("--kind", help="地块用作什么，图层代码，如 rural_housing / what the parcels are meant for")
    ] = "",
    as_of: AsOf = "",
    table: Table = "",
    crs: Crs = "",
    encoding: Encoding = "",
    offset: Offset = "",
    parameters: Parameters = "",
    swapped: Swapped = False,
    degrees: Degrees = "",
    repair: Mending = "",
    engine: Annotated[
        str, typer.Option("--engine", help="postgis（缺省）或 dask（多台机器） / postgis, or dask for many machines")
    ] = "postgis",
    scheduler: Annotated[
        str, typer.Option("--scheduler", help="Dask 调度器，缺省只用本机 / Dask scheduler, as tcp://host:8786")
    ] = "",
    ground: Annotated[
        Path | None,
        typer.Option("--ground", help="图层的文件夹，没有则写出 / folder of layers; written if there is none"),
    ] = None,
) -> None:
    """地块压占分析：地块上有什么、规划什么、花了多少、有何限制 / lay parcels over layers."""
    from geo.ingest.choice import Choice
    from geo.ingest.repair import Repair
    from geo.layers import layer as declared
    from geo.org_unit import places
    from geo.overlay.check import check, refused
    from geo.overlay.read import read_parcels
    from geo.overlay.run import Against
    from geo.overlay.run import overlay as laid_over
    from geo.right import Verb

    _suits(engine, out, scheduler, ground)
    codes = [code.strip() for code in against.split(",") if code.strip()]
    asked = Against(tuple(codes) or None, day(as_of), _within(within or []))
    asked.wanted()
    if kind:
        declared(kind)
    choice = Choice(
        table=table or None, encoding=encoding or None, repair=Repair.of(repair),
        declared=declared_of(crs=crs, offset=offset, parameters=parameters, swapped=swapped, degrees=degrees),
    )  # fmt: skip
    with opened() as database, database.session(Verb.DOWNLOAD) as connection:
        if engine == "dask" and len(parcels) == 1 and _is_parquet(parcels[0]):
            count, left = _spread(connection, parcels[0], asked, out, (scheduler, ground))
            _overlaid(connection, asked, (count, left), out)
            return
        there = places(connection)
        found, problems = read_parcels(parcels, choice, database.settings, within=there, kind=kind or None)
        problems += check(found, there.county.geom if there.county else None)
        wrong = refused(problems)
        good = [parcel for parcel in found if parcel.number not in wrong]
        _tell(problems)
        if not good:
            raise Refused(reason=Text(zh="没有可以计算的地块", en="There is no parcel that can be overlaid"))
        if engine == "dask":
            _spread(connection, good, asked, out, (scheduler, ground))
        else:
            with bar(_PARCELS) as progress, _replaced(out) as partial:
                ending = out.suffix.lower()
                results = laid_over(
                    connection, good, asked, progress=lambda done: progress(done, len(good)), shapes=ending != ".xlsx"
                )
                _WRITERS[ending](partial, results, problems, (connection, asked.as_of))
        _overlaid(connection, asked, (len(good), len(wrong)), out)


def _overlaid(connection: "Connection", asked: "Against", count: tuple[int, int], out: Path) -> None:
    """Record that results left the program, and say where they are."""
    from geo import audit

    audit.taken(connection, "parcel", format=out.suffix.lower()[1:] or "parquet", records=count[0], as_of=asked.as_of)
    said = Text(
        zh="{count} 个地块已计算，{left} 个未计算，写入 {file}",
        en="{count} parcels overlaid, {left} left out, written to {file}",
    )
    say(said.format(count=count[0], left=count[1], file=out))


def _suits(engine: str, out: Path, scheduler: str, ground: Path | None) -> None:
    """Refuse options that do not go together."""
    if engine not in ("postgis", "dask"):
        raise typer.BadParameter("postgis, dask", param_hint="--engine")
    if engine == "postgis":
        if scheduler or ground:
            raise typer.BadParameter("--engine dask", param_hint="--scheduler" if scheduler else "--ground")
        if out.suffix.lower() not in _WRITERS:
            raise typer.BadParameter(" ".join(_WRITERS), param_hint="--out")
    elif out.is_file() or out.suffix.lower() in _WRITERS:
        raise typer.BadParameter(str(out), param_hint="--out")


def _is_parquet(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in (".parquet", ".geoparquet")


def _spread(
    connection: "Connection", parcels: "Sequence[Parcel] | Path", asked: "Against", out: Path,
    where: tuple[str, Path | None],
) -> tuple[int, int]:  # fmt: skip
    """Lay parcels over layers on a cluster; how many were, and how many could not be."""
    from geo.overlay.ground_file import write_ground
    from geo.overlay.spread import cluster, spread

    scheduler, ground = where[0] or None, where[1] or out / "ground"
    with cluster(scheduler) as client:
        if not any(ground.glob("*.json")):
            step(Text(zh="写出图层 {folder}", en="Writing the layers to {folder}").format(folder=ground))
            write_ground(connection, asked, ground)
        with bar(Text(zh="部分", en="Parts")) as progress:
            told = spread(client, parcels, ground, asked, out, progress=progress)
    return told.parcels, told.refused


@contextmanager
def _replaced(path: Path) -> Generator[Path]:
    """A place for a file that takes the place of ``path`` when it is whole."""
    with TemporaryDirectory(prefix=".shanhe-", dir=path.parent) as folder:
        partial = Path(folder) / f"overlay{path.suffix.lower()}"
        yield partial
        partial.replace(path)


def _workbook(
    path: Path, results: "Iterable[Overlaid]", problems: "Sequence[Problem]", of: "tuple[Connection, date]"
) -> None:
    from geo.org_unit import places
    from geo.overlay.workbook import write

    connection, as_of = of
    names = {unit.code: unit.label.in_(language()) for unit in places(connection).units.values()}
    write(path, results, problems, language(), townships=names, as_of=as_of)


def _pieces(
    path: Path, results: "Iterable[Overlaid]", problems: "Sequence[Problem]", of: "tuple[Connection, date]"
) -> None:
    from geo.overlay.pieces import write

    write(path, results)


def _json(
    path: Path, results: "Iterable[Overlaid]", problems: "Sequence[Problem]", of: "tuple[Connection, date]"
) -> None:
    from geo.overlay.told import told_many, told_problem

    connection, as_of = of
    with path.open("w", encoding="utf-8") as file:
        file.write('{"parcels": [')
        for place, (_, told) in enumerate(told_many(connection, results, as_of)):
            file.write((", " if place else "") + json.dumps(told, ensure_ascii=False, default=str))
        written = json.dumps([told_problem(each) for each in problems], ensure_ascii=False)
        file.write(f'], "problems": {written}}}\n')


_WRITERS = {".xlsx": _workbook, ".gpkg": _pieces, ".json": _json}


def _within(written: list[str]) -> dict[str, float]:
    found: dict[str, float] = {}
    for each in written:
        layer, _, metres = each.partition("=")
        try:
            found[layer] = float(metres)
        except ValueError:
            raise typer.BadParameter(each, param_hint="--within") from None
        if not 0 <= found[layer] <= 50_000:
            raise typer.BadParameter("0-50000", param_hint="--within")
    return found


def _tell(problems: "Sequence[Problem]") -> None:
    for each in problems[:SHOWN]:
        typer.echo(f"  {'✗' if each.refused else '!'} {each.sentence.in_(language())}", err=True)
    if len(problems) > SHOWN:
        rest = Text(zh="  … 另有 {n} 条，全部见结果文件", en="  … and {n} more, all of them in the file")
        typer.echo(rest.format(n=len(problems) - SHOWN).in_(language()), err=True)
