"""Files that are meant to harm are refused within limits, read nothing and ask nobody; their honest twins are read."""

import json
import os
import random
import resource
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from geo.errors import FileUnreadable
from geo.ingest.read import read, tables
from geo.settings import settings

SECRET = "绝密-7f3a"
POINT = shapely.Point(103.26, 29.23)


def frame(name: str = "甲", count: int = 2) -> geopandas.GeoDataFrame:
    return geopandas.GeoDataFrame({"n": [name] * count}, geometry=[POINT] * count, crs="EPSG:4490")


def written(path: Path, name: str = "甲", count: int = 2) -> Path:
    frame(name, count).to_file(path)
    return path


def shapefile(folder: Path, count: int = 2) -> Path:
    folder.mkdir()
    frame(count=count).to_file(folder / "p.shp", encoding="GBK")
    return folder / "p.shp"


def count(path: Path, table: str | None = None) -> int:
    """The rows that come out; every byte of them is looked at for the secret."""
    done = 0
    for _, columns, wkb in read(path, table).batches():
        assert SECRET not in str({name: column.to_pylist()[:100] for name, column in columns.items()})
        done += len(wkb)
    return done


def refused(path: Path, word: str = "", table: str | None = None) -> str:
    """Refused by a sentence that has the word and gives nothing away."""
    with pytest.raises(FileUnreadable) as error:
        count(path, table)
    assert SECRET not in str(error.value)
    assert word in str(error.value), str(error.value)
    return str(error.value)


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file that nobody asks for; GDAL can read it."""
    (tmp_path / "else").mkdir()
    return written(tmp_path / "else" / "secret.geojson", SECRET)


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """The address of a server on this machine, and what it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        do_HEAD = do_POST = do_GET  # noqa: N815 - the names are of http.server

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Three seconds and 512 MB."""
    monkeypatch.setenv("SHANHE_IMPORT_SECONDS", "3")
    monkeypatch.setenv("SHANHE_IMPORT_MEMORY_MB", "512")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


# --- archives ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word"),
    [("../p.shp", "unsafe"), ("a/../../p.shp", "unsafe"), ("/tmp/p.shp", "unsafe"), ("..\\p.shp", "unsafe"),
     ("C:\\p.shp", "unsafe"), ("c:/p.shp", "unsafe"), ("\\\\server\\p.shp", "unsafe"),
     ("a/p.shp", ""), ("a\\p.shp", "")],
)  # fmt: skip
def test_a_name_in_a_zip_that_leads_out_of_it_is_refused(tmp_path: Path, name: str, word: str) -> None:
    path = shapefile(tmp_path / "s")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        for file in path.parent.iterdir():
            archive.writestr(zipfile.ZipInfo(name.replace(".shp", file.suffix)), file.read_bytes())
    if word:
        refused(tmp_path / "z.zip", word)
    else:
        assert count(tmp_path / "z.zip") == 2


def test_a_zip_that_grows_too_much_is_refused(tmp_path: Path) -> None:
    content = written(tmp_path / "p.geojson").read_bytes()
    blank = content + b" " * 40_000_000  # still GeoJSON, and read where it is not packed
    (tmp_path / "p.geojson").write_bytes(blank)
    assert count(tmp_path / "p.geojson") == 2
    for method, word in ((zipfile.ZIP_STORED, ""), (zipfile.ZIP_DEFLATED, "compression")):
        with zipfile.ZipFile(tmp_path / "z.zip", "w", method) as archive:
            archive.writestr("p.geojson", blank)
        if word:
            refused(tmp_path / "z.zip", word)
        else:
            assert count(tmp_path / "z.zip") == 2


def test_a_zip_whose_members_are_too_large_together_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for place in range(4):
            archive.writestr(f"{place}.txt", b"x" * 100)
        archive.write(written(tmp_path / "p.gpkg"), "p.gpkg")
    assert count(path) == 2
    raw = bytearray(path.read_bytes())
    place = 0
    while (place := raw.find(b"PK\x01\x02", place)) >= 0:
        raw[place + 24 : place + 28] = struct.pack("<I", 0xF0000000)
        place += 4
    path.write_bytes(raw)
    refused(path, "GB")


def test_a_zip_of_too_many_members_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg")
    for more, word in ((100, ""), (30_000, "too many")):
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
            archive.write(path, "p.gpkg")
            for place in range(more):
                archive.writestr(f"{place}.txt", b"")
        if word:
            refused(tmp_path / "z.zip", word)
        else:
            assert count(tmp_path / "z.zip") == 2


def test_a_zip_whose_members_share_their_bytes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "z.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(written(tmp_path / "p.gpkg"), "p.gpkg")
        for _ in range(2):
            archive.writestr(f"{len(archive.infolist())}.txt", b"")
            archive.infolist()[-1].file_size = archive.infolist()[0].file_size
            archive.infolist()[-1].compress_size = archive.infolist()[0].compress_size
            archive.infolist()[-1].header_offset = archive.infolist()[0].header_offset
    refused(path, "overlap")


@pytest.mark.parametrize("ending", [".zip", ".kmz", ".rar", ".7z"])
def test_an_archive_in_an_archive_is_refused(tmp_path: Path, ending: str) -> None:
    with zipfile.ZipFile(tmp_path / "inner.zip", "w") as archive:
        archive.write(written(tmp_path / "p.gpkg"), "p.gpkg")
    assert count(tmp_path / "inner.zip") == 2
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", f"inner{ending}")
    refused(tmp_path / "z.zip", "archive in an archive")
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(tmp_path / "inner.zip", "p.gpkg")  # by another name it is no GeoPackage
    refused(tmp_path / "z.zip", "not a GeoPackage")


def test_a_link_in_a_zip_is_refused(tmp_path: Path, secret: Path) -> None:
    for kind, word in ((0o120777, "link"), (0o100644, "")):
        member = zipfile.ZipInfo("p.geojson")
        member.create_system, member.external_attr = 3, kind << 16
        with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
            archive.writestr(member, str(secret) if word else frame().to_json())
        if word:
            refused(tmp_path / "z.zip", word)
        else:
            assert count(tmp_path / "z.zip") == 2


def test_a_link_in_a_geodatabase_is_refused(tmp_path: Path) -> None:
    for name in (SECRET, "甲"):
        frame(name).to_file(tmp_path / f"{name}.gdb", driver="OpenFileGDB", layer="t")
    assert count(tmp_path / "甲.gdb") == 2
    for inside in (tmp_path / f"{SECRET}.gdb").iterdir():
        (tmp_path / "甲.gdb" / inside.name).unlink(missing_ok=True)
        (tmp_path / "甲.gdb" / inside.name).symlink_to(inside)
    assert SECRET in str(pyogrio.read_dataframe(tmp_path / "甲.gdb"))  # the control: GDAL follows it
    refused(tmp_path / "甲.gdb", "link")


def test_a_damaged_or_locked_zip_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(written(tmp_path / "p.gpkg"), "p.gpkg")
    whole = (tmp_path / "z.zip").read_bytes()
    for place, byte in ((5_000, whole[5_000] ^ 0xFF), (whole.rfind(b"PK\x01\x02") + 8, 1)):
        raw = bytearray(whole)
        raw[place] = byte
        (tmp_path / "z.zip").write_bytes(raw)
        refused(tmp_path / "z.zip")


# --- files that ask for other files -----------------------------------------------------------------------------------


def vrt(source: str) -> str:
    return (
        "<OGRVRTDataSource><OGRVRTLayer name='p'>"
        f"<SrcDataSource>{source}</SrcDataSource><SrcLayer>secret</SrcLayer></OGRVRTLayer></OGRVRTDataSource>"
    )


@pytest.mark.parametrize("ending", ["vrt", "geojson", "json", "gpkg", "shp", "kml", "fgb", "dxf", "parquet", "ndjson"])
def test_a_vrt_is_not_followed_whatever_it_is_called(tmp_path: Path, secret: Path, ending: str) -> None:
    path = tmp_path / f"p.{ending}"
    path.write_text(vrt(str(secret)))
    if ending not in {"shp", "gpkg"}:  # the control: GDAL by itself follows it
        assert SECRET in str(pyogrio.read_dataframe(path))
    refused(path)
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(path, path.name)
    refused(tmp_path / "z.zip")
    assert count(written(tmp_path / "honest.geojson")) == 2


def test_no_address_is_asked(tmp_path: Path, web: tuple[str, list[str]]) -> None:
    address, asked = web
    link = {"type": "link", "properties": {"href": f"{address}/crs", "type": "ogcwkt"}}
    features = json.loads(frame().to_json())
    (tmp_path / "p.geojson").write_text(json.dumps({"crs": link} | features | {"crs": link}))
    (tmp_path / "v.geojson").write_text(vrt(f"/vsicurl/{address}/v.geojson"))
    document = (
        "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Folder><name>a</name><NetworkLink><Link>"
        f"<href>{address}/link.kml</href></Link></NetworkLink><Placemark><Style><IconStyle><Icon><href>{address}/i.png"
        "</href></Icon></IconStyle></Style><Point><coordinates>103,29</coordinates></Point></Placemark></Folder>"
        "</Document></kml>"
    )
    (tmp_path / "p.kml").write_text(document)
    for path in (tmp_path / "v.geojson", tmp_path / "p.geojson"):
        before = len(asked)
        try:
            pyogrio.read_dataframe(path)
        except Exception as error:  # the control is what the server was asked, not what came of it
            assert error
        assert len(asked) > before, path
    asked.clear()
    assert count(tmp_path / "p.geojson") == 2
    assert count(tmp_path / "p.kml") == 1
    refused(tmp_path / "v.geojson")
    for path in (f"/vsicurl/{address}/p.geojson", f"/vsizip//vsicurl/{address}/z.zip", f"{address}/p.geojson"):
        refused(Path(path))
    written(tmp_path / "p.gpkg")
    refused(tmp_path / "p.gpkg", table=f"/vsicurl/{address}/p.gpkg")
    written(tmp_path / "q.gpkg")
    with sqlite3.connect(tmp_path / "q.gpkg") as database:
        database.execute("UPDATE gpkg_contents SET table_name = ?", [f"/vsicurl/{address}/q.gpkg"])
    database.close()
    with suppress(FileUnreadable):  # it may be read by its other name
        count(tmp_path / "q.gpkg", tables(tmp_path / "q.gpkg")[0])
    assert asked == []


def test_a_document_type_in_kml_is_refused(tmp_path: Path, secret: Path) -> None:
    body = (
        "<kml xmlns='http://www.opengis.net/kml/2.2'><Document><Placemark><name>{}</name>"
        "<Point><coordinates>103,29</coordinates></Point></Placemark></Document></kml>"
    )
    lines = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    bomb = f"<?xml version='1.0'?><!-- a --><!DOCTYPE kml [<!ENTITY l0 'lol'>{lines}]>{body.format('&l11;')}"
    outside = f"<!DOCTYPE kml [<!ENTITY x SYSTEM 'file://{secret}'>]>{body.format('&x;')}"
    hidden = " " * 70_000 + outside
    for text in (bomb, outside, hidden):
        for encoding in ("utf-8", "utf-16"):
            (tmp_path / "p.kml").write_bytes(text.encode(encoding))
            refused(tmp_path / "p.kml")
    (tmp_path / "p.kml").write_text(f"<?xml version='1.0'?><!-- a -->{body.format('&lt;!DOCTYPE&gt;')}")
    assert count(tmp_path / "p.kml") == 1


def test_a_geopackage_with_triggers_and_views_does_nothing(tmp_path: Path, limits: None, secret: Path) -> None:
    path = written(tmp_path / "p.gpkg")
    attached = tmp_path / "made.db"
    with sqlite3.connect(path) as database:
        database.execute("CREATE TRIGGER t AFTER INSERT ON p BEGIN DELETE FROM p; END")
        for name, query in (
            ("loads", "SELECT 1 AS fid, load_extension('/tmp/x.so') AS n"),
            ("reads", f"SELECT 1 AS fid, readfile('{secret}') AS n"),
            (
                "endless",
                "WITH RECURSIVE r(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM r) SELECT x AS fid, 'a' AS n FROM r",
            ),
        ):
            database.execute(f"CREATE VIEW {name} AS {query}")
            database.execute(
                "INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES (?, 'attributes', ?)",
                [name, name],
            )
    database.close()
    before = path.read_bytes()
    assert count(path, "p") == 2
    for table in ("loads", "reads"):
        refused(path, table=table)
    start = time.monotonic()
    refused(path, "seconds", table="endless")
    assert time.monotonic() - start < 30
    assert path.read_bytes() == before
    assert not attached.exists()


@pytest.mark.parametrize("kind", ["fifo", "socket", "device", "folder"])
def test_what_is_no_file_is_refused_without_opening_it(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "p.gpkg"
    with socket.socket(socket.AF_UNIX) as listening:
        match kind:
            case "fifo":
                os.mkfifo(path)
            case "socket":
                listening.bind(str(path))
            case "device":
                path.symlink_to("/dev/zero")
            case _:
                path.mkdir()
        refused(path, "plain file")


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p.gpkg", count=200_000)
    assert count(path) == 200_000
    other = written(tmp_path / "q.gpkg", SECRET, count=200_000)
    batches = read(path).batches()
    next(batches)
    other.replace(path)
    with pytest.raises(FileUnreadable, match="changed"):
        for _ in batches:
            pass


# --- files that take too much -----------------------------------------------------------------------------------------


def test_deeply_nested_json_is_refused(tmp_path: Path) -> None:
    for depth, word in ((3, ""), (100_000, "p.geojson")):
        nested = '{"a":' * depth + "1" + "}" * depth
        feature = (
            f'{{"type":"Feature","properties":{{"n":{nested}}},"geometry":{{"type":"Point","coordinates":[103,29]}}}}'
        )
        for text in (f'{{"type":"FeatureCollection","features":[{feature}]}}', f"{feature}\n{feature}\n"):
            (tmp_path / "p.geojson").write_text(text)
            if word:
                refused(tmp_path / "p.geojson", word)
            else:
                assert count(tmp_path / "p.geojson") in {1, 2}


def test_a_polygon_of_ten_million_vertices_is_refused_and_costs_little(tmp_path: Path) -> None:
    for vertices in (100_000, 10_000_000):
        angle = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
        ring = np.column_stack([103 + np.cos(angle), 29 + np.sin(angle)])
        polygon = shapely.to_wkb(np.array([shapely.Polygon(ring)], object))
        path = tmp_path / f"{vertices}.gpkg"
        pyogrio.write_arrow(pa.table({"geometry": polygon}), path, geometry_name="geometry", geometry_type="Polygon",
                            crs="EPSG:4490", driver="GPKG")  # fmt: skip
        text = path.with_suffix(".geojson")
        with text.open("w") as file:
            file.write('{"type":"Feature","properties":{},"geometry":{"type":"Polygon","coordinates":[[')
            for _ in range(vertices // 100_000):
                file.write("[103,29],[103.5,29]," * 50_000)
            file.write("[103,29]]]}}")
    assert count(tmp_path / "100000.gpkg") == count(tmp_path / "100000.geojson") == 1
    del angle, ring, polygon
    before = _memory()
    start = time.monotonic()
    refused(tmp_path / "10000000.gpkg", "too large")
    refused(tmp_path / "10000000.geojson")
    assert time.monotonic() - start < 60
    assert _memory() - before < 50


def _memory() -> int:
    """Megabytes that this process has now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


def test_a_small_file_that_becomes_large_in_memory_is_refused(tmp_path: Path, limits: None) -> None:
    for rows, word in ((10, ""), (1000, "512 MB")):
        pq.write_table(pa.table({"n": ["x" * 1_000_000] * rows}), tmp_path / "p.parquet")
        assert (tmp_path / "p.parquet").stat().st_size < 3_000_000
        if word:
            refused(tmp_path / "p.parquet", word)
        else:
            assert count(tmp_path / "p.parquet") == rows


# --- headers that lie -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ending", "place", "value"),
    [
        (".shp", 24, struct.pack(">i", 2**31 - 1)),  # length of the file
        (".shp", 24, struct.pack(">i", -5)),
        (".shp", 0, b"\0\0\0\0"),
        (".shp", 32, struct.pack("<i", 99)),  # kind of geometry
        (".shx", 24, struct.pack(">i", 2**31 - 1)),
        (".shx", 100, struct.pack(">i", 2**31 - 1)),  # where the first shape is
        (".shx", 100, struct.pack(">i", -8)),
        (".shx", 104, struct.pack(">i", 2**30)),  # how long it is
        (".dbf", 4, struct.pack("<I", 2**32 - 1)),  # number of rows
        (".dbf", 4, struct.pack("<I", 1)),
        (".dbf", 8, struct.pack("<H", 0)),  # length of the header
        (".dbf", 8, struct.pack("<H", 65535)),
        (".dbf", 10, struct.pack("<H", 0)),  # length of a row
        (".dbf", 10, struct.pack("<H", 3)),
        (".dbf", 10, struct.pack("<H", 65535)),
        (".dbf", 48, b"\xff"),  # width of the field
    ],
)  # fmt: skip
def test_a_shapefile_whose_header_lies_is_refused(tmp_path: Path, ending: str, place: int, value: bytes) -> None:
    path = shapefile(tmp_path / "s")
    assert count(path) == 2
    part = path.with_suffix(ending)
    raw = bytearray(part.read_bytes())
    assert raw[place : place + len(value)] != value
    raw[place : place + len(value)] = value
    part.write_bytes(raw)
    refused(path)


@pytest.mark.parametrize("share", [0.3, 0.9])
def test_a_table_of_a_shapefile_that_was_cut_off_is_refused(tmp_path: Path, share: float) -> None:
    path = shapefile(tmp_path / "s", 50)
    assert count(path) == 50
    whole = path.with_suffix(".dbf").read_bytes()
    path.with_suffix(".dbf").write_bytes(whole[: int(len(whole) * share)])
    refused(path)


@pytest.mark.parametrize("place", ["header", "feature", "count"])
def test_a_flatgeobuf_that_lies_about_sizes_is_refused(tmp_path: Path, place: str) -> None:
    path = tmp_path / "p.fgb"
    frame().to_file(path, SPATIAL_INDEX="NO")
    assert count(path) == 2
    raw = bytearray(path.read_bytes())
    header = struct.unpack_from("<I", raw, 8)[0]
    if place == "count":
        where = raw.index(struct.pack("<Q", 2), 12, 12 + header)
        struct.pack_into("<Q", raw, where, 2**40)
    else:
        struct.pack_into("<I", raw, 8 if place == "header" else 12 + header, 0x7FFFFFF0)
    path.write_bytes(raw)
    refused(path)


@pytest.mark.parametrize("length", [0, 9, 2**31 - 1, 2**32 - 1])
def test_a_parquet_with_a_lying_footer_is_refused(tmp_path: Path, length: int) -> None:
    path = tmp_path / "p.parquet"
    frame().to_parquet(path)
    assert count(path) == 2
    raw = path.read_bytes()
    path.write_bytes(raw[:-8] + struct.pack("<I", length) + b"PAR1")
    refused(path)


@pytest.mark.parametrize("ending", ["gpkg", "fgb", "parquet", "geojson", "kml", "shp", "dxf"])
def test_a_file_with_random_damage_is_read_or_refused(tmp_path: Path, limits: None, ending: str) -> None:
    """Whatever happens to the child, here it is rows or a sentence."""
    chance = random.Random(ending)
    path = tmp_path / f"p.{ending}"
    if ending == "parquet":
        frame().to_parquet(path)
    elif ending == "shp":
        path = shapefile(tmp_path / "s")
    elif ending == "dxf":
        frame()[["geometry"]].to_file(path)
    else:
        frame().to_file(path, driver="LIBKML" if ending == "kml" else None)
    whole = path.read_bytes()
    for _ in range(4):
        raw = bytearray(whole)
        for _ in range(chance.randint(1, 30)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        path.write_bytes(raw)
        try:
            count(path)
        except FileUnreadable as error:
            assert error.text.zh
    path.write_bytes(whole)
    assert count(path) == 2


# --- the child --------------------------------------------------------------------------------------------------------

_TRIES = """
import os, socket, subprocess, sys
from pathlib import Path
from geo.ingest.confine import confine
secret, folder, given = map(Path, sys.argv[1:4])
port, free = int(sys.argv[4]), sys.argv[5]
if free == "confined":
    confine([given], folder, memory=1 << 30, seconds=60, written=1 << 20)
def tries(name, do):
    try:
        do()
    except (OSError, MemoryError, ValueError) as error:
        print(name, "refused")
    else:
        print(name, "done")
tries("given", lambda: given.read_bytes())
tries("own", lambda: (folder / "x").write_text("x"))
tries("read", lambda: secret.read_bytes())
tries("list", lambda: list(secret.parent.iterdir()))
tries("write", lambda: (secret.parent / "y").write_text("x"))
tries("link", lambda: (folder / "l").symlink_to(secret) or (folder / "l").read_bytes())
tries("connect", lambda: socket.create_connection(("127.0.0.1", port), 2))
tries("unix", lambda: socket.socket(socket.AF_UNIX))
tries("start", lambda: subprocess.run(["/bin/true"], check=True))
tries("fill", lambda: (folder / "big").write_bytes(b"x" * (2 << 20)))
tries("memory", lambda: bytearray(1500 << 20))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces, landlock and seccomp are Linux's")
def test_the_child_can_do_nothing_but_read_its_file(tmp_path: Path, secret: Path, web: tuple[str, list[str]]) -> None:
    own, given = tmp_path / "own", written(tmp_path / "p.gpkg")
    port = web[0].rpartition(":")[2]

    def tried(free: str) -> dict[str, str]:
        own.mkdir()
        life, held = os.pipe()
        done = subprocess.run(
            [sys.executable, "-c", _TRIES, secret, own, given, port, free],
            stdin=life, capture_output=True, text=True, check=False,
        )  # fmt: skip
        os.close(life)
        os.close(held)
        for file in own.iterdir():
            file.unlink()
        own.rmdir()
        return dict(line.split() for line in done.stdout.splitlines())

    free = tried("free")
    assert set(free.values()) == {"done"}, free  # the control: without it every one succeeds
    confined = tried("confined")
    assert {name for name, how in confined.items() if how == "done"} == {"given", "own"}, confined
    assert web[1] == []


def test_the_child_knows_nothing_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHANHE_DATABASE", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, SECRET)
    path = written(tmp_path / "p.gpkg", count=300_000)
    source = read(path)
    seen = [
        entry.read_bytes() for entry in Path("/proc").glob("[0-9]*/environ") if _reads(entry.with_name("cmdline"), path)
    ]
    assert len(seen) == 1
    assert SECRET.encode() not in seen[0]
    assert b"PYTHONPATH" in seen[0]  # the control: this is its environment
    assert source.features == 300_000


def _reads(command: Path, path: Path) -> bool:
    try:
        said = command.read_bytes()
    except OSError:
        return False
    return b"geo.ingest.sandbox" in said and os.fsencode(path) in said


def _answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> Path:
    """A program in place of Python: what a child that was taken over might answer. Returns a file to read."""
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    return written(tmp_path / "p.gpkg")


def _stream(tmp_path: Path, batch: pa.RecordBatch, head: object) -> Path:
    path = tmp_path / "stream"
    schema = batch.schema.with_metadata({"shanhe": json.dumps(head)})
    with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, schema) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))
    return path


HEAD = {
    "table": "p", "crs": None, "fields": ["n"], "features": 1, "encoding": "UTF-8", "notes": [], "rows": [],
    "placed": [],
}  # fmt: skip


def test_what_a_child_says_is_not_believed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = pa.record_batch({"n": ["a"], "": pa.array([b"x"])})
    long = pa.record_batch({"n": ["a" * 77_777], "": pa.array([b"x"])})
    words = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(struct.pack("<ii", 0, 1)), pa.py_buffer(b"\xff")])
    for batch, head, word in (
        (good, HEAD, ""),
        (good, HEAD | {"features": -2}, "no valid answer"),
        (good, HEAD | {"fields": ["other"]}, "no valid answer"),
        (good, HEAD | {"more": 1}, "no valid answer"),
        (good, HEAD | {"rows": [[0, 5]], "placed": ["n"]}, ""),
        (good, HEAD | {"rows": [[0, 2**31]]}, "no valid answer"),
        (good, HEAD | {"rows": [[0, 5], [0, 6]]}, "no valid answer"),
        (good, HEAD | {"rows": [[0]]}, "no valid answer"),
        (good, [], "no valid answer"),
        (pa.record_batch({"n": pa.array([[1]]), "": pa.array([b"x"])}), HEAD, "no valid answer"),
        (long, HEAD, ""),
        (long, HEAD, "damaged"),
        (pa.record_batch({"n": words, "": pa.array([b"x"])}), HEAD, "damaged"),
    ):
        stream = _stream(tmp_path, batch, head)
        if batch is long and word:  # its text ends far beyond what was sent
            ends = struct.pack("<ii", 0, 77_777)
            assert ends in stream.read_bytes()
            stream.write_bytes(stream.read_bytes().replace(ends, struct.pack("<ii", 0, 2**30)))
        path = _answering(tmp_path, monkeypatch, f"/bin/cat {stream}")
        if word:
            refused(path, word)
        else:
            assert count(path) == 1


@pytest.mark.parametrize(
    ("script", "word"),
    [
        ("exit 1", "broke off"),
        ("kill -SEGV $$", "SIGSEGV"),
        ("/usr/bin/head -c 1000000 /dev/zero", "broke off"),
        ("printf '\\377\\377\\377\\377\\377\\377\\377\\177'; /bin/sleep 1", "broke off"),
        ("exec /bin/sleep 60", "3 seconds"),
        ("echo 'terminate called after throwing std::bad_alloc' >&2; kill -ABRT $$", "512 MB"),
        ('echo \'{"zh": "坏", "en": "bad"}\' >&2; exit 3', "bad"),
        ("echo '{\"zh\": 1}' >&2; exit 3", "broke off"),
    ],
)
def test_however_a_child_ends_there_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: None, script: str, word: str
) -> None:
    refused(_answering(tmp_path, monkeypatch, script), word)


# --- text -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", [b"x", b"1,", b'"', b"=", b"\xe7"], ids=["word", "cells", "quote", "formula", "half"])
def test_a_table_of_one_endless_line_is_refused_and_costs_little(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "endless.csv"
    path.write_bytes(line * (12_000_000 // len(line)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes, of the server itself
    path.write_bytes("编号,经度,纬度\n1,103.26,29.23\n".encode() + b"2,103.26,29.23\n" * 1000)
    assert count(path) == 1001


def test_a_boundary_text_that_never_ends_a_parcel_is_refused_or_says_so(tmp_path: Path) -> None:
    path = tmp_path / "endless.txt"
    path.write_bytes("[地块坐标]\n1,2,地块,".encode("gb18030") + b"J1,1,3234000.0,35400000.0," * 400_000)
    refused(path)


def test_a_workbook_that_unpacks_into_gigabytes_is_refused(tmp_path: Path, limits: None) -> None:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b" " * 300_000_000)
    refused(path, "压缩")
