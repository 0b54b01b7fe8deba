"""Invented reports from the field on an invented county, with drawn photographs: some wait, some were returned."""

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from uuid import NAMESPACE_URL, UUID, uuid5
from zoneinfo import ZoneInfo

from geo import photo, report, review
from geo.database import Connection, rows
from geo.report import Sent
from geo.review import Of
from geo.settings import today

_NOTES = {
    "relocation_household": "墙体和屋面已完成，门窗未装",
    "hazard_point": "坡脚挡墙已砌到设计高度",
    "farmland_patch": "已翻耕，等待播种",
}
_NOTHING_NEW = "与登记情况一致，没有变化"
_RETURNED = "照片看不清现场，请补拍全景"
_EVERY = 4
_SIZE = (1280, 960)


@dataclass(frozen=True, slots=True)
class Visit:
    """A feature to report on: its next milestone, where it lies, and a day after the last thing on record of it."""

    layer: str
    feature: UUID
    code: str
    milestone: str
    day: date
    lon: float
    lat: float


def reports(connection: Connection, *, by: str, judge: str, zone: ZoneInfo) -> None:
    """Report on some features, whose milestones then wait; of four one is only noted, and one returned."""
    for number, visit in enumerate(_visits(connection)):
        chance = random.Random(visit.code)  # noqa: S311 - a picture, no secret
        noted = number % _EVERY == 1
        sent = Sent(
            visit.feature, visit.day, None if noted else visit.milestone,
            _NOTHING_NEW if noted else _NOTES[visit.layer],
            round(visit.lon + chance.uniform(-3e-4, 3e-4), 7), round(visit.lat + chance.uniform(-3e-4, 3e-4), 7),
            round(chance.uniform(4, 18), 1), 1 + number % 3,
        )  # fmt: skip
        identity = uuid5(NAMESPACE_URL, f"shanhe:demo:{visit.code}")
        if not report.send(connection, identity, sent, by=by):
            continue
        for which in range(1, sent.photographs + 1):
            drawn = photo.read(_photograph(visit, chance), zone)
            report.photograph(connection, identity, which, drawn, by=by)
        if number % _EVERY == _EVERY - 1:
            review.give_back(connection, Of(report=identity), by=judge, reason=_RETURNED)


def _visits(connection: Connection) -> Iterator[Visit]:
    for row in rows(connection, "demo_visit", today=today()):
        yield Visit(**row)


def _photograph(visit: Visit, chance: random.Random) -> bytes:
    """Hills under a sky, said to be a demonstration, with what a camera would note of it."""
    from PIL import Image, ImageDraw, ImageFont

    width, height = _SIZE
    picture = Image.new("RGB", _SIZE)
    pencil = ImageDraw.Draw(picture)
    for row in range(height):
        share = row / height
        pencil.line([(0, row), (width, row)], (int(150 + 90 * share), int(185 + 50 * share), int(215 + 20 * share)))
    for layer in range(4):
        base, tall, bend = height * (0.45 + 0.14 * layer), 130 - 18 * layer, chance.uniform(0, 6)
        ridge = [
            (x, base - tall * (math.sin(x / 170 + bend) + 0.5 * math.sin(x / 61 + 2 * bend)) / 1.5)
            for x in range(0, width + 16, 16)
        ]
        shade = 1 - 0.18 * layer
        pencil.polygon([*ridge, (width, height), (0, height)], (int(112 * shade), int(138 * shade), int(104 * shade)))
    pencil.text((32, height - 92), "DEMO", (255, 255, 255), font=ImageFont.load_default(56))
    noted = Image.Exif()
    noted.get_ifd(0x8769)[0x9003] = f"{visit.day:%Y:%m:%d} {chance.randrange(8, 18):02}:{chance.randrange(60):02}:00"
    place = {1: "N", 2: _sexagesimal(visit.lat), 3: "E", 4: _sexagesimal(visit.lon), 17: chance.uniform(0, 359)}
    noted.get_ifd(0x8825).update(place)
    written = BytesIO()
    picture.save(written, "JPEG", exif=noted, quality=80)
    return written.getvalue()


def _sexagesimal(degrees: float) -> tuple[float, float, float]:
    minutes, whole = math.modf(degrees)
    seconds, whole_minutes = math.modf(minutes * 60)
    return whole, whole_minutes, seconds * 60
