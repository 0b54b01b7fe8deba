"""What is wrong with a parcel, as sentences that name it and the point."""

import re

from geo.ingest.problem import Problem as Found
from geo.overlay.result import Problem
from geo.text import Text

SENTENCES: dict[str, Text] = {
    "not_valid": Text(zh="图形有误：{reason}", en="the drawing is faulty: {reason}"),
    "no_area": Text(zh="图形没有面积（{point}）", en="the drawing has no area ({point})"),
    "no_geometry": Text(zh="没有图形", en="there is no drawing"),
    "few_points": Text(zh="{n} 个点围不成地块（{at}）", en="{n} points enclose no parcel ({at})"),
    "not_a_position": Text(zh="第 {line} 行不是坐标：{written}", en="line {line} is no position: {written}"),
    "outside_county": Text(zh="不在本县范围内（{point}）", en="it lies outside the county ({point})"),
    "axes_swapped": Text(
        zh="纵横坐标颠倒（{point}），对调后在本县范围内",
        en="its axes are swapped ({point}): the other way round it lies in the county",
    ),
    "partly_outside": Text(
        zh="有 {amount} 平方米在本县范围外（{point}）", en="{amount} m² of it lie outside the county ({point})"
    ),
    "overlap": Text(
        zh="与地块 {other} 重叠 {amount} 平方米（{point}）", en="it overlaps parcel {other} by {amount} m² ({point})"
    ),
    "gap": Text(
        zh="与地块 {other} 之间有不足 {width} 米的缝隙（{point}）",
        en="there is a gap of less than {width} m between it and parcel {other} ({point})",
    ),
    "strip": Text(
        zh="与地块 {other} 之间有一条夹缝，宽约 {width} 米、面积 {amount} 平方米（{point}）",
        en="a strip about {width} m wide, of {amount} m², lies between it and parcel {other} ({point})",
    ),
    "strips_left": Text(
        zh="夹缝过多，尚有 {left} 对未核查", en="there are very many strips: {left} pairs were not examined"
    ),
    "hole": Text(
        zh="与地块 {other} 围出一处空地，面积 {amount} 平方米、最宽 {width} 米（{point}）",
        en="with {other} it encloses {amount} m² that no parcel covers, {width} m wide at most ({point})",
    ),
    "area_differs": Text(
        zh="图形面积 {drawn} 平方米，登记面积 {registered} 平方米，相差 {share}",
        en="{drawn} m² are drawn and {registered} m² registered, a difference of {share}",
    ),
    "number_repeated": Text(
        zh="编号重复，第 {row} 行改称 {number}", en="its number is repeated: row {row} is called {number}"
    ),
    "overlaps_left": Text(
        zh="重叠过多，尚有 {left} 对未核查", en="there are very many overlaps: {left} pairs were not examined"
    ),
}
"""Every sentence on a parcel; :func:`problem` puts its number before it."""

_NAMED = Text(zh="地块 {parcel}：{said}", en="Parcel {parcel}: {said}")
_OF_FILE = Text(zh="{file}：{said}", en="{file}: {said}")
_ROW = Text(zh="{file} 第 {row} 行，地块 {parcel}：{said}", en="{file}, row {row}, parcel {parcel}: {said}")
_PLACE = re.compile(r"(-?\d+(?:\.\d+)?)[ ,]+(-?\d+(?:\.\d+)?)")


def problem(
    parcel: str, code: str, place: tuple[float, float] | None = None, *, refused: bool = False, **values: object
) -> Problem:
    """A problem of one of :data:`SENTENCES`; ``{point}`` is ``place`` in degrees."""
    said = SENTENCES[code].format(point="" if place is None else point(place), **values)
    return Problem(parcel, code, _NAMED.format(parcel=parcel, said=said), refused, place)


def of_file(file: str | None, code: str, said: Text, *, refused: bool) -> Problem:
    """Something that holds for a whole file, under its name if it has one."""
    return Problem(file or "", code, _OF_FILE.format(file=file, said=said) if file else said, refused)


def of_row(file: str | None, parcel: str, found: Found) -> Problem:
    """What reading found wrong with a row, which keeps its parcel out; rows are told of files that have a name."""
    written = found.value if found.column == "geometry" else ""
    match = _PLACE.search(found.reason) or _PLACE.search(written)
    place = (float(match[1]), float(match[2])) if match else None
    inside = place is not None and abs(place[0]) <= 180 and abs(place[1]) <= 90
    said = found.text
    if place is not None and match is not None and not _PLACE.search(found.reason):
        at = f"{match[1]} {match[2]}"
        said = Text(zh=f"{said.zh}（{at}）", en=f"{said.en} ({at})")
    named = _ROW.format(file=file, row=found.row, parcel=parcel, said=said)
    told = named if file else _NAMED.format(parcel=parcel, said=said)
    return Problem(parcel, found.code, told, refused=True, place=place if inside else None)


def point(place: tuple[float, float]) -> str:
    """A position as sentences write it, longitude first."""
    return f"{place[0]:.7f} {place[1]:.7f}"
