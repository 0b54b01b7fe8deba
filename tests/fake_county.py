"""An invented county behind a small HTTP server that answers as the API does, for tests of the pages alone."""

import json
import random
import re
import threading
from calendar import monthrange
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import cos, sin
from pathlib import Path
from typing import Any, get_args
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid5

import shapely
from shapely.geometry import mapping, shape

from geo.layer import CodeList, Geometry, Layer, Measure, Status
from geo.layers import layers
from geo.pinyin import initials, pattern
from geo.text import Language, Text
from web.base_map import CONTENT_SECURITY_POLICY_WITH_TILES, tianditu
from web.page import CONTENT_SECURITY_POLICY, error_page, static_bytes
from web.view import County, MapView

DATA = Path(__file__).resolve().parent.parent / "data" / "511132"
COUNTY = "511132"
AS_OF = date(2026, 11, 20)
SINCE = date(2024, 12, 1)
NASTY = "<img src=x onerror=alert(1)>{{7*7}}${1+1}</script>"
"""A name that must show literally wherever it is shown."""
HOW_MANY = {"hazard_point": 486, "relocation_household": 900, "farmland_patch": 1600, "mining_site": 64}
MISSING = {("mining_site", "511132201"), ("mining_site", "511132208"), ("linked_reclamation", "511132206")}
KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
STATUSES = ("not_started", "under_way", "completed", "accepted", "overdue")

PAGES = (("/", Text(zh="地图", en="Map")), ("/money", Text(zh="资金", en="Money")))

Json = dict[str, Any]


def read(name: str) -> Json:
    return json.loads((DATA / name).read_text("utf-8"))


@cache
def townships() -> Json:
    names = {each["code"]: each for each in read("places.json")["townships"]}
    features: list[Json] = []
    for each in read("townships.geojson")["features"]:
        code = each["properties"]["code"]
        point = shapely.maximum_inscribed_circle(shape(each["geometry"]), tolerance=0.002)
        properties: Json = {
            "code": code,
            "name": {"zh": names[code]["name"], "en": names[code]["name_en"]},
            "level": "township",
            "parent": COUNTY,
            "illustrative": True,
            "label_point": list(point.coords[0]),
        }
        features.append({"type": "Feature", "properties": properties, "geometry": each["geometry"]})
    return {"type": "FeatureCollection", "features": features}


def villages(text: str) -> Json:
    """The villages whose name holds a text or begins with these initials; none is drawn."""
    found: list[Json] = []
    for township in read("places.json")["townships"]:
        for each in township["villages"]:
            short = each["short_name"]
            if text not in short and not re.search(pattern(text) or "$^", short):
                continue
            properties: Json = {
                "code": each["code"],
                "name": {"zh": each["name"], "en": each["name_en"]},
                "short_name": short,
                "level": "village",
                "parent": township["code"],
            }
            found.append({"type": "Feature", "id": each["code"], "properties": properties, "geometry": None})
    return {"type": "FeatureCollection", "features": found}


@cache
def outline() -> Json:
    return read("county.geojson")


def bounds() -> tuple[float, float, float, float]:
    return shape(outline()["features"][0]["geometry"]).bounds


def code_list(info: Any) -> CodeList | None:
    """The code list of a column, which is declared as ``Annotated[str, CodeList(…)] | None``."""
    inner = [each for part in get_args(info.annotation) for each in get_args(part)]
    return next((each for each in (*info.metadata, *inner) if isinstance(each, CodeList)), None)


def layer_json(layer: Layer) -> Json:
    def column(name: str, info: Any) -> Json:
        extra: Json = info.json_schema_extra
        found: Json = {"name": name, "label": extra["label"]}
        if codes := code_list(info):
            found["codes"] = [{"code": code.code, "label": code.label.both()} for code in codes.codes]
        return found

    return {
        "code": layer.code,
        "label": layer.label.both(),
        "geometry": str(layer.geometry),
        "icon": layer.icon,
        "order": layer.order,
        "about": layer.about.both(),
        "reference": layer.reference,
        "features": sum(each["properties"]["layer"] == layer.code for each in features()),
        "measures": [
            {
                "code": each.code,
                "label": each.label.both(),
                "unit": {"code": each.unit.code, "label": each.unit.label.both()},
                "counts": each.source == "count",
            }
            for each in layer.measures
        ],
        "milestones": [
            {
                "code": each.code,
                "label": each.label.both(),
                "status": each.status.name.lower(),
                "completes": each.completes,
            }
            for each in layer.milestones
        ],
        "columns": [column(name, info) for name, info in layer.public.items()],
    }


@cache
def all_layers() -> list[Json]:
    return [layer_json(each) for each in layers().values()]


def _point_in(area: shapely.Polygon, dice: random.Random) -> shapely.Point:
    west, south, east, north = area.bounds
    while True:
        point = shapely.Point(dice.uniform(west, east), dice.uniform(south, north))
        if area.contains(point):
            return point


def _patch(point: shapely.Point, dice: random.Random) -> shapely.Geometry:
    corners: list[tuple[float, float]] = []
    size = dice.uniform(0.0005, 0.0016)
    for _ in range(dice.randint(6, 9)):
        turn, reach = dice.uniform(0, 6.283), size * dice.uniform(0.6, 1)
        corners.append((point.x + reach * cos(turn), point.y + reach * sin(turn)))
    return shapely.MultiPoint(corners).convex_hull


@cache
def features() -> list[Json]:
    """Every feature with its milestones on AS_OF; the same ones in every run."""
    dice = random.Random(511132)
    made: list[Json] = []
    places = [(each["properties"], shape(each["geometry"])) for each in townships()["features"]]
    zeal = {properties["code"]: (index * 5 % 13 + 1) / 14 for index, (properties, _) in enumerate(places)}
    for layer in layers().values():
        spread = places + ([({"code": None}, None)] if layer.code == "hazard_point" else [])
        for index in range(HOW_MANY.get(layer.code, 26 if layer.reference else 120)):
            properties, area = spread[index % len(places)] if index < 480 or area_is_plain(layer) else spread[-1]
            if (layer.code, properties["code"]) in MISSING:
                continue
            point = _point_in(area, dice) if area is not None else shapely.Point(103.9, 29.4)
            drawn = point if layer.geometry is Geometry.POINT else _patch(point, dice)
            made.append(_feature(layer, index, properties["code"], drawn, zeal.get(properties["code"], 0.4), dice))
    made[0]["properties"]["name"] = NASTY
    return made


def area_is_plain(layer: Layer) -> bool:
    return layer.code != "hazard_point"


def _feature(
    layer: Layer, index: int, township: str | None, drawn: shapely.Geometry, zeal: float, dice: random.Random
) -> Json:
    start = SINCE + timedelta(days=dice.randint(0, 420))
    reached: list[Json] = []
    if layer.milestones:
        steps = 1
        while steps < len(layer.milestones) and dice.random() < zeal ** (1.5 / len(layer.milestones)):
            steps += 1
        day = start
        for milestone in layer.milestones[:steps]:
            if day > AS_OF:
                break
            reached.append({"milestone": milestone.code, "reached_on": day.isoformat(), "state": "approved"})
            day += timedelta(days=dice.randint(10, 760 // len(layer.milestones)))
    due = start + timedelta(days=dice.randint(560, 1400))
    area = round(dice.uniform(600, 90_000), 2)
    attributes: Json = {}
    for name, info in layer.public.items():
        extra: Json = info.json_schema_extra  # type: ignore[assignment]
        if codes := code_list(info):
            attributes[name] = dice.choice(codes.codes).code
        elif "unit" in extra:
            attributes[name] = dice.randint(2, 60)
    prefix = "".join(part[0] for part in layer.code.split("_")).upper()
    return {
        "type": "Feature",
        "id": str(uuid5(UUID(int=7), f"{layer.code} {index}")),
        "geometry": mapping(drawn),
        "properties": {
            "layer": layer.code,
            "code": f"{prefix}{index:05d}",
            "name": f"{layer.label.zh} {index:03d}",
            "org_unit": township or COUNTY,
            "township": township,
            "village": {"code": f"{township}201", "name": {"zh": "新林村", "en": "Xinlin village"}}
            if township
            else None,
            "due_on": due.isoformat() if layer.milestones else None,
            "area_m2": area if layer.geometry is Geometry.POLYGON else None,
            "registered_area_m2": area if layer.geometry is Geometry.POLYGON else None,
            "illustrative": True,
            **standing(layer, reached, due, AS_OF),
        },
        "milestones": reached,
        "attributes": attributes,
    }


def standing(layer: Layer, reached: list[Json], due: date, as_of: date) -> Json:
    """Status, furthest milestone and its day, on a day."""
    codes = [each["milestone"] for each in reached if each["reached_on"] <= as_of.isoformat()]
    best = max((each.status for each in layer.milestones if each.code in codes), default=Status.NOT_STARTED)
    late = best < Status.COMPLETED and due < as_of and bool(layer.milestones)
    return {
        "status": "overdue" if late else Status(best).name.lower(),
        "milestone": codes[-1] if codes else None,
        "reached_on": reached[len(codes) - 1]["reached_on"] if codes else None,
    }


def _value(feature: Json, measure: Measure) -> float:
    if measure.source == "count":
        return 1
    base = feature["properties"].get(measure.source, feature["attributes"].get(measure.source)) or 0
    return float(base * measure.unit.factor)


@cache
def progress(as_of: date) -> Json:
    rows: dict[tuple[str | None, str, str], Json] = {}
    for feature in features():
        layer = layers()[feature["properties"]["layer"]]
        if layer.reference:
            continue
        due = date.fromisoformat(feature["properties"]["due_on"])
        state = standing(layer, feature["milestones"], due, as_of)
        if feature["milestones"][0]["reached_on"] > as_of.isoformat():
            continue
        completing = layer.completing
        assert completing is not None
        reached = {m["milestone"] for m in feature["milestones"] if m["reached_on"] <= as_of.isoformat()}
        for measure in layer.measures:
            value = _value(feature, measure)
            for unit in (feature["properties"]["township"], COUNTY):
                row = rows.setdefault((unit, layer.code, measure.code), _row(unit, layer, measure))
                row["population"] += value
                row["numerator"] += value if completing.code in reached else 0
                row["status"][state["status"]] += value
                for code in reached:
                    row["milestones"][code] += value
    for row in rows.values():
        row["denominator"] = row["population"]
    return {"as_of": as_of.isoformat(), "rows": [_rounded(row) for row in rows.values()]}


def _row(unit: str | None, layer: Layer, measure: Measure) -> Json:
    return {
        "org_unit": unit,
        "layer": layer.code,
        "measure": measure.code,
        "unit": measure.unit.code,
        "population": 0,
        "denominator": 0,
        "denominator_kind": "population",
        "numerator": 0,
        "milestones": {each.code: 0 for each in layer.milestones},
        "status": dict.fromkeys(STATUSES, 0),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _rounded(each) for key, each in value.items()}  # type: ignore[misc]
    return round(value, 4) if isinstance(value, float) else value


def series(layer: Layer, unit: str) -> Json:
    months = [f"{y}-{m:02d}" for y in (2025, 2026) for m in range(1, 13) if (y, m) <= (AS_OF.year, AS_OF.month)]
    completing = layer.completing
    assert completing is not None

    def value(month: str, measure: Measure) -> float:
        year, index = map(int, month.split("-"))
        rows = progress(date(year, index, monthrange(year, index)[1]))["rows"]
        return sum(
            r["numerator"]
            for r in rows
            if (r["org_unit"], r["layer"], r["measure"]) == (unit, layer.code, measure.code)
        )

    rows = [
        {"measure": measure.code, "milestone": completing.code, "values": [value(month, measure) for month in months]}
        for measure in layer.measures
    ]
    return {"months": months, "rows": rows}


def found(query: Mapping[str, str], most: int = 1000) -> Json:
    """A page of at most ``most`` features."""
    as_of = date.fromisoformat(query.get("as_of", AS_OF.isoformat()))
    wanted = query.get("q", "").lower()
    matching: list[Json] = []
    for feature in features():
        properties = feature["properties"]
        township = properties["township"]
        if "layer" in query and properties["layer"] != query["layer"]:
            continue
        if query.get("org_unit", COUNTY) not in (COUNTY, township or "outside"):
            continue
        if "initials" in query and not re.search(pattern(query["initials"]) or "$^", properties["name"]):
            continue
        if wanted and wanted not in properties["code"].lower() and wanted not in properties["name"].lower():
            continue
        layer = layers()[properties["layer"]]
        due = date.fromisoformat(properties["due_on"]) if properties["due_on"] else AS_OF
        now = {**properties, **standing(layer, feature["milestones"], due, as_of)}
        matching.append({**{k: feature[k] for k in ("type", "id", "geometry")}, "properties": now})
    start, limit = int(query.get("cursor", 0)), min(int(query.get("limit", 1000)), most)
    more = start + limit < len(matching)
    query_next = "&".join(f"{k}={v}" for k, v in {**query, "cursor": str(start + limit)}.items())
    return {
        "type": "FeatureCollection",
        "features": matching[start : start + limit],
        "number_matched": len(matching),
        "next": f"/api/features?{query_next}" if more else None,
    }


def view(language: Language = "zh", **changes: Any) -> MapView:
    """The county as the served page gets it: layers and places inside, everything else fetched."""
    values: Json = {
        "title": Text(zh="峨边彝族自治县自然资源一张图", en="Ebian County natural resources"),
        "county": County(COUNTY, Text(zh="峨边彝族自治县", en="Ebian Yi Autonomous County")),
        "language": language,
        "as_of": AS_OF,
        "since": SINCE,
        "bounds": bounds(),
        "layers": all_layers(),
        "outline": outline(),
        "illustrative": True,
        "pages": PAGES,
        "initials": {
            each["properties"]["code"]: initials(each["properties"]["name"]["zh"]) for each in townships()["features"]
        },
    }
    return MapView(**{**values, **changes})


class Server:
    """The running server: its address, what it was asked for, and what it shall fail."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.failing: dict[str, int] = {}
        self.empty = False
        self.page = 1000
        self.tianditu = ""
        self.address = ""

    def answer(self, target: str) -> tuple[int, str, bytes]:
        from web.map import overview

        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        language: Language = "en" if query.get("lang") == "en" else "zh"
        for prefix, status in self.failing.items():
            if url.path.startswith(prefix):
                problem = {
                    "type": "about:blank",
                    "title": {"zh": "数据库忙", "en": "The database is busy"},
                    "status": status,
                }
                return status, "application/problem+json", json.dumps(problem).encode()
        if url.path == "/":
            return 200, "text/html; charset=utf-8", overview(self.view(language)).encode()
        if url.path.startswith("/static/"):
            return 200, KINDS[url.path.rpartition(".")[2]], static_bytes(url.path.removeprefix("/static/"))
        if (body := self.api(url.path, query)) is not None:
            return 200, "application/json", json.dumps(body, ensure_ascii=False).encode()
        return 404, "text/html; charset=utf-8", error_page(404, language).encode()

    def view(self, language: Language) -> MapView:
        return view(language, empty=self.empty, base_maps=tianditu(self.tianditu))

    def api(self, path: str, query: Mapping[str, str]) -> Json | None:
        match path.removeprefix("/api/").split("/"):
            case ["layers"]:
                return {"layers": all_layers()}
            case ["org-units"]:
                if query.get("level") == "village":
                    return villages(query["q"])
                return townships() if query.get("level") == "township" else outline()
            case ["progress"]:
                as_of = date.fromisoformat(query.get("as_of", AS_OF.isoformat()))
                return {"as_of": as_of.isoformat(), "rows": []} if self.empty else progress(as_of)
            case ["progress", "series"]:
                return series(layers()[query["layer"]], query.get("org_unit", COUNTY))
            case ["features"]:
                return found(query, self.page)
            case ["features", id]:
                feature = next((each for each in features() if each["id"] == id), None)
                return feature and {**feature, "versions": [], "activities": []}
            case _:
                return None


@contextmanager
def serving(port: int = 0) -> Iterator[Server]:
    """The server on a free port of this machine until the block ends."""
    server = Server()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.asked.append(self.path)
            status, kind, body = server.answer(self.path)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header(
                "Content-Security-Policy",
                CONTENT_SECURITY_POLICY_WITH_TILES if server.tianditu else CONTENT_SECURITY_POLICY,
            )
            self.end_headers()
            with suppress(BrokenPipeError, ConnectionResetError):
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet: the tests say what they need to know."""

    listening = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    listening.daemon_threads = True
    server.address = f"http://127.0.0.1:{listening.server_address[1]}"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        listening.shutdown()
        listening.server_close()
        thread.join()


if __name__ == "__main__":
    with serving(8765) as running:
        print(running.address, flush=True)
        threading.Event().wait()
