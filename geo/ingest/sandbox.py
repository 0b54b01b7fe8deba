"""One file to an Arrow stream on standard output, in a process that can do nothing else.

``python -m geo.ingest.sandbox REQUEST``: the request is JSON of :class:`Request`. What is wrong with the file is
written to standard error as the last line, JSON of a Text; the process that asked validates all of it, see
:mod:`geo.ingest.child`.
"""

import json
import mimetypes
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import IO, Any

from geo.errors import FileUnreadable
from geo.ingest import archive, confine
from geo.ingest import format as formats
from geo.ingest.archive import Part
from geo.ingest.source import Source
from geo.text import Text

HEAD = b"shanhe"
"""The key of the schema's metadata that says what the stream is of."""

MOST = 64 << 20
"""Most bytes of a batch; one row that is larger is refused."""

FAILED = 3
"""The exit status of a child that says why it could not read."""


@dataclass(frozen=True)
class Request:
    """What is asked of the child: to list the tables, or to read one of them.

    ``folder`` is its own; ``reads`` is every path that it may open, the file itself first.
    """

    reads: tuple[str, ...]
    folder: str
    listing: bool
    table: str | None
    encoding: str | None
    memory: int
    seconds: int

    @property
    def upload(self) -> Path:
        """The file."""
        return Path(self.reads[0])


class _WithoutPandas(MetaPathFinder):
    """Says that there is no pandas: pyarrow and pyogrio import it where it is, and a child would start half as fast."""

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        """Refuse the two; of others it knows nothing."""
        if fullname in {"pandas", "geopandas"}:
            raise ModuleNotFoundError(name=fullname)


def main() -> None:
    """Do what the argument asks; exits with ``FAILED`` where the file cannot be read."""
    request = Request(**json.loads(sys.argv[1]))
    sys.meta_path.insert(0, _WithoutPandas())
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # what a library prints must not get into the stream
        confine.confine(
            map(Path, request.reads), Path(request.folder), memory=request.memory << 20, seconds=request.seconds,
            written=archive.UNPACKED,
        )  # fmt: skip
        try:
            _answer(request, out)
            out.flush()
            os._exit(0)  # there is nothing to clear up, and the parent waits for the end
        except FileUnreadable as error:
            reason = error.values["reason"]
            _fail(reason if isinstance(reason, Text) else Text(zh=str(reason), en=str(reason)))
        except MemoryError:
            _fail(_too_large(request.memory))
        except BrokenPipeError:
            os._exit(FAILED)
        except Exception as error:  # readers raise whatever their parsers do, and none of it may get past here
            from geo.ingest.vector import words

            said = words(error, Path(request.folder))
            if "bad_alloc" in said or "malloc" in said.lower():
                _fail(_too_large(request.memory))
            _fail(_MAX_OBJECT if "OGR_GEOJSON_MAX_OBJ_SIZE" in said else Text(zh=said, en=said))


_MAX_OBJECT = Text(zh="有一个要素超过 200 MB", en="one feature takes more than 200 MB")


def _too_large(memory: int) -> Text:
    return Text(zh=f"读取所需内存超过 {memory} MB", en=f"reading it takes more than {memory} MB of memory")


def _fail(reason: Text) -> None:
    print(f"\n{json.dumps(reason.both())}", file=sys.stderr, flush=True)
    os._exit(FAILED)


def _answer(request: Request, out: IO[bytes]) -> None:
    import pyarrow as pa

    found = archive.parts(request.upload, [Path(other) for other in request.reads[1:]])
    # A shapefile is chosen before anything is unpacked: its name is that of its table.
    named = [part for part in found if part.stem == request.table] if len(found) > 1 else found
    tables = [part.stem for part in found] if len(found) > 1 else None
    if request.listing:
        names = tables or _opened(found[0], request).tables()
        pa.ipc.new_stream(out, pa.schema([], {HEAD: json.dumps(names).encode()})).close()
        return
    if tables:
        _one_of(request, tables)
    opened = _opened(named[0], request)
    if not tables:
        tables = opened.tables()
        _one_of(request, tables)
    table = request.table or tables[0]
    notes: list[Text] = []
    if len(tables) > 1:
        listed = "、".join(tables)[:300]
        notes.append(
            Text(zh=f"文件有多个图层（{listed}），读取 {table}", en=f"Of its tables ({listed}) {table} was read")
        )
    source = opened.read(table)
    head = {
        "table": table,
        "crs": source.crs,
        "fields": source.fields,
        "features": source.features,
        "encoding": source.encoding,
        "rows": source.rows,
        "placed": source.placed,
        "notes": [asdict(note) for note in (*notes, *source.notes)],
    }
    _send(out, source.fields, json.dumps(head).encode(), source.batches())


@dataclass(frozen=True)
class _Opened:
    """A data file with the two things that its format can do."""

    tables: Callable[[], list[str]]
    read: Callable[[str], Source]


def _opened(part: Part, request: Request) -> _Opened:
    """A data file alone in the folder, checked to begin as its format does, with the reader of its format."""
    path, upload = part.settle(Path(request.folder)), request.upload
    if path.is_file():
        if path.stat().st_size == 0:
            raise FileUnreadable(file=upload.name, reason=formats.EMPTY)
        with path.open("rb") as file:
            start = file.read(4096)
        if not part.format.begins(start):
            raise FileUnreadable(file=upload.name, reason=formats.not_one(part.format))
    if part.suffix in formats.READERS:
        return _opened_in_python(part, path, request)
    if part.format is formats.PARQUET:
        from geo.ingest import parquet

        return _Opened(lambda: [part.stem], lambda table: parquet.read(path, upload, table))
    from geo.ingest import vector

    prepared = vector.prepare(part, path, upload, request.encoding)
    if part.format is formats.GEOJSON and _has_lines(prepared.path):
        prepared = replace(prepared, part=replace(part, format=formats.GEOJSON_LINES))
    return _Opened(lambda: vector.tables(prepared), lambda table: vector.read(prepared, upload, table))


def _opened_in_python(part: Part, path: Path, request: Request) -> _Opened:
    """The file with its reader in Python, one of those that are registered and no other."""
    reader = formats.READERS[part.suffix]
    if part.suffix == ".xlsx":
        archive.inspect(path)
        mimetypes.knownfiles.clear()  # openpyxl would have the system's list read, which this process may not
    module = import_module(reader.module)
    return _Opened(
        lambda: getattr(module, reader.tables)(path) if reader.tables else [part.stem],
        lambda table: getattr(module, reader.read)(path, table=table, encoding=request.encoding),
    )


def _has_lines(path: Path) -> bool:
    """Whether a file holds one GeoJSON feature a line, although it is not named so."""
    with path.open("rb") as file:
        line = file.readline(16 << 20)
        more = file.read(1)
    if line.startswith(b"\x1e"):
        return True
    try:
        return bool(more) and json.loads(line.decode("utf-8-sig", "replace")).get("type") == "Feature"
    except (ValueError, AttributeError, RecursionError):
        return False


def _one_of(request: Request, tables: list[str]) -> None:
    """Refuse a choice that is not there or was not made."""
    table, names = request.table, ", ".join(tables)[:1000]
    if not tables:
        reason = Text(zh="没有图层", en="it holds no table")
    elif table is None and len(tables) > 1:
        reason = Text(zh=f"有多个图层，请指定其一：{names}", en=f"it holds several tables, name one: {names}")
    elif table is not None and table not in tables:
        reason = Text(zh=f"没有图层 {table}，只有 {names}", en=f"no table {table}; {names}")
    else:
        return
    raise FileUnreadable(file=request.upload.name, reason=reason)


def _send(out: IO[bytes], fields: tuple[str, ...], head: bytes, batches: Iterator[tuple[int, Any, Any]]) -> None:
    """Write the batches, of one schema, with the geometry last; without rows every column is text."""
    import pyarrow as pa

    writer: Any = None
    schema: Any = None
    row = 0
    for _, columns, wkb in batches:
        arrays = [*(_plain(columns[name]) for name in fields), wkb.cast(pa.binary())]
        if writer is None:
            schema = _schema(fields, [array.type for array in arrays], head)
            writer = pa.ipc.new_stream(out, schema)
        for piece in _pieces(pa.RecordBatch.from_arrays(arrays, schema=schema), row):
            writer.write_batch(piece)
        row += len(wkb)
    if writer is None:
        writer = pa.ipc.new_stream(out, _schema(fields, [pa.string()] * len(fields) + [pa.binary()], head))
    writer.close()


def _schema(fields: tuple[str, ...], kinds: list[Any], head: bytes) -> Any:
    import pyarrow as pa

    return pa.schema([pa.field(name, kind) for name, kind in zip((*fields, ""), kinds, strict=True)], {HEAD: head})


def _plain(column: Any) -> Any:
    """A column of a type that is checked: text, bytes, numbers, dates and times."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.dictionary_decode())
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind) or pa.types.is_fixed_size_binary(kind):
        return column.cast(pa.binary())
    if pa.types.is_nested(kind):
        values = column.to_pylist()
        return pa.array(
            [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in values], pa.string()
        )
    if pa.types.is_null(kind) or pa.types.is_decimal(kind) or pa.types.is_duration(kind):
        return column.cast(pa.string())
    return column


def _pieces(batch: Any, row: int) -> Iterator[Any]:
    """A batch in pieces that are not too large; ``row`` is how many rows are before it."""
    if batch.nbytes <= MOST:
        yield batch
    elif len(batch) == 1:
        much = f"{batch.nbytes >> 20} MB"
        reason = Text(zh=f"第 {row + 1} 行过大（{much}）", en=f"row {row + 1} is too large ({much})")
        raise FileUnreadable(file="", reason=reason)
    else:
        half = len(batch) // 2
        yield from _pieces(batch.slice(0, half), row)
        yield from _pieces(batch.slice(half), row + half)


if __name__ == "__main__":
    main()
