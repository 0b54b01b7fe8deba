"""The demonstration: an invented county in the database, taken in by the ordinary import and marked as invented."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from geo import allocation, audit, first_account, ledger, link, state
from geo.allocation import Basis, Share
from geo.claims import claim
from geo.database import Connection, Database, rows, statement
from geo.errors import ShanheError
from geo.ingest.ledger import Choice as LedgerChoice
from geo.ingest.ledger import enter
from geo.ingest.sheet import read_sheet
from geo.layers import layer as declared
from geo.layers import layers
from geo.ledger import BudgetLine, Entry
from geo.link import Rule
from geo.org_unit import load_places
from geo.settings import SHIPPED
from geo.text import Text

BY = "demo"
YEAR = 2024


class DatabaseNotEmpty(ShanheError):
    """The database holds something already, and the demonstration must not mix with it."""

    code = "database_not_empty"
    sentence = Text(zh="数据库中已有数据：{hint}", en="The database holds data: {hint}")


@dataclass(frozen=True, slots=True)
class Task:
    """A year's task that the 2024 report states: of a layer, counted in a measure, for features with a value."""

    layer: str
    measure: str
    column: str
    value: str
    starts_on: date
    ends_on: date
    origin: str


# Of other layers the report states no task, or one that is everything there is (55 mines, 81 parcels).
TASKS = (
    Task("farmland_patch", "registered_area", "task_year", "2024", date(2024, 1, 1), date(2024, 12, 31), "1.3.1(1)"),
    Task("hazard_point", "sites", "control", "works", date(2023, 1, 1), date(2024, 12, 31), "1.3.3(1)"),
    Task("relocation_household", "households", "task_year", "2023", date(2023, 1, 1), date(2024, 12, 31), "1.3.1(4)"),
)

# Activity of the ledger -> what it is for: a layer, and a column with a value (None: all of the layer).
LINKS: tuple[tuple[str, str, str | None, str | None], ...] = (
    ("地质灾害避险搬迁", "relocation_household", None, None),
    ("地质灾害综合治理", "hazard_point", "control", "works"),
    ("地质灾害自动化监测建设", "hazard_point", "automatic_monitoring", "true"),
    ("沙坪镇双河村1组一公里不稳定斜坡治理", "hazard_point", "name", "双河村1组一公里不稳定斜坡"),
    ("城乡建设用地增减挂钩试点拆旧复垦", "linked_reclamation", None, None),
    ("征地拆迁土地补偿", "land_acquisition", None, None),
    ("乡村国土空间规划编制省级财政奖补专项资金", "spatial_plan", "level", "township_area"),
    ("乡村国土空间规划编制省级财政奖补专项资金", "spatial_plan", "level", "village"),
)

BOND = "treasury_bond"
NOTE = Text(
    zh="示意：报告只给出渠道合计，各项目金额为虚构",
    en="Illustrative: the report states the channel's total only; the parts are invented",
)


@dataclass(frozen=True, slots=True)
class Part:
    """An invented part of what the bond channel paid and had: in both, the parts come to what the report states."""

    activity: str
    paid: int
    budget: int


SPLIT = (
    Part("地质灾害避险搬迁", 45, 46),
    Part("地质灾害综合治理", 42, 41),
    Part("地质灾害自动化监测建设", 13, 13),
)

# By what the money of an activity is spread over its features. Where the report gives no ground, it is not spread.
BASES: dict[str, Basis] = {
    "地质灾害避险搬迁": "by_people",
    "地质灾害综合治理": "per_unit",
    "地质灾害自动化监测建设": "per_unit",
    "沙坪镇双河村1组一公里不稳定斜坡治理": "direct",
}


def load_demo(
    database: Database,
    *,
    force: bool = False,
    step: Callable[[Text], None] = lambda _: None,
    progress: Callable[[int, int], None] = lambda done, whole: None,
) -> int:
    """Load the demonstration of the county of the settings and return how many features it has.

    ``force`` loads it once more onto an earlier demonstration. Raises :class:`DatabaseNotEmpty` where the database
    holds anything else, and :class:`geo.errors.NotFound` where no places of the county are shipped.
    """
    from geo.demo import visit, write
    from geo.ingest.load import Choice, load

    county = database.settings.county
    with database.owner() as connection:
        if not state.is_empty(connection):
            _refuse_real(connection, force=force)
        audit.by(connection, BY)
        step(Text(zh="行政区", en="Places"))
        load_places(connection, county)
    features = 0
    with tempfile.TemporaryDirectory(prefix="shanhe-demo-") as folder:
        file = Path(folder) / f"demo_{county}.gpkg"
        step(Text(zh="生成示例数据", en="Inventing the data"))
        written = write(file, county)
        for layer in layers().values():
            if layer.code in written:
                step(layer.label)
                report = load(
                    database, layer, file, Choice(table=layer.code, illustrative=True, by=BY), progress=progress
                )
                features += report.rows - report.refused
    with database.owner() as connection:
        audit.by(connection, BY)
        step(Text(zh="任务与资金", en="Tasks and money"))
        _tasks(connection)
        shipped = SHIPPED / county / f"report_{YEAR}_ledger.csv"
        if shipped.is_file():
            enter(connection, read_sheet(shipped), LedgerChoice(year=YEAR, by=BY), file=shipped.name)
            _name(connection, SHIPPED / county / f"report_{YEAR}_activities.json")
            _link(connection)
            _split(connection)
            _allocate(connection)
        _claims(connection, county)
        visit.reports(connection, by="demo-officer", judge="demo-manager", zone=ZoneInfo(database.settings.timezone))
    return features


def _claims(connection: Connection, county: str) -> None:
    """The figures that the year's report states, where they are shipped."""
    shipped = SHIPPED / county / f"report_{YEAR}_claims.csv"
    if shipped.is_file():
        report = claim.Document(f"report_{YEAR}", f"{YEAR} 年度部门整体支出绩效自评报告", YEAR, illustrative=True)
        claim.store(connection, report, claim.read(shipped, report), by=BY)


def remove_demo(database: Database) -> None:
    """Remove the demonstration for good: the database is then not empty, so that starting loads none again.

    Raises :class:`DatabaseNotEmpty` where it holds anything else.
    """
    with database.owner() as connection:
        if state.is_real(connection):
            hint = Text(zh="不能当作示例清除", en="it cannot be removed as a demonstration")
            raise DatabaseNotEmpty(hint=hint)
        connection.execute(statement("demo_load_remove"))
        first_account.remove_demo(connection)


def _refuse_real(connection: Connection, *, force: bool) -> None:
    if state.is_real(connection):
        hint = Text(zh="示例只能装入空数据库", en="it goes into an empty database only")
        raise DatabaseNotEmpty(hint=hint)
    if not force:
        hint = Text(zh="若要重新装入示例，请加 --force", en="state --force to load it once more")
        raise DatabaseNotEmpty(hint=hint)


def _tasks(connection: Connection) -> None:
    for task in TASKS:
        connection.execute(
            statement("demo_load_target"),
            {
                "layer": task.layer,
                "measure": task.measure,
                "attribute": task.column,
                "value": task.value,
                "starts_on": task.starts_on,
                "ends_on": task.ends_on,
                "origin": f"{YEAR} report, {task.origin}",
            },
        )


def _name(connection: Connection, shipped: Path) -> None:
    """The English names of activities, where they are shipped."""
    english: dict[str, str] = json.loads(shipped.read_text("utf-8")) if shipped.is_file() else {}
    for chinese, code in _codes(connection).items():
        if chinese in english:
            name = Text(zh=chinese, en=english[chinese])
            ledger.state_activity(connection, code, name, starts_on=date(YEAR, 1, 1))


def _link(connection: Connection) -> None:
    codes = _codes(connection)
    for activity, layer, column, value in LINKS:
        rule = Rule(layer, column=column, value=value)
        link.by_rule(connection, codes[activity], declared(layer), rule, by=BY)


def _split(connection: Connection) -> None:
    """Put an invented split of the bond channel in the place of its total, which the report states; once."""
    codes = _codes(connection)
    for row in rows(connection, "demo_load_total", fund_source=BOND):
        whole, carried = row["spent"], row["carried_over"]
        ledger.withdraw(connection, row["id"], by=BY, reason=NOTE.zh)
        paid = allocation.spread(whole, [part.paid for part in SPLIT])
        budgets = allocation.spread(whole + carried, [part.budget for part in SPLIT])
        for part, spent, budget in zip(SPLIT, paid, budgets, strict=True):
            code = codes[part.activity]
            last = date(YEAR, 12, 31)
            ledger.record(
                connection, Entry(BOND, code, "expenditure", last, spent, note=NOTE.zh, illustrative=True), by=BY
            )
            line = BudgetLine(BOND, code, YEAR, "adjusted", budget, note=NOTE.zh, illustrative=True)
            ledger.budget(connection, line, by=BY)


def _allocate(connection: Connection) -> None:
    """Spread what activities spent, by the bases stated; what is spread already stays."""
    for row in rows(connection, "demo_load_unspread"):
        basis = BASES.get(row["activity"])
        if basis is not None:
            allocation.allocate(connection, row["id"], Share(basis), by=BY)


def _codes(connection: Connection) -> dict[str, str]:
    return {each["name_zh"]: each["code"] for each in ledger.names(connection)["activity"]}
