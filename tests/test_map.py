"""The map as text: what it holds, what it refuses, and that nothing in it can run."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from html.parser import HTMLParser
from itertools import accumulate, cycle, islice
from math import cos, pi, sin
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import folium
import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from branca.element import Element
from fake_county import AS_OF, NASTY, features, progress, townships, view
from jinja2.ext import babel_extract
from packed import held, unpacked
from shapely import MultiPolygon, Polygon, transform
from shapely.geometry import mapping, shape

from geo.text import Language, Text
from web.legend import PROGRESS_COLOURS, STATUS_SIGNS, progress_class
from web.map import Figure, OverviewMap, StockElement, draw, overview
from web.offline import one_file
from web.page import FOLDER, STATIC, asset, error_page, inert_json, no_county_page
from web.steps import stepped

SOURCES = STATIC / "src"
WHOLE: dict[str, Any] = {"townships": townships(), "progress": progress(AS_OF)}


class Markup(HTMLParser):
    """The elements of a page with their attributes, and the text of each script and style."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, dict[str, str | None], str]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag, attributes = self.elements[-1] if self.elements else ("", {})
        if tag not in ("script", "style"):
            return
        if self.inside and self.inside[-1][1] is attributes:
            data = self.inside.pop()[2] + data
        self.inside.append((tag, attributes, data))

    def blocks(self) -> dict[str, Any]:
        return {
            str(attributes["id"]).removeprefix("data-"): json.loads(text)
            for tag, attributes, text in self.inside
            if tag == "script" and attributes.get("type") == "application/json"
        }


def test_the_same_view_gives_the_same_bytes() -> None:
    first = overview(view(**WHOLE))
    folium.Map().add_child(folium.Marker([29, 103]))
    assert overview(view(**WHOLE)) == first
    assert one_file(view(**WHOLE)) == one_file(view(**WHOLE))


def test_other_values_give_other_bytes() -> None:
    assert overview(view(illustrative=False)) != overview(view(illustrative=True))


def test_what_is_given_is_written_and_what_is_not_is_fetched() -> None:
    blocks = Markup(overview(view())).blocks()
    assert set(blocks) == {"config", "layers", "outline"}
    assert blocks["config"]["urls"]["progress"] == "/api/progress"
    blocks = Markup(overview(view(**WHOLE))).blocks()
    assert blocks["townships"] == stepped(townships())
    assert blocks["progress"] == json.loads(json.dumps(progress(AS_OF)))


def nasty_view() -> dict[str, Any]:
    places = json.loads(json.dumps(townships()))
    places["features"][0]["properties"]["name"]["zh"] = NASTY
    return {"title": Text(zh=NASTY, en=NASTY), "townships": places, "notes": (Text(zh=NASTY, en=NASTY),)}


@pytest.mark.parametrize("draw_page", [overview, one_file])
def test_no_text_is_markup_or_template(draw_page: Any) -> None:
    page = draw_page(
        view(**{**WHOLE, **nasty_view(), "features": {"type": "FeatureCollection", "features": features()}})
    )
    assert "<img" not in page
    assert "{{7*7}}" in page
    blocks = Markup(page).blocks()
    assert blocks["config"]["title"]["zh"] == NASTY
    inside = held(page) if "packed" in blocks else blocks
    assert inside["townships"]["features"][0]["properties"]["name"]["zh"] == NASTY


def test_stock_folium_would_run_the_same_text() -> None:
    """The control: the text that stays text above is computed by a stock element."""
    drawn = folium.Map(location=[29, 103])
    folium.Marker([29, 103], tooltip="{{7*7}}").add_to(drawn)
    page = drawn.get_root().render()
    assert "49" in page
    assert "{{7*7}}" not in page


def test_json_in_a_page_ends_no_element() -> None:
    texts = ["</script><b>", "<!--", "&amp;", "\u2028\u2029", NASTY]
    written = str(inert_json(texts))
    assert not re.search("[<>&\u2028\u2029]", written)
    assert json.loads(written) == texts
    with pytest.raises(ValueError):
        inert_json(float("nan"))


@pytest.mark.parametrize(
    "element",
    [folium.Marker([29, 103]), folium.TileLayer(), folium.LayerControl(), folium.FeatureGroup(), Element("{{7*7}}")],
    ids=lambda element: type(element).__name__,
)
def test_stock_elements_are_refused(element: Any) -> None:
    drawn = draw(view())
    with pytest.raises(StockElement, match=type(element).__name__):
        element.add_to(drawn)
    with pytest.raises(StockElement):
        drawn.get_root().add_child(element)


def test_the_map_is_a_folium_map_in_a_branca_figure() -> None:
    drawn = draw(view())
    assert isinstance(drawn, folium.Map)
    assert isinstance(drawn, OverviewMap)
    assert isinstance(drawn.get_root(), Figure)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_served_page_obeys_a_strict_policy(language: Language) -> None:
    markup = Markup(overview(view(language)))
    for tag, attributes in markup.elements:
        assert tag != "style"
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
        if tag == "script" and attributes.get("type") != "application/json":
            assert str(attributes["src"]).startswith("/static/app/map.js?v=")
        for name in ("src", "href"):
            assert str(attributes.get(name, "#")).startswith(("/", "#"))


@pytest.mark.parametrize(("language", "tag", "words"), [("zh", "zh-CN", "数据截至"), ("en", "en", "As of")])
def test_the_page_speaks_its_language(language: Language, tag: str, words: str) -> None:
    page = overview(view(language))
    assert f'<html lang="{tag}">' in page
    assert f"{words} 2026-11-20" in page
    assert view(language).title.in_(language) in page


def test_the_note_on_boundaries_is_there_when_they_are_illustrative() -> None:
    assert "示意界线" in overview(view(illustrative=True))
    assert "示意界线" not in re.sub(r"<script.*?</script>", "", overview(view(illustrative=False)), flags=re.S)


def test_an_asset_changes_its_address_with_its_content() -> None:
    wanted = sha256((STATIC / "app/map.js").read_bytes()).hexdigest()[:12]
    assert asset("app/map.js") == f"/static/app/map.js?v={wanted}"


def test_one_file_asks_nobody() -> None:
    page = one_file(view(**WHOLE, features={"type": "FeatureCollection", "features": features()[:20]}))
    markup = Markup(page)
    for _, attributes in markup.elements:
        assert "src" not in attributes
        assert str(attributes.get("href", "#")).startswith("#")
    code = "".join(text for tag, attributes, text in markup.inside if "type" not in attributes)
    assert set(re.findall(r"https?://[^\"'`\s)]*", code)) <= {"http://www.w3.org/2000/svg"}
    assert not re.search(r"url\(\s*[\"']?(?!#|\))[^)\s]", "".join(t for g, _, t in markup.inside if g == "style"))
    blocks = markup.blocks()
    assert blocks.keys() == {"config", "packed"}
    assert held(page).keys() == {"layers", "townships", "outline", "progress", "features"}
    assert blocks["config"]["mode"] == "file"
    assert blocks["config"]["urls"] == {}
    assert set(blocks["config"]["sentences"]) == {"zh", "en"}


def test_steps_lead_through_the_positions_of_a_boundary() -> None:
    for feature, told in zip(townships()["features"], stepped(townships())["features"], strict=True):
        whole, steps = shape(feature["geometry"]), told["geometry"]["steps"]
        polygons = steps if whole.geom_type == "MultiPolygon" else [steps]
        drawn = [
            [list(zip(*map(accumulate, (ring[::2], ring[1::2])), strict=True)) for ring in each] for each in polygons
        ]
        again = MultiPolygon([(rings[0], rings[1:]) for rings in drawn])
        assert again.hausdorff_distance(transform(whole, lambda each: each * 100_000)) <= 0.71
        assert told["properties"] == feature["properties"]


def test_a_one_file_map_of_a_large_township_stays_small() -> None:
    """6,000 patches, each with its own shape, code, dates and milestones."""
    random = Random(3)
    some = [each for each in features() if each["properties"]["layer"] == "farmland_patch"]
    patches = [
        {
            **one,
            "id": str(uuid4()),
            "geometry": mapping(blob(random)),
            "properties": {**one["properties"], "code": f"{number:018d}"},
        }
        for number, one in enumerate(islice(cycle(some), 6000))
    ]  # fmt: skip
    page = one_file(view(**WHOLE, features={"type": "FeatureCollection", "features": patches}))
    assert patches[-1]["properties"]["code"] in unpacked(page)
    assert len(page.encode()) <= 1_000_000


def blob(random: Random) -> Polygon:
    """A patch of ten vertices somewhere in the county, in seven decimals."""
    x, y = random.uniform(103.0, 103.5), random.uniform(28.8, 29.2)
    turns = [(k + random.uniform(0, 0.9)) * pi / 5 for k in range(10)]
    size = [random.uniform(0.0003, 0.001) for _ in turns]
    return Polygon([(round(x + r * cos(a), 7), round(y + r * sin(a), 7)) for a, r in zip(turns, size, strict=True)])


def test_one_file_says_what_it_lacks() -> None:
    with pytest.raises(ValueError, match="townships, progress"):
        one_file(view())


def test_bounds_the_wrong_way_round_are_refused() -> None:
    with pytest.raises(ValueError, match="west, south"):
        view(bounds=(103.6, 28.6, 102.9, 29.3))


def test_error_pages_state_what_happened_and_escape_it() -> None:
    for status in (400, 403, 404, 413, 418, 429, 500, 503):
        for language in ("zh", "en"):
            page = error_page(status, language, detail=NASTY)
            assert f'<p class="status">{status}</p>' in page
            assert "<img" not in page and "{{7*7}}" in page
            assert not [a for tag, a in Markup(page).elements if tag == "script" or "style" in a]
    assert "稍等片刻" in error_page(429, "zh")
    assert "more than the program takes" in error_page(414, "en")
    assert "XZQ" in no_county_page("zh", county="511132")


# -- legend


def test_classes_have_fixed_edges() -> None:
    assert [progress_class(share) for share in (0, 0.199, 0.2, 0.4, 0.6, 0.8, 1, 1.3)] == [0, 0, 1, 2, 3, 4, 4, 4]
    with pytest.raises(ValueError):
        progress_class(-0.1)


def test_no_two_statuses_look_alike_and_none_looks_like_a_class() -> None:
    assert len({sign.shape for sign in STATUS_SIGNS}) == len(STATUS_SIGNS)
    colours = [sign.colour for sign in STATUS_SIGNS] + list(PROGRESS_COLOURS)
    assert len(set(colours)) == len(colours)


# -- sentences

PLACEHOLDER = re.compile(r"\{(\w+)\}")


def sentences_in_the_sources() -> Iterator[tuple[str, str]]:
    for path in sorted(SOURCES.glob("*.js")):
        for _, message, *_ in extract_from_file("javascript", path, keywords={"t": None}):
            yield path.name, str(message)
    for path in sorted((FOLDER / "templates").glob("*.html")):
        with path.open("rb") as file:
            for _, _, message, _ in babel_extract(file, ["_"], [], {}):
                yield path.name, str(message)


def test_every_sentence_has_an_english_one_and_no_english_one_is_left_over() -> None:
    with (FOLDER / "locale/en/LC_MESSAGES/shanhe.po").open("rb") as file:
        english = {str(m.id): str(m.string) for m in read_po(file, locale="en", abort_invalid=True) if m.id}
    used = {message for _, message in sentences_in_the_sources()}
    assert used - english.keys() == set()
    assert english.keys() - used == set()
    for chinese, sentence in english.items():
        assert sentence.strip(), chinese
        assert set(PLACEHOLDER.findall(chinese)) == set(PLACEHOLDER.findall(sentence)), chinese


def test_no_chinese_stands_in_the_scripts_outside_a_sentence() -> None:
    allowed = {"中", "中文", "、", "（", "）", "：", "山河"}
    sentences = list(sentences_in_the_sources())
    for path in sorted(SOURCES.glob("*.js")):
        code = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", "", path.read_text("utf-8"), flags=re.S)
        known = {message for name, message in sentences if name == path.name}
        for literal in re.findall(r'"([^"\n]*)"|`([^`]*)`', code):
            text = "".join(literal)
            if text in known or any(f't("{message}"' in text for message in known):
                continue
            strange = re.findall("[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]+", text)
            assert set(strange) <= allowed, f"{path.name}: {text}"


# -- the bundle


def vendored() -> dict[str, Any]:
    return json.loads((STATIC / "vendor/VENDORED.json").read_text("utf-8"))


def test_every_vendored_package_states_version_licence_and_checksum() -> None:
    packages = vendored()["packages"]
    assert {"leaflet", "supercluster", "lucide-static", "esbuild", "echarts"} <= {
        package["name"] for package in packages
    }
    for package in packages:
        assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
        assert re.fullmatch(r"[A-Za-z0-9+/]{86}==", package["sha512"])
        assert package["licence"] in {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "ISC", "MIT"}
        assert "Copyright" in (STATIC / "vendor" / package["licence_text"]).read_text("utf-8")
        assert package["sha512"] in (FOLDER.parent / "scripts/vendor.sh").read_text("utf-8")
    texts = {path.name for path in (STATIC / "vendor/licences").iterdir()}
    assert texts == {Path(package["licence_text"]).name for package in packages}


def test_the_bundle_was_made_from_these_sources() -> None:
    lines = [f"{sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in sorted(SOURCES.iterdir())]
    bundle = vendored()["bundle"]
    assert bundle["sources_sha256"] == sha256("".join(lines).encode()).hexdigest(), "run scripts/vendor.sh"
    for name in ("app/map.js", "app/map.css", "app/money.js", "app/pages.css"):
        assert bundle[name] == sha256((STATIC / name).read_bytes()).hexdigest(), "run scripts/vendor.sh"


def test_the_bundle_names_no_other_server() -> None:
    for name in ("app/map.js", "app/map.css", "app/money.js", "app/pages.css"):
        text = (STATIC / name).read_text("utf-8")
        assert set(re.findall(r"(?:https?:)?//[a-z0-9-]+\.[a-z][^\"'`\s)]*", text)) <= {"http://www.w3.org/2000/svg"}


def test_scripts_write_text_only_and_stay_short() -> None:
    for path in sorted(SOURCES.glob("*.js")):
        code = path.read_text("utf-8")
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", code), (
            path.name
        )
        assert len(code.splitlines()) < 300, path.name
        assert code.startswith("/**"), path.name


# -- arrows


def modules_after(statement: str) -> set[str]:
    code = f"{statement}\nimport sys, json; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=FOLDER.parent)
    return set(json.loads(run.stdout))


def test_pages_need_no_database_and_only_maps_need_folium() -> None:
    assert not {"psycopg", "folium", "branca"} & modules_after("import web.page, web.view, web.legend")
    loaded = modules_after("import web.map, web.offline")
    assert "folium" in loaded and "psycopg" not in loaded
