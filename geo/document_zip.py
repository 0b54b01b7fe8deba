"""A document that is a zip to its media type: office documents, their open kin and OFD, none of which may do harm."""

import re
import zipfile
from collections.abc import Callable, Collection
from io import BytesIO
from pathlib import PurePosixPath
from xml.parsers import expat

from geo.errors import ShanheError
from geo.ingest.archive import EXPANSION
from geo.text import Text

MEMBERS = 5_000
"""Most members of a document."""
UNPACKED = 400_000_000
"""Most bytes of all members together."""
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
OFD = "application/ofd"

_END = 22  # bytes of the end of a zip's directory, which is the last of a file unless a comment follows
_PART = 2_000_000  # bytes of a member that is looked into
_LOCKED = 0x1 | 0x40 | 0x2000
_MACROS = re.compile(
    r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|activeX/|Basic/|Scripts/)|\.(docm|xlsm|dotm|xltm|xlam|bas)$", re.I
)
_PROGRAMS = re.compile(r"\.(exe|dll|com|scr|msi|bat|cmd|ps1|vbs|js|jse|wsf|hta|lnk|jar|sh)$", re.I)

ACCEPTED = Text(
    zh="只接受 PDF、JPEG、PNG、WebP、DOCX、XLSX、ODT、ODS、OFD",
    en="only PDF, JPEG, PNG, WebP, DOCX, XLSX, ODT, ODS and OFD are kept",
)
BROKEN = Text(zh="文件已损坏或不完整", en="it is damaged or not whole")
_WITH_MACROS = Text(
    zh="文件含宏，请另存为不含宏的 DOCX 或 XLSX", en="it holds macros: save it as a DOCX or XLSX without them"
)
_ENCRYPTED = Text(zh="文件已加密，请去掉密码", en="it is locked with a password: take that off")
_BOMB = Text(zh="文件解开后过大，可能有害", en="unpacked it is far too large and may be meant to harm")
_PROGRAM = Text(zh="文件里有可执行程序", en="it holds a program")


class DocumentRefused(ShanheError):
    """What was sent is no document that can be kept."""

    code = "document_refused"
    sentence = Text(zh="文件不可用：{reason}", en="The file cannot be kept: {reason}")


def kind(content: bytes) -> str:
    """The media type of a zip, every member of which was unpacked once to nowhere, so that its size is true.

    Raises :class:`DocumentRefused`.
    """
    end = content[-_END:]
    # Nothing after the directory, and a directory of a sane length: else two readers could see two documents in it.
    directory = int.from_bytes(end[12:16], "little")
    if end[:4] != b"PK\x05\x06" or end[20:] != b"\0\0" or directory > MEMBERS * 400:
        raise DocumentRefused(reason=BROKEN)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            _check(members, len(content))
            names = frozenset(member.filename for member in members)
            found = _which(names, lambda name: _part(archive, name), members[0])
            for member in members:
                with archive.open(member) as part:
                    while part.read(1 << 20):
                        pass
            return found
    except DocumentRefused:
        raise
    except Exception as error:  # zipfile, zlib and expat each have their own
        raise DocumentRefused(reason=BROKEN) from error


def _check(members: list[zipfile.ZipInfo], size: int) -> None:
    """Refuse what the directory alone shows to be meant to harm, or to be read by nobody."""
    if any(member.flag_bits & _LOCKED for member in members):
        raise DocumentRefused(reason=_ENCRYPTED)
    whole, packed = (sum(getattr(each, name) for each in members) for name in ("file_size", "compress_size"))
    shrunk = any(each.file_size > EXPANSION * max(each.compress_size, 1024) for each in members)
    if len(members) > MEMBERS or whole > UNPACKED or shrunk:
        raise DocumentRefused(reason=_BOMB)
    names = [member.filename for member in members]
    strange = any(".." in PurePosixPath(name).parts or "\\" in name for name in names)
    methods = {member.compress_type for member in members} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if packed > size or strange or methods or len(set(names)) < len(names):
        raise DocumentRefused(reason=BROKEN)
    if any(_MACROS.search(name) for name in names):
        raise DocumentRefused(reason=_WITH_MACROS)
    if any(_PROGRAMS.search(name) for name in names):
        raise DocumentRefused(reason=_PROGRAM)


def _which(names: Collection[str], part: Callable[[str], bytes], first: zipfile.ZipInfo) -> str:
    """The one document that the members speak of; a zip that could be read as two is none."""
    spoken = [name for name in ("[Content_Types].xml", "mimetype", "OFD.xml") if name in names]
    if len(spoken) != 1:
        raise DocumentRefused(reason=ACCEPTED)
    if spoken == ["mimetype"]:
        return _open_document(names, part, first)
    if spoken == ["OFD.xml"]:
        if _elements(part("OFD.xml"))[0][0] != "http://www.ofdspec.org/2016 OFD":
            raise DocumentRefused(reason=ACCEPTED)
        return OFD
    listed = [told for _, told in _elements(part("[Content_Types].xml")) if "ContentType" in told]
    said = {told["ContentType"]: told.get("PartName", "") for told in listed}
    if any("macroenabled" in each.lower() or "vbaproject" in each.lower() for each in said):
        raise DocumentRefused(reason=_WITH_MACROS)
    found = [each for each in (DOCX, XLSX) if said.get(f"{each}.main+xml", "").lstrip("/") in names]
    if len(found) != 1:
        raise DocumentRefused(reason=ACCEPTED)
    return found[0]


def _open_document(names: Collection[str], part: Callable[[str], bytes], first: zipfile.ZipInfo) -> str:
    """ISO/IEC 26300-2, 3.3: the media type is the first member, and not compressed."""
    told = part("mimetype").decode("ascii", "replace")
    if told not in (ODT, ODS) or first.filename != "mimetype" or first.compress_type != zipfile.ZIP_STORED:
        raise DocumentRefused(reason=ACCEPTED)
    if not {"content.xml", "META-INF/manifest.xml"} <= set(names):
        raise DocumentRefused(reason=BROKEN)
    if any(name.endswith("encryption-data") for name, _ in _elements(part("META-INF/manifest.xml"))):
        raise DocumentRefused(reason=_ENCRYPTED)
    return told


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as part:
        content = part.read(_PART + 1)
    if len(content) > _PART:
        raise DocumentRefused(reason=BROKEN)
    return content


def _elements(content: bytes) -> list[tuple[str, dict[str, str]]]:
    """The elements of XML in their order, as "namespace name" and attributes; entities of its own are refused."""
    found: list[tuple[str, dict[str, str]]] = []

    def begun(name: str, told: dict[str, str]) -> None:
        found.append((name, told))

    def declared(*_: object) -> None:
        raise DocumentRefused(reason=BROKEN)

    # No document of these kinds has a document type, which is what entities are declared in.
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = begun
    parser.StartDoctypeDeclHandler = declared
    parser.Parse(content, True)
    return found
