"""A file, folder or archive to the one data file that is opened, alone in a private folder under a name of its own."""

import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from geo.errors import FileUnreadable
from geo.ingest import format as formats
from geo.ingest.format import Format
from geo.text import Text

MEMBERS = 20_000
"""Most members of an archive; a geodatabase of a province has about two thousand."""

EXPANSION = 250
"""Most that a member may shrink: tables of blanks shrink a hundredfold, a thousand is the most that deflate can do."""

UNPACKED = 8 << 30
"""Most bytes of all members together."""

_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
_ARCHIVED = (".zip", ".kmz", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".jar")
_LITTER = re.compile(r"(^|/)(__MACOSX/|\._|\.DS_Store$|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)
_LOCKED = 1

Origin = Path | zipfile.ZipInfo


@dataclass(frozen=True)
class Part:
    """One data file: what it is, the name of its table where the name of the file says it, and where its files are.

    ``files`` maps the names in the private folder to the files, the one that is opened first.
    """

    format: Format
    suffix: str
    stem: str
    files: dict[str, Origin]
    archive: Path | None = None

    def settle(self, folder: Path) -> Path:
        """Put the files into ``folder`` and return what to open; a member that is there already is left alone."""
        for name, origin in self.files.items():
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(origin, Path):
                place.unlink(missing_ok=True)
                place.symlink_to(origin)
            elif self.archive and not (place.is_file() and place.stat().st_size == origin.file_size):
                _unpack(self.archive, origin, place)
        opened = folder / next(iter(self.files))
        return opened.parent if self.format is formats.GEODATABASE and self.archive else opened


def parts(path: Path, beside: Sequence[Path] = ()) -> list[Part]:
    """The data files that ``path`` is or holds, all of one format; raises :class:`FileUnreadable`.

    Several only of a zip with several shapefiles. ``beside`` are the other files of a
    loose shapefile. Names in an archive are checked, its content is not yet unpacked.
    """
    suffix = path.suffix.lower()
    if suffix in formats.ARCHIVES:
        return _archived(path, suffix)
    known = formats.format_of(suffix)
    if known is None:
        raise _refused(path, formats.unknown(suffix))
    if known is formats.GEODATABASE:
        _check_folder(path)
        return [Part(known, suffix, path.stem, {f"{_safe(path.stem)}.gdb": path})]
    if path.stat().st_size == 0:
        raise _refused(path, formats.EMPTY)
    files: dict[str, Origin] = {f"{_safe(path.stem)}{suffix}": path}
    if known is formats.SHAPEFILE:
        files |= {f"{_safe(path.stem)}{part.suffix.lower()}": part for part in beside if part != path}
    return [Part(known, suffix, path.stem, files)]


def siblings(path: Path) -> list[Path]:
    """The files of a loose shapefile, the .shp itself first."""
    found = [path]
    for part in sorted(path.parent.iterdir()):
        ending = part.suffix.lower()
        if part != path and part.stem == path.stem and ending in _PARTS[1:]:
            if not stat.S_ISREG(part.lstat().st_mode):
                raise _refused(path, _a_link(part.name))
            found.append(part)
    return found


def inspect(path: Path) -> None:
    """Refuse a zip of another purpose (a workbook) whose members are meant to harm."""
    try:
        with zipfile.ZipFile(path) as archive:
            list(_checked(path, archive.infolist()))
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise _refused(path, Text(zh="文件已损坏", en="the file is damaged")) from None


def _check_folder(path: Path) -> None:
    """A geodatabase is a folder of plain files, without links that lead out of it."""
    if not path.is_dir():
        raise _refused(path, Text(zh="地理数据库应为 .gdb 文件夹", en="a geodatabase is a folder named .gdb"))
    entries = list(path.iterdir())
    if len(entries) > MEMBERS:
        raise _refused(path, _too_many(len(entries)))
    for entry in entries:
        if not stat.S_ISREG(entry.lstat().st_mode):
            raise _refused(path, _a_link(entry.name))
    if not any(entry.suffix.lower() == ".gdbtable" for entry in entries):
        raise _refused(path, formats.not_one(formats.GEODATABASE))


def _archived(path: Path, suffix: str) -> list[Part]:
    """The data files of an archive whose names and sizes are in order."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = {_named(path, member): member for member in _checked(path, archive.infolist())}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError):
        raise _refused(path, Text(zh="压缩包已损坏", en="the archive is damaged")) from None
    members = {name: member for name, member in members.items() if not _LITTER.search(name)}
    if inner := [name for name in members if name.lower().endswith(_ARCHIVED)]:
        reason = Text(
            zh=f"压缩包内还有压缩包，请先解开：{inner[0][:100]}", en=f"an archive in an archive: {inner[0][:100]}"
        )
        raise _refused(path, reason)
    found = [] if suffix == ".kmz" else [*_geodatabases(path, members), *_shapefiles(path, members)]
    found += _single(path, members, suffix)
    spatial = [part for part in found if part.suffix not in formats.READERS]
    found = spatial or found  # a table beside a map is what is written about it
    if not found:
        raise _refused(path, Text(zh="压缩包里没有可读取的数据", en="there is no data in the archive that can be read"))
    if len(found) > 1 and any(part.format is not formats.SHAPEFILE for part in found):
        names = ", ".join(f"{part.stem}{part.suffix}" for part in found)[:300]
        raise _refused(
            path, Text(zh=f"压缩包里有多个数据，请分开：{names}", en=f"it holds several files of data: {names}")
        )
    return found


def _checked(path: Path, members: list[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    """The files among the members; refuses an archive that is meant to harm."""
    if len(members) > MEMBERS:
        raise _refused(path, _too_many(len(members)))
    size = path.stat().st_size
    whole, packed = sum(member.file_size for member in members), sum(member.compress_size for member in members)
    if packed > size:
        raise _refused(path, Text(zh="压缩包内的数据互相重叠", en="the members of the archive overlap"))
    if whole > min(UNPACKED, shutil.disk_usage(Path.cwd()).free // 2):
        much = f"{whole / 1e9:.1f} GB"
        raise _refused(path, Text(zh=f"解开后过大（{much}）", en=f"unpacked it is too large ({much})"))
    for member in members:
        name = member.filename[:100]
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _refused(path, _a_link(name))
        if member.file_size > EXPANSION * max(member.compress_size, 1024):
            raise _refused(path, Text(zh=f"压缩比异常：{name}", en=f"suspicious compression: {name}"))
        if member.flag_bits & _LOCKED:
            raise _refused(path, Text(zh="压缩包已加密", en="the archive is locked with a password"))
        if not member.is_dir():
            yield member


def _named(path: Path, member: zipfile.ZipInfo) -> str:
    """The name of a member with its folders; those written on Windows are in GB18030 and may have backslashes."""
    name = member.filename
    if not member.flag_bits & 0x800:
        raw = name.encode("cp437", "replace")
        for encoding in ("utf-8", "gb18030"):
            try:
                name = raw.decode(encoding)
                break
            except UnicodeDecodeError:
                continue
    name = name.replace("\\", "/")
    if name.startswith("/") or re.match("[A-Za-z]:", name) or ".." in name.split("/"):
        raise _refused(
            path, Text(zh=f"压缩包内路径不安全：{name[:100]}", en=f"unsafe path in the archive: {name[:100]}")
        )
    return name


def _shapefiles(path: Path, members: dict[str, zipfile.ZipInfo]) -> Iterator[Part]:
    """Every shapefile of an archive with the files beside it, named by its folder too where names repeat."""
    shapes = [PurePosixPath(name) for name in members if name.lower().endswith(".shp")]
    stems = [shape.stem.casefold() for shape in shapes]
    beside = {(PurePosixPath(name).with_suffix("").as_posix().casefold(), PurePosixPath(name).suffix.lower()): member
              for name, member in members.items()}  # fmt: skip
    for place, shape in enumerate(shapes):
        key = shape.with_suffix("").as_posix().casefold()
        files: dict[str, Origin] = {
            f"{place}/{_safe(shape.stem)}{ending}": beside[key, ending] for ending in _PARTS if (key, ending) in beside
        }
        stem = shape.stem if stems.count(shape.stem.casefold()) == 1 else shape.with_suffix("").as_posix()
        yield Part(formats.SHAPEFILE, ".shp", stem, files, path)


def _geodatabases(path: Path, members: dict[str, zipfile.ZipInfo]) -> Iterator[Part]:
    """Every folder of an archive that holds tables of a geodatabase."""
    folders: dict[PurePosixPath, dict[str, Origin]] = {}
    for name, member in members.items():
        folders.setdefault(PurePosixPath(name).parent, {})[PurePosixPath(name).name] = member
    for place, (folder, files) in enumerate(folders.items()):
        if any(name.lower().endswith(".gdbtable") for name in files):
            stem = folder.stem or path.stem
            base = f"g{place}/{_safe(stem)}.gdb"
            yield Part(formats.GEODATABASE, ".gdb", stem, {f"{base}/{_safe(n)}": m for n, m in files.items()}, path)


def _single(path: Path, members: dict[str, zipfile.ZipInfo], suffix: str) -> list[Part]:
    """Every member that is a data file by itself; of a KMZ only its document."""
    found: list[Part] = []
    for name, member in members.items():
        ending = PurePosixPath(name).suffix.lower()
        known = formats.format_of(ending)
        if known is None or known in (formats.SHAPEFILE, formats.GEODATABASE):
            continue
        if suffix == ".kmz" and known is not formats.KML:
            continue
        stem = PurePosixPath(name).stem
        found.append(Part(known, ending, stem, {f"s{len(found)}/{_safe(stem)}{ending}": member}, path))
    if suffix == ".kmz":  # the document is the first KML; others are what it links to
        return sorted(found, key=lambda part: part.stem != "doc")[:1]
    return found


def _unpack(path: Path, member: zipfile.ZipInfo, place: Path) -> None:
    """Write one member, no longer than it says it is."""
    unfinished = place.with_name(f"{place.name}.part")
    try:
        with zipfile.ZipFile(path) as archive, archive.open(member) as source, unfinished.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError):
        raise _refused(path, Text(zh="压缩包已损坏", en="the archive is damaged")) from None
    if unfinished.stat().st_size != member.file_size:
        raise _refused(path, Text(zh="压缩包已损坏", en="the archive is damaged"))
    unfinished.rename(place)


def _safe(name: str) -> str:
    """A name without the characters that GDAL or its binding read as more than a name."""
    return re.sub(r"[^\w .()（）-]", "_", name).strip(" .")[-80:] or "data"


def _a_link(name: str) -> Text:
    return Text(zh=f"含有链接或特殊文件 {name[:100]}", en=f"it holds a link or special file: {name[:100]}")


def _too_many(count: int) -> Text:
    return Text(zh=f"文件过多（{count} 个）", en=f"too many files ({count})")


def _refused(path: Path, reason: Text) -> FileUnreadable:
    return FileUnreadable(file=path.name, reason=reason)
