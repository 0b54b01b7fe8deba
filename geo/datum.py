"""Coordinates on an old datum to CGCS2000: the seven parameters of a place, and a system bound to them."""

import re
import unicodedata
from dataclasses import astuple, dataclass

from pyproj import CRS
from pyproj.crs import BoundCRS
from pyproj.crs.coordinate_operation import ToWGS84Transformation

from geo.errors import BadValue
from geo.text import Text


@dataclass(frozen=True, slots=True)
class Seven:
    """Shifts in metres, rotations in arc seconds, scale in parts per million, from the old datum to CGCS2000.

    Rotations are those of the position vector (EPSG method 9606): a positive ``rz`` turns a position from X towards Y.
    ``frame``: they turn the coordinate frame instead (EPSG 9607), which only changes their sign.
    """

    dx: float
    dy: float
    dz: float
    rx: float
    ry: float
    rz: float
    scale: float
    frame: bool = False

    @classmethod
    def parse(cls, text: str, *, frame: bool = False) -> "Seven | None":
        """The parameters of a text of seven numbers; None where all are zero or empty. Raises :class:`BadValue`."""
        written = [part.strip() for part in re.split(r"[,;\s]+(?=\S)|,", unicodedata.normalize("NFKC", text).strip())]
        if not any(written):
            return None
        try:
            numbers = [float(part.rstrip(",; ") or 0) for part in written]
            dx, dy, dz, rx, ry, rz, scale = numbers
        except ValueError:
            reason = Text(
                zh="应为七个数：X、Y、Z 平移（米），X、Y、Z 旋转（秒），尺度（ppm）",
                en="seven numbers: shifts X, Y, Z in m, rotations X, Y, Z in arc seconds, scale in ppm",
            )
            raise BadValue(name=Text(zh="七参数", en="seven parameters"), value=text, reason=reason) from None
        return cls(dx, dy, dz, rx, ry, rz, scale, frame) if any(numbers) else None

    def position_vector(self) -> tuple[float, ...]:
        """The seven numbers with rotations of the position vector."""
        dx, dy, dz, rx, ry, rz, scale, frame = astuple(self)
        return (dx, dy, dz, -rx, -ry, -rz, scale) if frame else (dx, dy, dz, rx, ry, rz, scale)


def bound(crs: CRS, seven: Seven) -> CRS:
    """``crs`` with its way to CGCS2000."""
    base = crs if crs.is_geographic else crs.geodetic_crs
    if base is None:
        raise ValueError(f"{crs.name} lies on no ellipsoid")
    return BoundCRS(crs, "EPSG:4490", ToWGS84Transformation(base, *seven.position_vector()))
