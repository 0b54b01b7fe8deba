"""Bytes of a file to the encoding that its text is written in: what is declared, unless the text contradicts it."""

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from geo.errors import FileUnreadable
from geo.ingest.plain_text import MIXED, written_in
from geo.text import Text

_CHUNK = 1 << 23
_LIKE_UTF8 = re.compile(
    rb"(?m)^(?=[^\n]*[\xe1-\xf4])[^\n\x80-\xff]*"
    rb"(?:(?:[\xc2-\xdf]|[\xe0-\xef][\x80-\xbf]|[\xf0-\xf4][\x80-\xbf]{2})[\x80-\xbf][^\n\x80-\xff]*)+$"
)
"""A value that is UTF-8 and holds a character of three bytes, as Chinese is: of GB18030 hardly any is by chance."""

_BIG5, _LATIN = "BIG5", "ISO-8859-1"
_NAMES = {
    "utf8": "UTF-8", "65001": "UTF-8",
    "gbk": "GB18030", "gb2312": "GB18030", "gb18030": "GB18030", "936": "GB18030", "cp936": "GB18030",
    "ansi936": "GB18030", "hzgb2312": "GB18030", "big5": _BIG5, "950": _BIG5, "cp950": _BIG5, "ansi950": _BIG5,
    "88591": _LATIN, "iso88591": _LATIN, "latin1": _LATIN, "1252": _LATIN, "cp1252": _LATIN, "ansi1252": _LATIN,
}  # fmt: skip
_LANGUAGE_IDS = {0x4D: "GB18030", 0x7A: "GB18030", 0x4F: _BIG5, 0x78: _BIG5, 0x03: _LATIN, 0x57: _LATIN}
"""Language drivers of dBASE (ESRI: Language driver IDs); 0x57 is "ANSI", which writers put whatever the text is in."""

_BY = Text(zh="文字编码 {name}（按{by}）", en="Text is in {name}, by {by}")
_BY_TEXT = Text(
    zh="未可靠注明文字编码，按文字判定为 {name}", en="No usable encoding is stated; by the text it is {name}"
)
_DESPITE = Text(
    zh="{by}注明 {stated}，但文字是 {name}，按文字读取",
    en="{by} says {stated}, but the text is in {name}: read as that",
)


@dataclass(frozen=True)
class Encoding:
    """What text is decoded with, ``"mixed"`` where it is in UTF-8 and GB18030 at once, and how that was told."""

    name: str
    note: Text | None = None


def known(name: str) -> str | None:
    """The encoding that a name of it means (``gbk``, ``CP936``, ``utf8``), or None."""
    return _NAMES.get(re.sub(r"[^0-9a-z]", "", name.strip().lower()))


def of_table(path: Path, table: Path | None, declaration: str, chosen: str | None) -> Encoding:
    """The encoding of a shapefile's .dbf: ``chosen`` by the user, else .cpg, language id, strict UTF-8, GB18030.

    ``declaration`` is what the .cpg says. Every value is looked at; one that contradicts a declaration overrules it.
    Raises :class:`FileUnreadable` where the chosen encoding is not known or does not decode the text.
    """
    wanted = _wanted(path, chosen)
    language = b"" if table is None else _head(table)[29:30]
    stated, teller = known(declaration), Text(zh=".cpg", en="the .cpg")
    if stated is None and language:
        stated, teller = _LANGUAGE_IDS.get(language[0]), Text(zh="dbf 语言标识", en="the language id of the dbf")
    candidates = tuple(dict.fromkeys(("UTF-8", "GB18030", *filter(None, (wanted, stated)))))
    text = _Text(candidates)
    for values in _columns(table) if table else ():
        text.look(values)
    if table and text.ascii:
        text.look_at_headings([raw for raw, _, _ in _fields(table)])
    if wanted:
        if wanted not in text.possible:
            raise FileUnreadable(file=path.name, reason=_does_not_decode(wanted))
        return Encoding(wanted, Text(zh=f"文字编码 {wanted}（用户指定）", en=f"Text is in {wanted}, as chosen"))
    if text.ascii:
        return Encoding("UTF-8")
    name = text.encoding(stated)
    if name == stated:
        return Encoding(name, _BY.format(name=name, by=teller))
    note = (_DESPITE if stated and stated != _LATIN else _BY_TEXT).format(by=teller, stated=stated, name=name)
    return Encoding(name, note)


def headings_are_ascii(table: Path) -> bool:
    """Whether the headings of a .dbf can be read in any encoding."""
    return all(raw.isascii() for raw, _, _ in _fields(table))


def of_text(path: Path, source: Path, chosen: str | None) -> Encoding:
    """The encoding of a text file that should be UTF-8: what is chosen, a byte order mark, UTF-8, else GB18030.

    Raises :class:`FileUnreadable` where it is none of them throughout.
    """
    wanted = _wanted(path, chosen)
    with source.open("rb") as file:
        mark = file.read(4)
    if not wanted and mark.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("UTF-16", Text(zh="文字编码 UTF-16（按字节序标记）", en="Text is in UTF-16, by its mark"))
    place = _fault(source, wanted or "UTF-8")
    if place is None:
        said = Text(zh=f"文字编码 {wanted}（用户指定）", en=f"Text is in {wanted}, as chosen") if wanted else None
        return Encoding(wanted or "UTF-8", said)
    if wanted:
        raise FileUnreadable(file=path.name, reason=_does_not_decode(wanted))
    if _fault(source, "GB18030") is None and not _is_partly_utf8(source):
        told = Text(zh="文字不是 UTF-8，按 GB18030 读取", en="The text is not UTF-8 and was read as GB18030")
        return Encoding("GB18030", told)
    raise FileUnreadable(file=path.name, reason=Text(zh=f"第 {place} 字节不是 UTF-8", en=f"byte {place} is not UTF-8"))


def in_utf8(source: Path, encoding: str, target: Path) -> Path:
    """The file itself, or a copy of it in UTF-8."""
    if encoding == "UTF-8":
        return source
    decoder = codecs.getincrementaldecoder(encoding)()
    with source.open("rb") as read, target.open("wb") as write:
        while chunk := read.read(_CHUNK):
            write.write(decoder.decode(chunk).encode("utf-8", "replace"))
        write.write(decoder.decode(b"", final=True).encode())
    return target


class _Text:
    """What the text seen so far can be written in, and how many values of it look like Chinese in UTF-8."""

    def __init__(self, candidates: tuple[str, ...]) -> None:
        self.possible = set(candidates)
        self.ascii = True
        self._values = self._like_utf8 = 0

    def look(self, values: npt.NDArray[np.uint8]) -> None:
        """Look at one column of a chunk: a row a value, of equal width, padded with blanks."""
        rows = values[(values >= 0x80).any(axis=1)]
        if not len(rows):
            return
        self.ascii = False
        self._values += len(rows)
        # A line end after every value keeps a character that was cut off from joining the next.
        lines = np.concatenate([rows, np.full((len(rows), 1), 10, np.uint8)], axis=1).tobytes()
        self._rule_out(lines, final=True)
        self._like_utf8 += len(_LIKE_UTF8.findall(lines))

    def look_at_headings(self, headings: list[bytes]) -> None:
        """Look at headings, which are cut off after ten bytes, often within a character."""
        for raw in headings:
            self.ascii = self.ascii and raw.isascii()
            self._rule_out(raw, final=False)

    def _rule_out(self, text: bytes, *, final: bool) -> None:
        for encoding in tuple(self.possible):
            try:
                codecs.getincrementaldecoder(encoding)().decode(text, final=final)
            except UnicodeDecodeError:
                self.possible.discard(encoding)

    def encoding(self, stated: str | None) -> str:
        """What the text is in: what is ``stated`` where that decodes all of it, else UTF-8, else GB18030.

        A declaration loses against Chinese in UTF-8, which other encodings often decode too, into nonsense.
        """
        declared = stated if stated != _LATIN and stated in self.possible else None
        if "UTF-8" in self.possible:
            return "UTF-8" if declared is None or self._like_utf8 else declared
        if self._like_utf8 > self._values / 50:
            return MIXED if declared in (None, "GB18030") else declared
        return declared or next((each for each in ("GB18030", stated) if each in self.possible), MIXED)


def _fields(table: Path) -> list[tuple[bytes, int, int]]:
    """(heading, offset in a record, width) of the fields of a .dbf; the width is 0 of one that holds no text."""
    start = int.from_bytes(_head(table)[8:10], "little")
    fields: list[tuple[bytes, int, int]] = []
    offset = 1
    with table.open("rb") as file:
        file.seek(32)
        while file.tell() < start and len(field := file.read(32)) == 32 and field[0] not in (0x0D, 0):
            fields.append((field[:11].partition(b"\0")[0], offset, field[16] if field[11:12] == b"C" else 0))
            offset += field[16]
    return fields


def _columns(table: Path) -> Iterator[npt.NDArray[np.uint8]]:
    """The text of a .dbf, chunk by chunk, a column at a time."""
    head = _head(table)
    length = int.from_bytes(head[10:12], "little")
    fields = [(begin, size) for _, begin, size in _fields(table) if size]
    with table.open("rb") as file:
        file.seek(int.from_bytes(head[8:10], "little"))
        whole = max(1, _CHUNK // max(length, 1)) * length
        while length and (chunk := file.read(whole)):
            count = len(chunk) // length
            records = np.frombuffer(chunk, np.uint8, count * length).reshape(count, length)
            if (records >= 0x80).any():
                for begin, size in fields:
                    yield records[:, begin : begin + size]


def _head(table: Path) -> bytes:
    with table.open("rb") as file:
        return file.read(32).ljust(32, b"\0")


def _fault(source: Path, encoding: str) -> int | None:
    """The first byte, from 1, that is not of the encoding, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    done = 0
    with source.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
                done += len(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            return done + error.start + 1
    return None


def _is_partly_utf8(source: Path) -> bool:
    """Whether some of the text is UTF-8: then it is damaged, and reading it as GB18030 would garble the rest."""
    with source.open("rb") as file:
        sample = file.read(_CHUNK)
    votes = Counter(written_in(run) for run in re.findall(rb"[^\x00-\x7f][^\"<>\n\r]*", sample))
    return votes["UTF-8"] > votes["GB18030"] / 50


def _wanted(path: Path, chosen: str | None) -> str | None:
    if not chosen:
        return None
    if (name := known(chosen)) is None:
        allowed = ", ".join(sorted(set(_NAMES.values())))
        reason = Text(zh=f"不支持编码 {chosen[:40]}，可用 {allowed}", en=f"no encoding {chosen[:40]}; {allowed}")
        raise FileUnreadable(file=path.name, reason=reason)
    return name


def _does_not_decode(name: str) -> Text:
    return Text(zh=f"文字不能按 {name} 解码", en=f"the text cannot be decoded as {name}")
