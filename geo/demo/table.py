"""Columns of invented features to a table with the headings that an office would write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray
from pydantic.fields import FieldInfo

from geo.demo.ground import Ground, Sites
from geo.layer import CodeList, Layer, label_of
from geo.layers import layer

Column = Sequence[Any] | NDArray[Any]


@dataclass(frozen=True)
class Table:
    """The features of one layer: values by column name or milestone code, and their geometries in lon/lat."""

    layer: Layer
    columns: dict[str, Column]
    geometries: NDArray[np.object_]

    def arrow(self) -> pa.Table:
        """The table with Chinese headings, code lists spelled out, personal columns empty, geometry as WKB."""
        arrays: dict[str, pa.Array] = {}
        for name, info in self.layer.columns.items():
            if name in self.columns:
                arrays[label_of(info).zh] = pa.array(_spelled(info, self.columns[name]))
            elif name in self.layer.private:
                arrays[label_of(info).zh] = pa.nulls(len(self.geometries), pa.string())
        for milestone in self.layer.milestones:
            if milestone.code in self.columns:
                dates = np.asarray(self.columns[milestone.code], "datetime64[D]")
                arrays[milestone.label.zh] = pa.array(dates, pa.date32())
        arrays["geom"] = pa.array(shapely.to_wkb(self.geometries), pa.binary())
        return pa.table(arrays)


def table(
    layer_code: str, ground: Ground, sites: Sites, geometries: NDArray[np.object_], /, **columns: Column
) -> Table:
    """A table of a layer whose rows lie at ``sites``; adds the codes of township and village."""
    known = layer(layer_code)
    missing = set(columns) - set(known.columns) - {m.code for m in known.milestones}
    if missing:
        raise ValueError(f"layer {layer_code} has no {missing}")
    places: dict[str, Column] = {
        "township": [ground.towns[town].code for town in sites.town],
        "village": [ground.village_of(sites, index).code for index in range(len(sites))],
    }
    return Table(known, {**places, **columns}, geometries)


def _spelled(info: FieldInfo, values: Column) -> list[Any]:
    """Values as plain Python, codes of a code list as their Chinese labels."""
    plain: list[Any] = values.tolist() if isinstance(values, np.ndarray) else list(values)
    listed = _code_list(info)
    if listed is None:
        return plain
    labels = {entry.code: entry.label.zh for entry in listed.codes}
    return [None if value is None else labels[value] for value in plain]


def _code_list(info: FieldInfo) -> CodeList | None:
    """The code list that a field's values are taken from."""
    for member in (info.annotation, *get_args(info.annotation)):
        if get_origin(member) is Annotated:
            return next((extra for extra in get_args(member) if isinstance(extra, CodeList)), None)
    return None
