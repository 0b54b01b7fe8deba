"""An overlay on a Dask cluster: parcels in parts that lie close together, each part a task with files of its own.

dask-geopandas brings the parcels into parts along a Hilbert curve. A part is laid over every record that may touch any
of its parcels, whichever files those lie in, so that no parcel is cut and nothing on it is counted twice.
"""

import json
import os
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import numpy as np

from geo.errors import FileUnreadable, ShanheError
from geo.overlay.check import check, refused
from geo.overlay.ground_file import InFiles, read_ground
from geo.overlay.parcel import Parcel
from geo.overlay.partition import GEOMETRY, SYSTEM, TABLES, frame_of, parcels_of, typed, write_part
from geo.overlay.problem import problem
from geo.overlay.result import Problem
from geo.overlay.run import Against, overlay_on
from geo.text import Text

if TYPE_CHECKING:
    from distributed import Client

PART = 4_096
"""Parcels of one task: small enough to be done again when a worker is lost, large enough to be worth sending."""

_SAME = ("shanhe", "numpy", "shapely", "pyproj", "geopandas")  # what the last digit of an area depends on


class NotInstalled(ShanheError):
    """Dask is not there."""

    code = "scale_not_installed"
    sentence = Text(
        zh="没有安装 Dask，请先运行 pip install 'shanhe[scale]'",
        en="Dask is not installed; run pip install 'shanhe[scale]' first",
    )


class ClusterFailed(ShanheError):
    """The cluster cannot be reached, or does not do the work."""

    code = "cluster_failed"
    sentence = Text(zh="计算集群不可用：{reason}", en="The cluster cannot be used: {reason}")


@dataclass(frozen=True, slots=True)
class Spread:
    """What came of an overlay: parcels that were overlaid, that were left out, pieces, and parts."""

    parcels: int
    refused: int
    pieces: int
    parts: int


@contextmanager
def cluster(scheduler: str | None) -> "Generator[Client]":
    """A client of the scheduler at an address such as ``tcp://host:8786``, or of workers that live as long as it.

    Those are one process for each core, and nobody else can reach them. Raises :class:`NotInstalled` and
    :class:`ClusterFailed`; the latter also where a worker has another version of something that areas depend on.
    """
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise NotInstalled from error
    if scheduler is None:
        with (
            LocalCluster(
                n_workers=os.cpu_count(),
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,  # pyright: ignore[reportArgumentType]
            ) as own,  # fmt: skip
            Client(own) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=20)
    except (OSError, ValueError) as error:
        said = Text(zh="{address} 没有应答", en="{address} does not answer").format(address=scheduler)
        raise ClusterFailed(reason=said) from error
    with client:
        _same_everywhere(client)
        yield client


def _same_everywhere(client: "Client") -> None:
    here = _versions()
    told = cast("Mapping[str, dict[str, str]]", client.run(_versions))
    if not told:
        raise ClusterFailed(reason=Text(zh="没有工作进程", en="there are no workers"))
    for worker, there in told.items():
        if there != here:
            named = ", ".join(f"{name} {there[name]} ≠ {here[name]}" for name in here if there.get(name) != here[name])
            said = Text(zh="{worker} 版本不同：{named}", en="{worker} has other versions: {named}")
            raise ClusterFailed(reason=said.format(worker=worker, named=named))


def _versions() -> dict[str, str]:
    import pyproj
    import shapely

    libraries = {"GEOS": shapely.geos_version_string, "PROJ": pyproj.proj_version_str}
    return {name: version(name) for name in _SAME} | libraries


def spread(
    client: "Client",
    parcels: Sequence[Parcel] | Path,
    ground: Path,
    against: Against,
    out: Path,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Spread:
    """Lay parcels over a ground (:func:`geo.overlay.ground_file.write_ground`) and write a folder of GeoParquet.

    ``parcels`` are valid, or a GeoParquet file or folder in EPSG:4490 with a column ``number``, whose faulty parcels
    are left out and listed. ``ground`` and ``out`` are folders that every worker sees under the same path. In ``out``
    come ``parcel`` (what was read, in parts), the tables of :data:`geo.overlay.partition.TABLES`, and at the end
    ``result.json``: without it the result is not whole. Raises :class:`geo.errors.ShanheError`.
    """
    from dask.delayed import delayed
    from distributed import KilledWorker, as_completed

    read_ground(ground, against)
    if out.exists() and any((out / name).exists() for name in (*TABLES, "parcel")):
        raise FileUnreadable(file=out, reason=Text(zh="已有结果", en="it holds a result already"))
    out.mkdir(parents=True, exist_ok=True)
    empty, parts = _in_parts(client, parcels, out)
    write_part(out, 0, (), empty)
    asked = (uuid4().hex, str(ground.resolve()), against.layers, against.as_of, tuple(against.within_m.items()))
    task = delayed(_laid, pure=False)
    checked = not isinstance(parcels, Path)
    futures = client.compute([task(part, at, asked, str(out.resolve()), checked) for at, part in enumerate(parts, 1)])
    done = left = pieces = 0
    try:
        for at, future in enumerate(as_completed(futures), 1):
            counted: tuple[int, int, int] = future.result()
            done, left, pieces = done + counted[0], left + counted[1], pieces + counted[2]
            if progress is not None:
                progress(at, len(parts))
    except KilledWorker as error:
        said = Text(zh="同一部分使多个进程中断，可能内存不足", en="one part ended several workers: too little memory?")
        raise ClusterFailed(reason=said) from error
    told = Spread(done, left + len(empty), pieces, len(parts))
    about = {"as_of": against.as_of.isoformat(), "versions": _versions(), **asdict(told)}
    (out / "result.json").write_text(json.dumps(about, indent=1), "utf-8")
    return told


def _computed(client: "Client", what: Any) -> Any:
    return cast("Any", client.compute(what)).result()


def _in_parts(client: "Client", parcels: Sequence[Parcel] | Path, out: Path) -> tuple[list[Problem], list[Any]]:
    """Problems of parcels without a drawing, and all others in parts that lie close together, as tasks that read them.

    They are written before they are read again: what a worker holds is lost with it.
    """
    import dask_geopandas
    from dask import config

    empty: list[Problem] = []
    if isinstance(parcels, Path):
        frame, count, whole, empty = _read(client, parcels)
    else:
        drawn = frame_of(parcels)
        frame, count, whole = dask_geopandas.from_geopandas(drawn, chunksize=PART), len(parcels), drawn.total_bounds
    # What dask-geopandas' spatial_shuffle does, but for its asking for the bounds of the whole from within a task.
    along = frame.map_partitions(_along, tuple(map(float, whole)), meta=("along", "int64"))
    with config.set({"dataframe.shuffle.method": "tasks"}):  # the other method does not outlive a lost worker
        placed = frame.assign(along=along).set_index("along", npartitions=max(1, -(-count // PART)))
        written = placed.to_parquet(
            str(out / "parcel"), write_index=False, compute=False, name_function="part-{:06d}.parquet".format
        )
        _computed(client, written)
    return empty, dask_geopandas.read_parquet(str(out / "parcel")).to_delayed()


def _along(frame: Any, whole: tuple[float, ...]) -> Any:
    """How far along a Hilbert curve through the whole each parcel lies."""
    return frame.geometry.hilbert_distance(total_bounds=whole).astype("int64")


def _read(client: "Client", path: Path) -> tuple[Any, int, tuple[float, ...], list[Problem]]:
    """Parcels in GeoParquet, how many have a drawing, the box of all, and a problem for each that has none."""
    from dask.dataframe import from_delayed
    from dask.delayed import delayed
    from pyarrow import parquet

    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not files:
        raise FileUnreadable(file=path, reason=Text(zh="没有 GeoParquet 文件", en="it holds no GeoParquet"))
    parts: list[Any] = []
    before = 0
    for file in files:
        try:
            rows: int = parquet.read_metadata(file).num_rows
        except (OSError, ValueError) as error:
            raise FileUnreadable(file=file, reason=Text(zh="不是 GeoParquet", en="it is not GeoParquet")) from error
        parts.append((str(file.resolve()), before))
        before += rows
    told: list[tuple[list[str], list[float]]] = _computed(
        client, delayed(list)([delayed(_empty)(*each) for each in parts])
    )
    empty = [problem(number, "no_geometry", refused=True) for numbers, _ in told for number in numbers]
    corners = np.array([box for _, box in told])
    whole = (*np.nanmin(corners[:, :2], axis=0).tolist(), *np.nanmax(corners[:, 2:], axis=0).tolist())
    frame = from_delayed([delayed(_drawn)(*part) for part in parts], meta=frame_of(()), verify_meta=False)
    return frame, before - len(empty), whole, empty


def _frame(file: str, before: int) -> Any:
    """The parcels of one file, with the columns that are read; ``before`` stand in files before it."""
    import geopandas

    try:
        frame = geopandas.read_parquet(file)
    except (OSError, ValueError) as error:
        raise FileUnreadable(file=file, reason=Text(zh="不是 GeoParquet", en="it is not GeoParquet")) from error
    if frame.crs is None or frame.crs.to_epsg() != 4490 or "number" not in frame.columns:
        said = Text(zh="须为 {system} 并有 number 列", en="it must be in {system} and have a column number")
        raise FileUnreadable(file=file, reason=said.format(system=SYSTEM))
    if frame.geometry.name != GEOMETRY:
        frame = frame.rename_geometry(GEOMETRY)
    return typed(frame.assign(place=range(before, before + len(frame))))


def _drawn(file: str, before: int) -> Any:
    frame = _frame(file, before)
    return frame[~(frame.geometry.isna() | frame.geometry.is_empty)]


def _empty(file: str, before: int) -> tuple[list[str], list[float]]:
    """The numbers of parcels without a drawing, and the box of all others."""
    frame = _frame(file, before)
    missing = frame.geometry.isna() | frame.geometry.is_empty
    return frame[missing]["number"].astype(str).tolist(), frame.total_bounds.tolist()


Asked = tuple[str, str, tuple[str, ...] | None, date, tuple[tuple[str, float], ...]]


def _laid(frame: Any, part: int, asked: Asked, out: str, checked: bool) -> tuple[int, int, int]:
    """One part, on a worker: how many parcels were overlaid, how many left out, how many pieces there are."""
    ground, against = _ground(asked)
    placed = list(parcels_of(frame))
    problems = [] if checked else check([parcel for _, parcel in placed], ground.outline)
    wrong = refused(problems)
    good = [(place, parcel) for place, parcel in placed if parcel.number not in wrong]
    results = overlay_on(ground, [parcel for _, parcel in good], against)
    laid = zip((place for place, _ in good), results, strict=True)
    pieces = write_part(Path(out), part, laid, problems)
    return len(good), len(placed) - len(good), pieces


@lru_cache(maxsize=1)
def _ground(asked: Asked) -> tuple[InFiles, Against]:
    """The ground of a run, read once by every worker; a run that follows is asked for with another first word."""
    _, folder, layers, as_of, within_m = asked
    against = Against(layers, as_of, dict(within_m))
    return read_ground(Path(folder), against), against
