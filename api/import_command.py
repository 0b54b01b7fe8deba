"""The import commands: take a file in, look back at what was imported, and take an import back."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.command import AsJson, Refused, bar, language, opened, say, user
from api.read_option import Crs, Degrees, Encoding, Mending, Offset, Parameters, Swapped, Table, declared_of
from geo.text import Text

if TYPE_CHECKING:
    from geo.ingest.choice import Choice
    from geo.ingest.report import Report

SHOWN = 30
"""Errors of an import that are printed; more are a matter for --json."""


def import_(
    *,
    file: Annotated[Path, typer.Argument(help="文件，格式见 import.md / the file")],
    layer: Annotated[
        str,
        typer.Option(
            "--layer", "-l", help="图层代码，缺省取文件中与图层同名的表 / code; else tables named like layers"
        ),
    ] = "",
    table: Table = "",
    crs: Crs = "",
    encoding: Encoding = "",
    offset: Offset = "",
    parameters: Parameters = "",
    swapped: Swapped = False,
    degrees: Degrees = "",
    column: Annotated[
        list[str] | None,
        typer.Option("--column", help="列的含义，写作 列名=目标，可重复 / HEADING=TARGET: what a column means"),
    ] = None,
    mapping: Annotated[str, typer.Option("--mapping", help="使用此名称的列映射 / use the mapping of this name")] = "",
    save_mapping: Annotated[
        str, typer.Option("--save-mapping", help="以此名称保存列映射 / keep what columns mean under this name")
    ] = "",
    repair: Mending = "",
    report: Annotated[
        Path | None, typer.Option("--report", help="写出标注问题的 .xlsx / write an .xlsx with problems marked")
    ] = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="有错的行跳过，其余入库 / load good rows although others are refused")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 / check only")] = False,
    illustrative: Annotated[bool, typer.Option("--illustrative", help="标记为示意数据 / mark as invented")] = False,
    complete_for: Annotated[
        list[str] | None,
        typer.Option(
            "--complete-for",
            metavar="CODE",
            help="本文件是该乡镇或全县的全部数据，可重复 / it holds all there is in a township or the county",
        ),
    ] = None,
    complete_as_of: Annotated[
        datetime | None,
        typer.Option(
            "--complete-as-of", formats=["%Y-%m-%d"], help="全部数据截至的日期，缺省今天 / as of which day, else today"
        ),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", help="变更原因，留在历史中 / why, kept in the history")] = "",
    as_json: AsJson = False,
) -> None:
    """导入调查数据 / import survey data into a layer."""
    from geo.errors import FileRefused
    from geo.ingest.choice import Choice
    from geo.ingest.complete import Complete
    from geo.ingest.load import load
    from geo.ingest.read import tables
    from geo.ingest.repair import Repair
    from geo.ingest.report import Report
    from geo.layers import layer as declared
    from geo.layers import layers

    chosen = (
        [(declared(layer), table)] if layer else [(layers()[name], name) for name in tables(file) if name in layers()]
    )
    if not chosen:
        asked = Text(zh="请用 --layer 指定图层：{codes}", en="State the layer with --layer: {codes}")
        raise Refused(reason=asked.format(codes=" ".join(layers())))
    if report is not None and len(chosen) > 1:
        raise typer.BadParameter("--layer", param_hint="--report")
    choices = Choice(
        partial=partial, dry=dry, illustrative=illustrative, by=user(), reason=reason.strip(),
        encoding=encoding or None,
        declared=declared_of(crs=crs, offset=offset, parameters=parameters, swapped=swapped, degrees=degrees),
        columns=_columns(column or []), mapping=mapping or None, save_mapping=save_mapping or None,
        repair=Repair.of(repair),
        complete=Complete(tuple(complete_for), complete_as_of.date() if complete_as_of else None)
        if complete_for
        else None,
    )  # fmt: skip
    reports: list[Report] = []
    refusal: FileRefused | None = None
    with opened() as database:
        for known, from_table in chosen:
            try:
                with bar(known.label) as progress:
                    done = load(database, known, file, _of_table(choices, from_table), progress=progress)
            except FileRefused as error:
                refusal = error
                done = error.values["report"]
                if not isinstance(done, Report):
                    raise
            reports.append(done)
    if report is not None:
        _write(file, reports[0], report, choices)
    if as_json:
        typer.echo(json.dumps([each.report() for each in reports], ensure_ascii=False, default=str))
    else:
        for each in reports:
            _tell(each)
    if refusal is not None:
        raise refusal


def imports(
    limit: Annotated[int, typer.Option("--limit", help="最多条数 / how many", min=1, max=200)] = 20,
    as_json: AsJson = False,
) -> None:
    """导入记录，最新的在前 / what was imported, newest first."""
    from geo import history

    with opened() as database, database.session() as connection:
        text = history.imports(connection, limit=limit, here="")
    if as_json:
        typer.echo(text)
        return
    for each in json.loads(text)["imports"]:
        told: dict[str, Any] = each["report"]
        numbers = " ".join(f"{name}={told[name]}" for name in ("new", "changed", "refused") if told[name] is not None)
        gone = Text(zh="已撤销", en="undone").in_(language()) if each["undone_at"] else ""
        when = each["imported_at"][:16].replace("T", " ")
        typer.echo(f"{each['id']:>6}  {when}  {each['layer'] or '-':24}{each['file']}  {numbers}  {gone}".rstrip())


def import_undo(
    number: Annotated[int, typer.Argument(metavar="ID", help="导入编号 / number of the import")],
    as_json: AsJson = False,
) -> None:
    """撤销一次导入 / take an import back as a whole."""
    from geo.ingest.undo import undo

    with opened() as database:
        done = undo(database, number, by=user())
    if as_json:
        typer.echo(json.dumps(asdict(done), ensure_ascii=False))
        return
    said = Text(
        zh="已撤销导入 {import_id}（{file}）：移除 {removed} 个要素，还原 {restored} 个",
        en="Import {import_id} ({file}) is undone: {removed} features removed, {restored} restored",
    )
    say(said.format(**asdict(done)))


def _columns(written: list[str]) -> dict[str, str]:
    """Heading -> target; an empty target leaves the column out."""
    found: dict[str, str] = {}
    for each in written:
        heading, equals, target = each.rpartition("=")
        if not equals or not heading:
            raise typer.BadParameter(each, param_hint="--column")
        found[heading] = target
    return found


def _of_table(choice: "Choice", table: str) -> "Choice":
    from dataclasses import replace

    return replace(choice, table=table or None)


def _write(file: Path, report: "Report", path: Path, choice: "Choice") -> None:
    from geo.ingest.marked_sheet import write
    from geo.ingest.read import read

    if path.suffix.lower() != ".xlsx":
        raise typer.BadParameter(".xlsx", param_hint="--report")
    write(read(file, report.table, choice.encoding), report, path, language())
    say(Text(zh="报告写入 {path}", en="The report is written to {path}").format(path=path))


def _tell(report: "Report") -> None:
    """A report in a few lines: the numbers, every error up to a screenful, then each kind of warning."""
    from geo.layers import layer as declared

    spoken = language()
    said = Text(
        zh="{label}：{rows} 行，新增 {new}，更新 {changed}，未变 {unchanged}，拒绝 {refused}",
        en="{label}: {rows} rows, {new} new, {changed} changed, {unchanged} unchanged, {refused} refused",
    )
    known = declared(report.layer)
    say(said.format(**vars(report), label=known.label))
    for note in report.notes:
        say(note)
    errors = [problem for problem in report.problems if problem.severity == "error"]
    for problem in errors[:SHOWN]:
        row = Text(zh="第 {row} 行", en="row {row}").format(row=problem.row).in_(spoken) if problem.row else report.file
        value = f" “{problem.value}”" if problem.value else ""
        typer.echo(f"  ✗ {row} [{problem.column}]{value} {problem.text.in_(spoken)}", err=True)
    if len(errors) > SHOWN:
        rest = Text(zh="  … 另有 {n} 条，全部见 --json", en="  … and {n} more, all of them with --json")
        typer.echo(rest.format(n=len(errors) - SHOWN).in_(spoken), err=True)
    for code, count in report.counts.items():
        alike = [problem for problem in report.problems if problem.code == code and problem.severity != "error"]
        if alike:
            rows = ", ".join(str(problem.row) for problem in alike[:10] if problem.row)
            where = f" ({rows}{'…' if count > 10 else ''})" if rows else ""
            typer.echo(f"  ! {count} × [{alike[0].column}] {alike[0].text.in_(spoken)}{where}", err=True)
    if report.fields:
        listed = ", ".join(f"{known.called(name).in_(spoken)} {count}" for name, count in report.fields.items())
        say(Text(zh="变更的字段：{listed}", en="Fields changed: {listed}").format(listed=listed))
    if report.import_id is not None:
        say(Text(zh="导入编号 {number}", en="Import number {number}").format(number=report.import_id))
