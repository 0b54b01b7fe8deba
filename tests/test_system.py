"""Where coordinates really lie: what is declared, stated, or told from the numbers, and what is refused."""

import json
import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from openpyxl import Workbook
from pyproj import CRS, Transformer
from shapely.geometry import shape

from geo.crs import CrsNeedsParameters, Datum, bd09_to_cgcs2000, cgcs2000_to_bd09, cgcs2000_to_gcj02, gauss_kruger
from geo.database import Database
from geo.datum import Seven
from geo.errors import BadValue, CrsContradicted, CrsMissing, DegreesAmbiguous
from geo.ingest.boundary_text import read_text
from geo.ingest.coordinate_table import read_table
from geo.ingest.degree import unpacked
from geo.ingest.load import Choice, load
from geo.ingest.outline_picture import picture
from geo.ingest.read import read
from geo.ingest.source import Batch, Source
from geo.ingest.system import Declared, System, settle
from geo.layers import layers
from geo.org_unit import OrgUnit, Places

DATA = Path(__file__).resolve().parent.parent / "data" / "511132"
SEVEN = Seven(-12.5, 63.25, 40.75, 0.51, -1.13, 2.04, -3.6)
NOTHING = Declared()
points: Any = shapely.points  # of arrays, whose types its stubs do not tell from single ones
box: Any = shapely.box


def places(outline: shapely.Geometry | None) -> Places:
    return Places({"1": OrgUnit("1", "county", None, "县", None, outline, False)}, {})


def ebian() -> shapely.Geometry:
    collection = json.loads((DATA / "county.geojson").read_text("utf-8"))
    return shape(collection["features"][0]["geometry"])


EBIAN = places(ebian())
XUZHOU = places(box(116.9, 34.0, 117.5, 34.5))  # an invented county in zone 39
SQUARES = box(103.26587 + 0.001 * np.arange(5), 29.15087, 103.26637 + 0.001 * np.arange(5), 29.15137)


def source(geometries: Any, crs: str | None = None, batch: int = 1000) -> Source:
    wkb = pa.array(shapely.to_wkb(np.asarray(geometries, object)), pa.binary())

    def opened() -> Iterator[Batch]:
        for start in range(0, len(wkb), batch):
            yield {}, wkb.slice(start, batch)

    return Source(Path("那个文件.gpkg"), "t", crs, (), len(wkb), "UTF-8", "", opened)


def moved(geometries: Any, crs: int | CRS, *, swapped: bool = False) -> Any:
    there = Transformer.from_crs(4490, crs, always_xy=True)

    def turned(xy: Any) -> Any:
        xy = np.column_stack(there.transform(xy[:, 0], xy[:, 1]))
        return xy[:, ::-1] if swapped else xy

    return shapely.transform(geometries, turned)


def apart_m(these: Any, those: Any) -> float:
    """The greatest distance in metres between vertices of the same place in lon/lat geometries."""
    degrees = shapely.get_coordinates(these) - shapely.get_coordinates(those)
    return float(np.max(np.hypot(degrees[:, 0] * 97_000, degrees[:, 1] * 110_900)))


def said(system: System) -> str:
    return " ".join(text.zh + text.en for text in system.assumed)


# --- told from the numbers --------------------------------------------------------------------------------------------

CODES = [4490, 4522, 4523, 4543, 4544, 3857, 4496]  # 4496: the six-degree zone 18


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("code", CODES)
def test_a_missing_system_is_told_from_the_numbers(code: int, swapped: bool) -> None:
    system = settle(source(moved(SQUARES, code, swapped=swapped)), NOTHING, EBIAN)
    assert (system.crs.to_epsg(), system.swapped) == (code, swapped)
    assert apart_m(system.to_stored(moved(SQUARES, code, swapped=swapped)), SQUARES) < 0.01
    assert f"按坐标判断为 EPSG:{code}" in said(system)


@pytest.mark.parametrize("stated", CODES)
@pytest.mark.parametrize("true", CODES)
def test_a_stated_system_is_believed_only_where_the_coordinates_fit_it(stated: int, true: int) -> None:
    system = settle(source(moved(SQUARES, true), f"EPSG:{stated}"), NOTHING, EBIAN)
    assert system.crs.to_epsg() == true
    if stated == true:
        assert system.assumed == ()
    else:
        assert f"文件注明 EPSG:{stated}" in said(system)
        assert f"按 EPSG:{true}" in said(system)


@pytest.mark.parametrize("code", [4490, 4548, 4527, 4549])
def test_another_county_is_another_zone(code: int) -> None:
    fields = box(117.2087, 34.2 + 0.01 * np.arange(3), 117.2097, 34.20087 + 0.01 * np.arange(3))
    system = settle(source(moved(fields, code)), NOTHING, XUZHOU)
    assert system.crs.to_epsg() == code
    assert apart_m(system.to_stored(moved(fields, code)), fields) < 0.01


def test_a_few_rows_outside_are_no_reason_to_read_all_otherwise() -> None:
    mixed = np.concatenate([moved(SQUARES, 4522), points([[34_000_000, 1_000_000], [34_900_000, 5_000_000]])])
    assert settle(source(mixed, "EPSG:4522"), NOTHING, EBIAN).assumed == ()
    assert settle(source(mixed), NOTHING, EBIAN).crs.to_epsg() == 4522
    mostly = np.concatenate([moved(SQUARES[:2], 4522), moved(SQUARES, 4490)])
    assert settle(source(mostly, "EPSG:4522"), NOTHING, EBIAN).crs.to_epsg() == 4490  # the control


def test_coordinates_that_fit_nothing_are_refused() -> None:
    far = points([[10.0, 50.0], [11.0, 51.0]])
    with pytest.raises(CrsContradicted, match="其他可能的坐标系也不能"):
        settle(source(far, "EPSG:4326"), NOTHING, EBIAN)
    with pytest.raises(CrsMissing, match="任何已知坐标系"):
        settle(source(far), NOTHING, EBIAN)
    with pytest.raises(CrsMissing):
        settle(source(points([[0.0, 0.0]])), NOTHING, EBIAN)


def test_several_systems_that_fit_are_named_and_refused() -> None:
    wide = places(box(99, 28, 108, 31))
    with pytest.raises(CrsMissing) as refusal:
        settle(source(moved(SQUARES, 4543)), NOTHING, wide)
    assert "EPSG:4543" in str(refusal.value)
    assert "EPSG:4544" in str(refusal.value)
    assert settle(source(moved(SQUARES, 4543)), Declared("EPSG:4543"), wide).crs.to_epsg() == 4543


def test_a_file_without_geometry_needs_no_system() -> None:
    system = settle(source([None, None]), NOTHING, EBIAN)
    assert not system.placed
    assert settle(source([]), NOTHING, EBIAN).placed is False
    late = [*[None] * 5, *moved(SQUARES, 4522)]
    assert settle(source(late, batch=2), NOTHING, EBIAN).crs.to_epsg() == 4522


def test_without_an_outline_what_is_stated_is_believed() -> None:
    nowhere = places(None)
    assert settle(source(moved(SQUARES, 4522), "EPSG:4522"), NOTHING, nowhere).crs.to_epsg() == 4522
    with pytest.raises(CrsMissing):
        settle(source(moved(SQUARES, 4522)), NOTHING, nowhere)


def test_the_file_is_opened_once() -> None:
    plain = source(moved(SQUARES, 4522), batch=2)
    count: list[int] = []

    def opened() -> Iterator[Batch]:
        count.append(1)
        return plain.opened()

    counted = replace(plain, opened=opened)
    settle(counted, NOTHING, EBIAN)
    assert [before for before, _, _ in counted.batches()] == [0, 2, 4]
    assert len(count) == 1
    assert [before for before, _, _ in counted.batches()] == [0, 2, 4]  # and anew after that
    assert len(count) == 2


# --- declared ---------------------------------------------------------------------------------------------------------


def test_a_declaration_is_believed_unless_nothing_falls_into_the_county() -> None:
    mixed = np.concatenate([moved(SQUARES[:1], 4522), points([[34_000_000.0, 1_000_000.0]] * 3)])
    assert settle(source(mixed, "EPSG:4490"), Declared("EPSG:4522"), EBIAN).assumed == ()
    with pytest.raises(CrsContradicted) as refusal:
        settle(source(moved(SQUARES, 4543), "EPSG:4543"), Declared("EPSG:4544"), EBIAN)
    assert "EPSG:4543" in refusal.value.text.zh
    assert "EPSG:4543" in refusal.value.text.en
    with pytest.raises(BadValue):
        settle(source(SQUARES), Declared("城市坐标系"), EBIAN)


def test_axes_are_told_from_the_numbers_unless_they_are_declared() -> None:
    swapped = moved(SQUARES, 4543, swapped=True)
    system = settle(source(swapped), Declared("EPSG:4543"), EBIAN)
    assert system.swapped
    assert "纵坐标在前" in said(system)
    assert apart_m(system.to_stored(swapped), SQUARES) < 0.01
    assert settle(source(swapped), Declared("EPSG:4543", swapped=True), EBIAN).assumed == ()
    with pytest.raises(CrsContradicted):
        settle(source(swapped), Declared("EPSG:4543", swapped=False), EBIAN)


# --- .prj files -------------------------------------------------------------------------------------------------------

_ESRI = CRS.from_epsg(4522).to_wkt("WKT1_ESRI")
PRJ = {
    "esri_zone": _ESRI,
    "esri_meridian": CRS.from_epsg(4543).to_wkt("WKT1_ESRI"),
    "esri_degrees": CRS.from_epsg(4490).to_wkt("WKT1_ESRI"),
    "nameless_projection": _ESRI.replace("CGCS2000_3_Degree_GK_Zone_34", "unnamed"),
    "datum_wgs_1984": _ESRI.replace("D_China_2000", "D_WGS_1984").replace("CGCS2000", "WGS_1984"),
    "axis_of_another_zone": _ESRI.replace("Zone_34", "Zone_35")
    .replace("34500000.0", "35500000.0")
    .replace("102", "105"),
    "garbage": "PROJCS[oops",
}


@pytest.mark.parametrize("name", PRJ)
@pytest.mark.parametrize("true", [4490, 4522, 4543])
def test_a_prj_of_clay_does_not_misplace(name: str, true: int) -> None:
    system = settle(source(moved(SQUARES, true), PRJ[name]), NOTHING, EBIAN)
    assert apart_m(system.to_stored(moved(SQUARES, true)), SQUARES) < 0.01


@pytest.mark.parametrize("code", [2358, 2379, 4610, 2410, 2431, 4214])
def test_a_prj_on_an_old_datum_is_refused_whatever_the_numbers(code: int) -> None:
    for wkt in (CRS.from_epsg(code).to_wkt("WKT1_ESRI"), CRS.from_epsg(code).to_wkt(), f"EPSG:{code}"):
        with pytest.raises(CrsNeedsParameters):
            settle(source(moved(SQUARES, 4522), wkt), NOTHING, EBIAN)
    assert settle(source(moved(SQUARES, 4522), f"EPSG:{code}"), Declared("EPSG:4522"), EBIAN).crs.to_epsg() == 4522


@pytest.mark.parametrize("name", ["西安80坐标系", "1954年北京坐标系", "80国家大地坐标系"])
def test_an_old_datum_that_is_only_named_is_refused(name: str) -> None:
    with pytest.raises(CrsNeedsParameters):
        settle(source(moved(SQUARES, 4522), name), NOTHING, EBIAN)


def test_a_new_ellipsoid_under_an_old_name_is_refused() -> None:
    mixed = PRJ["esri_zone"].replace("CGCS2000_3_Degree", "Xian_1980_3_Degree")
    assert "CGCS2000" in mixed
    with pytest.raises(CrsNeedsParameters):
        settle(source(moved(SQUARES, 4522), mixed), NOTHING, EBIAN)


# --- seven parameters -------------------------------------------------------------------------------------------------


def helmert(lon: float, lat: float, axis: float, inverse_flattening: float, p: Seven) -> tuple[float, float]:
    """Longitude and latitude on GRS80 by the formula of the position vector, at height 0; no PROJ in it."""
    e2 = (2 - 1 / inverse_flattening) / inverse_flattening
    x, y = math.radians(lon), math.radians(lat)
    n = axis / math.sqrt(1 - e2 * math.sin(y) ** 2)
    v = np.array([n * math.cos(y) * math.cos(x), n * math.cos(y) * math.sin(x), n * (1 - e2) * math.sin(y)])
    rx, ry, rz = (math.radians(angle / 3600) for angle in (p.rx, p.ry, p.rz))
    turn = np.array([[1, -rz, ry], [rz, 1, -rx], [-ry, rx, 1]])
    v = np.array([p.dx, p.dy, p.dz]) + (1 + p.scale * 1e-6) * turn @ v
    axis, f = 6378137.0, 1 / 298.257222101
    e2 = f * (2 - f)
    flat = math.hypot(v[0], v[1])
    y = math.atan2(v[2], flat * (1 - e2))
    for _ in range(20):
        n = axis / math.sqrt(1 - e2 * math.sin(y) ** 2)
        y = math.atan2(v[2] + e2 * n * math.sin(y), flat)
    return math.degrees(math.atan2(v[1], v[0])), math.degrees(y)


OLD: list[tuple[Datum, int, float, float]] = [
    ("xian1980", 4610, 6378140.0, 298.257), ("beijing1954", 4214, 6378245.0, 298.3),
]  # fmt: skip


@pytest.mark.parametrize(("datum", "code", "axis", "flattening"), OLD)
@pytest.mark.parametrize("frame", [False, True])
@pytest.mark.parametrize("kind", ["degrees", "zone", "meridian"])
def test_seven_parameters_lead_where_the_formula_does(
    datum: Datum, code: int, axis: float, flattening: float, frame: bool, kind: str
) -> None:
    point = (103.26, 29.15)
    expected = helmert(*point, axis, flattening, SEVEN)
    given_ = replace(SEVEN, rx=-SEVEN.rx, ry=-SEVEN.ry, rz=-SEVEN.rz, frame=True) if frame else SEVEN
    plane = CRS.from_epsg(code) if kind == "degrees" else gauss_kruger(34, prefixed=kind == "zone", datum=datum)
    written = Transformer.from_crs(code, plane, always_xy=True).transform(*point)
    system = settle(source(points([written]), f"EPSG:{plane.to_epsg()}"), Declared(parameters=given_), EBIAN)
    assert apart_m(system.to_stored(points([written])), points([expected])) < 0.001
    plain = apart_m(points([point]), points([expected]))
    assert plain > 50  # the control: without them it is far off


def test_parameters_also_serve_where_the_zone_is_stated_wrongly() -> None:
    point = (103.26, 29.15)
    written = Transformer.from_crs(4610, 2358, always_xy=True).transform(*point)
    system = settle(source(points([written]), "西安80坐标系"), Declared(parameters=SEVEN), EBIAN)
    expected = helmert(*point, 6378140.0, 298.257, SEVEN)
    assert apart_m(system.to_stored(points([written])), points([expected])) < 0.001
    assert system.assumed


def test_parameters_are_read_from_text() -> None:
    assert Seven.parse("-12.5,63.25,40.75,0.51,-1.13,2.04,-3.6") == SEVEN
    assert Seven.parse("－12.5， 63.25，40.75，0.51，-1.13，2.04，-3.6") == SEVEN
    assert Seven.parse("-12.5 63.25 40.75 0.51 -1.13 2.04 -3.6") == SEVEN
    for nothing in ("", ",,,,,,", "0,0,0,0,0,0,0", "0.0, 0, 0, 0, 0, 0, 0"):
        assert Seven.parse(nothing) is None
    for bad in ("1,2,3", "a,b,c,d,e,f,g", "1,2,3,4,5,6,7,8"):
        with pytest.raises(BadValue):
            Seven.parse(bad)


def test_parameters_for_cgcs2000_are_refused() -> None:
    for stated in ("EPSG:4522", None):
        with pytest.raises(BadValue):
            settle(source(moved(SQUARES, 4522), stated), Declared(parameters=SEVEN), EBIAN)


# --- consumer maps ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(("offset", "shift_m"), [("gcj02", 378), ("bd09", 887)])
def test_a_consumer_offset_is_undone_only_on_request(offset: Any, shift_m: float, swapped: bool) -> None:
    shown = {"gcj02": cgcs2000_to_gcj02, "bd09": cgcs2000_to_bd09}[offset](SQUARES)
    written = moved(shown, 4490, swapped=swapped)
    system = settle(source(written), Declared(offset=offset), EBIAN)
    assert apart_m(system.to_stored(written), SQUARES) < 0.001
    assert "误差约数米" in said(system)
    unasked = settle(source(written), NOTHING, EBIAN)
    assert apart_m(unasked.to_stored(written), SQUARES) == pytest.approx(shift_m, rel=0.1)


@given(st.floats(75, 134), st.floats(4, 53))
def test_baidu_positions_go_there_and_back_below_a_millimetre(lon: float, lat: float) -> None:
    true = np.array([shapely.Point(lon, lat)])
    assert apart_m(bd09_to_cgcs2000(cgcs2000_to_bd09(true)), true) < 0.001


# --- ddd.mmss ---------------------------------------------------------------------------------------------------------


def test_degrees_as_ddd_mmss_are_told_by_where_they_fall() -> None:
    # 28.45 in decimal degrees is south of the county.
    packed = points([[103.0200, 28.4542], [103.0130, 28.4612]])
    system = settle(source(packed), NOTHING, EBIAN)
    assert system.packed
    assert "ddd.mmss" in said(system)
    assert apart_m(system.to_stored(packed[:1]), points([[103 + 2 / 60, 28 + 45 / 60 + 42 / 3600]])) < 0.001
    plain = points([[103.2512, 29.2500], [103.2513, 29.2501]])  # 29°25′ is north of the county
    assert not settle(source(plain), NOTHING, EBIAN).packed


def test_degrees_that_can_be_read_either_way_are_refused_until_it_is_stated() -> None:
    written = points([[103.1557, 29.1000], [103.1536, 29.1012]])
    with pytest.raises(DegreesAmbiguous):
        settle(source(written), NOTHING, EBIAN)
    assert settle(source(written), Declared(packed=True), EBIAN).packed
    assert not settle(source(written), Declared(packed=False), EBIAN).packed
    assert not settle(source(written), Declared("EPSG:4490"), EBIAN).packed
    assert not settle(source(written, "EPSG:4490"), NOTHING, EBIAN).packed
    seconds = points([[103.1577, 29.1000], [103.1536, 29.1012]])  # there are no 77 seconds
    assert not settle(source(seconds), NOTHING, EBIAN).packed


def test_ddd_mmss_is_unpacked_as_it_is_written() -> None:
    written = np.array([[103.155713, 29.13], [103.30, -29.5959]])
    expected = [[103 + 15 / 60 + 57.13 / 3600, 29 + 13 / 60], [103.5, -(29 + 59 / 60 + 59 / 3600)]]
    assert np.allclose(unpacked(written), expected, rtol=0, atol=1e-9)


# --- every encoding, format, system and order of axes lands on the same spot ------------------------------------------


@dataclass(frozen=True)
class Written:
    """How one set of parcels is written down."""

    format: str
    code: int
    encoding: str
    swapped: bool
    stated: bool


ZONES = {4522: 34, 4543: 34, 4523: 35, 4544: 35}


def _write(how: Written, geometries: Any, folder: Path) -> Source:
    there = moved(geometries, how.code, swapped=how.swapped)
    decimals = 9 if how.code == 4490 else 4
    if how.format == "txt":
        lines = [
            "[属性描述]",
            *(["坐标系=2000国家大地坐标系", f"带号={ZONES.get(how.code, '')}"] if how.stated else []),
        ]
        lines.append("[地块坐标]")
        for place, each in enumerate(moved(geometries, how.code)):
            lines.append(f"0,1,P{place},地块,面,,水田,,@")
            for ring, line in enumerate((each.exterior, *each.interiors), 1):
                for east, north in shapely.get_coordinates(line):
                    first, second = (east, north) if how.swapped else (north, east)
                    lines.append(f"J1,{ring},{first:.{decimals}f},{second:.{decimals}f}")
        text = "\n".join(lines)
        (folder / "p.txt").write_bytes(text.encode(how.encoding))
        return read_text(folder / "p.txt")
    if how.format in {"csv", "xlsx"}:
        header = ["编号", "图形"] + (["EPSG"] if how.stated else [])
        lines = [
            [f"P{place}", shapely.to_wkt(each, rounding_precision=decimals)] + ([str(how.code)] if how.stated else [])
            for place, each in enumerate(there)
        ]
        header[1] = "坐标"
        if how.format == "csv":
            text = "\n".join(",".join(f'"{cell}"' for cell in line) for line in [header, *lines])
            (folder / "p.csv").write_bytes(text.encode(how.encoding))
            return read_table(folder / "p.csv")
        book = Workbook()
        for line in [header, *lines]:
            book.worksheets[0].append(line)
        book.save(folder / "p.xlsx")
        return read_table(folder / "p.xlsx")
    crs = f"EPSG:{how.code}" if how.stated else None
    frame = geopandas.GeoDataFrame({"code": [f"P{place}" for place in range(len(there))]}, geometry=there, crs=crs)
    if how.format == "geojson":
        (folder / "p.geojson").write_text(frame.to_json(), "utf-8")
        return read(folder / "p.geojson")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is no .prj is meant
        frame.to_file(folder / "p.shp", engine="pyogrio", encoding="GBK" if how.encoding == "gb18030" else "UTF-8")
    return read(folder / "p.shp")


@pytest.fixture(scope="module")
def filling(make_database: Any) -> Database:
    """A database that one example after the other is loaded into."""
    return make_database("placed")


WAYS = st.builds(
    Written,
    format=st.sampled_from(["txt", "csv", "xlsx", "geojson", "shp"]),
    code=st.sampled_from([4490, 4522, 4523, 4543, 4544]),
    encoding=st.sampled_from(["gb18030", "utf-8", "utf-8-sig", "utf-16-le", "utf-16"]),
    swapped=st.booleans(),
    stated=st.booleans(),
)


@hypothesis_settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(WAYS, st.floats(103.2, 103.28), st.floats(29.02, 29.2), st.integers(1, 4))
def test_every_way_of_writing_parcels_down_lands_on_the_same_spot(
    tmp_path: Path, how: Written, lon: float, lat: float, count: int
) -> None:
    corner = lon + 0.003 * np.arange(count)
    outer, inner = (
        box(corner, lat, corner + 0.002, lat + 0.001),
        box(corner + 5e-4, lat + 2e-4, corner + 1e-3, lat + 5e-4),
    )
    parcels = shapely.difference(outer, inner)
    opened = _write(how, parcels, tmp_path)
    system = settle(opened, Declared(packed=False), EBIAN)
    read_back = [
        geometry
        for _, _, wkb in opened.batches()
        for geometry in system.to_stored(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    ]
    assert len(read_back) == count
    for true, back in zip(parcels, read_back, strict=True):
        assert shapely.hausdorff_distance(true, back) * 110_900 < 0.01
        assert len(back.interiors) == 1


@hypothesis_settings(
    max_examples=12,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(WAYS, st.floats(103.2, 103.28), st.floats(29.02, 29.2), st.integers(1, 4))
def test_every_way_is_stored_on_the_same_spot(
    tmp_path: Path, filling: Database, how: Written, lon: float, lat: float, count: int
) -> None:
    """The same through the whole import into the database, for a few of the ways."""
    corner = lon + 0.003 * np.arange(count)
    parcels = box(corner, lat, corner + 0.002, lat + 0.001)
    path = _write(how, parcels, tmp_path).path
    layer = layers()["farmland_patch"]
    report = load(filling, layer, path, Choice(declared=Declared(packed=False)))
    assert (report.rows, report.refused) == (count, 0)
    with filling.session() as connection:
        stored = dict(connection.execute("SELECT code, st_asbinary(geom) FROM feature").fetchall())
    for place, true in enumerate(parcels):
        back = shapely.from_wkb(bytes(stored[f"P{place}"]))
        assert shapely.hausdorff_distance(true, back) * 110_900 < 0.01


# --- the picture ------------------------------------------------------------------------------------------------------


def test_the_picture_shows_where_data_fell_and_how_far_away_the_rest_is() -> None:
    from xml.etree import ElementTree as ET

    outline = ebian()
    away = points([[116.4, 39.9], [116.5, 39.8], [10.0, 0.0]])
    drawn = picture(np.concatenate([SQUARES, points([[103.3, 29.0]]), away, np.array([None], object)]), outline)
    tree = ET.fromstring(drawn)
    names = [each.tag.split("}")[1] for each in tree.iter()]
    assert set(names) <= {"svg", "path", "g", "text"}
    classes = [each.get("class") for each in tree.iter() if each.get("class")]
    assert classes.count("county") == 1
    assert classes.count("data") >= 1
    assert classes.count("away") == 2
    texts = [each.text or "" for each in tree.iter() if each.tag.endswith("text")]
    assert any("×2" in text for text in texts)
    kilometres = [int(text.split()[0]) for text in texts]
    assert 1500 < min(kilometres) < 1800
    assert not any("href" in key or key.startswith("on") for each in tree.iter() for key in each.attrib)


def test_the_picture_stays_small() -> None:
    random = np.random.default_rng(1)
    scattered = points(random.uniform((95, 20), (110, 35), (200_000, 2)))
    stars = shapely.buffer(points(random.uniform((103, 28.7), (103.5, 29.3), (500, 2))), 0.05)
    assert len(picture(scattered, ebian())) < 20_000
    assert len(picture(stars, ebian())) < 20_000


def test_the_picture_of_nothing_or_without_a_county_is_still_one() -> None:
    assert picture(np.array([], object), None).startswith("<svg")
    assert 'class="data"' in picture(SQUARES, None)
    assert 'class="county"' in picture(np.array([None], object), ebian())
    assert "∞" in picture(points([[34_000_000.0, 3_200_000.0]]), ebian())


def test_a_boundary_file_on_an_old_datum_is_refused_without_and_placed_with_its_parameters() -> None:
    folder = Path(__file__).resolve().parent / "files"
    with pytest.raises(CrsNeedsParameters):
        settle(read_text(folder / "boundary_xian_1980.txt"), NOTHING, EBIAN)
    opened = read_text(folder / "boundary_parameters_of_xian_1980.txt")
    system = settle(opened, NOTHING, EBIAN)
    ((_, _, wkb),) = opened.batches()
    (placed,) = system.to_stored(shapely.from_wkb(wkb.to_numpy(zero_copy_only=False)))
    lon, lat = Transformer.from_crs(2358, 4610, always_xy=True).transform(34_623_000, 3_235_000)
    expected = points([helmert(lon, lat, 6378140.0, 298.257, SEVEN)])
    assert apart_m(points([shapely.get_coordinates(placed)[0]]), expected) < 0.001
