"""The command line: parse, call geo, print. What is heavy is imported by the command that needs it."""

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer

from api.audit_command import audits
from api.command import AsJson, AsOf, Output, Refused
from api.command import day as _day
from api.command import language as _language
from api.command import opened as _database
from api.command import say as _say
from api.command import step as _step
from api.command import user as _user
from api.export_command import export
from api.import_command import import_, import_undo, imports
from api.ledger_command import ledger
from api.overlay_command import overlay
from api.read_option import Crs, Table
from api.user_command import users
from geo.errors import ShanheError
from geo.text import Text

if TYPE_CHECKING:
    from geo.cluster import Cluster

app = typer.Typer(
    help="山河：县自然资源局的监测要素、进度与资金 / what a county has promised, done and paid for, on one map",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    add_completion=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
db = typer.Typer(help="内置数据库 / the private database", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(ledger, name="ledger")
app.add_typer(users, name="user")
app.add_typer(audits, name="audit")
app.command("import")(import_)
app.command("imports")(imports)
app.command("import-undo")(import_undo)
claims = typer.Typer(help="文件中的数字 / figures that documents state", rich_markup_mode=None, no_args_is_help=True)
app.add_typer(claims, name="claims")
app.command()(export)
app.command()(overlay)

LayerCode = Annotated[str, typer.Option("--layer", "-l", help="图层代码 / code of the layer")]


def main() -> NoReturn:
    """Run the command line; a refusal is one sentence on stderr and exit code 1."""
    try:
        app()
    except ShanheError as error:
        typer.echo(error.text.in_(_language()), err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.filename is None:
            raise
        reason = f"{error.filename}: {error.strerror}"
        text = Text(zh="无法读写 {reason}", en="Cannot read or write {reason}").format(reason=reason)
        typer.echo(text.in_(_language()), err=True)
        sys.exit(1)
    except ValueError as error:
        faults = getattr(error, "errors", None)
        if faults is None or getattr(error, "title", "") != "Settings":
            raise
        names = " ".join(f"SHANHE_{str(fault['loc'][0]).upper()}" for fault in faults())
        typer.echo(f"设置的值不可用：{names} / a setting has a value that cannot be used: {names}", err=True)
        sys.exit(1)
    sys.exit(0)


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="版本 / the version", is_eager=True)] = False,
) -> None:
    """山河：县自然资源局的监测要素、进度与资金 / what a county has promised, done and paid for, on one map."""
    if version:
        from importlib.metadata import version as version_of

        typer.echo(version_of("shanhe"))
        raise typer.Exit


# --- serving ----------------------------------------------------------------------------------------------------------


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="监听地址，默认 SHANHE_HOST / address to listen on")] = "",
    port: Annotated[int | None, typer.Option(help="端口，默认 SHANHE_PORT / port", min=0, max=65535)] = None,
    no_demo: Annotated[
        bool, typer.Option("--no-demo", help="空库时不装入示例 / load no demo into an empty database")
    ] = False,
) -> None:
    """启动网页服务，Ctrl-C 停止 / serve until Ctrl-C."""
    from api.serve import serve as serve_until_stopped
    from geo.settings import settings

    chosen = settings()
    serve_until_stopped(host or chosen.host, chosen.port if port is None else port, demo=not no_demo, say=_say)


@app.command()
def work(
    once: Annotated[bool, typer.Option("--once", help="处理完排队的就结束 / end when nothing waits")] = False,
) -> None:
    """处理排队的导入，直到停止；网页服务自带一个 / work on the imports that wait, until stopped."""
    from geo.work import work as work_until_stopped

    with _database() as database:
        work_until_stopped(database, ready=lambda: _say(Text(zh="等待任务", en="Waiting for jobs")), once=once)


# --- data in and out --------------------------------------------------------------------------------------------------


@app.command()
def boundaries(
    file: Annotated[Path, typer.Argument(help="国土调查 XZQ 图层（XZQDM、XZQMC） / the survey's layer XZQ")],
    table: Table = "",
    crs: Crs = "",
) -> None:
    """导入乡镇界线，替换示意界线 / import township boundaries."""
    from geo.boundary import load

    with _database() as database:
        drawn = load(database, file, table=table or None, declared_crs=crs or None, by=_user())
    _say(Text(zh="已更新 {count} 个乡镇的界线", en="The boundaries of {count} townships were set").format(count=drawn))


@app.command()
def demo(
    force: Annotated[bool, typer.Option("--force", help="在示例库上再次装入 / once more onto a demo database")] = False,
    remove: Annotated[
        bool, typer.Option("--remove", help="清除示例，开始录入真实数据 / remove it, to begin with real data")
    ] = False,
) -> None:
    """装入或清除示例数据（只装入空库） / load or remove the demonstration."""
    from geo.demo_load import load_demo, remove_demo

    with _database() as database:
        if remove:
            remove_demo(database)
            _say(
                Text(zh="示例已清除，不再自动装入", en="The demonstration is removed and will not come back by itself")
            )
            return
        features = load_demo(database, force=force, step=_step)
    _say(
        Text(zh="已装入示例：{count} 个要素", en="The demonstration is loaded: {count} features").format(count=features)
    )


# --- looking ----------------------------------------------------------------------------------------------------------


@app.command()
def progress(
    org_unit: Annotated[str, typer.Option("--org-unit", help="行政区代码，默认本县 / code of the unit")] = "",
    by: Annotated[
        Literal["self", "township", "village"], typer.Option("--by", help="本级或其下级 / itself, or the units below")
    ] = "self",
    layer: LayerCode = "",
    as_of: AsOf = "",
    as_json: AsJson = False,
) -> None:
    """各行政区进度 / progress by unit."""
    from geo import boundary
    from geo import progress as sums
    from geo.layers import layer as declared

    day = _day(as_of)
    code = declared(layer).code if layer else None
    with _database() as database, database.session() as connection:
        unit = "" if org_unit == boundary.OUTSIDE else org_unit or database.settings.county
        boundary.level(connection, unit)
        text = sums.units(connection, as_of=day, org_unit=unit, by=by, layer=code)
        names = json.loads(boundary.collection(connection, geometry=False))["features"]
    if as_json:
        typer.echo(text)
        return
    _progress_table(json.loads(text), {each["id"]: each["properties"]["name"] for each in names})


@app.command("map")
def map_(
    output: Output,
    township: Annotated[str, typer.Option("--township", help="乡镇代码，默认全县 / code of a township")] = "",
    as_of: AsOf = "",
    lang: Annotated[
        Literal["zh", "en"] | None, typer.Option("--lang", help="语言，默认 SHANHE_LANGUAGE / language")
    ] = None,
) -> None:
    """写出单文件地图，可离线打开 / write the map as one file that works offline."""
    from api.routes.map import file_of

    day = _day(as_of)
    with _database() as database, database.session() as connection:
        html = file_of(connection, township=township or None, as_of=day, language=lang or _language())
    output.write_text(html, "utf-8")
    said = Text(zh="已写入 {file}（{size}）", en="Written to {file} ({size})")
    _say(said.format(file=output, size=_size(output.stat().st_size)))


@app.command()
def status(
    verify: Annotated[
        bool, typer.Option("--verify", help="按原始记录核对进度合计 / recount all sums from the records")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """数据库、版本、大小和数量 / database, versions, sizes and counts."""
    from geo import feature, money, state
    from geo import progress as sums

    with _database() as database, database.session() as connection:
        told: dict[str, Any] = {**state.sizes(connection), "layers": feature.counts(connection)}
        if verify:
            told["differences"] = [*sums.differences(connection), *money.differences(connection)]
    wrong: list[dict[str, Any]] | None = told.get("differences")
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, default=str))
    else:
        for name, label in _STATUS.items():
            value = _size(told[name]) if name == "size" else told[name]
            typer.echo(f"{label.in_(_language())}: {value}")
        for code, count in sorted(told["layers"].items()):
            typer.echo(f"  {code:24}{count:>10}")
        if wrong == []:
            _say(Text(zh="进度合计与原始记录一致", en="All sums are what the records give"))
    if wrong:
        reason = Text(zh="进度合计与原始记录不符，如 {first}", en="Sums differ from the records, such as {first}")
        raise Refused(reason=reason.format(first=wrong[0]))


_STATUS = {
    "database": Text(zh="数据库", en="Database"),
    "server": Text(zh="PostgreSQL 版本", en="PostgreSQL"),
    "postgis": Text(zh="PostGIS 版本", en="PostGIS"),
    "revision": Text(zh="结构版本", en="Schema revision"),
    "size": Text(zh="大小", en="Size"),
    "features": Text(zh="要素", en="Features"),
    "milestones": Text(zh="进度记录", en="Milestones"),
    "org_units": Text(zh="行政区", en="Units"),
    "illustrative_townships": Text(zh="示意界线的乡镇", en="Townships drawn for illustration"),
    "imports": Text(zh="导入次数", en="Imports"),
    "activities": Text(zh="项目", en="Activities"),
    "unfolded": Text(zh="待合并的变更", en="Changes to be folded"),
}


# --- claims -----------------------------------------------------------------------------------------------------------


@claims.command("load")
def claims_load(
    file: Annotated[Path, typer.Argument(help="CSV，列同 report_2024_claims.csv / CSV with its columns")],
    document: Annotated[str, typer.Option("--document", help="文件代码 / code of the document")],
    year: Annotated[int, typer.Option("--year", help="文件所述年度 / year it reports on", min=1950, max=2199)],
    title: Annotated[str, typer.Option("--title", help="文件名称，默认同代码 / its title")] = "",
) -> None:
    """装入文件中的数字，再次装入不变 / load what a document states; the same again changes nothing."""
    from geo.claims.claim import Document, read, store

    stated = Document(document, title or document, year)
    with _database() as database, database.session() as connection:
        found = read(file, stated)
        changed = store(connection, stated, found, by=_user())
    said = Text(zh="{count} 个数字，新增或更新 {changed}", en="{count} figures, {changed} new or changed")
    _say(said.format(count=len(found), changed=changed))


@claims.command("check")
def claims_check(
    document: Annotated[str, typer.Option("--document", help="文件代码，默认全部 / code, all by default")] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="写入 .xlsx 或 .docx / write it as .xlsx or .docx")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """核对文件中的数字 / check what documents state against each other and the records."""
    from geo import audit
    from geo.claims.check import check
    from geo.claims.report import answer, lines, written

    with _database() as database, database.session() as connection:
        checked = check(connection, document or None)
        if output is not None:
            audit.taken(connection, "claims", document=document or None, format=output.suffix[1:])
    if output is not None:
        output.write_bytes(written(checked, output.suffix, _language()))
    if as_json:
        typer.echo(json.dumps(answer(checked), ensure_ascii=False, default=str))
        return
    for line in lines(checked, _language()):
        typer.echo(line)


# --- the private database ---------------------------------------------------------------------------------------------


@db.command("start")
def db_start() -> None:
    """启动内置数据库并留在后台 / start the private database and leave it running."""
    cluster = _cluster()
    cluster.start()
    _say(Text(zh="内置数据库在运行：{dsn}", en="The private database runs: {dsn}").format(dsn=cluster.dsn()))


@db.command("stop")
def db_stop() -> None:
    """停止内置数据库（无人使用时） / stop the private database if nobody uses it."""
    cluster = _cluster()
    if cluster.status().state == "running":
        cluster.start()
        cluster.stop()
    if cluster.status().state == "running":
        raise Refused(
            reason=Text(zh="另一个程序正在使用内置数据库", en="Another program is using the private database")
        )
    _say(Text(zh="内置数据库已停止", en="The private database is stopped"))


@db.command("status")
def db_status(as_json: AsJson = False) -> None:
    """内置数据库的状态，不启动 / what is there; starts nothing."""
    found = _cluster().status()
    told = {
        "state": found.state, "pid": found.pid, "data": str(found.data), "socket": str(found.socket),
        "version": found.version, "size": found.size,
    }  # fmt: skip
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for name, value in told.items():
        typer.echo(f"{name:10}{_size(found.size) if name == 'size' else value}")


@db.command("psql", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def db_psql(context: typer.Context) -> None:
    """用 psql 打开数据库，其余参数交给 psql / open psql, which gets all further arguments."""
    import os
    import shutil
    import subprocess

    from psycopg.conninfo import conninfo_to_dict, make_conninfo

    from geo.database import Database
    from geo.postgres import installed
    from geo.settings import settings

    folders = sorted(installed(settings().postgres_bin).items(), reverse=True)
    there = (str(path / "psql") for _, path in folders if (path / "psql").is_file())
    program = shutil.which("psql") or next(there, None)
    if program is None:
        raise Refused(reason=Text(zh="本机没有 psql", en="There is no psql on this machine"))
    with Database(settings()) as database:
        told = conninfo_to_dict(database.dsn)
        # Everybody on a machine can read what programs are started with, but not their environment.
        environment = os.environ | {"PGPASSWORD": str(told.pop("password", os.environ.get("PGPASSWORD", "")))}
        command = [program, make_conninfo("", **told), *context.args]
        code = subprocess.run(command, env=environment, check=False).returncode
    raise typer.Exit(code)


@db.command("upgrade")
def db_upgrade() -> None:
    """升级数据库结构 / bring the database to this program's state."""
    from geo.database import Database
    from geo.migrate import upgrade
    from geo.settings import settings

    with Database(settings()) as database:
        done = upgrade(database)
    _say(Text(zh="已升级", en="Upgraded") if done else Text(zh="已是最新，无需升级", en="Nothing to upgrade"))


# --- common to commands -----------------------------------------------------------------------------------------------


def _cluster() -> "Cluster":
    from geo.cluster import Cluster
    from geo.settings import settings

    chosen = settings()
    if chosen.database:
        reason = Text(
            zh="SHANHE_DATABASE 已指定服务器，没有内置数据库",
            en="SHANHE_DATABASE names a server: there is no private one",
        )
        raise Refused(reason=reason)
    return Cluster(chosen.home / "db", chosen.postgres_account, chosen.postgres_bin)


def _progress_table(answer: dict[str, Any], names: dict[str, dict[str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table as Grid

    from geo.layers import layers

    language = _language()
    grid = Grid(title=answer["as_of"], box=None)
    for heading in (Text(zh="行政区", en="Unit"), Text(zh="图层", en="Layer"), Text(zh="口径", en="Measure")):
        grid.add_column(heading.in_(language))
    for heading in (
        Text(zh="完成", en="Done"), Text(zh="分母", en="Of"), Text(zh="率", en="Rate"), Text(zh="逾期", en="Overdue"),
    ):  # fmt: skip
        grid.add_column(heading.in_(language), justify="right")
    outside = Text(zh="乡镇之外", en="In no township").both()
    for row in answer["rows"]:
        layer = layers()[row["layer"]]
        measure = next(each for each in layer.measures if each.code == row["measure"])
        of = row["denominator"]
        grid.add_row(
            names.get(row["org_unit"], outside)[language],
            layer.label.in_(language),
            f"{measure.label.in_(language)} ({measure.unit.label.in_(language)})",
            f"{row['numerator']:,.10g}",
            f"{of:,.10g}{'*' if row['denominator_kind'] == 'target' else ''}",
            f"{row['numerator'] / of:.1%}" if of else "—",
            f"{row['status']['overdue']:,.10g}",
        )
    console = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else 160)
    console.print(grid)
    _say(Text(zh="* 分母为任务数，其余为总量", en="* of the target; all others of the population"))


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"
