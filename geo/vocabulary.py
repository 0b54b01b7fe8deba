"""The declared layers as one document: what can be chosen, counted, reached and read; no personal columns."""

from collections.abc import Container, Iterator, Mapping
from functools import cache
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from geo.layer import CodeList, Layer, Status, label_of
from geo.layers import layers

COMMON = ("code", "name", "registered_area_m2", "starts_on", "due_on")


def document(features: Mapping[str, int], invented: Container[str]) -> dict[str, Any]:
    """``{"layers": […]}`` in the order in which layers are shown.

    ``features`` is how many each has, ``invented`` are those with illustrative ones.
    """
    return {
        "layers": [
            {**_layer(layer), "features": features.get(layer.code, 0), "illustrative": layer.code in invented}
            for layer in layers().values()
        ]
    }


def code_list(info: FieldInfo) -> CodeList | None:
    """The code list that a column's values are taken from."""
    return next((extra for extra in _annotations(info) if isinstance(extra, CodeList)), None)


def _annotations(info: FieldInfo) -> Iterator[Any]:
    """Everything said about the type of a column, however deep it is nested."""
    yield from info.metadata
    waiting: list[Any] = [info.annotation]
    while waiting:
        annotation = waiting.pop()
        yield annotation
        if get_origin(annotation) is not None:
            waiting += get_args(annotation)


@cache
def _layer(layer: Layer) -> dict[str, Any]:
    """What is declared; for all who ask, who change nothing of it."""
    return {
        "code": layer.code,
        "label": layer.label.both(),
        "geometry": str(layer.geometry),
        "icon": layer.icon,
        "order": layer.order,
        "about": layer.about.both(),
        "reference": layer.reference,
        "personal": bool(layer.private),
        "features": 0,
        "measures": [
            {
                "code": measure.code,
                "label": measure.label.both(),
                "unit": {"code": measure.unit.code, "label": measure.unit.label.both()},
                "counts": measure.source == "count",
            }
            for measure in layer.measures
        ],
        "milestones": [
            {
                "code": milestone.code,
                "label": milestone.label.both(),
                "status": Status(milestone.status).name.lower(),
                "completes": milestone.completes,
            }
            for milestone in layer.milestones
        ],
        "columns": [
            column(name, info) for name, info in layer.columns.items() if name in COMMON or name in layer.public
        ],
    }


def column(name: str, info: FieldInfo) -> dict[str, Any]:
    """A column with its label, unit and code list, where it has them."""
    told: dict[str, Any] = {"name": name, "label": label_of(info).both()}
    extra: Any = info.json_schema_extra
    if "unit" in extra:
        told["unit"] = extra["unit"]
    if listed := code_list(info):
        told["codes"] = [{"code": entry.code, "label": entry.label.both()} for entry in listed.codes]
    return told
