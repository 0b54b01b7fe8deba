"""The commands of the ledger: import, export, link, allocate, and where money and work are apart."""

import json
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import typer

from api.command import AsJson, AsOf, Output, day, language, opened, say, user
from geo.text import Text

if TYPE_CHECKING:
    from geo.ingest.ledger import Report

ledger = typer.Typer(help="资金台账 / the ledger", rich_markup_mode=None, no_args_is_help=True)

SHOWN = 30
Activity = Annotated[str, typer.Argument(help="项目代码 / code of the activity")]
Layer = Annotated[str, typer.Option("--layer", "-l", help="图层代码 / code of the layer")]
OrgUnit = Annotated[str, typer.Option("--org-unit", help="行政区代码 / code of a unit")]


@ledger.command("import")
def import_(
    *,
    file: Annotated[Path, typer.Argument(help="台账，.xlsx 或 .csv / the ledger")],
    year: Annotated[
        int | None, typer.Option("--year", min=1950, max=2199, help="报告台账的年度 / year of a report's ledger")
    ] = None,
    add: Annotated[
        bool, typer.Option("--add", help="新增未知的渠道和项目 / add channels and activities not known yet")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="有错的行跳过，其余入账 / enter good rows although others are refused")
    ] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入 / check only")] = False,
    as_json: AsJson = False,
) -> None:
    """导入台账；再次导入不改变任何数据 / import a ledger; importing it again changes nothing."""
    from geo.errors import FileRefused
    from geo.ingest.ledger import Choice, Report, load_ledger

    choice = Choice(partial=partial, dry=dry, add=add, year=year, by=user())
    refusal: FileRefused | None = None
    with opened() as database:
        try:
            report = load_ledger(database, file, choice)
        except FileRefused as error:
            refusal = error
            report = error.values["report"]
            if not isinstance(report, Report):
                raise
    if as_json:
        typer.echo(json.dumps(report.report(), ensure_ascii=False, default=str))
    else:
        _tell(report)
    if refusal is not None:
        raise refusal


@ledger.command()
def export(output: Output) -> None:
    """导出台账：.xlsx 或 .csv，可原样再导入 / export the ledger, to be imported again unchanged."""
    from geo.ledger_export import export_ledger

    with opened() as database, database.session() as connection:
        written = export_ledger(connection, output)
    said = Text(zh="台账：{count} 行，写入 {file}", en="Ledger: {count} lines written to {file}")
    say(said.format(count=written, file=output))


@ledger.command()
def link(
    activity: Annotated[str, typer.Argument(help="项目代码，缺省为全部规则 / code; else the rules of all")] = "",
    *,
    layer: Layer = "",
    org_unit: OrgUnit = "",
    column: Annotated[str, typer.Option("--column", help="属性列 / column of the layer")] = "",
    value: Annotated[str, typer.Option("--value", help="该列的值 / its value")] = "",
    code: Annotated[list[str] | None, typer.Option("--code", help="要素编号，可重复 / code of a feature")] = None,
    codes: Annotated[
        Path | None, typer.Option("--codes", help="编号文件，每行一个 / file of codes, one a line")
    ] = None,
    forget: Annotated[
        int | None, typer.Option("--forget", help="删除此编号的规则 / drop the rule of this number")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """关联项目与要素：按编号或按规则；不带选项则重新应用规则 / link features by codes or by a rule."""
    from geo import link as links
    from geo.layers import layer as declared

    listed = [*(code or []), *(codes.read_text("utf-8-sig").splitlines() if codes else [])]
    if (layer or forget is not None) and not activity:
        raise typer.BadParameter("ACTIVITY", param_hint="ACTIVITY")
    if listed and not layer:
        raise typer.BadParameter("--layer", param_hint="--layer")
    with opened() as database, database.session() as connection:
        if forget is not None:
            links.forget_rule(connection, activity, forget)
            found = links.Linked(0, 0)
        elif not layer:
            found = links.Linked(0, links.apply(connection, activity or None))
        elif listed:
            found = links.by_codes(connection, activity, declared(layer), listed)
        else:
            rule = links.Rule(layer, org_unit or None, column or None, value or None)
            found = links.by_rule(connection, activity, declared(layer), rule, by=user())
    if as_json:
        problems = [problem.report() for problem in found.problems]
        typer.echo(json.dumps(asdict(found) | {"problems": problems}, ensure_ascii=False))
        return
    said = Text(zh="新增关联 {added} 个要素", en="{added} features newly linked")
    say(said.format(added=found.added))
    for problem in found.problems[:SHOWN]:
        typer.echo(f"  ✗ {problem.value} {problem.text.in_(language())}", err=True)


@ledger.command()
def allocate(
    transaction: Annotated[int, typer.Argument(help="收支编号 / number of the transaction")],
    basis: Annotated[
        Literal["direct", "per_unit", "by_area", "by_people", "by_hand"],
        typer.Option("--basis", help="依据：直接、按个、按面积、按人、逐个 / by what it is spread"),
    ],
    *,
    amount: Annotated[str, typer.Option("--amount", help="其中的金额，默认全部 / part of it, all by default")] = "",
    unit: Annotated[Literal["yuan", "wan_yuan"], typer.Option("--unit", help="金额单位 / unit of amounts")] = "yuan",
    layer: Layer = "",
    org_unit: OrgUnit = "",
    feature: Annotated[
        list[str] | None,
        typer.Option("--feature", help="要素标识，逐个时写作 标识=金额 / id of a feature; by hand: id=amount"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """把一笔支出分摊到项目的要素，替换原分摊 / spread a transaction over the features of its activity."""
    from geo.allocation import Share
    from geo.allocation import allocate as spread
    from geo.amount import yuan

    given: dict[UUID, Decimal | None] = {}
    for each in feature or []:
        name, _, stated = each.partition("=")
        try:
            given[UUID(name)] = yuan(stated, unit) if stated else None
        except ValueError:
            raise typer.BadParameter(each, param_hint="--feature") from None
    amounts = {name: part for name, part in given.items() if part is not None}
    share = Share(
        basis,
        amount=yuan(amount, unit) if amount else None,
        layer=layer or None,
        org_unit=org_unit or None,
        features=list(given) if given and basis != "by_hand" else None,
        amounts=amounts if basis == "by_hand" and amounts else None,
    )
    with opened() as database, database.session() as connection:
        done = spread(connection, transaction, share, by=user())
    if as_json:
        typer.echo(json.dumps(asdict(done), default=str))
        return
    said = Text(
        zh="{allocated} 元分摊到 {features} 个要素，尚未落图 {unallocated} 元",
        en="{allocated} yuan to {features} features, {unallocated} not on the map yet",
    )
    say(said.format(**asdict(done)))


@ledger.command()
def divergence(activity: Annotated[str, typer.Option("--activity", help="项目代码 / code of an activity")] = "",
               as_of: AsOf = "", as_json: AsJson = False) -> None:  # fmt: skip
    """资金与实物进度的偏差、逾期和停滞 / where money and work are apart, overdue or at a standstill."""
    from geo.divergence import findings

    chosen = day(as_of)
    with opened() as database, database.session() as connection:
        found = findings(connection, as_of=chosen, activity=activity or None)
    if as_json:
        typer.echo(json.dumps([finding.told() for finding in found], ensure_ascii=False))
        return
    for finding in found:
        place = f" [{finding.org_unit}]" if finding.org_unit else ""
        typer.echo(f"{finding.name.in_(language())}{place}: {finding.sentence.in_(language())}")
    if not found:
        say(Text(zh="没有偏差", en="Nothing to report"))


def _tell(report: "Report") -> None:
    """The numbers, then every problem up to a screenful."""
    said = Text(
        zh="{file}：{rows} 行，新增 {new}，更新 {changed}，未变 {unchanged}，拒绝 {refused}",
        en="{file}: {rows} rows, {new} new, {changed} changed, {unchanged} unchanged, {refused} refused",
    )
    told: dict[str, Any] = vars(report)
    say(said.format(**told))
    for problem in report.problems[:SHOWN]:
        mark = "✗" if problem.severity == "error" else "!"
        row = Text(zh="第 {row} 行", en="row {row}").format(row=problem.row).in_(language())
        value = f" “{problem.value}”" if problem.value else ""
        typer.echo(f"  {mark} {row} [{problem.column}]{value} {problem.text.in_(language())}", err=True)
    if len(report.problems) > SHOWN:
        rest = Text(zh="  … 另有 {n} 条，全部见 --json", en="  … and {n} more, all of them with --json")
        typer.echo(rest.format(n=len(report.problems) - SHOWN).in_(language()), err=True)
