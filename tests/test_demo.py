"""The demonstration data: what the 2024 report states, counted again from the GeoPackage."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from pyproj import Geod

from geo.demo import LEFT_OUT, tables, write
from geo.demo.sketch import township_collection
from geo.layer import Layer
from geo.layers import layer, layers
from geo.settings import SHIPPED

COUNTY = "511132"
GEOD = Geod(ellps="GRS80")
DEC5, END = date(2024, 12, 5), date(2024, 12, 31)
YI = Fraction(1, 100_000_000)
"""Yuan to the report's hundred million."""


@dataclass(frozen=True)
class Figure:
    """A sum over the features of a layer: of a measure, or of a column, or of one for each different value.

    ``milestone`` None counts the population. ``where`` are the values that columns must have.
    """

    layer: str
    measure: str
    milestone: str | None = None
    as_of: date = END
    where: dict[str, object] = field(default_factory=dict)
    factor: Fraction | None = None
    distinct: bool = False


@dataclass(frozen=True)
class Claim:
    """What a claim states: ``how`` is "equal" to its last digit, "at_least" or "truncated"."""

    figure: Figure
    of: Figure | None = None
    growth: bool = False
    how: str = "equal"


def rate(figure: Figure, of: Figure, how: str = "equal") -> Claim:
    return Claim(figure, of, how=how)


_NEW = {"programme": "new_farmland"}
_POOL = {"programme": "restoration"}
_OLD = {"year": (2018, 2019, 2020, 2021)}
_IDLE, _UNSUPPLIED = {"kind": "idle"}, {"kind": "approved_unsupplied"}
MINES = Figure("mining_site", "sites", "listed")
RECTIFIED = Figure("mining_site", "sites", "rectified")
PARCELS = Figure("enforcement_parcel", "parcels", as_of=DEC5)
HOMES = Figure("relocation_household", "households")


def _hazard(measure: str, milestone: str | None = None, **where: object) -> Claim:
    return Claim(Figure("hazard_point", measure, milestone, where=where))


def _mine(measure: str, factor: Fraction | None = None) -> Claim:
    return Claim(Figure("mining_site", measure, factor=factor))


def _farm(milestone: str | None, as_of: date, where: dict[str, object]) -> Claim:
    return Claim(Figure("farmland_patch", "registered_area", milestone, as_of, where))


def _parcel(measure: str, milestone: str | None = None, where: dict[str, object] | None = None) -> Figure:
    return Figure("enforcement_parcel", measure, milestone, DEC5, where or {})


def _home(measure: str, milestone: str | None = None, as_of: date = END, **where: object) -> Figure:
    return Figure("relocation_household", measure, milestone, as_of, where)


def _land(milestone: str | None, where: dict[str, object]) -> Claim:
    return Claim(Figure("land_disposal", "registered_area", milestone, DEC5, where))


def _plan(level: str, milestone: str) -> Claim:
    return Claim(Figure("spatial_plan", "plans", milestone, where={"level": level}))


def _linked(measure: str, factor: Fraction | None = None) -> Claim:
    return Claim(Figure("linked_reclamation", measure, "reclaimed", factor=factor))


HECTARES = Fraction(1, 10_000)
CLAIMS: dict[str, Claim] = {
    "C001": _farm(None, date(2023, 12, 31), _NEW),
    "C002": _farm("planted", DEC5, _NEW),
    "C004": _farm(None, DEC5, _POOL),
    "C005": _farm("restored", DEC5, _POOL),
    "C006": _farm("restored", END, _POOL),
    "C007": _farm("restored", END, _POOL),
    "C008": Claim(MINES),
    "C009": Claim(RECTIFIED),
    "C010": rate(RECTIFIED, MINES),
    "C011": rate(
        Figure("mining_site", "sites", "rectified", date(2024, 1, 1)),
        Figure("mining_site", "sites", "listed", date(2024, 1, 1)),
        "truncated",
    ),
    "C012": _mine("fund_paid_in"),
    "C013": Claim(Figure("mining_site", "fund_paid_in"), Figure("mining_site", "fund_paid_in_before"), growth=True),
    "C014": _mine("reclaimed_area"),
    "C015": Claim(Figure("mining_site", "sites", "penalised")),
    "C016": _mine("inspection_visits"),
    "C017": _mine("inspections"),
    "C018": _mine("problems_found"),
    "C019": rate(Figure("mining_site", "problems_fixed"), Figure("mining_site", "problems_found")),
    "C020": _mine("auction_revenue", YI),
    "C021": _mine("auction_revenue", YI),
    "C022": Claim(PARCELS),
    "C023": Claim(_parcel("registered_area")),
    "C025": Claim(_parcel("parcels", "rectified")),
    "C026": Claim(_parcel("registered_area", "rectified")),
    "C027": Claim(_parcel("farmland_area", "rectified")),
    "C028": rate(_parcel("farmland_area", "rectified"), _parcel("farmland_area")),
    "C029": Claim(_parcel("parcels", None, _OLD)),
    "C030": Claim(_parcel("parcels", "rectified", _OLD)),
    "C031": rate(_parcel("parcels", "rectified", _OLD), _parcel("parcels", None, _OLD)),
    "C032": rate(
        Figure("enforcement_parcel", "parcels", "rectified"), Figure("enforcement_parcel", "parcels"), "at_least"
    ),
    "C033": Claim(_home("households", None, DEC5)),
    "C034": Claim(_home("households", "demolished", DEC5)),
    "C035": Claim(_home("households", "accepted", DEC5)),
    "C036": rate(_home("subsidy_paid", "paid", DEC5), _home("subsidy_due", None, DEC5)),
    "C037": Claim(HOMES),
    "C038": Claim(_home("households", "demolished")),
    "C039": Claim(_home("households", "accepted")),
    "C040": rate(_home("subsidy_paid", "paid"), _home("subsidy_due")),
    "C042": Claim(HOMES),
    "C044": Claim(_home("households", "paid", village="511132201200")),
    "C045": _land(None, _IDLE),
    "C046": _land("disposed", _IDLE),
    "C048": _land(None, _UNSUPPLIED),
    "C049": _land("disposed", _UNSUPPLIED),
    "C056": _hazard("sites", "works_started"),
    "C057": _hazard("sites", "preliminary_accepted"),
    "C058": _hazard("investment", "works_completed"),
    "C059": _hazard("protected", "works_completed"),
    "C060": _hazard("sites"),
    "C061": _hazard("warning_cards"),
    "C062": _hazard("monitors"),
    "C063": _hazard("weather_warned_people"),
    "C064": _hazard("evacuated_households"),
    "C065": _hazard("evacuated_people"),
    "C067": _hazard("sites", automatic_monitoring=True),
    "C069": _plan("county", "approved"),
    "C070": _plan("township_area", "submitted"),
    "C071": _plan("central_area", "drafted"),
    "C072": _plan("village", "drafted"),
    "C073": Claim(Figure("rural_housing", "batch", "approved", distinct=True)),
    "C074": Claim(Figure("rural_housing", "plots", "approved")),
    "C075": Claim(Figure("rural_housing", "registered_area", "approved")),
    "C076": Claim(Figure("rural_housing", "conversion_project", "approved", distinct=True)),
    "C077": Claim(Figure("land_acquisition", "registered_area", "acquired")),
    "C078": Claim(Figure("land_acquisition", "people", "insured")),
    "C081": _linked("households"),
    "C082": _linked("registered_area", HECTARES),
    "C083": _linked("registered_area"),
    "C084": _linked("quota_saved", HECTARES),
    "C085": _linked("quota_saved"),
}


@dataclass(frozen=True)
class Feature:
    """A row as the importer understands it, with its dates and the area Karney's algorithm gives its drawing."""

    row: Any
    reached: dict[str, date]
    geometry: shapely.Geometry
    area_m2: float

    def listed(self) -> date:
        return min([*self.reached.values(), *([self.row.starts_on] if self.row.starts_on else [])], default=date.min)

    def value(self, source: str) -> Any:
        if source == "count":
            return 1
        return self.area_m2 if source == "area_m2" else getattr(self.row, source)


def _features(file: Path, declared: Layer) -> Iterator[Feature]:
    frame: gpd.GeoDataFrame = pyogrio.read_dataframe(file, layer=declared.code)
    assert frame.crs.to_epsg() == 4490
    meaning = {heading: declared.headings().get(heading.casefold()) for heading in frame.columns.drop("geometry")}
    assert None not in meaning.values(), meaning
    milestones = {h: m.removeprefix("milestone:") for h, m in meaning.items() if m.startswith("milestone:")}
    records = frame.drop(columns="geometry").astype(object).to_dict("records")
    for record, geometry in zip(records, frame.geometry, strict=True):
        stated = {h: (v.date() if hasattr(v, "date") else v) for h, v in record.items() if v is not None and v == v}
        row = declared.row.model_validate({h: v for h, v in stated.items() if h not in milestones})
        reached = {code: stated[heading] for heading, code in milestones.items() if heading in stated}
        area = abs(GEOD.geometry_area_perimeter(geometry)[0]) if geometry.area else 0.0
        yield Feature(row, reached, geometry, area)


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("demo") / "demo.gpkg"
    write(path, COUNTY)
    return path


@pytest.fixture(scope="module")
def features(demo_file: Path) -> dict[str, list[Feature]]:
    return {code: list(_features(demo_file, declared)) for code, declared in layers().items()}


def _wanted(row: Any, where: dict[str, object]) -> bool:
    return all(
        getattr(row, name) in value if isinstance(value, tuple) else getattr(row, name) == value
        for name, value in where.items()
    )


def computed(features: dict[str, list[Feature]], figure: Figure) -> Fraction:
    """The figure from the features, in its unit."""
    counted = [
        feature
        for feature in features[figure.layer]
        if _wanted(feature.row, figure.where)
        and (feature.reached.get(figure.milestone, date.max) if figure.milestone else feature.listed()) <= figure.as_of
    ]
    if figure.distinct:
        return Fraction(len({value for f in counted if (value := f.value(figure.measure)) is not None}))
    measure = next((m for m in layer(figure.layer).measures if m.code == figure.measure), None)
    source, factor = (measure.source, measure.unit.factor) if measure else (figure.measure, Fraction(1))
    values = [value for feature in counted if (value := feature.value(source)) is not None]
    if source == "registered_area_m2":
        drawn = sum(feature.area_m2 for feature in counted)
        assert drawn == pytest.approx(float(sum(values)), abs=0.01), "drawn and registered area differ"
    return sum((Fraction(str(value)) for value in values), Fraction()) * (figure.factor or factor)


def _stated() -> dict[str, dict[str, str]]:
    with (SHIPPED / COUNTY / "report_2024_claims.csv").open(encoding="utf-8") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def test_every_claim_is_counted_or_left_out_with_a_reason() -> None:
    stated = set(_stated())
    assert stated == set(CLAIMS) | set(LEFT_OUT)
    assert not set(CLAIMS) & set(LEFT_OUT)
    assert all(LEFT_OUT.values())


@pytest.mark.parametrize("claim_id", CLAIMS)
def test_a_claim_is_what_the_features_give(features: dict[str, list[Feature]], claim_id: str) -> None:
    agrees(claim_id, lambda figure: computed(features, figure))


def agrees(claim_id: str, count: Callable[[Figure], Fraction]) -> None:
    """Assert that a claim is what its figures come to, counted by ``count``."""
    claim, text = CLAIMS[claim_id], _stated()[claim_id]["value"]
    found = count(claim.figure)
    if claim.of is not None:
        below = count(claim.of)
        found = (found - below if claim.growth else found) / below * 100
    stated, digits = Fraction(text), len(text.partition(".")[2])
    match claim.how:
        case "at_least":
            assert found >= stated
        case "truncated":
            assert stated <= found < stated + Fraction(1, 10**digits)
        case _:
            assert abs(found - stated) <= Fraction(1, 2 * 10**digits), float(found)


def test_the_claim_check_sees_a_missing_feature(features: dict[str, list[Feature]]) -> None:
    fewer = {**features, "hazard_point": features["hazard_point"][1:]}
    assert computed(fewer, Figure("hazard_point", "sites")) == 127


def test_both_denominators_of_the_farmland_task_can_be_had(features: dict[str, list[Feature]]) -> None:
    pool = Figure("farmland_patch", "registered_area", where=_POOL)
    task = Figure("farmland_patch", "registered_area", where={"task_year": 2024})
    tasked = Figure("farmland_patch", "registered_area", "tasked", where=_POOL)
    assert [round(float(computed(features, figure)), 2) for figure in (pool, task, tasked)] == [12370, 4900, 4900]


def test_the_same_county_gives_the_same_values() -> None:
    first, second = ([table.arrow() for table in tables(COUNTY)] for _ in range(2))
    assert len(first) == len(layers())
    assert all(one.equals(two) for one, two in zip(first, second, strict=True))


def test_every_layer_has_a_table_with_all_its_dates(demo_file: Path) -> None:
    assert set(pyogrio.list_layers(demo_file)[:, 0]) == set(layers())
    for code, declared in layers().items():
        fields = set(pyogrio.read_info(demo_file, layer=code)["fields"])
        unseen = {m.label.zh for m in declared.milestones} - fields
        assert unseen <= {"竣工验收", "核销"}, (code, unseen)


def test_codes_are_unique_and_places_are_known(features: dict[str, list[Feature]]) -> None:
    places = json.loads((SHIPPED / COUNTY / "places.json").read_text("utf-8"))
    villages = {v["code"]: t["code"] for t in places["townships"] for v in t["villages"]}
    for code, rows in features.items():
        assert len({feature.row.code for feature in rows}) == len(rows) > 0, code
        for feature in rows:
            assert villages[feature.row.village] == feature.row.township


def test_geometries_are_valid_apart_and_inside_their_township(features: dict[str, list[Feature]]) -> None:
    drawn = json.loads((SHIPPED / COUNTY / "townships.geojson").read_text("utf-8"))
    towns = {f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in drawn["features"]}
    shapely.prepare(list(towns.values()))
    for code, rows in features.items():
        geometries = np.array([feature.geometry for feature in rows])
        assert shapely.is_valid(geometries).all(), code
        assert all(towns[feature.row.township].covers(feature.geometry) for feature in rows), code
        if code != "risk_zone":
            one, other = shapely.STRtree(geometries).query(geometries, predicate="overlaps")
            common = shapely.area(shapely.intersection(geometries[one], geometries[other]))
            assert common.sum() < 1e-12, code


def test_drawn_and_registered_areas_agree(features: dict[str, list[Feature]]) -> None:
    checked = 0
    for rows in features.values():
        for feature in rows:
            if feature.area_m2:
                assert feature.area_m2 == pytest.approx(feature.row.registered_area_m2, abs=0.01)
                checked += 1
    assert checked > 2500


def test_dates_rise_and_none_lies_beyond_the_report(features: dict[str, list[Feature]]) -> None:
    for code, rows in features.items():
        milestones = layer(code).milestones
        for feature in rows:
            assert all(day <= END for day in feature.reached.values()), (code, feature.reached)
            assert all(feature.row.starts_on <= day for day in feature.reached.values()), (code, feature)
            for earlier, later in pairwise(milestones):
                if {earlier.code, later.code} <= set(feature.reached) and later.status > earlier.status:
                    assert feature.reached[earlier.code] <= feature.reached[later.code], (code, feature.reached)


def test_something_happens_in_every_quarter_from_2023_on(features: dict[str, list[Feature]]) -> None:
    days = {day for rows in features.values() for feature in rows for day in feature.reached.values()}
    assert {(year, quarter) for year in (2023, 2024) for quarter in range(4)} <= {
        (day.year, (day.month - 1) // 3) for day in days
    }


def test_no_person_is_named(features: dict[str, list[Feature]]) -> None:
    for code, rows in features.items():
        private = layer(code).private
        assert all(getattr(feature.row, name) is None for feature in rows for name in private)


def test_the_villages_of_the_report_are_planned(features: dict[str, list[Feature]]) -> None:
    names = {f.row.name for f in features["spatial_plan"] if f.row.level == "village"}
    assert names == {f"{village}村庄规划" for village in ("红星村", "新声村", "马嘶溪村", "河沟村", "双河村")}


def test_townships_are_a_partition_that_is_drawn_again_alike() -> None:
    shipped = json.loads((SHIPPED / COUNTY / "townships.geojson").read_text("utf-8"))
    assert township_collection(COUNTY) == shipped
    polygons = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in shipped["features"]]
    county = json.loads((SHIPPED / COUNTY / "county.geojson").read_text("utf-8"))
    outline = shapely.from_geojson(json.dumps(county["features"][0]["geometry"]))
    assert len(polygons) == 13
    assert shapely.coverage_is_valid(polygons)
    assert shapely.union_all(polygons).equals(outline)
    assert sum(p.area for p in polygons) == pytest.approx(outline.area, rel=1e-12)
    assert all(feature["properties"]["illustrative"] for feature in shipped["features"])
    seat = next(p for f, p in zip(shipped["features"], polygons, strict=True) if f["properties"]["name"] == "沙坪镇")
    assert seat.contains(shapely.Point(103.26587, 29.23082))
