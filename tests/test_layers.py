"""The declarations: complete in both languages, unambiguous, and readable from the headings they declare."""

import re
from collections import Counter
from typing import Annotated, Any, get_args, get_origin

import pytest
from pydantic import AliasChoices, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from geo.layer import CodeList, Geometry, Layer, Status, label_of
from geo.layers import layers
from geo.text import LANGUAGES, Text

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ALL = list(layers().values())
EACH = pytest.mark.parametrize("layer", ALL, ids=lambda layer: layer.code)

# Columns that say who a person is, where they live or how they are paid.
PERSONAL = re.compile(
    r"(^|_)(head|id_number|phone|bank|bank_account|address|applicant|contact|offender|owner|farmer|holder|responsible|monitor)$"
)
NOT_PERSONAL = {("mining_site", "licence_holder")}  # published by law


def _code_list(info: FieldInfo) -> CodeList | None:
    for member in (info.annotation, *get_args(info.annotation)):
        for extra in (*info.metadata, *(get_args(member) if get_origin(member) else ())):
            if isinstance(extra, CodeList):
                return extra
    return None


def _texts(layer: Layer) -> list[Text]:
    texts = [layer.label, layer.about, *(m.label for m in layer.measures), *(m.label for m in layer.milestones)]
    texts += [m.unit.label for m in layer.measures]
    for info in layer.columns.values():
        texts.append(label_of(info))
        if listed := _code_list(info):
            texts += [entry.label for entry in listed.codes]
    return texts


@EACH
def test_a_layer_speaks_both_languages(layer: Layer) -> None:
    for text in _texts(layer):
        assert all(text.in_(language).strip() for language in LANGUAGES)
        assert CHINESE.search(text.zh), text
        assert not CHINESE.search(text.en), text


@EACH
def test_no_heading_means_two_things(layer: Layer) -> None:
    claimed: Counter[str] = Counter()
    for name, info in layer.columns.items():
        assert isinstance(info.validation_alias, AliasChoices)
        claimed.update({str(choice).casefold() for choice in info.validation_alias.choices} | {name.casefold()})
    for milestone in layer.milestones:
        spelled = (milestone.code, milestone.label.zh, milestone.label.en, *milestone.spellings)
        claimed.update({spelling.casefold() for spelling in spelled})
    repeated = {heading for heading, times in claimed.items() if times > 1}
    assert not repeated


@EACH
def test_a_code_list_reads_every_spelling_as_one_code(layer: Layer) -> None:
    for info in layer.columns.values():
        if listed := _code_list(info):
            for entry in listed.codes:
                for spelling in (entry.code, entry.label.zh, entry.label.en, *entry.spellings):
                    assert listed.read(spelling) == entry.code


@EACH
def test_what_counts_as_completed_is_what_a_bar_shows(layer: Layer) -> None:
    """The completing milestone is the first whose status is at least completed."""
    if layer.reference:
        assert layer.completing is None
        return
    assert [m.completes for m in layer.milestones].count(True) == 1
    reached = [m for m in layer.milestones if m.status >= Status.COMPLETED]
    assert reached[0] is layer.completing


@EACH
def test_personal_columns_are_private(layer: Layer) -> None:
    for name in layer.columns:
        if PERSONAL.search(name) and (layer.code, name) not in NOT_PERSONAL:
            assert name in layer.private, name
    measured = {measure.source for measure in layer.measures}
    assert not measured & set(layer.private)


def _sample(info: FieldInfo) -> Any:
    """A value that the column takes."""
    if listed := _code_list(info):
        return listed.codes[-1].label.zh
    column = TypeAdapter(Annotated[info.annotation, *(info.metadata or [None])])
    for value in (2024, 3, "2024-05-06", True, "甲"):
        try:
            column.validate_python(value)
        except ValidationError:
            continue
        return value
    raise AssertionError(info)


@EACH
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_row_is_read_from_its_headings_and_written_back(layer: Layer, language: Any) -> None:
    file = {label_of(info).in_(language): _sample(info) for info in layer.columns.values()}
    assert len(file) == len(layer.columns)
    row = layer.row.model_validate(file)
    assert all(value is not None for value in row.model_dump().values())
    again = layer.row.model_validate(row.model_dump(mode="json"))
    assert again == row
    assert {layer.headings()[heading.casefold()] for heading in file} == set(layer.columns)


def test_layers_are_told_apart_by_order_icon_and_label() -> None:
    for seen in ([layer.order for layer in ALL], [layer.icon for layer in ALL], [layer.label for layer in ALL]):
        assert len(set(seen)) == len(seen)
    assert [layer.order for layer in ALL] == sorted(layer.order for layer in ALL)


@EACH
def test_an_icon_stays_in_its_box(layer: Layer) -> None:
    assert re.fullmatch(r"[MLHVCAZ\d. -]+", layer.icon)
    assert all(-0.01 <= float(number) <= 16 for number in re.findall(r"-?\d*\.?\d+", layer.icon))


@EACH
def test_areas_are_measured_only_where_there_are_polygons(layer: Layer) -> None:
    if layer.geometry is not Geometry.POLYGON:
        assert not {"area_m2", "registered_area_m2"} & {measure.source for measure in layer.measures}


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("farmland_patch", ["BSM", "TBBH", "DLBM", "DLMC", "ZLDWDM", "TBMJ", "ZZSXDM"]),
        ("enforcement_parcel", ["JCBH"]),
        ("land_survey", ["BSM", "TBBH", "DLBM", "DLMC", "QSDWDM", "ZLDWDM", "TBMJ", "TBDLMJ"]),
        ("permanent_farmland", ["BSM", "DLBM", "YNMJ"]),
    ],
)
def test_the_field_codes_of_national_databases_are_read(code: str, fields: list[str]) -> None:
    headings = layers()[code].headings()
    assert all(field.casefold() in headings for field in fields)
