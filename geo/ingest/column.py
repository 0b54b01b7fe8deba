"""One column of a file to the values its declaration allows, and the rows where that fails."""

# The functions of pyarrow.compute are made when it is imported.
# pyright: reportAttributeAccessIssue=false

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import annotated_types
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from geo.ingest.plain_text import either, written_in

_CONFIG = ConfigDict(coerce_numbers_to_str=True, str_strip_whitespace=True, allow_inf_nan=False)
_ARROW = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_(), date: pa.date32()}
_DATE = re.compile(r"^(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?(?:[T ].*)?$")
_YES = {"是": True, "有": True, "否": False, "无": False, "√": True, "×": False}

Fault = tuple[int, str, str, str]
"""(row of the batch from 0, value as written, problem code, reason)"""


@dataclass(frozen=True)
class Reader:
    """Reads a column as one declared type: ``base`` with the constraints in ``annotation``."""

    annotation: Any
    base: type
    required: bool

    @classmethod
    def of(cls, info: FieldInfo) -> "Reader":
        """The reader of a row's field, whose optionality is taken off."""
        annotation: Any = info.annotation
        if get_origin(annotation) in (Union, UnionType):
            annotation = next(member for member in get_args(annotation) if member is not type(None))
        if info.metadata:
            annotation = Annotated[annotation, *info.metadata]
        base: Any = annotation
        while get_origin(base) is Annotated:
            base = get_args(base)[0]
        return cls(annotation, base, info.is_required())

    @cached_property
    def _adapter(self) -> TypeAdapter[list[Any]]:
        return TypeAdapter(list[self.annotation], config=_CONFIG)  # pyright: ignore[reportInvalidTypeForm]

    @property
    def arrow(self) -> pa.DataType:
        """The Arrow type of what :meth:`read` gives."""
        return _ARROW[self.base]

    def read(self, column: pa.Array) -> tuple[pa.Array, list[Fault]]:
        """The column as ``self.arrow``, null where it is empty or at fault, and the faults.

        Text and other columns with few different values are judged value by value, not row by row.
        """
        column, faults = decoded(column)
        if pa.types.is_string(column.type):
            column = pc.utf8_trim_whitespace(column)
            column = pc.if_else(pc.equal(column, ""), None, column)
        if pa.types.is_timestamp(column.type) and self.base is date:
            column = column.cast(pa.timestamp("s"), safe=False).cast(pa.date32())
        if column.type != self.arrow or not self._surely_allowed(column):
            column, more = self._judge(column)
            faults += more
        if self.required and column.null_count:
            known = {fault[0] for fault in faults}
            empty = np.flatnonzero(np.asarray(column.is_null()))
            faults += [(int(row), "", "required", "") for row in empty if int(row) not in known]
        return column, faults

    def _surely_allowed(self, column: pa.Array) -> bool:
        """Whether a whole column of the right type keeps its limits, by its extremes alone; if unsure, False."""
        if self.base is str:
            least, greatest = _extremes(pc.utf8_length(column))
        elif self.base in (int, float):
            least, greatest = _extremes(column)
            if self.base is float and not pc.all(pc.is_finite(column), min_count=0).as_py():
                return False
        else:
            return self.annotation is self.base
        return all(_keeps(limit, least, greatest) for limit in self._limits)

    @cached_property
    def _limits(self) -> tuple[object, ...]:
        """The constraints of the annotation, those of nested annotations too."""
        found: list[object] = []
        annotation = self.annotation
        while get_origin(annotation) is Annotated:
            annotation, *metadata = get_args(annotation)
            for item in metadata:
                found += item.metadata if isinstance(item, FieldInfo) else [item]
        return tuple(found)

    def _judge(self, column: pa.Array) -> tuple[pa.Array, list[Fault]]:
        encoded = column.dictionary_encode()
        written: list[Any] = encoded.dictionary.to_pylist()
        tidy = _TIDY.get(self.base)
        if tidy and pa.types.is_string(column.type):
            values = [tidy(value) for value in written]
        elif self.base is date and (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
            values = [None if value is None else _tidy_date(f"{value:.15g}") for value in written]
        elif self.base is str and pa.types.is_floating(column.type):
            values = [int(value) if value is not None and value == int(value) else value for value in written]
        else:
            values = written
        good, bad = self._validate(values)
        result = pa.array(good, self.arrow).take(encoded.indices)
        if not bad:
            return result, []
        indices = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return result, [
            (int(row), str(written[place]), code, reason)
            for place, (code, reason) in bad.items()
            for row in np.flatnonzero(indices == place)
        ]

    def _validate(self, values: list[Any]) -> tuple[list[Any], dict[int, tuple[str, str]]]:
        """The values as validated, None where one is at fault, and why."""
        try:
            return self._adapter.validate_python(values), {}
        except ValidationError as error:
            bad = {int(fault["loc"][0]): _reason(fault) for fault in error.errors(include_url=False)}
        kept = [place for place in range(len(values)) if place not in bad]
        validated = iter(self._adapter.validate_python([values[place] for place in kept]))
        return [None if place in bad else next(validated) for place in range(len(values))], bad


def _extremes(column: pa.Array) -> tuple[float, float]:
    """Least and greatest value; of an empty column a value that any limits hold."""
    both = pc.min_max(column).as_py()
    return (0, 0) if both["min"] is None else (both["min"], both["max"])


def _keeps(limit: object, least: float, greatest: float) -> bool:
    match limit:
        case annotated_types.Ge(ge=float() | int() as bound):
            return least >= bound
        case annotated_types.Le(le=float() | int() as bound):
            return greatest <= bound
        case annotated_types.MinLen(min_length=bound):
            return least >= bound
        case annotated_types.MaxLen(max_length=bound):
            return greatest <= bound
        case _:
            return False


def decoded(column: pa.Array) -> tuple[pa.Array, list[Fault]]:
    """A column whose bytes are a mixture of encodings as text; values unlike the majority are faults.

    The majority is what most non-ASCII values of the column are written in; one that can be either is as they are. A
    character that GDAL could not decode is a fault too.
    """
    if pa.types.is_string(column.type):
        lost = np.flatnonzero(np.asarray(pc.fill_null(pc.match_substring(column, "\ufffd"), False)))
        return column, [(int(row), str(column[int(row)]), "encoding", "") for row in lost]
    if not pa.types.is_binary(column.type):
        return column, []
    raw: list[bytes | None] = column.to_pylist()
    writing = [None if value is None or value.isascii() else written_in(value) for value in raw]
    majority = "UTF-8" if writing.count("UTF-8") > writing.count("GB18030") else "GB18030"
    values: list[str | None] = []
    faults: list[Fault] = []
    for row, (value, encoding) in enumerate(zip(raw, writing, strict=True)):
        if value is None or value.isascii() or encoding == majority or either(value):
            values.append(None if value is None else value.decode(majority))
            continue
        values.append(None)
        faults.append((row, value.decode(encoding or "latin-1", "replace"), "encoding", ""))
    return pa.array(values, pa.string()), faults


def json_members(columns: dict[str, pa.Array], count: int) -> pa.Array:
    """One JSON object a row, as text, with a member for every column that is not null there."""
    empty = pa.array([""]).take(pa.array(np.zeros(count, np.int64)))
    members = [
        pc.fill_null(
            pc.binary_join_element_wise(json.dumps(name, ensure_ascii=False) + ":", _json_values(column), ",", ""), ""
        )
        for name, column in columns.items()
    ]
    joined = pc.binary_join_element_wise(empty, *members, "")
    return pc.binary_join_element_wise("{", pc.utf8_rtrim(joined, ","), "}", "")


def _json_values(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        encoded = column.dictionary_encode()
        quoted = [json.dumps(value, ensure_ascii=False) for value in encoded.dictionary.to_pylist()]
        return pa.array(quoted, pa.string()).take(encoded.indices)
    text = column.cast(pa.string())
    return pc.binary_join_element_wise('"', text, '"', "") if pa.types.is_date(column.type) else text


def spellings(column: pa.Array) -> Iterator[str]:
    """The different values of a column, as text."""
    for value in pc.unique(column).to_pylist():
        if value is not None:
            yield str(value)


def looked_up(column: pa.Array, find: Callable[[str], str | None]) -> pa.Array:
    """A text column with every value replaced by what ``find`` gives for it."""
    encoded = column.dictionary_encode()
    found = [find(value) for value in encoded.dictionary.to_pylist()]
    return pa.array(found, pa.string()).take(encoded.indices)


def _tidy_number(value: str) -> str:
    return unicodedata.normalize("NFKC", value).replace(",", "").replace(" ", "")


def _tidy_bool(value: str) -> object:
    return _YES.get(value, value)


def _tidy_date(value: str) -> object:
    text = unicodedata.normalize("NFKC", value)
    match = _DATE.match(text)
    if match is not None:
        year, month, day = (int(part) for part in match.groups())
        with suppress(ValueError):
            return date(year, month, day)
    # A number is no date, though pydantic takes it for seconds since 1970.
    return "" if re.fullmatch(r"[+-]?[\d.]+", text) else value


_TIDY: dict[type, Callable[[str], object]] = {
    int: _tidy_number,
    float: _tidy_number,
    bool: _tidy_bool,
    date: _tidy_date,
}


def _reason(fault: Any) -> tuple[str, str]:
    """The problem code and reason, in both languages, of one fault that pydantic found."""
    context: dict[str, Any] = fault.get("ctx", {})
    kind: str = fault["type"]
    if kind == "code_list":
        return "not_in_list", str(context["allowed"])
    zh = _ZH.get(kind)
    return "value", f"{zh.format(**context) if zh else kind} / {fault['msg']}"


_ZH = {
    "greater_than_equal": "应不小于 {ge}",
    "less_than_equal": "应不大于 {le}",
    "string_too_long": "最多 {max_length} 个字",
    "string_too_short": "最少 {min_length} 个字",
    "string_pattern_mismatch": "格式应为 {pattern}",
    "int_parsing": "应为整数",
    "int_from_float": "应为整数",
    "float_parsing": "应为数字",
    "finite_number": "应为数字",
    "bool_parsing": "应为是或否",
    "date_from_datetime_parsing": "应为日期",
    "date_parsing": "应为日期",
    "date_from_datetime_inexact": "应为日期",
}
