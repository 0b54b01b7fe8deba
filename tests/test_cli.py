"""The command line: what it prints, what it refuses and with which exit code, and a server that ends when told."""

import asyncio
import csv
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas
import pyogrio
import pytest
import shapely
from conftest import awaited
from packed import held

from api.serve import _listen
from geo import ledger, state
from geo.database import Database
from geo.demo_load import load_demo
from geo.export import export
from geo.layers import layers

Run = Callable[..., subprocess.CompletedProcess[str]]
COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]
ROOT = Path(__file__).resolve().parent.parent


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("SHANHE_")}
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], env=plain | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True, text=True, timeout=120, check=False, cwd=tempfile.gettempdir(),
    )  # fmt: skip


@pytest.fixture
def shanhe(demo: Database) -> Run:
    """Runs a command over the demonstration."""
    return lambda *arguments, **environment: run(*arguments, **{"SHANHE_DATABASE": demo.dsn} | environment)


def refused(done: subprocess.CompletedProcess[str], *words: str, code: int = 1) -> None:
    """Exit code and one sentence on stderr, no traceback."""
    assert done.returncode == code, done
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 or code == 2
    for word in words:
        assert word in done.stderr


# --- help -------------------------------------------------------------------------------------------------------------


def test_every_command_says_what_it_is_for_in_both_languages() -> None:
    import typer.main

    from api.cli import app

    def walk(command: Any, name: str) -> Iterator[tuple[str, Any]]:
        yield name, command
        for child, what in getattr(command, "commands", {}).items():
            yield from walk(what, f"{name} {child}")

    commands = dict(walk(typer.main.get_command(app), "shanhe"))
    assert len(commands) >= 14
    for name, command in commands.items():
        assert " / " in command.help, name
        for parameter in command.params:
            assert " / " in (getattr(parameter, "help", None) or " / "), (name, parameter.name)


def test_help_needs_no_database_and_nothing_heavy() -> None:
    script = (
        "import sys; sys.argv = ['shanhe', '--help']\nfrom api.cli import main\n"
        "try: main()\nfinally: print(sorted({n.partition('.')[0] for n in sys.modules}), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "serve" in done.stdout
    for heavy in ("pydantic", "psycopg", "fastapi", "geopandas", "pyproj", "rich", "numpy"):
        assert f"'{heavy}'" not in done.stderr


def test_a_wrong_command_or_option_is_a_usage_error(shanhe: Run) -> None:
    refused(run("nix"), code=2)
    refused(run("progress", "--as-of", "gestern"), code=2)
    refused(run("progress", "--by", "county"), code=2)
    refused(run("serve", "--port", "99999"), code=2)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_status_counts_and_verifies(shanhe: Run) -> None:
    done = shanhe("status", "--json", "--verify")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["layers"]["hazard_point"] == 128
    assert told["differences"] == []
    assert "要素" in shanhe("status").stdout
    assert "Features" in shanhe("status", SHANHE_LANGUAGE="en").stdout


def test_status_sees_a_wrong_sum(fresh: Any) -> None:
    database = fresh("demo")
    with database.session() as connection:
        connection.execute(
            "UPDATE progress_month SET value = value + 1 WHERE org_unit = '511132' AND layer = 'mining_site'"
        )
    refused(run("status", "--verify", SHANHE_DATABASE=database.dsn), "mining_site")


def test_progress_is_a_table_or_json(shanhe: Run) -> None:
    done = shanhe("progress", "--as-of", "2024-12-05", "-l", "relocation_household", SHANHE_LANGUAGE="en")
    assert "955" in done.stdout
    assert "1,101*" in done.stdout
    told = json.loads(shanhe("progress", "--json", "--by", "township", "--as-of", "2024-12-31").stdout)
    assert len({row["org_unit"] for row in told["rows"]}) == 14
    refused(shanhe("progress", "--org-unit", "999999"), "999999")
    refused(shanhe("progress", "-l", "nix", SHANHE_LANGUAGE="en"), "layer not found: nix")


def test_the_map_is_one_file_of_one_township(shanhe: Run, tmp_path: Path) -> None:
    path = tmp_path / "map.html"
    done = shanhe("map", "--township", "511132100", "-o", path, "--lang", "en", "--as-of", "2024-12-31")
    assert done.returncode == 0, done.stderr
    page = path.read_text("utf-8")
    assert "<script src" not in page
    assert set(held(page)["features"]["properties"]["township"]) == {"511132100"}
    refused(shanhe("map", "--township", "511132", "-o", path), "511132")


# --- in and out -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", [".gpkg", ".geojson"])
def test_what_was_exported_is_imported_without_a_change(demo: Database, tmp_path: Path, ending: str) -> None:
    from geo.export import export
    from geo.ingest.load import Choice, load

    for code in ("hazard_point", "farmland_patch", "permanent_farmland", "relocation_household"):
        path = tmp_path / f"{code}{ending}"
        count = export(demo, layers()[code], path)
        report = load(demo, layers()[code], path, Choice(dry=True))
        assert (report.rows, report.unchanged, report.counts) == (count, count, {}), code
        assert not set(pyogrio.read_info(path)["fields"]) & {
            info.json_schema_extra["label"]["zh"]
            for info in layers()[code].private.values()  # pyright: ignore
        }
    assert not list(tmp_path.glob(".*"))


def test_a_corrected_export_changes_one_feature(fresh: Any, tmp_path: Path) -> None:
    database = fresh("demo")
    path = tmp_path / "h.gpkg"
    assert run("export", "hazard_point", "-o", path, SHANHE_DATABASE=database.dsn).returncode == 0
    frame = geopandas.read_file(path)
    frame.loc[0, "名称"] = "新名称"
    frame.to_file(path, layer="hazard_point", engine="pyogrio")
    done = run("import", path, "--json", SHANHE_DATABASE=database.dsn)
    (report,) = json.loads(done.stdout)
    assert (report["changed"], report["unchanged"], report["new"]) == (1, 127, 0)


def test_csv_is_for_reading_and_safe_in_a_spreadsheet(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    with database.session() as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, name, geom) VALUES ('hazard_point', '=1+1', '＠cmd',"
            " st_setsrid(st_makepoint(103.25, 29.25), 4490))"
        )
    path = tmp_path / "h.csv"
    assert run("export", "hazard_point", "-o", path, SHANHE_DATABASE=database.dsn).returncode == 0
    (row,) = csv.DictReader(path.read_text("utf-8-sig").splitlines())
    assert (row["编号"], row["名称"], row["经度"], row["纬度"]) == ("'=1+1", "'＠cmd", "103.25", "29.25")


def test_an_export_tells_how_far_it_is(demo: Database, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    count = export(demo, layers()["hazard_point"], tmp_path / "p.gpkg", lambda done, whole: told.append((done, whole)))
    assert count == 128
    assert told == [(0, 128), (128, 128)]


def test_export_refuses_what_it_cannot_write(shanhe: Run, tmp_path: Path) -> None:
    refused(shanhe("export", "hazard_point", "-o", tmp_path / "h.xls"), ".gpkg")
    refused(shanhe("export", "hazard_point", "-o", tmp_path / "no" / "h.gpkg"), "h.gpkg")
    refused(shanhe("export", "hazard_point", "-o", tmp_path / "no" / "h.csv"), "h.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_file_with_bad_rows_is_refused_with_its_report(shanhe: Run, tmp_path: Path) -> None:
    path = tmp_path / "bad.geojson"
    frame = geopandas.GeoDataFrame({"编号": ["1", None]}, geometry=[shapely.Point(103.2, 29.2)] * 2, crs="EPSG:4490")
    frame.to_file(path, engine="pyogrio")
    done = shanhe("import", path, "-l", "hazard_point", "--dry-run", "--json")
    assert done.returncode == 1
    (report,) = json.loads(done.stdout)
    assert (report["refused"], report["applied"]) == (1, False)
    assert "1" in done.stderr
    refused(shanhe("import", tmp_path / "no.gpkg", "-l", "hazard_point"), "no.gpkg")
    refused(shanhe("import", path), "hazard_point")


# --- boundaries -------------------------------------------------------------------------------------------------------


def test_boundaries_replace_the_illustrative_ones(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    path = tmp_path / "xzq.gpkg"
    west, east = shapely.box(103.2, 29.1, 103.25, 29.3), shapely.box(103.25, 29.1, 103.3, 29.3)
    frame = geopandas.GeoDataFrame(
        {"XZQDM": ["511132100000", "511132100000", "511132101"], "XZQMC": ["沙坪镇", "沙坪镇", "?"]},
        geometry=[west, east, shapely.box(103.3, 29.1, 103.4, 29.3)], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_crs(4522).to_file(path, layer="XZQ", engine="pyogrio")
    done = run("boundaries", path, SHANHE_DATABASE=database.dsn)
    assert done.returncode == 0, done.stderr
    with database.session() as connection:
        drawn = connection.execute(
            "SELECT code, illustrative, st_astext(st_envelope(geom), 4) FROM org_unit WHERE level = 'township'"
            " AND NOT illustrative ORDER BY code"
        ).fetchall()
    assert [row[0] for row in drawn] == ["511132100", "511132101"]
    assert drawn[0][2] == "POLYGON((103.2 29.1,103.2 29.3,103.3 29.3,103.3 29.1,103.2 29.1))"
    frame.assign(XZQDM="999", XZQMC="不存在镇").to_file(path, layer="XZQ", engine="pyogrio")
    refused(run("boundaries", path, SHANHE_DATABASE=database.dsn), "999")
    frame.drop(columns=["XZQDM", "XZQMC"]).to_file(path, layer="XZQ", engine="pyogrio")
    refused(run("boundaries", path, SHANHE_DATABASE=database.dsn), "XZQDM")
    bowtie = shapely.Polygon([(103.2, 29.1), (103.3, 29.2), (103.3, 29.1), (103.2, 29.2)])
    frame.set_geometry([bowtie] * 3).to_file(path, layer="XZQ", engine="pyogrio")
    refused(run("boundaries", path, SHANHE_DATABASE=database.dsn), "1")


# --- the demonstration ------------------------------------------------------------------------------------------------


def test_the_demonstration_goes_into_an_empty_or_demo_database_only(fresh: Any, shanhe: Run) -> None:
    refused(shanhe("demo"), "--force")
    database = fresh("placed")
    with database.session() as connection:
        connection.execute("INSERT INTO feature (layer, code) VALUES ('hazard_point', 'A')")
    for option in ([], ["--force"]):
        refused(run("demo", *option, SHANHE_DATABASE=database.dsn))


def test_the_demonstration_loaded_again_is_the_same(fresh: Any) -> None:
    database = fresh("demo")
    before: list[Any] = []
    for again in (False, True):
        if again:
            load_demo(database, force=True)
        with database.session() as connection:
            told = state.sizes(connection)
            money = json.loads(ledger.activities(connection))
            targets = connection.execute("SELECT layer, org_unit, value FROM target ORDER BY 1, 2").fetchall()
        now = [told["features"], told["milestones"], money, targets]
        assert not again or now == before
        before = now


def test_the_demonstration_is_removed_for_good(fresh: Any) -> None:
    database = fresh("demo")
    assert run("demo", "--remove", SHANHE_DATABASE=database.dsn).returncode == 0
    with database.session() as connection:
        told = state.sizes(connection)
        assert (told["features"], told["milestones"], told["activities"], told["unfolded"]) == (0, 0, 0, 0)
        assert told["org_units"] == 113
        assert not state.is_empty(connection), "a start would load it again"
        connection.execute("INSERT INTO feature (layer, code) VALUES ('hazard_point', 'A')")
    refused(run("demo", "--remove", SHANHE_DATABASE=database.dsn))
    refused(run("demo", SHANHE_DATABASE=database.dsn))


def test_a_command_on_an_empty_database_knows_the_places(empty: Database) -> None:
    told = json.loads(run("status", "--json", SHANHE_DATABASE=empty.dsn).stdout)
    assert (told["org_units"], told["features"]) == (113, 0)


# --- serving ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder that the account of the cluster may enter."""
    folder = Path(tempfile.mkdtemp(prefix="shanhe-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def test_the_server_sends_answers_without_delay() -> None:
    """A browser that keeps its connection would else wait 40 ms for each answer (Nagle, delayed acknowledgement)."""

    async def undelayed(listener: socket.socket) -> bool:
        found: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def accepted(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            found.set_result(bool(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
            writer.close()

        async with await asyncio.start_server(accepted, sock=listener):
            _, writer = await asyncio.open_connection(*listener.getsockname())
            writer.close()
            return await found

    plain = socket.socket()
    plain.bind(("127.0.0.1", 0))
    assert not awaited(undelayed(plain))
    assert awaited(undelayed(_listen("127.0.0.1", 0)))


def test_serve_starts_the_cluster_answers_and_ends_cleanly(home: Path) -> None:
    port = free_port()
    environment = os.environ | {"SHANHE_HOME": str(home), "SHANHE_PORT": str(port), "PYTHONPATH": str(ROOT)}
    for number in (signal.SIGTERM, signal.SIGINT):
        with subprocess.Popen(
            [*COMMAND, "serve", "--no-demo"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as server:
            answer = None
            for _ in range(600):
                try:
                    answer = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=5))
                    break
                except OSError:
                    assert server.poll() is None, server.communicate()
                    time.sleep(0.1)
            assert answer is not None
            assert answer["status"] == "ok"
            refused(run("serve", SHANHE_HOME=str(home), SHANHE_PORT=str(port)), str(port))
            server.send_signal(number)
            said, errors = server.communicate(timeout=60)
        assert server.returncode == 0, errors
        assert f"http://127.0.0.1:{port}/" in said
        assert errors == ""
        told = json.loads(run("db", "status", "--json", SHANHE_HOME=str(home)).stdout)
        assert told["state"] == "stopped"


def test_the_private_database_starts_stops_and_answers_psql(home: Path) -> None:
    def db(*arguments: str) -> subprocess.CompletedProcess[str]:
        return run("db", *arguments, SHANHE_HOME=str(home))

    assert json.loads(db("status", "--json").stdout)["state"] == "absent"
    assert db("start").returncode == 0
    assert json.loads(db("status", "--json").stdout)["state"] == "running"
    assert db("upgrade").returncode == 0
    if shutil.which("psql"):
        assert db("psql", "-Atc", "SELECT count(*) > 0 FROM layer").stdout.strip() == "t"
    assert db("stop").returncode == 0
    assert json.loads(db("status", "--json").stdout)["state"] == "stopped"
    refused(run("db", "start", SHANHE_DATABASE="postgresql:///x"), "SHANHE_DATABASE")


def test_a_setting_that_cannot_be_used_is_one_sentence() -> None:
    refused(run("status", SHANHE_PORT="x"), "SHANHE_PORT")
    for zone in ("Asia/Nowhere", "Asia", "../zone", ""):
        refused(run("status", SHANHE_TIMEZONE=zone), "SHANHE_TIMEZONE")
    refused(run("status", SHANHE_DATABASE="postgresql://nobody@127.0.0.1:1/x?connect_timeout=1"))


# --- the ledger -------------------------------------------------------------------------------------------------------


def test_the_ledger_is_imported_linked_allocated_and_exported(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")

    def told(*arguments: object) -> Any:
        done = run("ledger", *arguments, "--json", SHANHE_DATABASE=database.dsn)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    real = ROOT / "data" / "511132" / "report_2024_ledger.csv"
    assert (told("import", real, "--dry-run")["applied"], told("import", real)["new"]) == (False, 9)
    with database.session() as connection:
        connection.execute(
            "INSERT INTO feature (layer, code, org_unit) SELECT 'hazard_point', 'p' || n, '511132100'"
            " FROM generate_series(1, 3) AS n"
        )
        ((number, activity),) = connection.execute(
            "SELECT id, activity FROM transaction WHERE activity IS NOT NULL AND kind = 'expenditure'"
        ).fetchall()
    (tmp_path / "codes.txt").write_text("p1\nnix\n", "utf-8")
    listed = told("link", activity, "--layer", "hazard_point", "--codes", tmp_path / "codes.txt")
    assert (listed["added"], [each["value"] for each in listed["problems"]]) == (1, ["nix"])
    assert told("link", activity, "--layer", "hazard_point")["features"] == 3
    done = told("allocate", number, "--basis", "per_unit", "--amount", "84.35", "--unit", "wan_yuan")
    assert (done["allocated"], done["unallocated"], done["features"]) == ("843500.00", "0.00", 3)
    refused(run("ledger", "allocate", number, "--basis", "direct", SHANHE_DATABASE=database.dsn))
    refused(run("ledger", "link", "nix", "--layer", "hazard_point", SHANHE_DATABASE=database.dsn))
    assert run("ledger", "export", "-o", tmp_path / "a.xlsx", SHANHE_DATABASE=database.dsn).returncode == 0
    assert told("import", tmp_path / "a.xlsx")["unchanged"] == 17
    assert run("status", "--verify", SHANHE_DATABASE=database.dsn).returncode == 0


def test_a_ledger_with_a_wrong_row_is_refused_with_its_reasons(fresh: Any, tmp_path: Path) -> None:
    database = fresh("placed")
    (tmp_path / "a.csv").write_text("渠道,类型,日期,金额,单位\n彩票,支出,2024-01-01,-1,元\n", "utf-8")
    done = run("ledger", "import", tmp_path / "a.csv", SHANHE_DATABASE=database.dsn)
    assert done.returncode == 1
    assert "未知的资金渠道" in done.stderr
    assert "金额不能为负" in done.stderr
    assert "Traceback" not in done.stderr


def test_divergence_is_told_in_sentences_or_json(shanhe: Run) -> None:
    found = json.loads(shanhe("ledger", "divergence", "--as-of", "2024-12-31", "--json").stdout)
    assert {"money_ahead", "stale"} <= {each["kind"] for each in found}
    said = shanhe("ledger", "divergence", "--as-of", "2024-12-31", SHANHE_LANGUAGE="en").stdout
    assert "Money is ahead of work" in said
    assert shanhe("ledger", "divergence", "--as-of", "2012-01-01").stdout.strip() == "没有偏差"
    refused(shanhe("ledger", "divergence", "--as-of", "gestern"), code=2)
