"""The coordinate system of a file: what is declared or stated, believed only where the coordinates bear it out."""

from dataclasses import replace
from pathlib import Path

import pyproj

from geo import crs
from geo.datum import bound
from geo.errors import BadValue, CrsContradicted, CrsMissing, DegreesAmbiguous, PlacedNowhere, ShanheError
from geo.ingest.ground import Ground, sample
from geo.ingest.placing import OFFSETS, Declared, System
from geo.ingest.source import Source
from geo.org_unit import Places
from geo.text import Text

__all__ = ["Declared", "System", "settle"]


def settle(source: Source, choice: Declared, places: Places) -> System:
    """The way the coordinates of a file are read: as declared, else as stated, else as its numbers tell.

    Looks at the first batch only. Raises :class:`CrsMissing`, :class:`CrsContradicted`, :class:`DegreesAmbiguous`,
    :class:`geo.crs.CrsNeedsParameters`, and :class:`BadValue` for a declaration that means nothing.
    """
    try:
        return _settled(source, choice, places)
    except ShanheError:
        source.close()
        raise


def _settled(source: Source, choice: Declared, places: Places) -> System:
    stated = _stated(source, choice)
    first = System(
        stated or crs.geographic(), swapped=bool(choice.swapped), packed=bool(choice.packed), offset=choice.offset
    )
    seen = sample(source)
    outline = places.county.geom if places.county else None
    if not len(seen):
        return replace(first, placed=False)
    if outline is None:
        if stated is None:
            raise CrsMissing(file=source.path.name, guess="?")
        return replace(first, assumed=_offset_note(choice))
    ground = Ground(seen, outline, choice)
    if choice.crs:
        found = _as_declared(source.path, first, ground)
    else:
        found = _as_stated(source.path, None if stated is None else first, ground, source.crs)
    return replace(found, assumed=(*found.assumed, *_offset_note(choice)))


def _stated(source: Source, choice: Declared) -> pyproj.CRS | None:
    """The system declared, else the one the file states, with its parameters where it is on an old datum."""
    text = choice.crs or source.crs
    stated = crs.stated_crs(text) if text else None
    if choice.crs and stated is None:
        reason = Text(zh="不是已知的坐标系", en="no coordinate system of that name is known")
        raise BadValue(name=Text(zh="坐标系", en="coordinate system"), value=choice.crs, reason=reason)
    if choice.parameters is not None:
        if stated is None or stated.is_bound or crs.datum_of(stated) == "cgcs2000":
            reason = Text(
                zh="七参数只用于注明为西安 1980 或北京 1954 的坐标", en="they lead from Xi'an 1980 or Beijing 1954 only"
            )
            named = Text(zh="七参数", en="seven parameters")
            raise BadValue(name=named, value=stated.name if stated else "?", reason=reason)
        return bound(stated, choice.parameters)
    return None if stated is None else crs.allowed(stated)


def _as_declared(path: Path, declared: System, ground: Ground) -> System:
    """What the user declared, unless nothing of the file lies in the county so."""
    if ground.share(declared) > 0:
        return declared
    found = ground.fitting(ground.turned(declared))
    if len(found) == 1:
        return replace(found[0], assumed=(_taken(found[0]),))
    raise CrsContradicted(file=path.name, crs=declared.label, instead=_instead(ground.fitting(ground.readings())))


def _as_stated(path: Path, stated: System | None, ground: Ground, written: str | None) -> System:
    """What the file states where its coordinates fit, else the one reading that does."""
    if stated is not None and ground.share(stated) >= 0.5:
        return stated
    turned = [] if stated is None else [*ground.turned(stated)]
    base = None if stated is None or not stated.crs.is_bound else stated.crs
    found = ground.fitting([*turned, *ground.readings(base)])
    if {system.packed for system in found} == {True, False}:
        raise DegreesAmbiguous(file=path.name)
    if len(found) == 1:
        return replace(found[0], assumed=(_taken(found[0], stated, written),))
    if stated is None:
        if not found:
            raise PlacedNowhere(file=path.name)
        raise CrsMissing(file=path.name, guess=" / ".join(system.label.zh for system in found))
    if ground.share(stated) > 0:
        return stated
    raise CrsContradicted(file=path.name, crs=stated.label, instead=_instead(found))


def _taken(system: System, stated: System | None = None, written: str | None = None) -> Text:
    """That a file is read otherwise than it says."""
    name = system.label
    if stated is not None:
        return Text(
            zh=f"文件注明 {stated.label.zh}，坐标不在其范围内；按 {name.zh} 解释",
            en=f"The file states {stated.label.en}, but its coordinates do not lie where that puts them;"
            f" taken as {name.en}",
        )
    if written:
        short = " ".join(written.split())[:60]
        return Text(
            zh=f"文件注明的坐标系“{short}”无法识别；按坐标判断为 {name.zh}",
            en=f'The coordinate system "{short}" that the file states is not known; by its numbers it is {name.en}',
        )
    return Text(zh=f"按坐标判断为 {name.zh}", en=f"By its numbers it is {name.en}")


def _instead(found: list[System]) -> Text:
    if not found:
        return Text(zh="其他可能的坐标系也不能使其落在本县", en="no other likely system puts them there either")
    zh, en = "、".join(system.label.zh for system in found), ", ".join(system.label.en for system in found)
    return Text(zh=f"按 {zh} 则在县内，请核对后声明", en=f"as {en} they do: check, and declare it")


def _offset_note(choice: Declared) -> tuple[Text, ...]:
    if choice.offset is None:
        return ()
    name = OFFSETS[choice.offset]
    return (
        Text(
            zh=f"坐标按要求由 {name} 还原；偏移算法未公布，所用近似公式误差约数米",
            en=f"As asked, positions are moved back from {name}; its makers publish no formula,"
            " the approximation in use is a few metres off",
        ),
    )
