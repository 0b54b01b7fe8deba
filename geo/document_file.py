"""The bytes of a document to the format that they are in, by what they hold; all else is refused with a sentence.

Formats: ISO 32000 (PDF), ECMA-376 (DOCX, XLSX), ISO/IEC 26300 (ODT, ODS), GB/T 33190-2016 (OFD), JPEG, PNG, WebP.
"""

import re
import unicodedata
import zipfile
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

from geo import document_zip
from geo.document_zip import ACCEPTED, BROKEN, DocumentRefused
from geo.photo import MOST_PIXELS
from geo.text import Text

LONGEST_NAME = 120
"""Characters of the name of a file that are kept."""
_SUFFIX = re.compile(r"\.([A-Za-z][A-Za-z0-9]{0,7})$")


@dataclass(frozen=True, slots=True)
class Format:
    """A format that documents are kept in: what it is called, its media type and the endings of its files.

    ``inline`` is whether a browser may show it in place of saving it.
    """

    label: Text
    media_type: str
    suffixes: tuple[str, ...]
    inline: bool = False


FORMATS = {
    each.media_type: each
    for each in (
        Format(Text(zh="PDF", en="PDF"), "application/pdf", ("pdf",)),
        Format(Text(zh="JPEG 图片", en="JPEG picture"), "image/jpeg", ("jpg", "jpeg"), inline=True),
        Format(Text(zh="PNG 图片", en="PNG picture"), "image/png", ("png",), inline=True),
        Format(Text(zh="WebP 图片", en="WebP picture"), "image/webp", ("webp",), inline=True),
        Format(Text(zh="Word 文档", en="Word document"), document_zip.DOCX, ("docx",)),
        Format(Text(zh="Excel 工作簿", en="Excel workbook"), document_zip.XLSX, ("xlsx",)),
        Format(Text(zh="ODF 文档", en="ODF text"), document_zip.ODT, ("odt",)),
        Format(Text(zh="ODF 表格", en="ODF spreadsheet"), document_zip.ODS, ("ods",)),
        Format(Text(zh="OFD 版式文件", en="OFD document"), document_zip.OFD, ("ofd",)),
    )
}
"""By media type."""

_EXECUTABLE = Text(zh="可执行程序不能作为文件保存", en="programs are not kept")
_BEGINNINGS: tuple[tuple[bytes, Text], ...] = (
    (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        Text(
            zh="是旧版 Office（DOC、XLS）或加密的 Office 文件，请另存为不加密的 DOCX 或 XLSX",
            en="it is of an old Office (DOC, XLS) or locked with a password: save it as a DOCX or XLSX without one",
        ),
    ),
    (b"MZ", _EXECUTABLE),
    (b"\x7fELF", _EXECUTABLE),
    (b"#!", _EXECUTABLE),
    (b"<", Text(zh="网页和 SVG 不能作为文件保存", en="web pages and SVG are not kept")),
)
"""Of what is refused with a reason of its own."""


@dataclass(frozen=True, slots=True)
class DocumentFile:
    """A file that can be kept: its bytes as they came, the format they are in, and the name it had.

    ``sha256`` is that of the bytes in hexadecimal digits.
    """

    name: str
    format: Format
    content: bytes

    @property
    def sha256(self) -> str:
        """What tells this file from others."""
        return sha256(self.content).hexdigest()


def read(name: str, content: bytes) -> DocumentFile:
    """A file with its format, which its content tells and its name must not deny; raises :class:`DocumentRefused`."""
    if not content:
        raise DocumentRefused(reason=Text(zh="文件是空的", en="it is empty"))
    found, named = _format(content), cleaned(name)
    suffix = _SUFFIX.search(named)
    if suffix is None:
        named = f"{named}.{found.suffixes[0]}"
    elif suffix[1].lower() not in found.suffixes:
        reason = Text(
            zh=f"文件名以 .{suffix[1]} 结尾，内容却是 {found.label.zh}",
            en=f"its name ends in .{suffix[1]}, and it is a {found.label.en}",
        )
        raise DocumentRefused(reason=reason)
    return DocumentFile(named, found, content)


def cleaned(name: str) -> str:
    """The name of a file without folders and without characters that are not seen; its ending stays when it is cut."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(" " if char.isspace() else char for char in last if unicodedata.category(char)[0] != "C")
    plain = " ".join(seen.split()).strip(". ")
    suffix = _SUFFIX.search(plain)
    ending = suffix[0] if suffix else ""
    stem = plain.removesuffix(ending)[: LONGEST_NAME - len(ending)]
    return f"{stem}{ending}".strip(". ") or "document"


def _format(content: bytes) -> Format:
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise DocumentRefused(reason=BROKEN)
        return FORMATS["application/pdf"]
    for kind, begins in (
        ("JPEG", content.startswith(b"\xff\xd8\xff")),
        ("PNG", content.startswith(b"\x89PNG\r\n\x1a\n")),
        ("WEBP", content[:4] == b"RIFF" and content[8:12] == b"WEBP"),
    ):
        if begins:
            _picture(content, kind)
            return FORMATS[f"image/{kind.lower()}"]
    if content.startswith(b"PK\x03\x04"):
        return FORMATS[document_zip.kind(content)]
    head = content[:1024].removeprefix(b"\xef\xbb\xbf").lstrip()
    reason = next((reason for mark, reason in _BEGINNINGS if head.startswith(mark)), ACCEPTED)
    raise DocumentRefused(reason=reason)


def _picture(content: bytes, kind: str) -> None:
    """Refuse what cannot be drawn as the picture that it begins as."""
    import PIL.Image

    try:
        with PIL.Image.open(BytesIO(content), formats=(kind,)) as opened:
            if opened.width * opened.height > MOST_PIXELS[kind]:
                raise DocumentRefused(reason=Text(zh="图片像素过多", en="the picture has too many pixels"))
            opened.draft("RGB", (64, 64))
            opened.load()
    except DocumentRefused:
        raise
    except Exception as error:  # a broken file breaks its decoder in whatever way it likes
        raise DocumentRefused(reason=BROKEN) from error
    if zipfile.is_zipfile(BytesIO(content)):
        raise DocumentRefused(reason=Text(zh="图片后面附有压缩包", en="an archive follows the picture"))
