"""Results to an XLSX workbook as they come: totals, pairs, sums by class, data, problems, and what was asked."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from geo.errors import BadValue
from geo.layer import HECTARE, MU, Geometry
from geo.layers import layer as declared
from geo.overlay.result import Finding, Overlaid, Piece, Problem, Standing
from geo.overlay.statistic import BY_LABELS, By, Statistic, counted
from geo.overlay.told import LEVELS, STANDINGS, group_label
from geo.sheet import print_whole
from geo.text import Language, Text

ROWS = 1_048_575
"""Most rows of a sheet below its headings."""

_TOTALS, _PAIRS = Text(zh="地块合计", en="Totals"), Text(zh="压占明细", en="Pairs")
_SUMS, _PROBLEMS, _ABOUT = Text(zh="分类统计", en="Sums"), Text(zh="问题", en="Problems"), Text(zh="说明", en="About")
_NUMBER, _NAME = Text(zh="地块编号", en="Parcel"), Text(zh="地块名称", en="Name")
_LAYER, _TOWNSHIP = Text(zh="图层", en="Layer"), Text(zh="乡镇", en="Township")
_M2, _MU, _HA = (
    Text(zh="面积（平方米）", en="Area (m²)"),
    Text(zh="面积（亩）", en="Area (mu)"),
    Text(zh="面积（公顷）", en="Area (ha)"),
)
_PARCEL_HEADS = (
    _NUMBER,
    _NAME,
    Text(zh="图形面积（平方米）", en="Drawn area (m²)"),
    Text(zh="登记面积（平方米）", en="Registered area (m²)"),
    Text(zh="图形比登记", en="Drawn to registered"),
    _TOWNSHIP,
    Text(zh="结论", en="Verdict"),
    Text(zh="依据", en="Why"),
)
_PAIR_HEADS = (
    _NUMBER,
    _LAYER,
    Text(zh="要素编号", en="Code"),
    Text(zh="要素名称", en="Feature"),
    Text(zh="类别", en="Class"),
    Text(zh="权属", en="Owner"),
    _TOWNSHIP,
    _M2,
    _MU,
    _HA,
    Text(zh="占图形面积", en="Of the drawing"),
    Text(zh="折登记面积（平方米）", en="Of the registered area (m²)"),
    Text(zh="长度（米）", en="Length (m)"),
    Text(zh="点数", en="Points"),
    Text(zh="距离（米）", en="Distance (m)"),
)
_SUM_HEADS = (
    _LAYER, BY_LABELS[By.GROUP], Text(zh="取值", en="Value"), _M2, _MU, _HA, Text(zh="长度（米）", en="Length (m)"),
    Text(zh="点数", en="Points"), Text(zh="压占数", en="Pieces"), Text(zh="地块数", en="Parcels"),
)  # fmt: skip
_PROBLEM_HEADS = (
    _NUMBER, Text(zh="问题", en="Problem"), Text(zh="未计算", en="Not overlaid"), Text(zh="经度", en="Longitude"),
    Text(zh="纬度", en="Latitude"),
)  # fmt: skip
_KNOWN = Text(zh="数据状况", en="Data")
_KNOWN_HEADS = (
    _LAYER, Text(zh="结论", en="Verdict"), Text(zh="数据依据", en="By what data"), Text(zh="地块数", en="Parcels"),
)  # fmt: skip
_BY_RECORDS = Text(zh="按已入库数据判断，未声明数据完整", en="by what was loaded, which nobody stated to be complete")
_SAID = (
    Text(
        zh="面积为 CGCS2000（GRS80）椭球面积；1 亩 = 2000/3 平方米。",
        en="Areas are ellipsoidal (CGCS2000, GRS 80); 1 mu is 2000/3 m².",
    ),
    Text(
        zh="合计中同一图层相互重叠的要素只计一次，明细中各要素分别列出；仅相邻不算压占，细小碎片按图层阈值不计。",
        en="In totals the records of a layer that lie on one another count once, in pairs each is stated by itself."
        " Touching is not overlapping; slivers below the thresholds of a layer are left out.",
    ),
    Text(
        zh="“无数据”指该图层在地块所在乡镇没有入库或未开放，不等于不涉及。",
        en="“No data” means that the layer was not loaded for the township of the parcel, or is not open: it does not"
        " mean that the parcel is not concerned.",
    ),
    Text(zh="本表供审查参考，以批准的原始成果为准。", en="For review only: the approved originals decide."),
)


def write(
    path: Path,
    overlaid: Iterable[Overlaid],
    problems: Sequence[Problem],
    language: Language,
    *,
    townships: dict[str, str] | None = None,
    as_of: date | None = None,
) -> int:
    """Write results as they come and return how many there are; ``townships`` are names by code.

    Raises :class:`geo.errors.BadValue` where there are more rows than a sheet holds.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    statistic = Statistic()
    page = _Pages(book, language, townships or {})
    try:
        written = page.fill(counted(overlaid, statistic))
        page.sums(statistic)
        page.known()
        page.problems(problems)
        page.about(as_of)
    finally:
        book.save(path)  # rows wait in a file of openpyxl's own, which only saving removes
    return written


_UNITS = {
    Geometry.POLYGON: Text(zh="平方米", en="m²"),
    Geometry.LINE: Text(zh="米", en="m"),
    Geometry.POINT: Text(zh="处", en="points"),
}


class _Pages:
    """The sheets of one workbook."""

    def __init__(self, book: Any, language: Language, townships: dict[str, str]) -> None:
        self._book, self._townships = book, townships
        self._language: Language = language
        self._rows: dict[str, int] = {}
        self._known: Counter[tuple[str, Standing, Text]] = Counter()

    def fill(self, overlaid: Iterable[Overlaid]) -> int:
        """Totals and pairs, a result at a time; the layers of the first are those of all."""
        written = 0
        totals = self._sheet(_TOTALS, [18, 24, 14, 14, 12, 16, 10, 60])
        pairs = self._sheet(_PAIRS, [18, 22, 24, 26, 14, 22, 14, *[14] * 8])
        self._head(pairs, _PAIR_HEADS)
        for each in overlaid:
            if not written:
                self._head(totals, (*_PARCEL_HEADS, *map(_layer_head, each.findings)))
            written += 1
            self._append(totals, self._parcel(each))
            for finding in each.findings:
                if finding.standing is not Standing.CONCERNED:
                    self._known[finding.layer, finding.standing, finding.why or finding.basis or _BY_RECORDS] += 1
                for piece in (*finding.pieces, *finding.near):
                    self._append(pairs, self._pair(each, piece))
        if not written:
            self._head(totals, _PARCEL_HEADS)
        return written

    def sums(self, statistic: Statistic) -> None:
        """What all parcels cover, by layer and by class, township and owner."""
        page = self._sheet(_SUMS, [24, 10, 26, *[16] * 7])
        self._head(page, _SUM_HEADS)
        for each in statistic.sums():
            layer = declared(each.layer)
            value = each.value
            if each.by is By.TOWNSHIP:
                value = self._townships.get(value, value)
            elif each.by is By.GROUP and value:
                value = _labelled(each.layer, value, self._language)
            self._append(
                page,
                [
                    layer.label,
                    BY_LABELS[each.by],
                    value,
                    *_measured(layer.geometry, each.amount),
                    each.pieces,
                    each.parcels,
                ],
            )

    def known(self) -> None:
        """By what data it is said that parcels are not concerned, or why nothing can be said, layer by layer."""
        page = self._sheet(_KNOWN, [28, 14, 80, 10])
        self._head(page, _KNOWN_HEADS)
        told = [(declared(layer), standing, why, count) for (layer, standing, why), count in self._known.items()]
        for layer, standing, why, parcels in sorted(told, key=lambda each: (each[0].order, each[1])):
            self._append(page, [layer.label, STANDINGS[standing], why, parcels])

    def problems(self, problems: Sequence[Problem]) -> None:
        """What is wrong with parcels, also those that were not overlaid."""
        page = self._sheet(_PROBLEMS, [24, 100, 12, 14, 14])
        self._head(page, _PROBLEM_HEADS)
        yes = Text(zh="是", en="yes")
        for each in problems:
            place = each.place or (None, None)
            self._append(page, [each.parcel, each.sentence, yes if each.refused else None, *place])

    def about(self, as_of: date | None) -> None:
        """What the figures are."""
        page = self._sheet(_ABOUT, [120])
        if as_of is not None:
            self._append(page, [Text(zh="截至日期：{day}", en="As of {day}").format(day=as_of.isoformat())])
        for line in _SAID:
            self._append(page, [line])

    def _parcel(self, overlaid: Overlaid) -> list[Any]:
        parcel, ratio = overlaid.parcel, overlaid.drawn_to_registered
        level = None if overlaid.level is None else LEVELS[overlaid.level]
        why = "\n".join(verdict.sentence.in_(self._language) for verdict in overlaid.verdicts)
        names = "、".join(self._townships.get(code, code) for code in overlaid.townships)
        return [
            parcel.number, parcel.name, round(overlaid.area_m2, 2), parcel.registered_area_m2,
            None if ratio is None else round(ratio, 4), names, level, why or None,
            *(self._total(finding) for finding in overlaid.findings),
        ]  # fmt: skip

    def _total(self, finding: Finding) -> Any:
        if finding.standing is Standing.CONCERNED:
            return round(finding.amount, 2)
        return STANDINGS[finding.standing] if finding.standing is Standing.NO_DATA else 0

    def _pair(self, overlaid: Overlaid, piece: Piece) -> list[Any]:
        layer, parcel = declared(piece.layer), overlaid.parcel
        area = layer.geometry is Geometry.POLYGON and piece.amount > 0
        share = piece.amount / overlaid.area_m2 if area and overlaid.area_m2 else None
        registered = parcel.registered_area_m2
        m2, mu, ha, length, points = _measured(layer.geometry, piece.amount) if piece.amount else [None] * 5
        group = None if piece.group is None else _labelled(piece.layer, piece.group, self._language)
        town = None if piece.township is None else self._townships.get(piece.township, piece.township)
        return [
            parcel.number, layer.label, piece.code, piece.name, group, piece.owner, town, m2, mu, ha,
            None if share is None else round(share, 6),
            None if share is None or registered is None else round(share * registered, 2),
            length, points, None if piece.amount else round(piece.distance_m, 2),
        ]  # fmt: skip

    def _sheet(self, title: Text, widths: Sequence[int]) -> Any:
        from openpyxl.utils import get_column_letter

        page = self._book.create_sheet(title.in_(self._language))
        page.freeze_panes = "A2"
        print_whole(page)
        for place, width in enumerate(widths, 1):
            page.column_dimensions[get_column_letter(place)].width = width
        return page

    def _head(self, page: Any, headings: Iterable[Text]) -> None:
        page.append([self._cell(page, heading, bold=True) for heading in headings])

    def _append(self, page: Any, cells: Sequence[Any]) -> None:
        count = self._rows[page.title] = self._rows.get(page.title, 0) + 1
        if count > ROWS:
            reason = Text(
                zh="工作表最多 1048575 行，请减少地块或图层，或改用 .gpkg",
                en="a sheet has at most 1048575 rows: ask for fewer parcels or layers, or use .gpkg",
            )
            raise BadValue(name="out", value="xlsx", reason=reason)
        page.append([self._cell(page, value) for value in cells])

    def _cell(self, page: Any, value: Any, *, bold: bool = False) -> Any:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
        from openpyxl.styles import Alignment, Font

        if isinstance(value, Text):
            value = value.in_(self._language)
        if not isinstance(value, str):
            return value
        made = WriteOnlyCell(page, value=ILLEGAL_CHARACTERS_RE.sub("", value)[:32_767])
        made.data_type = "s"  # openpyxl takes text that begins with = for a formula
        if bold:
            made.font = Font(bold=True)
        if bold or "\n" in value:
            made.alignment = Alignment(wrap_text=True, vertical="top")
        return made


def _layer_head(finding: Finding) -> Text:
    layer = declared(finding.layer)
    return Text(zh="{layer}（{unit}）", en="{layer} ({unit})").format(layer=layer.label, unit=_UNITS[layer.geometry])


def _labelled(layer: str, value: str, language: Language) -> str:
    label = group_label(declared(layer), value).in_(language)
    return label if label == value else f"{value} {label}"


def _measured(kind: Geometry, amount: float) -> list[Any]:
    """m², 亩, hectares, metres and points, of which only those of the kind are filled."""
    if kind is Geometry.POLYGON:
        mu, ha = amount * float(MU.factor), amount * float(HECTARE.factor)
        return [round(amount, 2), round(mu, 4), round(ha, 6), None, None]
    if kind is Geometry.LINE:
        return [None, None, None, round(amount, 2), None]
    return [None, None, None, None, round(amount)]
