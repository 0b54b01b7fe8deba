"""An import taken back: everything is as before, or a sentence says what stands in the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import geopandas
import psycopg
import pytest
import shapely

from geo.database import Database
from geo.errors import NotFound
from geo.export import export
from geo.ingest.load import Choice, Report, load
from geo.ingest.undo import NotUndone, undo
from geo.layers import layer

SEAT = (103.26587, 29.23082)
CHOICE = Choice(today=date(2026, 11, 23))


def points(folder: Path, name: str, codes: list[str], **columns: Any) -> Path:
    """A GeoPackage of hazard points with these codes."""
    count = len(codes)
    frame: dict[str, Any] = {
        "统一编号": codes,
        "名称": [f"滑坡{code}" for code in codes],
        "乡镇": ["511132100"] * count,
        "灾害类型": ["滑坡"] * count,
        "威胁人数": [10 + place for place in range(count)],
        "责任人电话": [f"1390000000{place}" for place in range(count)],
        "完工日期": [date(2024, 3, 1)] * count,
    } | columns
    drawn = [shapely.Point(SEAT[0] + place * 1e-4, SEAT[1]) for place in range(count)]
    path = folder / f"{name}.gpkg"
    geopandas.GeoDataFrame(frame, geometry=drawn, crs="EPSG:4490").to_file(path, engine="pyogrio")
    return path


def rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database.dsn) as connection:
        return connection.execute(query).fetchall()  # pyright: ignore


def execute(database: Database, query: str) -> None:
    with psycopg.connect(database.dsn) as connection:
        connection.execute(query)  # pyright: ignore


def imported(database: Database, path: Path, **choice: Any) -> Report:
    report = load(database, layer("hazard_point"), path, replace(CHOICE, **choice))
    assert report.import_id is not None
    return report


def undone(database: Database, report: Report) -> Any:
    return undo(database, report.import_id or 0, by="clerk")


def state(database: Database, folder: Path) -> list[Any]:
    """All that people see: progress and money, what is exported, personal columns, links, the records themselves."""
    path = folder / "state.geojson"
    path.unlink(missing_ok=True)
    export(database, layer("hazard_point"), path)
    return [
        path.read_text("utf-8"),
        rows(database, "SELECT org_unit, layer, measure, stage, day::text, sum(value) FROM progress_sum"
                       " GROUP BY 1, 2, 3, 4, 5 HAVING sum(value) <> 0 ORDER BY 1, 2, 3, 4, 5"),
        rows(database, "SELECT * FROM money_truth ORDER BY 1, 2, 3, 4, 5"),
        rows(database, "SELECT layer, feature, attributes FROM feature_private ORDER BY 1, 2"),
        rows(database, "SELECT activity, layer, feature FROM activity_feature ORDER BY 1, 2, 3"),
        rows(database, "SELECT code, name, org_unit, source, source_row, attributes FROM feature"
                       " WHERE deleted_at IS NULL ORDER BY 1"),
        rows(database, "SELECT feature, milestone, reached_on, source, recorded_by FROM milestone"
                       " WHERE revoked_at IS NULL ORDER BY 1, 2"),
    ]  # fmt: skip


def sums_are_true(database: Database) -> bool:
    query = """
        SELECT count(*) FROM (
            SELECT org_unit, layer, measure, stage, day, sum(value) AS value FROM progress_sum
            GROUP BY 1, 2, 3, 4, 5 HAVING sum(value) <> 0
        ) AS kept
        FULL JOIN progress_truth USING (org_unit, layer, measure, stage, day)
        WHERE kept.value IS DISTINCT FROM progress_truth.value
    """
    return rows(database, query) == [(0,)]


def test_a_first_import_undone_leaves_the_map_and_the_counts_as_before(placed: Database, tmp_path: Path) -> None:
    before = state(placed, tmp_path)
    report = imported(placed, points(tmp_path, "a", ["1", "2", "3"]))
    assert state(placed, tmp_path) != before
    taken = undone(placed, report)
    assert (taken.removed, taken.restored, taken.milestones_revoked) == (3, 0, 3)
    assert state(placed, tmp_path) == before
    assert sums_are_true(placed)
    assert rows(placed, "SELECT DISTINCT recorded_by, reason FROM feature") == [
        ("clerk", f"撤销导入 {report.import_id} / import {report.import_id} undone")
    ]


def test_a_second_import_undone_gives_back_what_it_changed(placed: Database, tmp_path: Path) -> None:
    imported(placed, points(tmp_path, "a", ["1", "2", "3"]))
    before = state(placed, tmp_path)
    second = points(
        tmp_path, "b", ["1", "2", "4"], 威胁人数=[99, 11, 5], 乡镇=["511132101", "511132100", "511132100"],
        完工日期=[date(2024, 3, 1), date(2025, 1, 1), date(2025, 2, 2)],
        责任人电话=["13700000000", "13900000001", "13600000000"],
        开工日期=[date(2023, 1, 1), None, None],
    )  # fmt: skip
    report = imported(placed, second, by="officer")
    assert (report.new, report.changed, report.unchanged) == (1, 2, 0)
    assert state(placed, tmp_path) != before
    taken = undone(placed, report)
    assert (taken.removed, taken.restored, taken.milestones_revoked, taken.milestones_restored) == (1, 1, 3, 1)
    assert state(placed, tmp_path) == before
    assert sums_are_true(placed)
    assert rows(placed, "SELECT count(*) FROM import_private") == [(0,)]
    assert rows(placed, "SELECT version, recorded_by FROM feature WHERE code = '1'") == [(3, "clerk")]


def test_importing_again_after_an_undo_gives_the_same_state(placed: Database, tmp_path: Path) -> None:
    imported(placed, points(tmp_path, "a", ["1", "2"]))
    path = points(tmp_path, "b", ["1", "3"], 威胁人数=[99, 5], 完工日期=[date(2025, 1, 1), date(2025, 1, 1)])
    first = imported(placed, path)
    told = (
        "SELECT code, name, org_unit, attributes, area_m2, starts_on, deleted_at IS NULL FROM feature ORDER BY code",
        "SELECT code, milestone, reached_on FROM milestone JOIN feature ON feature.id = milestone.feature"
        " WHERE revoked_at IS NULL ORDER BY 1, 2",
        "SELECT code, feature_private.attributes FROM feature_private JOIN feature ON feature.id = feature ORDER BY 1",
    )
    before = [rows(placed, query) for query in told]
    undone(placed, first)
    assert [rows(placed, query) for query in told] != before
    again = imported(placed, path)
    assert (again.new, again.changed) == (first.new, first.changed) == (1, 1)
    assert [rows(placed, query) for query in told] == before
    assert sums_are_true(placed)
    undone(placed, again)  # and once more
    assert rows(placed, "SELECT code FROM feature WHERE deleted_at IS NULL ORDER BY 1") == [("1",), ("2",)]


def test_imports_are_undone_from_the_last_to_the_first(placed: Database, tmp_path: Path) -> None:
    states = [state(placed, tmp_path)]
    reports: list[Report] = []
    for number, day in enumerate((date(2024, 1, 1), date(2024, 2, 2), date(2024, 3, 3))):
        path = points(
            tmp_path, f"f{number}", ["1", f"new{number}"], 威胁人数=[number, 1], 完工日期=[day, day],
            责任人电话=[f"1390000000{number}"] * 2,
        )  # fmt: skip
        reports.append(imported(placed, path))
        states.append(state(placed, tmp_path))
    with pytest.raises(NotUndone, match=r"f2\.gpkg"):
        undone(placed, reports[1])
    for report, before in reversed(list(zip(reports, states, strict=False))):
        undone(placed, report)
        assert state(placed, tmp_path) == before
    assert sums_are_true(placed)


def test_a_feature_that_comes_back_has_nothing_of_what_it_was(placed: Database, tmp_path: Path) -> None:
    undone(placed, imported(placed, points(tmp_path, "a", ["1"])))
    slim = points(tmp_path, "b", ["1"])
    frame = geopandas.read_file(slim)[["统一编号", "geometry"]]
    frame.to_file(tmp_path / "slim.gpkg", engine="pyogrio")
    report = imported(placed, tmp_path / "slim.gpkg")
    assert (report.new, report.changed) == (1, 0)
    assert rows(placed, "SELECT name, attributes FROM feature") == [(None, {})]
    assert rows(placed, "SELECT count(*) FROM feature_private") == [(0,)]


def _allocated(database: Database) -> None:
    execute(database, "INSERT INTO activity (code, name_zh) VALUES ('A1', '治理')")
    execute(database, "INSERT INTO fund_source (code, name_zh, name_en) VALUES ('F1', '县级', 'county')")
    execute(database, "INSERT INTO transaction (activity, fund_source, kind, value_date, amount)"
                      " VALUES ('A1', 'F1', 'expenditure', '2024-05-01', 100)")  # fmt: skip
    execute(database, "INSERT INTO allocation (transaction, layer, feature, amount, basis)"
                      " SELECT transaction.id, 'hazard_point', feature.id, 40, 'by_hand' FROM transaction, feature"
                      " WHERE feature.code = '2'")  # fmt: skip


def _linked(database: Database) -> None:
    execute(database, "INSERT INTO activity (code, name_zh) VALUES ('A1', '治理')")
    execute(database, "INSERT INTO activity_feature (activity, layer, feature) SELECT 'A1', layer, id FROM feature"
                      " WHERE code = '2'")  # fmt: skip


def _attached(database: Database) -> None:
    execute(database, "INSERT INTO attachment (layer, feature, name, media_type, sha256, content)"
                      " SELECT layer, id, 'photo.jpg', 'image/jpeg', '', '' FROM feature WHERE code = '2'")  # fmt: skip


def _reached(database: Database) -> None:
    execute(database, "INSERT INTO milestone (layer, feature, milestone, reached_on)"
                      " SELECT layer, id, 'final_accepted', '2025-05-05' FROM feature WHERE code = '2'")  # fmt: skip


def _revoked(database: Database) -> None:
    execute(database, "UPDATE milestone SET revoked_at = now(), revoked_by = 'officer'"
                      " WHERE feature = (SELECT id FROM feature WHERE code = '2')")  # fmt: skip


def _edited(database: Database) -> None:
    execute(database, "UPDATE feature SET name = '改名', recorded_by = 'officer' WHERE code = '2'")


@pytest.mark.parametrize(
    ("depend", "told"),
    [
        (_allocated, "要素 2 已分摊资金（A1）"),
        (_linked, "要素 2 已手工关联项目 A1"),
        (_attached, "要素 2 已有附件（photo.jpg）"),
        (_reached, "要素 2 后来另有进度（final_accepted）"),
        (_revoked, "要素 2 后来另有进度（works_completed）"),
        (_edited, "要素 2 后来被修改（officer）"),
    ],
)
def test_what_depends_on_an_import_is_named_and_nothing_is_undone(
    placed: Database, tmp_path: Path, depend: Callable[[Database], None], told: str
) -> None:
    other = imported(placed, points(tmp_path, "z", ["9"]))
    report = imported(placed, points(tmp_path, "a", ["1", "2"]))
    depend(placed)
    before = state(placed, tmp_path)
    with pytest.raises(NotUndone) as refusal:
        undone(placed, report)
    assert told in refusal.value.text.zh
    assert "2" in refusal.value.text.en
    assert state(placed, tmp_path) == before
    undone(placed, other)  # the control: an import on which nothing depends


def test_a_later_change_of_personal_data_stands_in_the_way(placed: Database, tmp_path: Path) -> None:
    first = imported(placed, points(tmp_path, "a", ["1"]))
    later = imported(placed, points(tmp_path, "b", ["1"], 责任人电话=["13711112222"]))
    assert (later.changed, later.fields) == (1, {"responsible_phone": 1})
    with pytest.raises(NotUndone, match="个人信息"):
        undone(placed, first)
    undone(placed, later)
    assert rows(placed, "SELECT attributes ->> 'responsible_phone' FROM feature_private") == [("13900000000",)]
    undone(placed, first)
    assert rows(placed, "SELECT count(*) FROM feature_private") == [(0,)]


def test_links_that_a_rule_made_go_with_the_features(placed: Database, tmp_path: Path) -> None:
    execute(placed, "INSERT INTO activity (code, name_zh) VALUES ('A1', '治理')")
    execute(placed, "INSERT INTO link_rule (activity, layer) VALUES ('A1', 'hazard_point')")
    before = state(placed, tmp_path)
    report = imported(placed, points(tmp_path, "a", ["1", "2"]))
    assert rows(placed, "SELECT count(*) FROM activity_feature") == [(2,)]
    undone(placed, report)
    assert state(placed, tmp_path) == before


def test_an_import_is_undone_once(placed: Database, tmp_path: Path) -> None:
    report = imported(placed, points(tmp_path, "a", ["1", "2"]))

    def attempt(_: int) -> bool:
        try:
            undone(placed, report)
        except NotUndone:
            return False
        return True

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(attempt, range(3))) == [False, False, True]
    with pytest.raises(NotFound):
        undo(placed, 10**9, by="clerk")


def test_what_imported_no_features_is_not_undone(placed: Database) -> None:
    execute(placed, "INSERT INTO import (file, sha256, imported_by, report) VALUES ('ledger.csv', '', 'x', '{}')")
    ((number,),) = rows(placed, "SELECT max(id) FROM import")
    with pytest.raises(NotUndone, match="did not import features"):
        undo(placed, number, by="clerk")
