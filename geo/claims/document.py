"""A document read for figures: each with its sentence, and what it seems to state, for a person to confirm."""

import codecs
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from geo.claims.catalogue import Known, metrics
from geo.claims.claim import Kind
from geo.claims.unit import UNITS, unit_of
from geo.errors import FileUnreadable
from geo.text import Text

LARGEST, UNPACKED, MEMBERS, EXPANSION = 10_000_000, 60_000_000, 2_000, 200
SENTENCES = 20_000
FIGURES = 2_000
_UNITS = "|".join(sorted((re.escape(unit.label.zh) for unit in UNITS), key=len, reverse=True))
FIGURE = re.compile(rf"(?<![\d.．第])(\d[\d,，]*(?:\.\d+)?)\s*(余|多)?\s*({_UNITS})(?!月|镇|乡)")
DAY = re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日")
SENTENCE = re.compile(r"[^。；;！!\n]+[。；;！!]?")
SECTION = re.compile(r"^\s*([一二三四五六七八九十]+、|（[一二三四五六七八九十]+）|\d+(?:\.\d+)*[.、．]?(?!\d))")
FULL_WIDTH = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
KIND_WORDS: dict[Kind, tuple[str, ...]] = {
    "forecast": ("预计", "力争", "将达", "计划完成", "有望"),
    "target": ("任务", "目标", "下达", "应完成", "要求"),
}
NEAR = 40
"""Characters before a figure in which the words for its metric are looked for."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A figure of a document with what it seems to state; ``system`` and ``metric`` are empty where nothing fits."""

    sentence: str
    section: str
    value: str
    unit: str
    kind: Kind
    as_of: date | None
    system: str
    metric: str
    label: Text | None


def propose(name: str, content: bytes) -> list[Proposal]:
    """The figures of a DOCX or TXT, in their order; raises :class:`FileUnreadable`."""
    section = ""
    found: list[Proposal] = []
    for line in text(name, content).translate(FULL_WIDTH).splitlines()[:SENTENCES]:
        if heading := SECTION.match(line):
            section = heading[1].strip()
        for sentence in SENTENCE.findall(line):
            found += _figures(sentence.strip(), section)
    return found[:FIGURES]


def text(name: str, content: bytes) -> str:
    """The text of a DOCX (paragraphs and table rows in their order) or TXT; raises :class:`FileUnreadable`."""
    suffix = PurePosixPath(name).suffix.lower()
    if len(content) > LARGEST:
        raise _unreadable(name, Text(zh="超过 10 MB", en="it is larger than 10 MB"))
    if not content:
        raise _unreadable(name, Text(zh="文件是空的", en="the file is empty"))
    if suffix == ".txt":
        return _decoded(name, content)
    if suffix != ".docx":
        raise _unreadable(name, Text(zh="只读取 .docx 和 .txt", en="only .docx and .txt are read"))
    _check_zip(name, content)
    return "\n".join(_paragraphs(name, content))


def _decoded(name: str, content: bytes) -> str:
    """UTF-16 by its mark, else UTF-8, else GB18030."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if marked else ("utf-8-sig", "gb18030"):
        try:
            decoded = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in decoded:
            return decoded
    raise _unreadable(name, Text(zh="文字编码无法识别", en="its encoding is not known"))


def _check_zip(name: str, content: bytes) -> None:
    """A DOCX is a zip that holds word/document.xml and expands to a reasonable size."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise _unreadable(name, Text(zh="不是 DOCX", en="it is not a DOCX")) from None
    if not any(member.filename == "word/document.xml" for member in members):
        raise _unreadable(name, Text(zh="不是 DOCX", en="it is not a DOCX"))
    size = sum(member.file_size for member in members)
    strange = any(member.file_size > EXPANSION * max(member.compress_size, 1024) for member in members)
    if strange or size > UNPACKED or len(members) > MEMBERS:
        raise _unreadable(name, Text(zh="压缩比异常", en="its compression is suspicious"))


def _paragraphs(name: str, content: bytes) -> Iterator[str]:
    from docx import Document
    from docx.table import Table

    try:
        document = Document(BytesIO(content))
        blocks: list[Any] = list(document.iter_inner_content())
    except Exception:  # what python-docx and lxml raise for a damaged file is of no one kind
        raise _unreadable(name, Text(zh="文件已损坏", en="the file is damaged")) from None
    for block in blocks:
        if isinstance(block, Table):
            yield from ("，".join(dict.fromkeys(cell.text.strip() for cell in row.cells)) for row in block.rows)
        else:
            yield block.text


def _figures(sentence: str, section: str) -> Iterator[Proposal]:
    days = [(match.end(), day) for match in DAY.finditer(sentence) if (day := _day(*match.groups()))]
    start = 0
    for match in FIGURE.finditer(sentence):
        before = sentence[max(start, match.start() - NEAR) : match.start()]
        start = match.end()
        kind = _kind(before, match[3])
        # What is expected is expected by another day than the one that the sentence reports on.
        day = next((day for end, day in reversed(days) if end <= match.start()), None) if kind != "forecast" else None
        found = _metric(before, match[3]) or _metric(sentence, match[3])
        name = found.metric.name if found else ""
        system, _, metric = name.partition(".")
        yield Proposal(
            sentence, section, re.sub("[,，]", "", match[1]), match[3], kind, day, system, metric,
            found.label if found else None,
        )  # fmt: skip


def _metric(words: str, unit: str) -> Known | None:
    """The metric of the unit's dimension of which the longest word occurs last; those with years are never proposed."""
    stated = unit_of(unit)
    best: tuple[int, int] = (0, -1)
    chosen: Known | None = None
    for metric, layer in metrics():
        found = Known(metric, layer, {})
        if "{" in metric.name or stated is None or (layer and found.dimension != stated.dimension):
            continue
        for word in (metric.label.zh, *metric.spellings):
            rank = (len(word), words.rfind(word))
            if rank[1] >= 0 and rank > best:
                best, chosen = rank, found
    return chosen


def _kind(words: str, unit: str) -> Kind:
    for kind, spelled in KIND_WORDS.items():
        if any(word in words for word in spelled):
            return kind
    return "rate" if unit == "%" else "actual"


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _unreadable(name: str, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=PurePosixPath(name).name[:100] or "?", reason=reason)
