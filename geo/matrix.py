"""Tile matrix sets (OGC 17-083r4): two quadtrees over the world, as a formula each."""

from dataclasses import dataclass
from math import pi
from typing import Any

from geo.errors import NotFound
from geo.text import Text

_RADIUS = 6378137.0
_HALF = pi * _RADIUS
_PIXEL = 0.00028
"""The width of a pixel in metres by which scale denominators are stated (17-083r4, 6.1.1.1)."""


@dataclass(frozen=True, slots=True)
class MatrixSet:
    """A quadtree of square tiles; at zoom 0 it is ``wide`` tiles wide and one high.

    ``corner`` is the north-western one, ``extent`` the height of the world and ``metres`` those of a unit, in the
    units of ``crs``. ``features_from`` is the zoom from which a tile holds features instead of counts by cell.
    """

    id: str
    title: Text
    crs: str
    axes: tuple[str, str]
    corner: tuple[float, float]
    extent: float
    metres: float
    wide: int
    last: int
    features_from: int
    names_from: int

    @property
    def uri(self) -> str:
        """The address of its definition in OGC's register."""
        return f"http://www.opengis.net/def/tilematrixset/OGC/1.0/{self.id}"

    def place(self, zoom: int, row: int, column: int) -> None:
        """Raise :class:`NotFound` where there is no such tile."""
        if not (0 <= zoom <= self.last and 0 <= row < 1 << zoom and 0 <= column < self.wide << zoom):
            raise NotFound(noun=Text(zh="瓦片", en="tile"), key=f"{self.id}/{zoom}/{row}/{column}")

    def definition(self) -> dict[str, Any]:
        """The matrix set as 17-083r4 writes it in JSON."""
        cells = [self.extent / (256 << zoom) for zoom in range(self.last + 1)]
        return {
            "id": self.id,
            "title": self.title.en,
            "uri": self.uri,
            "crs": self.crs,
            "orderedAxes": list(self.axes),
            "wellKnownScaleSet": f"http://www.opengis.net/def/wkss/OGC/1.0/{_SCALES[self.id]}",
            "tileMatrices": [
                {
                    "id": str(zoom),
                    "scaleDenominator": size * self.metres / _PIXEL,
                    "cellSize": size,
                    "cornerOfOrigin": "topLeft",
                    "pointOfOrigin": list(self.corner),
                    "tileWidth": 256,
                    "tileHeight": 256,
                    "matrixWidth": self.wide << zoom,
                    "matrixHeight": 1 << zoom,
                }
                for zoom, size in enumerate(cells)
            ],
        }


_SCALES = {"WebMercatorQuad": "GoogleMapsCompatible", "WorldCRS84Quad": "GoogleCRS84Quad"}
WEB_MERCATOR = MatrixSet(
    "WebMercatorQuad",
    Text(zh="网络墨卡托四叉树", en="Google Maps Compatible for the World"),
    "http://www.opengis.net/def/crs/EPSG/0/3857",
    ("X", "Y"),
    (-_HALF, _HALF),
    2 * _HALF,
    1.0,
    wide=1,
    last=24,
    features_from=13,
    names_from=15,
)
WORLD_CRS84 = MatrixSet(
    "WorldCRS84Quad",
    Text(zh="经纬度四叉树", en="CRS84 for the World"),
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    ("Lon", "Lat"),
    (-180.0, 90.0),
    180.0,
    _HALF / 180,
    wide=2,
    last=23,
    features_from=12,
    names_from=14,
)
MATRIX_SETS = {each.id: each for each in (WEB_MERCATOR, WORLD_CRS84)}


def matrix_set(name: str) -> MatrixSet:
    """The matrix set with this id; raises :class:`NotFound`."""
    try:
        return MATRIX_SETS[name]
    except KeyError:
        raise NotFound(noun=Text(zh="瓦片矩阵集", en="tile matrix set"), key=name[:64]) from None
