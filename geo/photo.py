"""A photograph as a camera made it to what is kept: a smaller picture, when and where it was taken, and whither."""

import math
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from hashlib import sha256
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from geo.errors import ShanheError
from geo.text import Text

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST = 12_000_000
"""Bytes that a photograph may have."""
MOST_PIXELS = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
"""By format: a JPEG is read smaller from the start, the others take their whole size in memory."""
SIDE = 2048
"""Pixels of the longer side of what is kept."""
SMALL = 360
"""The same of what lists show."""
_QUALITY = 85

# Tags of Exif 2.32 (CIPA DC-008).
_EXIF, _GPS = 0x8769, 0x8825
_TAKEN, _OFFSET = 0x9003, 0x9011
_LAT_SIDE, _LAT, _LON_SIDE, _LON, _BEARING = 1, 2, 3, 4, 17


class PhotoRefused(ShanheError):
    """What was sent is no photograph that can be kept."""

    code = "photo_refused"
    sentence = Text(zh="照片不可用：{reason}", en="The photograph cannot be used: {reason}")


@dataclass(frozen=True, slots=True)
class Photo:
    """What is kept of a photograph: a JPEG without what the camera wrote into it, and what that said.

    ``width`` and ``height`` in pixels, ``position`` longitude and latitude in degrees, ``bearing`` degrees clockwise
    from north. ``sha256`` is that of the content in hexadecimal digits.
    """

    content: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: datetime | None
    position: tuple[float, float] | None
    bearing: float | None

    @property
    def sha256(self) -> str:
        """What tells this picture from others."""
        return sha256(self.content).hexdigest()


def read(raw: bytes, zone: ZoneInfo) -> Photo:
    """A JPEG, PNG or WebP, turned upright; a time without a zone is one of ``zone``. Raises :class:`PhotoRefused`."""
    import PIL.Image
    from PIL import ImageOps

    if len(raw) > LARGEST:
        most = LARGEST // 1_000_000
        raise PhotoRefused(reason=Text(zh=f"超过 {most} MB", en=f"it is larger than {most} MB"))
    try:
        with PIL.Image.open(BytesIO(raw), formats=tuple(MOST_PIXELS)) as opened:
            if opened.width * opened.height > MOST_PIXELS[str(opened.format)]:
                raise PhotoRefused(reason=Text(zh="像素过多", en="it has too many pixels"))
            noted = opened.getexif()
            taken, place = noted.get_ifd(_EXIF), noted.get_ifd(_GPS)
            opened.draft("RGB", (SIDE, SIDE))
            picture = ImageOps.exif_transpose(opened).convert("RGB")
        picture.thumbnail((SIDE, SIDE))
        size, content = picture.size, _written(picture)
        picture.thumbnail((SMALL, SMALL))
        small = _written(picture)
    except PhotoRefused:
        raise
    except Exception as error:  # a broken file breaks its decoder in whatever way it likes
        reason = Text(zh="不是 JPEG、PNG 或 WebP，或已损坏", en="it is no JPEG, PNG or WebP, or it is broken")
        raise PhotoRefused(reason=reason) from error
    return Photo(content, small, *size, _time(taken, zone), _position(place), _bearing(place))


def _written(picture: "Image") -> bytes:
    written = BytesIO()
    picture.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def _time(taken: dict[int, Any], zone: ZoneInfo) -> datetime | None:
    try:
        written = datetime.strptime(str(taken[_TAKEN]).strip("\0 "), "%Y:%m:%d %H:%M:%S")
        offset = str(taken.get(_OFFSET, "")).strip("\0 ")
        return datetime.fromisoformat(written.isoformat() + offset) if offset else written.replace(tzinfo=zone)
    except (KeyError, ValueError):
        return None


def _position(place: dict[int, Any]) -> tuple[float, float] | None:
    lon, lat = _degrees(place, _LON, _LON_SIDE, "W"), _degrees(place, _LAT, _LAT_SIDE, "S")
    if lon is None or lat is None or not (-180 <= lon <= 180 and -90 <= lat <= 90) or (lon, lat) == (0, 0):
        return None
    return lon, lat


def _degrees(place: dict[int, Any], tag: int, side: int, negative: str) -> float | None:
    try:
        degrees, minutes, seconds = (_number(part) for part in place[tag])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    value = round(degrees + minutes / 60 + seconds / 3600, 7)
    if not math.isfinite(value):
        return None
    return -value if str(place.get(side, "")).strip("\0 ").upper() == negative else value


def _bearing(place: dict[int, Any]) -> float | None:
    try:
        value = round(_number(place[_BEARING]), 1) % 360
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    return value if math.isfinite(value) else None


def _number(value: Any) -> float:
    return float(Fraction(value[0], value[1])) if isinstance(value, tuple) else float(value)
