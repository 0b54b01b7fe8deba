"""The lines of a boundary-point TXT to its head and its parcels, and what of them was not understood."""

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from geo.errors import FileUnreadable
from geo.text import Text

KINDS = ("面", "线", "点")
POINT_MARKS = str.maketrans({"。": ".", "、": ",", ";": ",", "\t": ",", "{": None, "}": None})
"""Separators of point lines as they should be."""

Head = dict[str, str]
"""Keys and values of the head."""

_TITLE = 100  # most characters of the name of a section
_NOTES = 20  # of one kind; the rest are counted
_SECTION = re.compile(r"^[\[【［〔]\s*(.+?)\s*[\]】］〕]\W*$")
_COORDINATES = re.compile("地块.*坐标|界址")


@dataclass
class Parcel:
    """The attribute line of a parcel as fields, and the lines of its points."""

    line: int
    fields: list[str]
    points: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])

    @property
    def kind_place(self) -> int:
        """Where the line says 面; names with commas move it from its fifth place."""
        return next((place for place, each in enumerate(self.fields) if each in KINDS and place > 1), 4)

    @property
    def kind(self) -> str:
        """面, 线 or 点."""
        place = self.kind_place
        return self.fields[place] if place < len(self.fields) and self.fields[place] in KINDS else "面"

    def name(self, place: int) -> str:
        """Its number; where it has none, its place in the file."""
        return (self.fields[2] if len(self.fields) > 2 and self.kind_place > 2 else "") or str(place)


class Said:
    """What was found on the way, a few of each kind."""

    def __init__(self) -> None:
        self.notes: list[Text] = []
        self._count: Counter[str] = Counter()

    def add(self, kind: str, zh: str, en: str) -> None:
        """Note something, unless enough of its kind is noted."""
        self._count[kind] += 1
        if self._count[kind] <= _NOTES:
            self.notes.append(Text(zh=zh, en=en))

    def all(self) -> tuple[Text, ...]:
        """The notes, and how many more there would have been."""
        more = sum(max(0, count - _NOTES) for count in self._count.values())
        rest = [Text(zh=f"另有 {more} 处类似情况", en=f"{more} more like these")] if more else []
        return (*self.notes, *rest)


def parcels_of(path: Path, text: str, said: Said) -> tuple[Head, list[Parcel]]:
    """The head, and the parcels with their lines; a file that is nothing of the kind is refused at its first line."""
    head: Head = {}
    found: list[Parcel] = []
    sections = [""]
    for place, written in enumerate(text.splitlines(), 1):
        line = written.strip() if written.isascii() else _tidy(written)
        if not line:
            continue
        if line[0] in "[【［〔" and len(line) < _TITLE and (match := _SECTION.match(line)):
            sections.append(match[1])
        elif ("@" in line or line.count(",") > 4) and (fields := _attributes(line)) and "=" not in fields[0]:
            found.append(Parcel(place, fields))
            if sections[-1] == "":
                sections.append("地块坐标")
        elif _COORDINATES.search(sections[-1]):
            _add_point(found, place, line, said)
        else:
            _add_head(path, head, sections[-1], (place, line), said)
    if not found and not any(_COORDINATES.search(name) for name in sections):
        raise unreadable(path, "第 1 行起没有 [地块坐标]", "no [地块坐标] from line 1 on")
    for name in sections[1:]:
        if name not in {"属性描述", "地块坐标"}:
            said.add("section", f"另有 [{name}] 一节", f"There is another section [{name}]")
    return head, found


def _add_point(found: list[Parcel], place: int, line: str, said: Said) -> None:
    """Give a line to the parcel before it; points before any parcel are one without attributes."""
    if not line.strip("{}"):
        return
    if not found:
        found.append(Parcel(place, []))
        said.add("bare", f"第 {place} 行：界址点之前没有地块属性行", f"Line {place}: points before any parcel line")
    found[-1].points.append((place, line))


def _add_head(path: Path, head: Head, section: str, numbered: tuple[int, str], said: Said) -> None:
    """Take a key and its value; what else stands in the head is said, what stands before it is no such file."""
    place, line = numbered
    if match := re.match(r"([^=:＝：]+)[=:＝：](.*)", line):
        head.setdefault(match[1].strip(), unicodedata.normalize("NFKC", match[2]).strip())
    elif not section:
        raise unreadable(path, f"第 {place} 行不是界址点交换格式", f"line {place} is not of the format")
    elif section == "属性描述":
        said.add("head", f"第 {place} 行不能识别：{line[:40]}", f"Line {place} is not understood: {line[:40]}")


def _tidy(line: str) -> str:
    """A line with half-width separators; in names full-width brackets and dots stay as they are."""
    line = line.strip("\ufeff \t\r　").replace("＠", "@")
    if "@" in line or any(kind in line for kind in KINDS):
        return line if line.count(",") >= 8 else line.replace("，", ",")
    if (len(line) < _TITLE and _SECTION.match(line)) or re.match(r"[^\d,，]*[=＝]", line):
        return line
    return unicodedata.normalize("NFKC", line).translate(POINT_MARKS).strip()


def _attributes(line: str) -> list[str] | None:
    """The fields of a parcel's line without its ``@``; None for a line that is a point's."""
    fields = [each.strip() for each in line.rstrip(" ,").split(",")]
    ended = fields[-1] == "@"
    if ended or fields[-1].endswith("@"):
        return [*fields[:-1], *([] if ended else [fields[-1][:-1].strip()])]
    if any(each in KINDS for each in fields):
        return fields
    numbers = [number(each) for each in fields]
    return None if len(numbers) < 6 or (numbers[2] is not None and numbers[3] is not None) else fields


def number(text: str) -> float | None:
    """A finite number in half-width or full-width digits, else None."""
    try:
        value = float(unicodedata.normalize("NFKC", text).replace("。", ".").strip())
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def unreadable(path: Path, zh: str, en: str) -> FileUnreadable:
    """The error for a file that is nothing of the kind."""
    return FileUnreadable(file=path.name, reason=Text(zh=zh, en=en))
